//go:build linux

package systemd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long a busy machine may take for anything.
	patience = 2 * time.Minute
	// codeForbidden is the exit code of what could not become systemd, because it
	// was not let.
	codeForbidden = 77
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(bootsIn); dir != "" {
		err := becomeSystemd(dir)
		fmt.Fprintln(os.Stderr, err)
		if forbidden(err) {
			os.Exit(codeForbidden)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// machine is a container in which systemd runs.
type machine struct {
	*testing.T
	pid int // of systemd
}

// boot starts systemd, or skips the test and says why.
func boot(t *testing.T) *machine {
	t.Helper()
	switch {
	case os.Getenv("CW_TEST_NO_SYSTEMD") == "1":
		t.Skip("CW_TEST_NO_SYSTEMD=1: the unit is not run")
	case raced:
		t.Skip("what is run is built without the race detector")
	case os.Getuid() != 0:
		t.Skip("the unit is not run: only root can boot systemd in a container")
	case systemdPath(tree()) == "":
		t.Skip("the unit is not run: there is no systemd here; .ci/install-test-deps installs it where there is apt-get")
	}
	if _, err := exec.LookPath("nsenter"); err != nil {
		t.Skip("the unit is not run: there is no nsenter, of util-linux, to look into a container with")
	}
	dir := t.TempDir()
	for _, name := range []string{rootDir, "cgroup"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	group := controlGroup(t, filepath.Join(dir, "cgroup"))
	build := exec.Command("go", "build", "-o", filepath.Join(dir, binaryName), "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build clockwork: %v\n%s", err, out)
	}
	var said bytes.Buffer
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), bootsIn+"="+dir)
	c.Stdout, c.Stderr = &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Unshareflags: syscall.CLONE_NEWCGROUP, // once it is in the group
		UseCgroupFD:  true, CgroupFD: int(group.Fd()),
		Pdeathsig: syscall.SIGKILL, Setsid: true,
	}
	if err := c.Start(); err != nil {
		skipIfForbidden(t, fmt.Errorf("make namespaces: %w", err))
	}
	m := &machine{T: t, pid: c.Process.Pid}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // killed in the end
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill() // and everything in the container with it
		<-ended
	})
	m.eventually("systemd has booted", func() bool {
		select {
		case <-ended:
			if c.ProcessState.ExitCode() == codeForbidden {
				t.Skipf("the unit is not run: no container can be made here: %s", said.String())
			}
			t.Fatalf("systemd could not be booted: %s", said.String())
		default:
		}
		out, _ := m.root().try("systemctl", "is-system-running")
		return out == "running\n" || out == "degraded\n"
	})
	t.Log(strings.SplitN(m.root().run("systemctl", "--version"), "\n", 2)[0])
	return m
}

// controlGroup makes a group for the container below the test's own.
func controlGroup(t *testing.T, mounted string) *os.File {
	t.Helper()
	if err := syscall.Mount("cgroup2", mounted, "cgroup2", 0, ""); err != nil {
		skipIfForbidden(t, fmt.Errorf("mount cgroup2: %w", err))
	}
	path := filepath.Join(mounted, "clockwork-test-"+strconv.Itoa(os.Getpid()))
	t.Cleanup(func() {
		removeGroups(path)
		if err := syscall.Unmount(mounted, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := os.Mkdir(path, 0o755); err != nil {
		skipIfForbidden(t, fmt.Errorf("make a control group: %w", err))
	}
	group, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { group.Close() })
	return group
}

// removeGroups removes a control group and those in it, which are free a moment
// after their last process has ended.
func removeGroups(path string) {
	var dirs []string
	_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for i := len(dirs) - 1; i >= 0; i-- {
		for range 100 {
			if err := syscall.Rmdir(dirs[i]); !errors.Is(err, syscall.EBUSY) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// forbidden tells whether a kernel, or a container around this one, does not let
// one do something.
func forbidden(err error) bool {
	for _, no := range []error{syscall.EPERM, syscall.EACCES, syscall.EROFS, syscall.ENOSYS, syscall.ENODEV, syscall.ENOSPC} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

func skipIfForbidden(t *testing.T, err error) {
	t.Helper()
	if forbidden(err) {
		t.Skipf("the unit is not run: no container can be made here: %v", err)
	}
	t.Fatal(err)
}

// eventually waits until something is so.
func (m *machine) eventually(what string, so func() bool) {
	m.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if so() {
			return
		}
	}
	journal, _ := m.root().try("journalctl", "--no-pager", "--lines=200")
	m.Fatalf("it does not come about that %s; the journal:\n%s", what, journal)
}

// path is where a path of the container is outside of it.
func (m *machine) path(path string) string {
	return filepath.Join("/proc", strconv.Itoa(m.pid), "root", path)
}

func (m *machine) root() account {
	return account{machine: m, home: "/root", systemctl: []string{"systemctl"}}
}

func (m *machine) ada() account {
	return account{machine: m, id: adaID, group: adaID, home: adaHome, systemctl: []string{"systemctl", "--user"},
		env: []string{"XDG_RUNTIME_DIR=/run/user/1000"}}
}

// account is who does something in the container.
type account struct {
	*machine
	id, group int
	home      string
	systemctl []string
	env       []string
}

// try runs a command in the container, and returns all that it prints.
func (a account) try(args ...string) (string, error) { return a.in(a.home, args...) }

// in does so in a folder.
func (a account) in(dir string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	enter := []string{"--target", strconv.Itoa(a.pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"}
	if a.id != 0 {
		enter = append(enter, "--setuid", strconv.Itoa(a.id), "--setgid", strconv.Itoa(a.group))
	}
	enter = append(enter, "--", "env", "-i", "PATH="+programDir+":/usr/sbin:/usr/bin:/sbin:/bin", "HOME="+a.home, "NO_COLOR=1")
	enter = append(enter, a.env...)
	enter = append(enter, "sh", "-c", `cd "$0" && exec "$@"`, dir)
	out, err := exec.CommandContext(ctx, "nsenter", append(enter, args...)...).CombinedOutput()
	return string(out), err
}

// run runs a command that must succeed.
func (a account) run(args ...string) string {
	a.Helper()
	out, err := a.try(args...)
	if err != nil {
		journal, _ := a.machine.root().try("journalctl", "--no-pager", "--lines=100")
		a.Fatalf("%q: %v\n%s\nthe journal:\n%s", args, err, out, journal)
	}
	return out
}

// ctl has systemd do something.
func (a account) ctl(args ...string) string {
	a.Helper()
	return a.run(append(a.systemctl[:len(a.systemctl):len(a.systemctl)], args...)...)
}

// property is one of the service's.
func (a account) property(name string) string {
	a.Helper()
	return strings.TrimSuffix(strings.TrimPrefix(a.ctl("show", "--property="+name, "clockwork.service"), name+"="), "\n")
}

// write writes a file of the account's, and the folders above it.
func (a account) write(path, text string) {
	a.Helper()
	a.run("sh", "-c", `mkdir -p "$(dirname "$0")" && printf %s "$1" >"$0"`, path, text)
}

// read returns what is in a file, or "".
func (a account) read(path string) string {
	text, _ := os.ReadFile(a.path(path))
	return string(text)
}
