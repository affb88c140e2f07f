package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"syscall"

	version "github.com/hashicorp/go-version"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// usualIndex is how large an index mostly is at most.
const usualIndex = 32 << 10

// listing is an index and where it came from.
type listing struct {
	*index.Index
	url    *url.URL
	client *client
}

// listing asks the network for the index of a source; nil if nobody has it.
func (in *Installer) listing(ctx context.Context, s plugins.Source) (*listing, diag.Diagnostics) {
	for _, m := range in.Methods {
		u := m.index(s)
		if u == nil {
			continue
		}
		c := newClient(m, in.dial)
		var text bytes.Buffer
		err := c.get(ctx, u, index.MaxBytes, usualIndex, func(body io.Reader) error {
			text.Reset()
			_, err := text.ReadFrom(body)
			return err
		})
		if errors.Is(err, errNotFound) {
			continue
		}
		if err != nil {
			return nil, diag.Errorf("Cannot get the index of a provider", "The index of %s is at %s, but %s. %s",
				s, shown(u), reason(err), advice(err))
		}
		ix, err := index.Parse(s, text.Bytes())
		if err != nil {
			return nil, diag.Errorf("Invalid index of a provider", "The index of %s at %s cannot be used: %s. Tell those who run that server.", s, shown(u), reason(err))
		}
		return &listing{ix, u, c}, nil
	}
	return nil, nil
}

// fromNetwork installs a provider from an index: the recorded version if that
// holds, else the highest that is allowed.
func (in *Installer) fromNetwork(ctx context.Context, s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, holds bool) (plugins.LockedProvider, Installed, bool, diag.Diagnostics) {
	r, l, first, ds := in.release(ctx, s, req, locked, holds)
	if l == nil || ds.HasErrors() {
		return locked, Installed{}, l != nil, ds
	}
	fail := func(ds diag.Diagnostics) (plugins.LockedProvider, Installed, bool, diag.Diagnostics) {
		return locked, Installed{}, true, ds
	}
	f, ok := r.Files[plugins.Platform()]
	if !ok {
		return fail(diag.Errorf("Provider not available for this platform",
			"Version %s of provider %s is there for %s, but not for %s. Choose another version by the constraint, or ask its publisher for one.",
			r.Version, s, strings.Join(r.Platforms(), ", "), plugins.Platform()))
	}
	cache := Cache{in.Places.Cache}
	err := cache.add(s, f, func(save func(io.Reader) error) error { return in.download(ctx, l, r, plugins.Platform(), save) })
	var disk *diskError
	switch {
	case errors.As(err, &disk):
		return fail(cannotSave(s, cache.Dir, disk.err))
	case err != nil:
		return fail(in.cannotDownload(l, r, plugins.Platform(), err))
	}
	next := plugins.LockedProvider{Version: r.Version.String(), Constraints: req.Constraints, Hashes: r.Hashes(), SigningKey: r.Key.String()}
	return next, Installed{Source: req.Source, Version: next.Version, From: shown(l.url), Key: r.Key, FirstUse: first}, true, nil
}

// release chooses a version from the index, and sees to it that the right key
// has signed it.
func (in *Installer) release(ctx context.Context, s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, holds bool) (r index.Release, l *listing, firstUse bool, ds diag.Diagnostics) {
	allowed, ds := req.Constraint()
	if ds.HasErrors() {
		return r, nil, false, ds
	}
	var exact *version.Version
	if holds {
		if exact, ds = req.Locked(locked, allowed); ds.HasErrors() {
			return r, nil, false, ds
		}
	}
	if l, ds = in.listing(ctx, s); l == nil || ds.HasErrors() {
		return r, l, false, ds
	}
	r, ok := choose(l.Index, allowed, exact)
	if !ok {
		return r, l, false, l.missing(s, req, exact)
	}
	if err := r.Verify(s); err != nil {
		return r, l, false, diag.Errorf("Invalid signature",
			"Version %s of provider %s in %s is not what its publisher has signed: %s. Somebody has changed it, or it was damaged; nothing of it is used. Tell its publisher.",
			r.Version, s, shown(l.url), err)
	}
	if firstUse, ds = in.trusted(l, r, locked); ds.HasErrors() {
		return r, l, false, ds
	}
	if holds {
		for platform, hash := range locked.Hashes {
			if f, ok := r.Files[platform]; !ok || f.Hash != hash {
				return r, l, false, diag.Errorf("Provider differs from the lock file",
					"%s has for version %s of provider %s on %s another hash than %s, although versions never change. Nothing of it is used. "+
						"If you know why, run clockwork init -upgrade, which trusts what is there now; otherwise tell its publisher.",
					shown(l.url), r.Version, s, platform, plugins.LockFileName)
			}
		}
	}
	return r, l, firstUse, nil
}

// choose returns the exact version, or the highest that is allowed and speaks a
// protocol that is spoken here. A pre-release has to be asked for.
func choose(ix *index.Index, allowed version.Constraints, exact *version.Version) (index.Release, bool) {
	for _, r := range ix.Releases {
		switch {
		case exact != nil && !r.Version.Equal(exact):
		case exact == nil && (!allowed.Check(r.Version) || len(allowed) == 0 && r.Version.Prerelease() != ""):
		case r.Protocol != plugins.ProtocolVersion:
		default:
			return r, true
		}
	}
	return index.Release{}, false
}

