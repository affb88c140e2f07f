package plugins

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	version "github.com/hashicorp/go-version"
)

// Candidate is an executable that may be some provider.
type Candidate struct {
	Path    string
	Version *version.Version // 0.0.0 when its name has none
	Problem string           // why it cannot be started, or ""
}

// PluginDirs returns where to look for third parties' providers, the first
// winning among equal versions: the project's .clockwork/plugins, each folder
// in CW_PLUGIN_DIR, and .clockwork/plugins in the home folder. home may be "".
func PluginDirs(project, pluginDir, home string) []string {
	dirs := []string{filepath.Join(project, ".clockwork", "plugins")}
	for _, dir := range filepath.SplitList(pluginDir) {
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	if home != "" {
		dirs = append(dirs, filepath.Join(home, ".clockwork", "plugins"))
	}
	return dirs
}

// Platform names the system that executables are for, as "linux_amd64".
func Platform() string { return runtime.GOOS + "_" + runtime.GOARCH }

var platformPattern = regexp.MustCompile(`^[a-z0-9]+_[a-z0-9]+$`)

// ValidPlatform tells whether s can be the name of a platform.
func ValidPlatform(s string) bool { return platformPattern.MatchString(s) }

// Discover looks in dirs for executables of a provider, and returns them with
// the highest version first. A folder has them as
//
//	clockwork-provider-NAME, or clockwork-provider-NAME_v1.2.3
//	NAME/clockwork-provider-NAME, or NAME/clockwork-provider-NAME_v1.2.3
//	HOST/NAMESPACE/NAME/VERSION/OS_ARCH/clockwork-provider-NAME...
//
// A folder that is not there has none; one that cannot be read is an error.
func Discover(s Source, dirs []string) ([]Candidate, error) {
	var found []Candidate
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("look for providers in %s: %w", dir, err)
		}
		for _, flat := range []string{dir, filepath.Join(dir, s.Name)} {
			candidates, err := executables(flat, s.Name, nil)
			if err != nil {
				return nil, err
			}
			found = append(found, candidates...)
		}
		mirror := filepath.Join(dir, s.Host, s.Namespace, s.Name)
		versions, err := readDir(mirror)
		if err != nil {
			return nil, err
		}
		for _, e := range versions {
			v, err := version.NewSemver(e.Name())
			if err != nil {
				continue
			}
			candidates, err := executables(filepath.Join(mirror, e.Name(), Platform()), s.Name, v)
			if err != nil {
				return nil, err
			}
			found = append(found, candidates...)
		}
	}
	slices.SortStableFunc(found, func(a, b Candidate) int { return b.Version.Compare(a.Version) })
	return found, nil
}

// executables returns those of a provider in one folder. When v is nil, their
// names have the version.
func executables(dir, name string, v *version.Version) ([]Candidate, error) {
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	var found []Candidate
	for _, e := range entries {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".exe"), executablePrefix+name)
		if !ok {
			continue
		}
		c := Candidate{Path: filepath.Join(dir, e.Name()), Version: v}
		suffix, versioned := strings.CutPrefix(rest, "_v")
		if rest != "" && !versioned {
			continue // of a provider whose name begins with this one's
		}
		if v == nil {
			if c.Version, err = version.NewSemver(cmp.Or(suffix, "0.0.0")); err != nil {
				continue
			}
		}
		info, err := os.Stat(c.Path)
		switch {
		case err != nil:
			c.Problem = "it cannot be read: " + err.Error()
		case info.IsDir():
			continue
		case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
			c.Problem = "it is not executable; chmod +x makes it so"
		}
		found = append(found, c)
	}
	return found, nil
}

// ProviderName returns the name of the provider whose executable is at path: what
// its file's name says, or that as it is.
func ProviderName(path string) string {
	name := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".exe"), executablePrefix)
	name, _, _ = strings.Cut(name, "_v")
	return name
}

func readDir(dir string) ([]os.DirEntry, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, nil // what is not there, or not a folder, has no entries
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for providers: %w", err)
	}
	return entries, nil
}
