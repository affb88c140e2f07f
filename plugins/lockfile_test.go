package plugins

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/diag"
)

const hash1, hash2 = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

const lockText = `# This file is written by "clockwork init", and records which version of each
# provider this project uses, and what the executable of that version contains.
# Keep it with the project; there is no need to edit it.

provider "acme/b" {
  version = "0.0.0"
  hashes = {
    linux_amd64 = "` + hash2 + `"
  }
}

provider "example.com/acme/a" {
  version     = "1.2.3"
  constraints = "~> 1.2"
  hashes = {
    darwin_arm64 = "` + hash2 + `"
    linux_amd64  = "` + hash1 + `"
  }
}
`

func TestLockFileBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), LockFileName)
	l, err := ReadLockFile(path)
	if err != nil || l.Changed() {
		t.Fatalf("a lock file that is not there: %+v, %v", l, err)
	}
	if err := l.Write(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("a lock file with nothing in it was written")
	}
	l.Providers["example.com/acme/a"] = LockedProvider{
		Version: "1.2.3", Constraints: "~> 1.2", Hashes: map[string]string{"linux_amd64": hash1, "darwin_arm64": hash2},
	}
	l.Providers["acme/b"] = LockedProvider{Version: "0.0.0", Hashes: map[string]string{"linux_amd64": hash2}}
	if err := l.Write(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || string(b) != lockText {
		t.Fatalf("got %v\n%s", err, b)
	}

	again, err := ReadLockFile(path)
	if err != nil || again.Changed() || string(again.Bytes()) != lockText {
		t.Fatalf("read again: %+v, %v", again, err)
	}
	before, _ := os.Stat(path)
	if err := again.Write(); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("it was written without a change")
	}
	delete(again.Providers, "acme/b")
	delete(again.Providers, "example.com/acme/a")
	if !again.Changed() {
		t.Error("forgetting everything is no change")
	}
}

func TestLockFileErrors(t *testing.T) {
	entry := func(source, version, hashes string) string {
		return "provider \"" + source + "\" {\n  version = \"" + version + "\"\n  hashes = " + hashes + "\n}\n"
	}
	good := `{ linux_amd64 = "` + hash1 + `" }`
	for name, tc := range map[string]struct{ text, want string }{
		"syntax":   {"provider {", LockFileName + ":1"},
		"block":    {"plugin \"a/b\" {}", LockFileName + ":1"},
		"argument": {"provider \"a/b\" {\n  version = \"1.0.0\"\n  hashes = {}\n  x = 1\n}", LockFileName + ":4"},
		"source":   {"\n" + entry("../b", "1.0.0", good), LockFileName + ":2"},
		"version":  {entry("a/b", "new", good), `the version "new" of provider a/b`},
		"twice":    {entry("a/b", "1.0.0", good) + entry("a/b", "1.0.0", good), LockFileName + ":5"},
		"hash":     {entry("a/b", "1.0.0", `{ linux_amd64 = "sha256:00" }`), `"sha256:00" is no hash`},
		"platform": {entry("a/b", "1.0.0", `{ linux = "`+hash1+`" }`), `a hash for "linux"`},
		"old list": {entry("a/b", "1.0.0", `["`+hash1+`"]`), LockFileName + ":3"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), LockFileName)
			if err := os.WriteFile(path, []byte(tc.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ReadLockFile(path)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if _, ok := err.(diag.Diagnostics); !ok {
				t.Errorf("it is a %T", err)
			}
		})
	}
}

// installed is a folder with acme/acme in some versions.
func installed(t *testing.T, versions ...string) []string {
	t.Helper()
	dir := t.TempDir()
	for _, v := range versions {
		write(t, filepath.Join(dir, "clockwork-provider-acme_v"+v), "version "+v)
	}
	return []string{dir}
}

func require1(t *testing.T, l *LockFile, constraints string, dirs []string, upgrade bool) (LockedProvider, diag.Diagnostics) {
	t.Helper()
	diags := l.Require([]Requirement{{"acme/acme", constraints}, {"clockwork/file", ""}}, Places{Dirs: dirs}, upgrade)
	return l.Providers["acme/acme"], diags
}

