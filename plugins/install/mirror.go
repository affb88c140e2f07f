package install

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// Mirrored is what was copied of one provider.
type Mirrored struct {
	Source, Version string
	Platforms       []string
	// Unsigned says that the copy can be read as a folder only: nobody has signed
	// it, so no index lists it.
	Unsigned bool
}

// Mirror copies the executables that a project uses for some platforms into a
// folder, in the versions that the lock file has, and lists those that are
// signed in the folder's indexes. The lock file stays as it is.
func (in *Installer) Mirror(ctx context.Context, lock *plugins.LockFile, reqs []plugins.Requirement, platforms []string, to index.Folder) ([]Mirrored, diag.Diagnostics) {
	var all []Mirrored
	copied := plugins.LockFile{Providers: maps.Clone(lock.Providers)}
	ds := copied.RequireBy(reqs, func(s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, known bool) (plugins.LockedProvider, diag.Diagnostics) {
		m, ds := in.mirrorOne(ctx, s, req, locked, known, platforms, to)
		if !ds.HasErrors() {
			all = append(all, m)
		}
		return locked, ds
	}, in.Places.Overrides)
	return all, ds
}

func (in *Installer) mirrorOne(ctx context.Context, s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, known bool, platforms []string, to index.Folder) (Mirrored, diag.Diagnostics) {
	m := Mirrored{Source: s.String(), Platforms: platforms}
	next, held, ds := in.held(s, req, locked, known)
	if ds.HasErrors() {
		return m, ds
	}
	if held {
		paths, ds := in.local(s, req, next, platforms)
		if ds.HasErrors() {
			return m, ds
		}
		if len(without(platforms, paths)) == 0 {
			m.Version = next.Version
			return in.mirrorLocal(m, s, req, next, paths, to)
		}
	}
	r, l, _, ds := in.release(ctx, s, req, next, held)
	if ds.HasErrors() {
		return m, ds
	}
	if l == nil {
		return m, in.notFor(s, next, platforms)
	}
	if left := without(platforms, r.Hashes()); len(left) > 0 {
		next.Version = r.Version.String()
		return m, in.notFor(s, next, left)
	}
	m.Version = r.Version.String()
	urls := map[string]string{}
	for _, platform := range platforms {
		err := in.download(ctx, l, r, platform, func(body io.Reader) error {
			var err error
			urls[platform], err = to.SaveFile(s, r, platform, body)
			return err
		})
		var disk *diskError
		switch {
		case errors.As(err, &disk):
			return m, cannotMirror(s, to, disk.err)
		case err != nil:
			return m, in.cannotDownload(l, r, platform, err)
		}
	}
	return m, list(to, s, r, urls)
}

// mirrorLocal copies what folders have. A list that its publisher has signed is
// kept if one of the folders has it.
func (in *Installer) mirrorLocal(m Mirrored, s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, paths map[string]string, to index.Folder) (Mirrored, diag.Diagnostics) {
	v, ds := in.exact(req, locked)
	if ds.HasErrors() {
		return m, ds
	}
	r := index.Release{Version: v, Files: map[string]index.File{}}
	for platform, path := range paths {
		f, err := index.FileOf(path)
		if err != nil {
			return m, diag.FromError("Cannot read a provider's executable", err)
		}
		if recorded := locked.Hashes[platform]; recorded != "" && recorded != f.Hash {
			return m, diag.FromError("Provider executable has changed", &plugins.HashError{Source: s.String(), Path: path})
		}
		r.Files[platform] = f
	}
	urls := map[string]string{}
	for platform, path := range paths {
		var err error
		if urls[platform], err = copyTo(to, s, r, platform, path); err != nil {
			return m, cannotMirror(s, to, err)
		}
	}
	for _, dir := range in.Places.DirsOf(s) {
		ix, err := index.Folder(dir).Index(s)
		if err != nil {
			return m, diag.FromError("Invalid index of a provider", err)
		}
		signed, ok := ix.Release(v)
		if !ok || signed.Verify(s) != nil || !vouches(signed, r) {
			continue
		}
		if _, ds := in.trusted(&listing{Index: ix, url: &url.URL{Path: dir}}, signed, locked); ds.HasErrors() {
			continue
		}
		return m, list(to, s, signed, urls)
	}
	m.Unsigned = true
	return m, nil
}

// vouches tells whether a signed release lists the files of another.
func vouches(signed, r index.Release) bool {
	for platform, f := range r.Files {
		if signed.Files[platform].Hash != f.Hash {
			return false
		}
	}
	return true
}

func copyTo(to index.Folder, s plugins.Source, r index.Release, platform, path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	return to.SaveFile(s, r, platform, in)
}

// list puts a release into the index of a folder, with the addresses of the files
// that are there: those given, and those that the folder had before.
func list(to index.Folder, s plugins.Source, r index.Release, urls map[string]string) diag.Diagnostics {
	ix, err := to.Index(s)
	if err != nil {
		return diag.FromError("Invalid index of a provider", err)
	}
	before, _ := ix.Release(r.Version)
	files := map[string]index.File{}
	for platform, f := range r.Files {
		f.URL = urls[platform]
		if was := before.Files[platform]; f.URL == "" && was.Hash == f.Hash {
			f.URL = was.URL
		}
		files[platform] = f
	}
	r.Files = files
	ix.Put(r)
	if err := to.SaveIndex(ix); err != nil {
		return cannotMirror(s, to, err)
	}
	return nil
}

func cannotMirror(s plugins.Source, to index.Folder, err error) diag.Diagnostics {
	return diag.Errorf("Cannot write the mirror", "The provider %s cannot be written to %s: %s. Free some space there or name a folder that you may write to.", s, string(to), reason(err))
}

// Platforms sorts the names of platforms, and takes this one for none.
func Platforms(named []string) []string {
	if len(named) == 0 {
		return []string{plugins.Platform()}
	}
	return slices.Compact(slices.Sorted(slices.Values(named)))
}
