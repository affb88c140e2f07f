//go:build unix

package plugins_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
)

// alive tells whether there is a process of this id that is no zombie.
func alive(t testing.TB, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	if syscall.Kill(n, 0) != nil {
		return false
	}
	// An orphan that init has not collected yet is dead all the same.
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// privateTemp makes the temporary files of this test the only ones there.
func privateTemp(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "cw-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	return dir
}

func wantEmpty(t testing.TB, dir string) {
	t.Helper()
	var left []string
	_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, _ error) error {
		left = append(left, path)
		return nil
	})
	if len(left) > 1 {
		t.Errorf("left behind: %q", left[1:])
	}
}

func kill(t testing.TB, pid string, signal syscall.Signal) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err == nil {
		err = syscall.Kill(n, signal)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever waits for a provider that dies is told how it died, and whoever comes
// later too.
func TestProviderDies(t *testing.T) {
	for name, tc := range map[string]struct {
		read string
		want []string
	}{
		"exit":  {"exit", []string{"exit status 3", "these are my last words"}},
		"crash": {"crash", []string{"exit status 2", "panic: in a goroutine of its own"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := get(t, manage(t, builtin("subject")), "clockwork/subject")
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					_, err := p.Apply(bg, providers.ApplyRequest{Target: target("hang"), Action: providers.Create, Planned: value("hang", "")})
					wantError(t, err, append(tc.want, "clockwork/subject", "Apply of thing.hang")...)
				})
			}
			_, err := p.Read(bg, providers.ReadRequest{Target: target(tc.read), State: value(tc.read, "")})
			wantError(t, err, tc.want...)
			var exit *plugins.ExitError
			if !errors.As(err, &exit) || exit.Source != "clockwork/subject" {
				t.Errorf("got %#v", err)
			}
			wg.Wait()
			_, err = p.Read(bg, providers.ReadRequest{Target: target("a"), State: value("a", "")})
			wantError(t, err, tc.want...)
		})
	}
}

func TestProviderKilledInApply(t *testing.T) {
	tmp := privateTemp(t)
	m := manage(t, builtin("subject"))
	p := get(t, m, "clockwork/subject")
	_, err := p.Apply(bg, providers.ApplyRequest{
		Target: target("hang"), Action: providers.Create, Planned: value("hang", ""),
		Progress: func(pid string) { kill(t, pid, syscall.SIGKILL) },
	})
	wantError(t, err, "clockwork/subject", "signal: killed")
	if err := m.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	wantEmpty(t, tmp)
}

// What stops programs in a terminal or a service does not stop a provider: its
// host decides.
func TestSignals(t *testing.T) {
	p := get(t, manage(t, builtin("subject")), "clockwork/subject")
	pid := ask(t, p, "pid", "")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		kill(t, pid, signal)
	}
	if got := ask(t, p, "x", "y"); got != "y" {
		t.Errorf("got %q", got)
	}
	n, _ := strconv.Atoi(pid)
	group, err := syscall.Getpgid(n)
	if err != nil {
		t.Fatal(err)
	}
	if own := syscall.Getpgrp(); group == own {
		t.Errorf("the provider is in our process group, %d", own)
	}
}

// What a provider has started goes with it.
func TestGrandchild(t *testing.T) {
	m := manage(t, builtin("subject"))
	p := get(t, m, "clockwork/subject")
	child := ask(t, p, "child", "")
	if !alive(t, child) {
		t.Fatal("there is no child")
	}
	start := time.Now()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("Close took %s", took)
	}
	eventually(t, "the end of the child", func() bool { return !alive(t, child) })
}

// A host that is killed in the middle of an apply leaves nothing behind, even
// when the provider takes no notice.
func TestHostKilled(t *testing.T) {
	tmp := privateTemp(t)
	cmd := exec.Command(os.Args[0], "host")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the host says nothing")
	}
	pid := lines.Text()
	if !lines.Scan() || lines.Text() != "applying" {
		t.Fatalf("the host says %q", lines.Text())
	}
	if !alive(t, pid) {
		t.Fatal("there is no provider")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "the end of the provider", func() bool { return !alive(t, pid) })
	wantEmpty(t, tmp)
}

