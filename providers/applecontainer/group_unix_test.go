//go:build unix

package applecontainer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// A command that prints without end is not read to its end.
func TestPrintsTooMuch(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" = system ] || head -c 20000000 /dev/zero\n"
	if err := os.WriteFile(filepath.Join(dir, "loud"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLifeWith(t, nil, "./loud", dir)
	resp, err := l.p.Read(t.Context(), providers.ReadRequest{Target: l.target, State: l.planned(nil, cty.NilVal)})
	if err != nil {
		t.Fatal(err)
	}
	says(t, resp.Diagnostics, "Cannot read container", "more than 16 MiB")
}

// What a command has started goes with it.
func TestKillsWhatTheCommandStarted(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\nsleep 1000 &\necho $! > \"" + dir + "/pid\"\nwait\n"
	if err := os.WriteFile(filepath.Join(dir, "slow"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLifeWith(t, nil, "./slow", dir)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := l.p.Read(ctx, providers.ReadRequest{Target: l.target, State: l.planned(nil, cty.NilVal)})
		done <- err
	}()
	pid := 0
	for deadline := time.Now().Add(10 * time.Second); pid == 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(dir, "pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if pid == 0 {
		t.Fatal("the command was not started")
	}
	begun := time.Now()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %s to end", took)
	}
	for deadline := time.Now().Add(5 * time.Second); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(5 * time.Millisecond) {
		if state, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); strings.Contains(string(state), ") Z ") {
			break // nobody has asked how it ended
		}
		if time.Now().After(deadline) {
			t.Fatal("what the command started is still there")
		}
	}
}
