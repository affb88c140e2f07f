package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// built is the binary under test, which TestMain builds, and where go, which
// documents may run, keeps what it has built and downloaded.
var built struct {
	folder string
	goEnv  []string
	err    error
}

func TestMain(m *testing.M) {
	if built.folder, built.err = os.MkdirTemp("", "clockwork-doctest-"); built.err == nil {
		built.err = build(built.folder)
	}
	if built.err == nil {
		built.goEnv, built.err = goEnvironment()
	}
	code := m.Run()
	os.RemoveAll(built.folder)
	os.Exit(code)
}

func build(folder string) error {
	command := exec.Command("go", "build", "-o", filepath.Join(folder, "clockwork"+suffix()), ".")
	command.Dir = filepath.Join("..", "..")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build clockwork: %w\n%s", err, output)
	}
	return nil
}

// goEnvironment returns the settings with which go finds what it has, and asks
// nobody for more.
func goEnvironment() ([]string, error) {
	env := []string{"GOPROXY=off"}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return nil, fmt.Errorf("go env %s: %w", name, err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	return env, nil
}

func suffix() string {
	if filepath.Separator == '\\' {
		return ".exe"
	}
	return ""
}

// binary returns the folder of the binary under test.
func binary(t *testing.T) string {
	t.Helper()
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.folder
}

// shell runs a line of sh in dir with clockwork on PATH and nothing of the
// caller's settings but where Docker is, and returns its output and exit code.
func shell(t *testing.T, dir, line string) (string, int) {
	t.Helper()
	command := exec.Command("sh", "-c", line)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + binary(t) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + dir,
		"TMPDIR=" + os.TempDir(),
		"LC_ALL=C.UTF-8",
		"TERM=xterm",
		"NO_COLOR=1",
		"USER=ada",
		"CW_STATE_DIR=" + filepath.Join(dir, ".service"),
	}
	command.Env = append(command.Env, modelSettings(t, dir)...)
	command.Env = append(command.Env, built.goEnv...)
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		command.Env = append(command.Env, "DOCKER_HOST="+host)
	}
	output, err := command.CombinedOutput()
	if err != nil && command.ProcessState == nil {
		t.Fatalf("run %q: %v", line, err)
	}
	return strings.ReplaceAll(string(output), "\r\n", "\n"), command.ProcessState.ExitCode()
}
