package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// interpreter is the Python that has the packages of Debian and Ubuntu. Others on
// PATH do not see them.
const interpreter = "/usr/bin/python3"

// withPython skips a test where the provider in Python cannot run, and fails it
// in CI, which installs what that takes.
func withPython(t *testing.T) {
	t.Helper()
	if os.Getenv("CW_TEST_NO_PYTHON") == "1" {
		t.Skip("CW_TEST_NO_PYTHON=1")
	}
	if raced {
		t.Skip("the race detector sees nothing of what is written in Python")
	}
	output, err := exec.Command(interpreter, "-c", "import cryptography, google.protobuf, grpc, msgpack").CombinedOutput()
	if err == nil {
		_, err = exec.LookPath("sqlite3")
	}
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("the provider in Python cannot run (see .ci/install-test-deps): %v\n%s", err, output)
	default:
		t.Skipf("the provider in Python needs Debian's python3-grpcio, python3-protobuf, python3-msgpack, python3-cryptography and sqlite3: %v\n%s", err, output)
	}
}

// Both examples of providers pass what everybody's must. The one in Python does so
// in its README, which TestGuides plays.
func TestProviderTest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(repository(t), "examples", "provider-go"))); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "clockwork-provider-properties"), "./examples/provider-go")
	build.Dir = repository(t)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, code := shell(t, dir, "clockwork provider test ./clockwork-provider-properties")
	if code != 0 || !strings.Contains(output, "✓ All is well") {
		t.Errorf("exit code %d:\n%s", code, output)
	}
}