// missing says that no version will do, and which there are.
func (l *listing) missing(s plugins.Source, req plugins.Requirement, exact *version.Version) diag.Diagnostics {
	what, advice := fmt.Sprintf("in version %q", req.Constraints), "Change the constraint."
	switch {
	case exact != nil:
		what, advice = fmt.Sprintf("in version %s, which %s has", exact, plugins.LockFileName), "Run clockwork init -upgrade to choose another."
	case req.Constraints == "":
		what, advice = "in a version that is no pre-release", "Ask for one by a version constraint, as in \"1.2.0-beta.1\"."
	}
	const most = 10
	var there []string
	for _, r := range l.Releases {
		text := r.Version.String()
		if r.Protocol != plugins.ProtocolVersion {
			text += fmt.Sprintf(" (for protocol %d, of another Clockwork)", r.Protocol)
		}
		if len(there) == most {
			there = append(there, "...")
			break
		}
		there = append(there, text)
	}
	if len(there) == 0 {
		there = []string{"no version at all"}
	}
	return diag.Errorf("Provider version not found", "The configuration needs the provider %s %s, but %s has only: %s. %s",
		s, what, shown(l.url), strings.Join(there, ", "), advice)
}

// trusted tells whether the key of a release is the right one, and whether
// nobody has vouched for it before.
func (in *Installer) trusted(l *listing, r index.Release, locked plugins.LockedProvider) (firstUse bool, ds diag.Diagnostics) {
	s := l.Source
	if keys, ok := in.pinned(s); ok {
		for _, k := range keys {
			if k == r.Key {
				return false, nil
			}
		}
		return false, diag.Errorf("Signed with another key",
			"Version %s of provider %s in %s is signed with %s, which is none of the keys that your CLI configuration pins for it. "+
				"If its publisher has told you of this key, add it to signing_keys there.", r.Version, s, shown(l.url), r.Key)
	}
	switch locked.SigningKey {
	case "":
		return true, nil
	case r.Key.String():
		return false, nil
	}
	return false, diag.Errorf("Signed with another key",
		"Version %s of provider %s in %s is signed with %s, but %s has %s, the key of before. This is what an attack looks like. "+
			"If the publisher has announced the new key, and you have compared it, delete the line signing_key from %s and run the command again, "+
			"or pin the key in signing_keys of your CLI configuration.",
		r.Version, s, shown(l.url), r.Key, plugins.LockFileName, locked.SigningKey, plugins.LockFileName)
}

// diskError says that it is not the network that has failed.
type diskError struct{ err error }

func (e *diskError) Error() string { return e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }

// download hands a release's executable to save.
func (in *Installer) download(ctx context.Context, l *listing, r index.Release, platform string, save func(io.Reader) error) error {
	f := r.Files[platform]
	if f.URL == "" {
		return errNotHere
	}
	ref, err := url.Parse(f.URL)
	if err != nil {
		return err
	}
	u := l.url.ResolveReference(ref)
	if u.Scheme != "https" {
		return errInsecureURL
	}
	if in.Progress != nil {
		in.Progress.Begin(l.Source.String(), r.Version.String(), f.Size)
		defer in.Progress.End()
	}
	return l.client.get(ctx, u, f.Size, f.Size, func(body io.Reader) error {
		from := &source{Reader: body, progress: in.Progress}
		err := save(from)
		var mismatch *index.MismatchError
		switch {
		case err == nil:
			return nil
		case from.err != nil:
			return from.err
		case errors.As(err, &mismatch):
			return err
		}
		return &diskError{err}
	})
}

var (
	errNotHere     = errors.New("this index does not have the file")
	errInsecureURL = errors.New("the index names an address that does not begin with https://")
)

// source remembers whether it was the reading that failed.
type source struct {
	io.Reader
	progress Progress
	done     int64
	err      error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	s.done += int64(n)
	if s.progress != nil {
		s.progress.Advance(s.done)
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (in *Installer) cannotDownload(l *listing, r index.Release, platform string, err error) diag.Diagnostics {
	where := shown(l.url)
	if ref, perr := url.Parse(r.Files[platform].URL); perr == nil && ref.String() != "" {
		where = shown(l.url.ResolveReference(ref))
	}
	var mismatch *index.MismatchError
	if errors.As(err, &mismatch) {
		return diag.Errorf("Wrong executable", "What is at %s is not version %s of provider %s for %s: %s. Nothing of it was kept. "+
			"Run the command again; if that does not help, tell those who run that server.", where, r.Version, l.Source, platform, reason(mismatch))
	}
	return diag.Errorf("Cannot download a provider", "Version %s of provider %s for %s is at %s, but %s. Nothing of it was kept. %s",
		r.Version, l.Source, platform, where, reason(err), advice(err))
}

func cannotSave(s plugins.Source, dir string, err error) diag.Diagnostics {
	advice := "Make that folder writable for you, or name another one with CW_PLUGIN_CACHE_DIR."
	if errors.Is(err, syscall.ENOSPC) {
		advice = "Free some space there, or name another folder with CW_PLUGIN_CACHE_DIR."
	}
	return diag.Errorf("Cannot keep a provider", "The provider %s cannot be written to the cache %s: %s. Nothing was installed. %s", s, dir, reason(err), advice)
}

// reason is an error in the middle of a sentence.
func reason(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "the command was interrupted"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection ended before everything was there"
	}
	return strings.TrimSuffix(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
}

// advice says what to do about a network that has failed.
func advice(err error) string {
	switch {
	case errors.Is(err, errInsecure), errors.Is(err, errInsecureURL), errors.Is(err, errNotFound), errors.Is(err, errNotHere):
		return "Tell those who run that server, or install from another place: docs/installing-providers.md says how."
	case strings.Contains(err.Error(), "certificate"):
		return "If the server's certificate is of an authority of your own, name its file with ca_file in the CLI configuration."
	}
	return "Look whether that server can be reached from here, and run the command again. Where there is no network, install from a mirror: docs/installing-providers.md says how."
}
