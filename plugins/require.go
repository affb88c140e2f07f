package plugins

import (
	"cmp"
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
// allowed and there, else the highest version in dirs that is allowed. upgrade
// forgets what is recorded, and so takes the highest version of everything and
// trusts the executables that are there now.
//
// A provider without a record is trusted as it is found; one whose executable
// differs from its record is an error. Built-in providers are passed over. The
// file is not written.
func (l *LockFile) Require(reqs []Requirement, dirs []string, upgrade bool) diag.Diagnostics {
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
		next, ds := require(source, req, locked, known && !upgrade, dirs)
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

// require chooses the executable of one provider: of the locked version if that
// holds, else of the highest.
func require(source Source, req Requirement, locked LockedProvider, holds bool, dirs []string) (LockedProvider, diag.Diagnostics) {
	var allowed version.Constraints
	if req.Constraints != "" {
		var err error
		if allowed, err = version.NewConstraint(req.Constraints); err != nil {
			return locked, diag.Errorf("Invalid version constraint",
				"The provider %s is required in version %q, which cannot be understood. Write it like \"~> 1.2\" or \">= 1.0, < 2.0\".",
				source, req.Constraints)
		}
	}
	candidates, err := Discover(source, dirs)
	if err != nil {
		return locked, diag.FromError("Cannot look for providers", err)
	}
	wanted := func(v *version.Version) bool { return allowed.Check(v) }
	if holds {
		v, err := version.NewSemver(locked.Version)
		if err != nil {
			return locked, diag.FromError("Invalid lock file", err)
		}
		if !allowed.Check(v) {
			return locked, diag.Errorf("Provider version not allowed",
				"The configuration requires provider %s in version %q, but %s has version %s. Run clockwork init -upgrade to choose another.",
				source, req.Constraints, LockFileName, locked.Version)
		}
		wanted = v.Equal
	}
	i := slices.IndexFunc(candidates, func(c Candidate) bool { return wanted(c.Version) })
	if i < 0 {
		return locked, missing(source, req, locked, holds, candidates, dirs)
	}
	c := candidates[i]
	if c.Problem != "" {
		return locked, diag.Errorf("Provider cannot be started", "The executable of provider %s is %s, but %s.", source, c.Path, c.Problem)
	}
	sum, err := HashFile(c.Path)
	if err != nil {
		return locked, diag.FromError("Cannot read a provider's executable", err)
	}
	hash := FormatHash(sum)
	if recorded := locked.Hashes[Platform()]; holds && recorded != "" && recorded != hash {
		return locked, diag.FromError("Provider executable has changed", &HashError{Source: req.Source, Path: c.Path})
	}
	next := LockedProvider{Version: c.Version.String(), Constraints: req.Constraints, Hashes: make(map[string]string)}
	if next.Version == locked.Version {
		maps.Copy(next.Hashes, locked.Hashes) // those for other platforms
	}
	next.Hashes[Platform()] = hash
	return next, nil
}

// missing says that no executable will do, and which there are.
func missing(source Source, req Requirement, locked LockedProvider, holds bool, candidates []Candidate, dirs []string) diag.Diagnostics {
	what := "the provider " + source.String()
	switch {
	case holds:
		what += " in version " + locked.Version + ", which " + LockFileName + " has,"
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
func (l *LockFile) executable(source Source, dirs []string) (path string, sum []byte, err error) {
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
		return "", nil, fmt.Errorf("%s has no hash of provider %s for %s; %s, which adds it", LockFileName, source, Platform(), advice)
	}
	if sum, err = ParseHash(hash); err != nil {
		return "", nil, err
	}
	v, err := version.NewSemver(locked.Version)
	if err != nil {
		return "", nil, fmt.Errorf("provider %s in %s: %w", source, LockFileName, err)
	}
	candidates, err := Discover(source, dirs)
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
	return "", nil, fmt.Errorf("version %s of provider %s, which %s has, is in none of these folders: %s; install it, or run clockwork init -upgrade to choose another",
		cmp.Or(locked.Version, "?"), source, LockFileName, strings.Join(dirs, ", "))
}
