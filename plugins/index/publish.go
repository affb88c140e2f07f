package index

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	version "github.com/hashicorp/go-version"

	"github.com/clockwork-hcl/clockwork/plugins"
)

// Publication is a version of a provider that is to be added to a folder.
type Publication struct {
	Source      plugins.Source
	Version     *version.Version
	Protocol    int
	Key         SigningKey
	Executables map[string]string // paths by platform
	// NewKey allows the key to differ from the one of the versions before.
	NewKey bool
}

// These say why a version is not published.
var (
	// ErrReleased says that the version is there already, with other content.
	ErrReleased = errors.New("this version has been released already, with other executables")
	// ErrOtherKey says that the versions before were signed with another key.
	ErrOtherKey = errors.New("the versions before were signed with another key")
)

// Publish signs the version and adds it to the folder: first its executables,
// then their list, so that nobody sees a list of what is not there yet. Doing it
// again changes nothing.
func (d Folder) Publish(p Publication) (Release, error) {
	r := Release{Version: p.Version, Protocol: p.Protocol, Files: make(map[string]File)}
	for platform, path := range p.Executables {
		f, err := FileOf(path)
		if err != nil {
			return r, fmt.Errorf("the executable for %s: %w", platform, err)
		}
		f.URL = FilePath(p.Source, p.Version, platform)
		r.Files[platform] = f
	}
	r.Sign(p.Source, p.Key)
	ix, err := d.Index(p.Source)
	if err != nil {
		return r, err
	}
	if before, ok := ix.Release(p.Version); ok && string(before.Statement(p.Source)) != string(r.Statement(p.Source)) {
		return r, ErrReleased
	}
	if len(ix.Releases) > 0 && ix.Releases[0].Key != r.Key && !p.NewKey {
		return r, ErrOtherKey
	}
	for platform, path := range p.Executables {
		if err := d.copyFile(p.Source, r, platform, path); err != nil {
			return r, fmt.Errorf("the executable for %s: %w", platform, err)
		}
	}
	ix.Put(r)
	return r, d.SaveIndex(ix)
}

func (d Folder) copyFile(source plugins.Source, r Release, platform, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = d.SaveFile(source, r, platform, in)
	return err
}

// PlatformOf returns which platform an executable is for, as far as Go has
// noted it in there.
func PlatformOf(path string) (string, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s does not say which platform it is for, as executables made by Go do", filepath.Base(path))
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	platform := set["GOOS"] + "_" + set["GOARCH"]
	if !plugins.ValidPlatform(platform) {
		return "", fmt.Errorf("%s does not say which platform it is for", filepath.Base(path))
	}
	return platform, nil
}
