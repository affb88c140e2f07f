package install

import (
	"context"
	"maps"
	"strings"

	version "github.com/hashicorp/go-version"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
)

// Lock has the lock file record the hashes of the executables for platforms,
// without a download: they are in the index, or in a folder. The recorded version
// stays; a provider without a record gets one. What has no record yet, and no key
// that vouches for it, is trusted as it is found.
func (in *Installer) Lock(ctx context.Context, lock *plugins.LockFile, reqs []plugins.Requirement, platforms []string) diag.Diagnostics {
	return lock.RequireBy(reqs, func(s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, known bool) (plugins.LockedProvider, diag.Diagnostics) {
		return in.lockOne(ctx, s, req, locked, known, platforms)
	}, in.Places.Overrides)
}

func (in *Installer) lockOne(ctx context.Context, s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, known bool, platforms []string) (plugins.LockedProvider, diag.Diagnostics) {
	next, known, ds := in.held(s, req, locked, known)
	if ds.HasErrors() {
		return locked, ds
	}
	if known {
		paths, ds := in.local(s, req, next, platforms)
		if ds.HasErrors() {
			return locked, ds
		}
		for platform, path := range paths {
			sum, err := plugins.HashFile(path)
			if err != nil {
				return locked, diag.FromError("Cannot read a provider's executable", err)
			}
			hash := plugins.FormatHash(sum)
			if recorded := next.Hashes[platform]; recorded != "" && recorded != hash {
				return locked, diag.FromError("Provider executable has changed", &plugins.HashError{Source: s.String(), Path: path})
			}
			next.Hashes[platform] = hash
		}
	}
	if len(without(platforms, next.Hashes)) > 0 || !known {
		r, l, _, ds := in.release(ctx, s, req, next, known)
		if ds.HasErrors() {
			return locked, ds
		}
		if l != nil {
			next.Version, next.SigningKey = r.Version.String(), r.Key.String()
			maps.Copy(next.Hashes, r.Hashes())
		}
	}
	if left := without(platforms, next.Hashes); len(left) > 0 {
		return locked, in.notFor(s, next, left)
	}
	next.Constraints = req.Constraints
	return next, nil
}

// held returns the record to go on from: the one that there is, or that of the
// executable in a folder.
func (in *Installer) held(s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, known bool) (next plugins.LockedProvider, held bool, ds diag.Diagnostics) {
	if !known {
		r, ds := in.Places.Resolve(s, req, locked, false)
		switch {
		case r.Missing:
			locked.Hashes = map[string]string{}
			return locked, false, nil
		case ds.HasErrors():
			return locked, false, ds
		}
		locked = r.Provider
	}
	locked.Hashes = maps.Clone(locked.Hashes)
	if locked.Hashes == nil {
		locked.Hashes = map[string]string{}
	}
	return locked, true, nil
}

// local returns where the folders have the recorded version, by platform.
func (in *Installer) local(s plugins.Source, req plugins.Requirement, locked plugins.LockedProvider, platforms []string) (map[string]string, diag.Diagnostics) {
	v, ds := in.exact(req, locked)
	if ds.HasErrors() {
		return nil, ds
	}
	paths, err := in.Places.Paths(s, v, platforms)
	return paths, diag.FromError("Cannot look for providers", err)
}

func (in *Installer) exact(req plugins.Requirement, locked plugins.LockedProvider) (*version.Version, diag.Diagnostics) {
	allowed, ds := req.Constraint()
	if ds.HasErrors() {
		return nil, ds
	}
	return req.Locked(locked, allowed)
}

// without returns the platforms that have nothing in a table.
func without(platforms []string, table map[string]string) (left []string) {
	for _, platform := range platforms {
		if table[platform] == "" {
			left = append(left, platform)
		}
	}
	return left
}

func (in *Installer) notFor(s plugins.Source, locked plugins.LockedProvider, platforms []string) diag.Diagnostics {
	what := "Provider " + s.String()
	if locked.Version != "" {
		what = "Version " + locked.Version + " of provider " + s.String()
	}
	return in.nowhere(s, diag.Errorf("Provider not available for a platform",
		"%s was not found for %s. Folders have it for other platforms as HOST/NAMESPACE/NAME/VERSION/OS_ARCH/EXECUTABLE.",
		what, strings.Join(platforms, ", ")))
}
