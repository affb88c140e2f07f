package dockertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
)

// Daemon is an engine of a test's own, which can be stopped, started and frozen
// without anybody else noticing: it has namespaces for networks and mounts of its
// own. It has no network for containers but none and host; the stand-ins are
// there.
type Daemon struct {
	*client.Client
	// Host is where it listens, as DOCKER_HOST has it.
	Host string

	t       testing.TB
	program string
	dir     string
	cmd     *exec.Cmd
	log     *os.File
	ended   chan struct{}
}

// Own starts an engine, which is removed at the end of the test with all that is
// in it. The test is skipped where none can be started.
func Own(t testing.TB) *Daemon {
	t.Helper()
	if os.Getenv("CW_TEST_NO_DOCKER") == "1" {
		t.Skip("CW_TEST_NO_DOCKER=1: tests that need Docker Engine are skipped")
	}
	if os.Getuid() != 0 {
		t.Skip("an engine of the test's own needs root")
	}
	program, err := exec.LookPath("dockerd")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/dockerd")
	}
	if err != nil {
		t.Skip("there is no dockerd to start")
	}
	dir, err := os.MkdirTemp("", "cwengine") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{t: t, program: program, dir: dir, Host: "unix://" + filepath.Join(dir, "s")}
	t.Cleanup(func() {
		if d.cmd != nil {
			d.Stop()
		}
		if d.Client != nil {
			_ = d.Close()
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove what is left of the engine: %v", err)
		}
	})
	if d.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.log.Close() })
	if d.Client, err = client.NewClientWithOpts(client.WithHost(d.Host), client.WithAPIVersionNegotiation()); err != nil {
		t.Fatal(err)
	}
	d.Start()
	if _, err := Load(t.Context(), d.Client); err != nil {
		t.Fatal(err)
	}
	return d
}

// Start starts it, and waits until it answers.
func (d *Daemon) Start() {
	d.t.Helper()
	in := func(name string) string { return filepath.Join(d.dir, name) }
	name := filepath.Base(d.dir)
	// vfs works on every file system; the stand-ins are small.
	d.cmd = exec.Command(d.program, "--data-root", in("data"), "--exec-root", in("exec"), "--pidfile", in("pid"), "--host", d.Host,
		"--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip6tables=false", "--shutdown-timeout", "5",
		"--containerd-namespace", name, "--containerd-plugins-namespace", name+"-plugins", "--config-file", in("none.json"),
		"--log-opt", "max-size=10m", "--log-opt", "max-file=2")
	d.cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin") // of runc and iptables
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	// In a session of its own, so that it still stops its containers when the tests'
	// group of processes is told to end: that the tests have ended, it is told.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Setsid: true, Pdeathsig: syscall.SIGTERM}
	if err := os.WriteFile(in("none.json"), []byte("{}"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	cmd, ended := d.cmd, make(chan struct{})
	d.ended = ended
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, err := d.Ping(ctx)
		cancel()
		if err == nil {
			return
		}
		select {
		case <-ended:
			d.cmd = nil
			d.fail(errors.New("it has ended"))
		default:
		}
		if time.Now().After(end) {
			d.fail(err)
		}
	}
}

// fail ends the test, with what the engine said last.
func (d *Daemon) fail(err error) {
	d.t.Helper()
	said, _ := os.ReadFile(d.log.Name())
	lines := bytes.Split(said, []byte("\n"))
	d.t.Fatalf("the test's own engine: %v\n%s", err, bytes.Join(lines[max(0, len(lines)-20):], []byte("\n")))
}

// Stop stops it, and with it all containers.
func (d *Daemon) Stop() {
	d.t.Helper()
	d.signal(syscall.SIGCONT)
	d.signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(patience):
		d.signal(syscall.SIGKILL)
		<-d.ended
		d.t.Errorf("the test's own engine did not stop within %s", patience)
	}
	d.cmd = nil
}

// Freeze has it stand still until Thaw: who connects gets no answer.
func (d *Daemon) Freeze() { d.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (d *Daemon) Thaw() { d.signal(syscall.SIGCONT) }

func (d *Daemon) signal(s os.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Fatal(err)
	}
}

// Containers are the names of all containers, those that do not run too.
func (d *Daemon) Containers() []string {
	d.t.Helper()
	list, err := d.ContainerList(context.Background(), container.ListOptions{All: true})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, c := range list {
		for _, name := range c.Names {
			out = append(out, strings.TrimPrefix(name, "/"))
		}
	}
	slices.Sort(out)
	return out
}

// Started is when a container was started last, "" while it does not run.
func (d *Daemon) Started(name string) string {
	d.t.Helper()
	there, err := d.ContainerInspect(context.Background(), name)
	if err != nil {
		d.t.Fatal(err)
	}
	if !there.State.Running {
		return ""
	}
	return there.State.StartedAt
}

// Kill kills a container.
func (d *Daemon) Kill(name string) {
	d.t.Helper()
	if err := d.ContainerKill(context.Background(), name, "SIGKILL"); err != nil {
		d.t.Fatal(err)
	}
}

// Remove removes a container, running or not.
func (d *Daemon) Remove(name string) {
	d.t.Helper()
	if err := d.ContainerRemove(context.Background(), name, container.RemoveOptions{Force: true}); err != nil {
		d.t.Fatal(err)
	}
}

// Written is how many bytes a container's process has written so far.
func (d *Daemon) Written(name string) (n int64) {
	d.t.Helper()
	there, err := d.ContainerInspect(context.Background(), name)
	if err != nil {
		d.t.Fatal(err)
	}
	io, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", there.State.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(io)) {
		if strings.HasPrefix(line, "wchar:") {
			_, _ = fmt.Sscanf(strings.TrimPrefix(line, "wchar:"), "%d", &n)
		}
	}
	return n
}
