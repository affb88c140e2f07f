package plugins

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	version "github.com/hashicorp/go-version"
)

// Places are where executables of third parties' providers may be.
type Places struct {
	// Dirs are folders as Discover reads them, the first winning among equal
	// versions; PluginDirs has the usual ones.
	Dirs []string
	// Mirrors are more such folders, for some sources.
	Mirrors []Mirror
	// Cache holds what was installed, by what it contains; "" for none. What is
	// in there goes before what is in a folder.
	Cache string
	// Overrides are executables, or folders that have them, which are started
	// whatever the lock file says, by source: for who develops a provider.
	Overrides map[string]string
}

// Mirror is a folder that has providers of some sources.
type Mirror struct {
	Dir string
	Has func(Source) bool
}

// DirsOf returns the folders that may have a provider.
func (p Places) DirsOf(s Source) []string {
	dirs := slices.Clone(p.Dirs)
	for _, m := range p.Mirrors {
		if m.Has(s) {
			dirs = append(dirs, m.Dir)
		}
	}
	return dirs
}

// CachePath returns where a cache has the executable with a hash, "sha256:HEX".
func CachePath(cache string, s Source, hash string) string {
	return filepath.Join(cache, strings.TrimPrefix(hash, hashPrefix), ExecutableName(s, Platform()))
}

// Private tells whether a folder is there and nobody else may change what is in
// it. Where there are no such permissions, it need only be there.
func Private(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && (runtime.GOOS == "windows" || info.Mode().Perm()&0o022 == 0)
}

// cached returns the path of what the cache has with a hash. That it contains
// what it should is checked before it is started.
func (p Places) cached(s Source, hash string) (string, bool) {
	if _, err := ParseHash(hash); p.Cache == "" || err != nil || !Private(p.Cache) {
		return "", false
	}
	path := CachePath(p.Cache, s, hash)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// override returns the executable that is started in the place of a provider.
func (p Places) override(s Source) (path string, ok bool, err error) {
	named, ok := p.Overrides[s.String()]
	if !ok {
		return "", false, nil
	}
	info, err := os.Stat(named)
	if err != nil {
		return "", true, fmt.Errorf("the development override of provider %s: %w; build the provider, or take it out of dev_overrides", s, err)
	}
	if !info.IsDir() {
		return named, true, nil
	}
	candidates, err := executables(named, s.Name, nil)
	if err == nil && len(candidates) == 0 {
		err = fmt.Errorf("%s has no executable %s", named, executablePrefix+s.Name)
	}
	if err != nil {
		return "", true, fmt.Errorf("the development override of provider %s: %w; build the provider, or take it out of dev_overrides", s, err)
	}
	return candidates[0].Path, true, nil
}

// Paths returns where the folders have the executable of a version, by platform.
// Only the layout HOST/NAMESPACE/NAME/VERSION/OS_ARCH says which platform a file
// is for; others count for this one.
func (p Places) Paths(s Source, v *version.Version, platforms []string) (map[string]string, error) {
	paths := map[string]string{}
	for _, dir := range p.DirsOf(s) {
		for _, platform := range platforms {
			found, err := executables(filepath.Join(dir, s.Host, s.Namespace, s.Name, v.String(), platform), s.Name, v)
			if err != nil {
				return nil, err
			}
			if len(found) > 0 && paths[platform] == "" {
				paths[platform] = found[0].Path
			}
		}
	}
	if slices.Contains(platforms, Platform()) && paths[Platform()] == "" {
		candidates, err := Discover(s, p.DirsOf(s))
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(candidates, func(c Candidate) bool { return c.Version.Equal(v) }); i >= 0 {
			paths[Platform()] = candidates[i].Path
		}
	}
	return paths, nil
}
