package index

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	version "github.com/hashicorp/go-version"

	"github.com/clockwork-hcl/clockwork/internal/strictjson"
	"github.com/clockwork-hcl/clockwork/plugins"
)

const (
	// Format is the version of the format.
	Format = 1
	// FileName is the name of the file that lists the versions of a provider.
	FileName = "index.json"
	// WellKnown is where a host has the providers whose sources name it.
	WellKnown = ".well-known/clockwork-providers/"
	// MaxBytes is how large that file may be.
	MaxBytes = 4 << 20
	// MaxFileBytes is how large an executable may be.
	MaxFileBytes = 1 << 30
)

// Index is the list of the versions of one provider.
type Index struct {
	Source   plugins.Source
	Releases []Release // the highest version first
}

// Release is one version of a provider: a signed list of executables.
type Release struct {
	Version  *version.Version
	Protocol int // that the provider speaks
	// Key is the publisher's, and Signature what it has signed the release with.
	Key       Key
	Signature []byte
	// Files are the executables, by platform ("linux_amd64").
	Files map[string]File
}

// File is an executable.
type File struct {
	Hash string // "sha256:HEX", as in a lock file
	Size int64
	// URL is where it is, relative to the index's own address or absolute; ""
	// where the index does not have it, as a mirror for some platforms only.
	URL string
}

// FutureError says that an index has a format that is not known yet.
type FutureError struct{ Format int }

func (e *FutureError) Error() string {
	return fmt.Sprintf("it has format %d, but this version of Clockwork knows format %d; install a newer Clockwork", e.Format, Format)
}

// These are the shapes of the JSON.
type (
	indexJSON struct {
		Format   int           `json:"format"`
		Source   string        `json:"source"`
		Versions []versionJSON `json:"versions"`
	}
	versionJSON struct {
		Version    string              `json:"version"`
		Protocol   int                 `json:"protocol"`
		SigningKey string              `json:"signing_key"`
		Signature  string              `json:"signature"`
		Platforms  map[string]fileJSON `json:"platforms"`
	}
	fileJSON struct {
		Hash string `json:"hash"`
		Size int64  `json:"size"`
		URL  string `json:"url,omitempty"`
	}
)

// Parse reads an index, which must be that of the source. Signatures are not
// checked: Release.Verify does that.
func Parse(source plugins.Source, text []byte) (*Index, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxBytes)
	}
	if err := strictjson.Check(text); err != nil {
		return nil, fmt.Errorf("it is not JSON of which everybody would read the same: %w", err)
	}
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, wrongType(err)
	}
	switch {
	case head.Format == nil:
		return nil, errors.New(`it has no "format", so it is no index of a provider`)
	case *head.Format != Format:
		return nil, &FutureError{*head.Format}
	}
	var in indexJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, wrongType(err)
	}
	if in.Source != source.String() {
		return nil, fmt.Errorf("it is of %.80q, not of %s", in.Source, source)
	}
	ix := &Index{Source: source}
	seen := map[string]bool{}
	for _, v := range in.Versions {
		if seen[v.Version] {
			return nil, fmt.Errorf("it has version %.80q twice", v.Version)
		}
		seen[v.Version] = true
		r, err := parseRelease(v)
		if err != nil {
			return nil, fmt.Errorf("version %.80q: %w", v.Version, err)
		}
		ix.Releases = append(ix.Releases, r)
	}
	ix.sort()
	return ix, nil
}

// wrongType says where a value has the wrong type, without words of Go.
func wrongType(err error) error {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		return fmt.Errorf("%q must not be a JSON %s", t.Field, t.Value)
	}
	return err
}

