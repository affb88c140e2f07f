package sdktest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// modulePath is Clockwork's.
const modulePath = "github.com/clockwork-hcl/clockwork"

// Clockwork returns the path of a clockwork to test with. It is, in this order,
//
//   - the one that the variable CLOCKWORK_BIN of the environment names;
//   - the one of the version in go.mod, which go builds: that is what the
//     line "tool github.com/clockwork-hcl/clockwork" in go.mod is for, and in a
//     module without it what CI would have to build is missing;
//   - the one in PATH.
func Clockwork(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("CLOCKWORK_BIN"); path != "" {
		abs, err := filepath.Abs(path)
		if err == nil {
			_, err = os.Stat(abs)
		}
		if err != nil {
			t.Fatalf("CLOCKWORK_BIN is %s: %v", path, err)
		}
		return abs
	}
	tool, err := goCommand("tool", "-n", modulePath)
	if err == nil {
		return tool
	}
	path := filepath.Join(t.TempDir(), executable("clockwork"))
	_, err2 := goCommand("build", "-o", path, modulePath)
	if err2 == nil {
		return path
	}
	path, err3 := exec.LookPath("clockwork")
	if err3 != nil {
		t.Fatalf("there is no clockwork to test with. Name one in CLOCKWORK_BIN, or have go build it: go get -tool %s\n%v", modulePath, errors.Join(err, err2, err3))
	}
	t.Logf("testing with %s, because go cannot build the one in go.mod", path)
	return path
}

// Build builds the program of a provider, a package such as ".", into dir, as
// clockwork-provider-NAME, and returns its path.
func Build(t testing.TB, pkg, name, dir string) string {
	t.Helper()
	path := filepath.Join(dir, executable("clockwork-provider-"+name))
	if _, err := goCommand("build", "-o", path, pkg); err != nil {
		t.Fatal(err)
	}
	return path
}

// goCommand runs the go command and returns what it prints.
func goCommand(args ...string) (string, error) {
	var stderr strings.Builder
	cmd := exec.Command("go", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &stderr)
	}
	return strings.TrimSpace(string(out)), nil
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}