func TestRequire(t *testing.T) {
	l := &LockFile{Providers: map[string]LockedProvider{"acme/unused": {Version: "1.0.0"}}}
	dirs := installed(t, "1.2.0", "1.3.0", "2.0.0")
	got, diags := require1(t, l, "~> 1.2", dirs, false)
	if diags.HasErrors() || got.Version != "1.3.0" || got.Constraints != "~> 1.2" || len(l.Providers) != 1 {
		t.Fatalf("the highest that is allowed: %+v, %v", l.Providers, diags)
	}
	sum, _ := HashFile(filepath.Join(dirs[0], "clockwork-provider-acme_v1.3.0"))
	if got.Hashes[Platform()] != FormatHash(sum) {
		t.Errorf("got %+v", got)
	}
	path, recorded, err := l.executable(Source{Namespace: "acme", Name: "acme"}, Places{Dirs: dirs})
	if err != nil || filepath.Base(path) != "clockwork-provider-acme_v1.3.0" || string(recorded) != string(sum) {
		t.Errorf("got %s, %x, %v", path, recorded, err)
	}

	// A newer version does not matter until it is asked for.
	write(t, filepath.Join(dirs[0], "clockwork-provider-acme_v1.4.0"), "new")
	if got, diags = require1(t, l, ">= 1.2", dirs, false); diags.HasErrors() || got.Version != "1.3.0" || got.Constraints != ">= 1.2" {
		t.Errorf("the recorded version: %+v, %v", got, diags)
	}
	got.Hashes["plan9_mips"] = hash1
	if got, diags = require1(t, l, "~> 1.2", dirs, true); diags.HasErrors() || got.Version != "1.4.0" || len(got.Hashes) != 1 {
		t.Errorf("an upgrade: %+v, %v", got, diags)
	}

	// An upgrade to the same version keeps what other platforms have.
	got.Hashes["plan9_mips"] = hash1
	write(t, filepath.Join(dirs[0], "clockwork-provider-acme_v1.4.0"), "changed")
	_, diags = require1(t, l, "~> 1.2", dirs, false)
	if text := diags.Error(); !strings.Contains(text, "Provider executable has changed") || !strings.Contains(text, "clockwork init -upgrade") {
		t.Errorf("a changed executable: %v", diags)
	}
	if got, diags = require1(t, l, "~> 1.2", dirs, true); diags.HasErrors() || got.Hashes["plan9_mips"] != hash1 {
		t.Errorf("trusting it: %+v, %v", got, diags)
	}

	// A platform that is new to the record is not added by the way.
	delete(got.Hashes, Platform())
	if _, diags = require1(t, l, "~> 1.2", dirs, false); !strings.Contains(diags.Error(), "clockwork providers lock -platform="+Platform()) {
		t.Errorf("a new platform: %v", diags)
	}
}

func TestRequireErrors(t *testing.T) {
	locked := func(version string) *LockFile {
		return &LockFile{Providers: map[string]LockedProvider{"acme/acme": {Version: version, Hashes: map[string]string{Platform(): hash1}}}}
	}
	for name, tc := range map[string]struct {
		lock        *LockFile
		constraints string
		versions    []string
		want        []string
	}{
		"none":       {&LockFile{}, "", nil, []string{"Provider not found", "clockwork-provider-acme", "CW_PLUGIN_DIR"}},
		"version":    {&LockFile{}, "~> 2.0", []string{"1.0.0", "3.0.0"}, []string{"Provider version not found", `"~> 2.0"`, "(1.0.0)", "(3.0.0)"}},
		"constraint": {&LockFile{}, "new", []string{"1.0.0"}, []string{"Invalid version constraint", `"new"`}},
		"locked":     {locked("1.0.0"), "~> 2.0", []string{"1.0.0", "2.0.0"}, []string{"Provider version not allowed", "has version 1.0.0", "clockwork init -upgrade"}},
		"lost":       {locked("1.0.0"), "", []string{"2.0.0"}, []string{"Provider version not found", "1.0.0, which .clockwork.lock.hcl has", "clockwork init -upgrade"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(tc.lock.Providers)
			_, diags := require1(t, tc.lock, tc.constraints, installed(t, tc.versions...), false)
			for _, want := range tc.want {
				if !strings.Contains(diags.Error(), want) {
					t.Errorf("got %v\nwant %q", diags, want)
				}
			}
			if len(tc.lock.Providers) != before {
				t.Errorf("the record has changed: %+v", tc.lock.Providers)
			}
		})
	}
	diags := new(LockFile).Require([]Requirement{{Source: "acme"}}, Places{}, false)
	if !strings.Contains(diags.Error(), "Invalid provider source") {
		t.Errorf("got %v", diags)
	}
}

func TestExecutableErrors(t *testing.T) {
	source := Source{Namespace: "acme", Name: "acme"}
	dirs := installed(t, "1.0.0")
	lock := func(version string, hashes map[string]string) *LockFile {
		return &LockFile{Providers: map[string]LockedProvider{"acme/acme": {Version: version, Hashes: hashes}}}
	}
	mine := map[string]string{Platform(): hash1}
	for name, tc := range map[string]struct {
		lock *LockFile
		want string
	}{
		"no file":  {nil, "run clockwork init"},
		"no entry": {&LockFile{}, "is not recorded"},
		"no hash":  {lock("1.0.0", map[string]string{"plan9_mips": hash1}), "no hash of provider acme/acme 1.0.0 for " + Platform()},
		"lost":     {lock("2.0.0", mine), "version 2.0.0 of provider acme/acme"},
	} {
		if _, _, err := tc.lock.executable(source, Places{Dirs: dirs}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
}

func FuzzReadLockFile(f *testing.F) {
	f.Add([]byte(lockText))
	f.Add([]byte("provider \"a/b\" {\n  version = 1\n  hashes = null\n}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLockFile(LockFileName, text)
		if err != nil {
			return
		}
		// What can be read comes back the same after it has been written.
		again, err := parseLockFile(LockFileName, l.Bytes())
		if err != nil || again.Changed() {
			t.Fatalf("%v\n%s\n%s", err, text, l.Bytes())
		}
	})
}
