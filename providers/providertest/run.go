package providertest

import (
	"sync/atomic"
	"testing"
)

// T is what the suite runs on: go test, or what stands in for it.
type T interface {
	testing.TB
	Run(name string, f func(T)) bool
}

// goTest is go test.
type goTest struct{ *testing.T }

func (t goTest) Run(name string, f func(T)) bool {
	return t.T.Run(name, func(t *testing.T) { f(goTest{t}) })
}

// Run runs the whole suite. Each test is a subtest, named by the type and by
// what it is about: "resource/acme_thing/recover_create".
func Run(t *testing.T, cfg Config) { run(goTest{t}, cfg) }

func run(t T, cfg Config) {
	if cfg.Project.Name == "" {
		cfg.Project.Name = "providertest"
	}
	if cfg.Project.Dir == "" {
		cfg.Project.Dir = t.TempDir()
	}
	serial := &atomic.Int64{}
	t.Run("schema", func(t T) { testSchema(t, cfg, serial) })
	if t.Failed() {
		return // nothing below can be relied on
	}
	for _, r := range cfg.Resources {
		t.Run("resource/"+or(r.Name, r.Type), func(t T) {
			c := start(t, cfg, serial)
			for _, test := range resourceTests() {
				t.Run(test.name, func(t T) { test.run(t, c.thing(t, r)) })
			}
		})
	}
	for _, d := range cfg.Data {
		t.Run("data/"+or(d.Name, d.Type), func(t T) { testData(t, start(t, cfg, serial), d) })
	}
	for _, a := range cfg.Asserts {
		t.Run("assert/"+or(a.Name, a.Type), func(t T) { testAssert(t, start(t, cfg, serial), a) })
	}
	for _, u := range cfg.Upgrades {
		t.Run("upgrade/"+u.Type, func(t T) { testUpgrade(t, start(t, cfg, serial), u) })
	}
}

type resourceTest struct {
	name string
	run  func(T, *thing)
}

func resourceTests() []resourceTest {
	return []resourceTest{
		{"validate", testValidate},
		{"null", testNull},
		{"unknown", testUnknown},
		{"create", testCreate},
		{"create_unplanned", testCreateUnplanned},
		{"update", testUpdate},
		{"drift", testDrift},
		{"vanished", testVanished},
		{"replace", testReplace},
		{"restart", testRestart},
		{"restart_gone", testRestartGone},
		{"restart_cancel", testRestartCancel},
		{"delete_gone", testDeleteGone},
		{"foreign", testForeign},
		{"import", testImport},
		{"diagnose", testDiagnose},
		{"watch", testWatch},
		{"cancel_before", testCancelBefore},
		{"cancel_during", testCancelDuring},
		{"cancel_slow", testCancelSlow},
		{"recover_create", testRecoverCreate},
		{"recover_create_unplanned", testRecoverCreateUnplanned},
		{"recover_create_never", testRecoverCreateNever},
		{"recover_create_foreign", testRecoverCreateForeign},
		{"recover_update", testRecoverUpdate},
		{"recover_update_never", testRecoverUpdateNever},
		{"recover_delete", testRecoverDelete},
		{"recover_delete_never", testRecoverDeleteNever},
		{"concurrent", testConcurrent},
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// find finds the resource that an assert is about.
func (c *core) find(t testing.TB, name string) Resource {
	t.Helper()
	for _, r := range c.cfg.Resources {
		if or(r.Name, r.Type) == name {
			return r
		}
	}
	t.Fatalf("the test's Config has no resource %q", name)
	return Resource{}
}
