package sdktest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/sdk/sdktest"
)

// Where clockwork is found: where the environment says, or what go builds, or
// in PATH.
func TestClockwork(t *testing.T) {
	name := "clockwork"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	here := t.TempDir()
	fake := filepath.Join(here, name)
	if err := os.WriteFile(fake, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Run("environment", func(t *testing.T) {
		t.Setenv("CLOCKWORK_BIN", fake)
		if got := sdktest.Clockwork(t); got != fake {
			t.Errorf("it is %s", got)
		}
	})
	t.Run("path", func(t *testing.T) {
		module := t.TempDir()
		if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module example.com/x\n\ngo 1.26\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Chdir(module)
		t.Setenv("CLOCKWORK_BIN", "")
		t.Setenv("GOPROXY", "off")
		t.Setenv("GOFLAGS", "-mod=mod")
		t.Setenv("PATH", here+string(os.PathListSeparator)+os.Getenv("PATH"))
		if got := sdktest.Clockwork(t); got != fake {
			t.Errorf("it is %s", got)
		}
	})
}
