package install

import (
	"context"
	"net"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// Progress is told what is being downloaded. Its methods are called in turn.
type Progress interface {
	// Begin says that an executable of so many bytes is about to be downloaded,
	// Advance how many there are by now, and End that it is over.
	Begin(source, version string, size int64)
	Advance(done int64)
	End()
}

// Pin holds the sources that match to some keys.
type Pin struct {
	Pattern string
	Keys    []index.Key
}

// Installer finds providers, gets them, and records them.
type Installer struct {
	Places plugins.Places
	// Copy says that executables in Places.Dirs are copied into the cache,
	// because other commands do not look there.
	Copy    bool
	Methods []Method // tried in this order
	Pins    []Pin    // the first that matches holds
	// Progress is told of downloads, if it is not nil.
	Progress Progress

	// dial opens connections; nil for the usual way.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Installed is what became of one provider.
type Installed struct {
	Source, Version string
	From            string    // a folder, the address of an index, or "" for what was there
	Key             index.Key // that signed it, if any
	FirstUse        bool      // nobody had vouched for the key before
}

// Require is plugins.LockFile.Require that gets what is not there from the
// network.
func (in *Installer) Require(ctx context.Context, lock *plugins.LockFile, reqs []plugins.Requirement, upgrade bool) ([]Installed, diag.Diagnostics) {
	var all []Installed
	ds := lock.RequireBy(reqs, func(s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, known bool) (plugins.LockedProvider, diag.Diagnostics) {
		if ctx.Err() != nil {
			return locked, diag.Errorf("Interrupted", "The provider %s was not installed.", s)
		}
		next, done, ds := in.one(ctx, s, req, locked, known && !upgrade)
		if !ds.HasErrors() {
			all = append(all, done)
		}
		return next, ds
	}, in.Places.Overrides)
	return all, ds
}

func (in *Installer) one(ctx context.Context, s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, holds bool) (plugins.LockedProvider, Installed, diag.Diagnostics) {
	places := in.Places
	hash := locked.Hashes[plugins.Platform()]
	if holds && places.Cache != "" && hash != "" && !(Cache{places.Cache}).sound(s, hash) {
		places.Cache = "" // what it has is not what it should be: get it again
	}
	r, ds := places.Resolve(s, req, locked, holds)
	_, isPinned := in.pinned(s)
	switch {
	case !r.Missing && ds.HasErrors():
		return locked, Installed{}, ds
	case holds && hash == "" && locked.SigningKey == "" && !isPinned:
		// Whoever signs the list anew could add what they like to it.
		return locked, Installed{}, ds
	case r.Missing:
		next, done, found, more := in.fromNetwork(ctx, s, req, locked, holds)
		if !found && !more.HasErrors() {
			return locked, Installed{}, in.nowhere(s, ds)
		}
		return next, done, more
	}
	done := Installed{Source: req.Source, Version: r.Provider.Version}
	if cached := plugins.CachePath(in.Places.Cache, s, r.Provider.Hashes[plugins.Platform()]); r.Path != cached {
		done.From = r.Path
		if in.Copy {
			if err := (Cache{in.Places.Cache}).addFile(s, r.Provider.Hashes[plugins.Platform()], r.Path); err != nil {
				return locked, done, cannotSave(s, in.Places.Cache, err)
			}
		}
	}
	return r.Provider, done, ds
}

// nowhere adds to what Resolve said where else was looked, or could be.
func (in *Installer) nowhere(s plugins.Source, ds diag.Diagnostics) diag.Diagnostics {
	var asked []string
	for _, m := range in.Methods {
		if u := m.index(s); u != nil {
			asked = append(asked, shown(u))
		}
	}
	ds = slices.Clone(ds)
	if len(asked) > 0 {
		ds[0].Detail += " There is no index of it either at " + strings.Join(asked, ", nor at ") + "."
	}
	return ds
}

// pinned returns the keys that a source is held to by the user; ok is false if
// there is no such rule.
func (in *Installer) pinned(s plugins.Source) (keys []index.Key, ok bool) {
	for _, p := range in.Pins {
		if Match(p.Pattern, s) {
			return p.Keys, true
		}
	}
	return nil, false
}