// The same goes for a host that is killed while it starts its provider, but for
// an empty folder of go-plugin's if it is killed between making and removing it.
func TestHostKilledEarly(t *testing.T) {
	tmp := privateTemp(t)
	for i := range 20 {
		cmd := exec.Command(os.Args[0], "host")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * 2 * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	eventually(t, "the end of all providers", func() bool {
		empty, err := filepath.Glob(filepath.Join(tmp, "plugin-dir*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range empty {
			_ = os.Remove(dir) // only if it is empty
		}
		entries, err := os.ReadDir(tmp)
		return err == nil && len(entries) == 0
	})
}

// Even one that takes no notice is killed in the end, with what it has started.
func TestHeedless(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "clockwork-provider-heedless")
	install(t, path)
	file := filepath.Join(dir, "pids")
	host := exec.Command(os.Args[0], "host-of", path)
	host.Env = append(os.Environ(), "HEEDLESS_FILE="+file)
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []string
	eventually(t, "the provider", func() bool {
		b, _ := os.ReadFile(file)
		pids = strings.Fields(string(b))
		return len(pids) == 2
	})
	time.Sleep(50 * time.Millisecond) // until its guard is there
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	for _, pid := range pids {
		deadline := time.Now().Add(time.Minute)
		for alive(t, pid) {
			if time.Now().After(deadline) {
				kill(t, pid, syscall.SIGKILL)
				t.Fatal("it is still there")
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// What whoever started us has left open, and what a C library opens, is not for
// providers.
func TestDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells which files are open")
	}
	path := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(path, syscall.O_RDWR, 0) // without O_CLOEXEC
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	p := get(t, manage(t, builtin("subject")), "clockwork/subject")
	if got := ask(t, p, "files", ""); strings.Contains(got, path) || !strings.Contains(got, "pipe:") {
		t.Errorf("a provider has open %s", got)
	}
}

// Nothing is left of a manager that is closed, and nothing of the socket even
// while the provider runs.
func TestNothingLeft(t *testing.T) {
	tmp := privateTemp(t)
	m := manage(t, builtin("subject"))
	pid := ask(t, get(t, m, "clockwork/subject"), "pid", "")
	wantEmpty(t, tmp)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if alive(t, pid) {
		t.Error("the process is still there")
	}
	wantEmpty(t, tmp)
}

// A cancelled apply still says what it left.
func TestCancelApply(t *testing.T) {
	p := get(t, manage(t, builtin("subject")), "clockwork/subject")
	ctx, cancel := context.WithCancel(bg)
	res, err := p.Apply(ctx, providers.ApplyRequest{
		Target: target("wait"), Action: providers.Create, Planned: value("wait", ""),
		Progress: func(string) { cancel() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.State.GetAttr("content").AsString(); got != "what is left" || !res.Tainted {
		t.Errorf("got %#v", res)
	}
}

// A provider that does not close is killed, and keeps nobody waiting for ever.
func TestStubborn(t *testing.T) {
	opts := builtin("stubborn")
	opts.CloseGrace = 100 * time.Millisecond
	m := manage(t, opts)
	p := get(t, m, "clockwork/stubborn")
	pid := ask(t, p, "pid", "")
	wantError(t, m.Close(), "clockwork/stubborn", "deadline")
	if alive(t, pid) {
		t.Error("the process is still there")
	}
}

func TestCannotBeExecuted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "clockwork-provider-text")
	if err := os.WriteFile(path, []byte("this is no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tmp := privateTemp(t)
	lock := &plugins.LockFile{}
	if diags := lock.Require([]plugins.Requirement{{Source: "acme/text"}}, plugins.Places{Dirs: []string{dir}}, false); diags.HasErrors() {
		t.Fatal(diags)
	}
	m := manage(t, plugins.ManagerOptions{Places: plugins.Places{Dirs: []string{dir}}, Lock: lock})
	_, err := m.Provider(bg, "acme/text")
	wantError(t, err, "start provider acme/text", path)
	wantEmpty(t, tmp)
}

// Whoever does not want to wait for an apply need not.
func TestKill(t *testing.T) {
	tmp := privateTemp(t)
	m := manage(t, builtin("subject"))
	p := get(t, m, "clockwork/subject")
	applied := make(chan error, 1)
	applying := make(chan string, 1)
	go func() {
		_, err := p.Apply(bg, providers.ApplyRequest{
			Target: target("hang"), Action: providers.Create, Planned: value("hang", ""),
			Progress: func(pid string) { applying <- pid },
		})
		applied <- err
	}()
	pid := <-applying
	m.Kill()
	if alive(t, pid) {
		t.Error("the process is still there")
	}
	wantError(t, <-applied, "signal: killed")
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	wantEmpty(t, tmp)
}
