package plugins

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/google/renameio/v2/maybe"
	version "github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// LockFileName is the name of the lock file, in the project's folder.
const LockFileName = ".clockwork.lock.hcl"

// lockHeader begins every lock file.
const lockHeader = `# This file is written by "clockwork init", and records which version of each
# provider this project uses, and what the executable of that version contains.
# Keep it with the project; there is no need to edit it.
`

// LockFile records the versions of third parties' providers and the hashes of
// their executables. The zero value is empty and belongs to no file.
type LockFile struct {
	// Path is the file, or "" for none.
	Path string
	// Providers are the records by source.
	Providers map[string]LockedProvider

	written []byte // what the file has
}

// LockedProvider is the record of one provider.
type LockedProvider struct {
	Version     string            // exact
	Constraints string            // that the version was chosen by; may be ""
	Hashes      map[string]string // of the executable, by platform ("linux_amd64")
	// SigningKey is the key of the publisher, as "ed25519:BASE64", since it was
	// first installed from an index; else "".
	SigningKey string
}

// HashError says that an executable is not the one that the lock file has.
type HashError struct {
	Source string
	Path   string
}

func (e *HashError) Error() string {
	return fmt.Sprintf("the executable of provider %s, %s, is not the one recorded in %s, so it is not started. "+
		"If you have changed it on purpose, run clockwork init -upgrade; otherwise find out who has",
		e.Source, e.Path, LockFileName)
}

// ReadLockFile reads the lock file at path. A file that is not there is empty.
// The error for one that makes no sense is a diag.Diagnostics with positions.
func ReadLockFile(path string) (*LockFile, error) {
	src, err := os.ReadFile(path)
	switch {
	case os.IsNotExist(err):
		return &LockFile{Path: path, Providers: make(map[string]LockedProvider)}, nil
	case err != nil:
		return nil, fmt.Errorf("read the lock file: %w", err)
	}
	return parseLockFile(path, src)
}

func parseLockFile(path string, src []byte) (*LockFile, error) {
	f, diags := hclsyntax.ParseConfig(src, filepath.Base(path), hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diag.FromHCL(diags)
	}
	var content struct {
		Providers []struct {
			Source      string            `hcl:"source,label"`
			Version     string            `hcl:"version"`
			Constraints string            `hcl:"constraints,optional"`
			Hashes      map[string]string `hcl:"hashes"`
			SigningKey  string            `hcl:"signing_key,optional"`
			Range       hcl.Range         `hcl:",def_range"`
		} `hcl:"provider,block"`
	}
	if diags := gohcl.DecodeBody(f.Body, nil, &content); diags.HasErrors() {
		return nil, diag.FromHCL(diags)
	}
	l := &LockFile{Path: path, Providers: make(map[string]LockedProvider), written: src}
	for _, p := range content.Providers {
		locked := LockedProvider{Version: p.Version, Constraints: p.Constraints, Hashes: p.Hashes, SigningKey: p.SigningKey}
		if err := l.add(p.Source, locked); err != nil {
			return nil, diag.At(p.Range, "Invalid lock file",
				"%s. Put the file back as it was, or delete it and run clockwork init, which writes a new one.", err)
		}
	}
	return l, nil
}

var signingKeyPattern = regexp.MustCompile(`^ed25519:[A-Za-z0-9+/]{43}=$`)

func (l *LockFile) add(source string, p LockedProvider) error {
	if _, err := ParseSource(source); err != nil {
		return err
	}
	if _, twice := l.Providers[source]; twice {
		return fmt.Errorf("the provider %s is recorded twice", source)
	}
	if _, err := version.NewSemver(p.Version); err != nil {
		return fmt.Errorf("the version %q of provider %s is not one", p.Version, source)
	}
	for platform, hash := range p.Hashes {
		if !ValidPlatform(platform) {
			return fmt.Errorf("provider %s has a hash for %q, which is no platform such as %s", source, platform, Platform())
		}
		if _, err := ParseHash(hash); err != nil {
			return fmt.Errorf("provider %s: %w", source, err)
		}
	}
	if p.SigningKey != "" && !signingKeyPattern.MatchString(p.SigningKey) {
		return fmt.Errorf("provider %s has the signing key %.80q, which is no key of the form ed25519:BASE64", source, p.SigningKey)
	}
	l.Providers[source] = p
	return nil
}

// Bytes returns what the file is to have: the same records give the same bytes.
func (l *LockFile) Bytes() []byte {
	f := hclwrite.NewEmptyFile()
	for _, source := range slices.Sorted(maps.Keys(l.Providers)) {
		p := l.Providers[source]
		f.Body().AppendNewline()
		block := f.Body().AppendNewBlock("provider", []string{source}).Body()
		block.SetAttributeValue("version", cty.StringVal(p.Version))
		if p.Constraints != "" {
			block.SetAttributeValue("constraints", cty.StringVal(p.Constraints))
		}
		hashes := map[string]cty.Value{}
		for platform, hash := range p.Hashes {
			hashes[platform] = cty.StringVal(hash)
		}
		block.SetAttributeValue("hashes", cty.ObjectVal(hashes))
		if p.SigningKey != "" {
			block.SetAttributeValue("signing_key", cty.StringVal(p.SigningKey))
		}
	}
	return hclwrite.Format(append([]byte(lockHeader), f.Bytes()...))
}

// Changed tells whether Write would write. A file that is not there and has
// nothing to record is not made.
func (l *LockFile) Changed() bool {
	if l.written == nil && len(l.Providers) == 0 {
		return false
	}
	return !bytes.Equal(l.written, l.Bytes())
}

// Write writes the file, in one step, if that changes it.
func (l *LockFile) Write() error {
	if !l.Changed() {
		return nil
	}
	return l.write()
}

// Create is Write that makes the file also when there is nothing to record, as
// init does, so that it is there to be kept with the project.
func (l *LockFile) Create() error {
	if l.written != nil {
		return l.Write()
	}
	return l.write()
}

func (l *LockFile) write() error {
	b := l.Bytes()
	if err := maybe.WriteFile(l.Path, b, 0o644); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	l.written = b
	return nil
}
