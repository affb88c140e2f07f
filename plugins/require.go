package plugins

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	version "github.com/hashicorp/go-version"
)

// Requirement is a provider that a configuration uses.
type Requirement struct {
	Source      string
	Constraints string // as "~> 1.2, != 1.3.1"; "" for any version
}

// Require makes the lock file hold what a configuration uses, and nothing else:
// the recorded version of each third party's provider as long as that is
// allowed and there, else the highest version in the places that is allowed.
// upgrade forgets what is recorded, and so takes the highest version of
// everything and trusts the executables that are there now.
//
// A provider without a record is trusted as it is found; one whose executable
// differs from its record is an error. Built-in providers are passed over, and
// so are those that an override stands for: their records stay. The file is not
// written.
func (l *LockFile) Require(reqs []Requirement, from Places, upgrade bool) diag.Diagnostics {
	return l.RequireBy(reqs, func(source Source, req Requirement, locked LockedProvider, known bool) (LockedProvider, diag.Diagnostics) {
		r, ds := from.Resolve(source, req, locked, known && !upgrade)
		if r.Missing {
			ds[0].Detail += " Run clockwork init, which looks on the network too."
		}
		return r.Provider, ds
	}, from.Overrides)
}

// RequireBy is Require with another way to find one provider, whose record is
// given if known.
func (l *LockFile) RequireBy(reqs []Requirement, find func(source Source, req Requirement, locked LockedProvider, known bool) (LockedProvider, diag.Diagnostics),
	overrides map[string]string) diag.Diagnostics {
	var diags diag.Diagnostics
	providers := make(map[string]LockedProvider)
	for _, req := range reqs {
		source, err := ParseSource(req.Source)
		if err != nil {
			diags = append(diags, diag.FromError("Invalid provider source", err)...)
			continue
		}
		if source.Builtin() {
			continue
		}
		locked, known := l.Providers[req.Source]
		if _, overridden := overrides[req.Source]; overridden {
			if known {
				providers[req.Source] = locked
			}
			continue
		}
		next, ds := find(source, req, locked, known)
		diags = append(diags, ds...)
		if !ds.HasErrors() {
			providers[req.Source] = next
		}
	}
	if !diags.HasErrors() {
		l.Providers = providers
	}
	return diags
}

// Constraint reads the constraints of a requirement.
func (r Requirement) Constraint() (version.Constraints, diag.Diagnostics) {
	if r.Constraints == "" {
		return nil, nil
	}
	allowed, err := version.NewConstraint(r.Constraints)
	if err != nil {
		return nil, diag.Errorf("Invalid version constraint",
			"The provider %s is required in version %q, which cannot be understood. Write it like \"~> 1.2\" or \">= 1.0, < 2.0\".",
			r.Source, r.Constraints)
	}
	return allowed, nil
}

// Locked returns the version that a provider is held to, which the requirement
// must allow.
func (r Requirement) Locked(locked LockedProvider, allowed version.Constraints) (*version.Version, diag.Diagnostics) {
	v, err := version.NewSemver(locked.Version)
	if err != nil {
		return nil, diag.FromError("Invalid lock file", err)
	}
	if !allowed.Check(v) {
		return nil, diag.Errorf("Provider version not allowed",
			"The configuration requires provider %s in version %q, but %s has version %s. Run clockwork init -upgrade to choose another.",
			r.Source, r.Constraints, LockFileName, locked.Version)
	}
	return v, nil
}

// Resolution is what was found of a provider in Places.
type Resolution struct {
	Provider LockedProvider // the record to make
	Path     string         // of the executable
	// Missing says that there is no such executable in the places, or none that
	// the record vouches for, so that it may be got from somewhere else.
	Missing bool
}