func parseRelease(v versionJSON) (Release, error) {
	parsed, err := ParseVersion(v.Version)
	if err != nil {
		return Release{}, err
	}
	r := Release{Version: parsed, Protocol: v.Protocol, Files: make(map[string]File)}
	if v.Protocol < 1 {
		return Release{}, errors.New(`it has no "protocol", the number of the protocol that the provider speaks`)
	}
	if r.Key, err = ParseKey(v.SigningKey); err != nil {
		return Release{}, err
	}
	if r.Signature, err = base64.StdEncoding.Strict().DecodeString(v.Signature); err != nil {
		return Release{}, errors.New("its signature is not base64")
	}
	for platform, f := range v.Platforms {
		if !plugins.ValidPlatform(platform) {
			return Release{}, fmt.Errorf("%.80q is no platform such as linux_amd64", platform)
		}
		hash, err := plugins.ParseHash(f.Hash)
		switch {
		case err != nil:
			return Release{}, fmt.Errorf("%s: %w", platform, err)
		case f.Size < 1 || f.Size > MaxFileBytes:
			return Release{}, fmt.Errorf("%s: a size of %d bytes is not possible; it must be from 1 to %d", platform, f.Size, MaxFileBytes)
		}
		if _, err := url.Parse(f.URL); err != nil {
			return Release{}, fmt.Errorf("%s: its URL cannot be understood", platform)
		}
		r.Files[platform] = File{Hash: plugins.FormatHash(hash), Size: f.Size, URL: f.URL}
	}
	if len(r.Files) == 0 {
		return Release{}, errors.New("it has no platforms")
	}
	return r, nil
}

// ParseVersion reads a version that a release can have: complete, as 1.2.3 or
// 1.2.3-beta.1, and written in the one way.
func ParseVersion(s string) (*version.Version, error) {
	v, err := version.NewSemver(s)
	if err != nil || v.String() != s || v.Metadata() != "" || len(v.Segments()) != 3 || strings.Count(v.Core().String(), ".") != 2 {
		return nil, fmt.Errorf("%.80q is no version of a release; write it as 1.2.3 or 1.2.3-beta.1", s)
	}
	return v, nil
}

// Bytes returns the index as the file has it: the same index gives the same
// bytes.
func (ix *Index) Bytes() ([]byte, error) {
	out := indexJSON{Format: Format, Source: ix.Source.String(), Versions: []versionJSON{}}
	ix.sort()
	for _, r := range ix.Releases {
		v := versionJSON{Version: r.Version.String(), Protocol: r.Protocol, SigningKey: r.Key.String(),
			Signature: base64.StdEncoding.EncodeToString(r.Signature), Platforms: map[string]fileJSON{}}
		for platform, f := range r.Files {
			v.Platforms[platform] = fileJSON(f)
		}
		out.Versions = append(out.Versions, v)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (ix *Index) sort() {
	slices.SortStableFunc(ix.Releases, func(a, b Release) int { return b.Version.Compare(a.Version) })
}

// Release returns the release of a version.
func (ix *Index) Release(v *version.Version) (Release, bool) {
	for _, r := range ix.Releases {
		if r.Version.Equal(v) {
			return r, true
		}
	}
	return Release{}, false
}

// Put adds a release, or puts it in the place of the one of its version.
func (ix *Index) Put(r Release) {
	ix.Releases = slices.DeleteFunc(ix.Releases, func(other Release) bool { return other.Version.Equal(r.Version) })
	ix.Releases = append(ix.Releases, r)
	ix.sort()
}

// Platforms returns the names of a release's platforms, in order.
func (r Release) Platforms() []string { return slices.Sorted(maps.Keys(r.Files)) }

// Hashes returns the hashes of a release's executables by platform, as a lock
// file has them.
func (r Release) Hashes() map[string]string {
	hashes := make(map[string]string, len(r.Files))
	for platform, f := range r.Files {
		hashes[platform] = f.Hash
	}
	return hashes
}

// Path returns where the index of a source is below the address, or in the
// folder, that has it.
func Path(source plugins.Source) string { return path.Join(source.String(), FileName) }

// FilePath returns where an executable is beside its index.
func FilePath(source plugins.Source, v *version.Version, platform string) string {
	return path.Join(v.String(), platform, plugins.ExecutableName(source, platform))
}
