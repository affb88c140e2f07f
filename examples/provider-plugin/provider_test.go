package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

const source = "example.com/acme/properties"

// The executable passes the conformance suite the way Clockwork runs it: found
// in a folder, locked, in a process of its own.
func TestConformance(t *testing.T) {
	dir := build(t)
	lock := &plugins.LockFile{}
	if diags := lock.Require([]plugins.Requirement{{Source: source, Constraints: "~> 0.1"}}, []string{dir}, false); diags.HasErrors() {
		t.Fatal(diags)
	}
	providertest.Run(t, providertest.Config{
		New: func(t testing.TB) providers.Provider {
			m := plugins.NewManager(plugins.ManagerOptions{PluginDirs: []string{dir}, Lock: lock})
			t.Cleanup(func() { _ = m.Close() })
			p, err := m.Provider(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
		Resources: []providertest.Resource{{Type: "properties_entry", New: newCase}},
	})
}

// build makes the executable, and returns the folder that it is in.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	name := "clockwork-provider-properties_v0.1.0"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if output, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return dir
}

// newCase is an entry in a file of its own, which has another line that must
// stay as it is.
func newCase(t testing.TB, env providertest.Env) providertest.Case {
	const other = "# not ours\nother = kept\n"
	name := env.Name + ".properties"
	path := filepath.Join(env.Project.Dir, name)
	write := func(t testing.TB, content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(t testing.TB) string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), other) {
			t.Errorf("what is not ours has changed: %q", b)
		}
		return string(b)
	}
	attrs := func(key, value string) providertest.Attrs {
		return providertest.Attrs{"file": cty.StringVal(name), "key": cty.StringVal(key), "value": cty.StringVal(value)}
	}
	write(t, other)
	return providertest.Case{
		Config:  attrs("port", "80"),
		Update:  attrs("port", "a = b"),
		Replace: attrs("portal", "80"),
		Invalid: []providertest.Invalid{
			{Name: "key", Config: attrs("a=b", "80"), Path: cty.GetAttrPath("key")},
			{Name: "value", Config: attrs("port", "8\n0"), Path: cty.GetAttrPath("value")},
		},
		Exists: func(t testing.TB) bool { return strings.Contains(read(t), "\nport = ") },
		Drift:  func(t testing.TB) { write(t, other+"port=81\n") },
		Remove: func(t testing.TB) { write(t, other) },
		Foreign: func(t testing.TB) func() bool {
			write(t, other+"port = theirs\n")
			return func() bool { return strings.HasSuffix(read(t), "\nport = theirs\n") }
		},
		ImportID: name + "#port",
	}
}