// Resolve finds the executable of one provider: of the recorded version if that
// holds, else of the highest that is allowed.
func (p Places) Resolve(source Source, req Requirement, locked LockedProvider, holds bool) (Resolution, diag.Diagnostics) {
	none := Resolution{Provider: locked}
	allowed, ds := req.Constraint()
	if ds.HasErrors() {
		return none, ds
	}
	wanted := func(v *version.Version) bool { return allowed.Check(v) }
	recorded := ""
	if holds {
		v, ds := req.Locked(locked, allowed)
		if ds.HasErrors() {
			return none, ds
		}
		wanted, recorded = v.Equal, locked.Hashes[Platform()]
		if recorded == "" {
			none.Missing = true
			return none, diag.Errorf("No hash for this platform", "%s.", noHash(source, locked))
		}
		if path, ok := p.cached(source, recorded); ok {
			locked.Constraints = req.Constraints
			return Resolution{Provider: locked, Path: path}, nil
		}
	}
	candidates, err := Discover(source, p.DirsOf(source))
	if err != nil {
		return none, diag.FromError("Cannot look for providers", err)
	}
	i := slices.IndexFunc(candidates, func(c Candidate) bool { return wanted(c.Version) })
	if i < 0 {
		none.Missing = true
		return none, missing(source, req, locked, holds, candidates, p.DirsOf(source))
	}
	c := candidates[i]
	if c.Problem != "" {
		return none, diag.Errorf("Provider cannot be started", "The executable of provider %s is %s, but %s.", source, c.Path, c.Problem)
	}
	sum, err := HashFile(c.Path)
	if err != nil {
		return none, diag.FromError("Cannot read a provider's executable", err)
	}
	hash := FormatHash(sum)
	if recorded != "" && recorded != hash {
		return none, diag.FromError("Provider executable has changed", &HashError{Source: req.Source, Path: c.Path})
	}
	next := LockedProvider{Version: c.Version.String(), Constraints: req.Constraints, Hashes: make(map[string]string), SigningKey: locked.SigningKey}
	if next.Version == locked.Version {
		maps.Copy(next.Hashes, locked.Hashes) // those for other platforms
	}
	next.Hashes[Platform()] = hash
	return Resolution{Provider: next, Path: c.Path}, nil
}

// noHash says that a record is of no use on this platform.
func noHash(source Source, locked LockedProvider) string {
	return fmt.Sprintf("%s has no hash of provider %s %s for %s, so nothing says what its executable must contain. "+
		"Run clockwork providers lock -platform=%s where you trust what is installed", LockFileName, source, locked.Version, Platform(), Platform())
}

// missing says that no executable will do, and which there are.
func missing(source Source, req Requirement, locked LockedProvider, holds bool, candidates []Candidate, dirs []string) diag.Diagnostics {
	what := "the provider " + source.String()
	switch {
	case holds:
		what += " in version " + locked.Version + ", which " + LockFileName + " has"
	case req.Constraints != "":
		what += fmt.Sprintf(" in version %q", req.Constraints)
	}
	if len(candidates) == 0 {
		return diag.Errorf("Provider not found",
			"The configuration needs %s, but none of these folders has an executable %s%s: %s. Install it in one of them; CW_PLUGIN_DIR can name more.",
			what, executablePrefix, source.Name, strings.Join(dirs, ", "))
	}
	var there []string
	for _, c := range candidates {
		there = append(there, fmt.Sprintf("%s (%s)", c.Path, c.Version))
	}
	advice := "Install a version that is allowed, or change the constraint."
	if holds {
		advice = "Install that version, or run clockwork init -upgrade to choose another."
	}
	return diag.Errorf("Provider version not found",
		"The configuration needs %s, but there is only: %s. The version is the end of the executable's name, as in %s%s_v1.2.3. %s",
		what, strings.Join(there, ", "), executablePrefix, source.Name, advice)
}

// executable returns the recorded executable of a provider and its hash.
func (l *LockFile) executable(source Source, from Places) (path string, sum []byte, err error) {
	const advice = "run clockwork init"
	var locked LockedProvider
	if l != nil {
		locked = l.Providers[source.String()]
	}
	if locked.Version == "" {
		return "", nil, fmt.Errorf("provider %s is not recorded in %s; %s", source, LockFileName, advice)
	}
	hash := locked.Hashes[Platform()]
	if hash == "" {
		return "", nil, errors.New(noHash(source, locked))
	}
	if sum, err = ParseHash(hash); err != nil {
		return "", nil, err
	}
	if path, ok := from.cached(source, hash); ok {
		return path, sum, nil
	}
	v, err := version.NewSemver(locked.Version)
	if err != nil {
		return "", nil, fmt.Errorf("provider %s in %s: %w", source, LockFileName, err)
	}
	candidates, err := Discover(source, from.DirsOf(source))
	if err != nil {
		return "", nil, err
	}
	for _, c := range candidates {
		if !c.Version.Equal(v) {
			continue
		}
		if c.Problem != "" {
			return "", nil, fmt.Errorf("the executable of provider %s is %s, but %s", source, c.Path, c.Problem)
		}
		return c.Path, sum, nil
	}
	return "", nil, fmt.Errorf("version %s of provider %s, which %s has, is neither installed nor in one of these folders: %s; run clockwork init, which installs it, or clockwork init -upgrade to choose another",
		cmp.Or(locked.Version, "?"), source, LockFileName, strings.Join(from.DirsOf(source), ", "))
}
