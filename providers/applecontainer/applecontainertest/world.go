package applecontainertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest/standin"
)

// program is the stand-in's package.
const program = "github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest/container"

// World is a stand-in for the container command, and what it keeps.
type World struct {
	standin.Store
	Command string // the executable
}

// NewWorld builds the stand-in in a folder of its own. Without a toolchain
// there is nothing to test with.
func NewWorld(t testing.TB) *World {
	t.Helper()
	dir := t.TempDir()
	w := &World{Store: standin.Store{Dir: filepath.Join(dir, "state")}, Command: filepath.Join(dir, "container")}
	if runtime.GOOS == "windows" {
		w.Command += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", w.Command, program).CombinedOutput(); err != nil {
		t.Fatalf("build the stand-in for the container command: %v\n%s", err, out)
	}
	return w
}

// Run runs the stand-in as a hand would.
func (w *World) Run(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command(w.Command, args...).CombinedOutput(); err != nil {
		t.Fatalf("container %v: %v\n%s", args, err, out)
	}
}

// Container returns a container; nil when there is none.
func (w *World) Container(t testing.TB, name string) *standin.Container {
	t.Helper()
	c, err := w.Get(name)
	must(t, err)
	return c
}

// Calls returns what is noted of the calls so far, as text.
func (w *World) Calls(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.Dir, "calls"))
	must(t, err)
	return string(data)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
