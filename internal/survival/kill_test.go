//go:build linux

package survival

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// points are the instants at which Clockwork can kill itself.
var points = []string{
	"intent-before-sync", "intent-after-sync",
	"provider-before-call", "provider-after-call",
	"result-before-append", "result-after-append",
	"result-before-sync", "result-after-sync",
	"snapshot-before-temp", "snapshot-after-temp",
	"snapshot-before-rename", "snapshot-after-rename",
	"journal-before-cut", "journal-after-cut",
}

func TestKilledAtEveryPoint(t *testing.T) {
	const n = 12
	for _, point := range points {
		for _, passing := range []int{1, 2, 7} {
			once := strings.HasPrefix(point, "snapshot") || strings.HasPrefix(point, "journal") || strings.HasPrefix(point, "result") && strings.HasSuffix(point, "sync")
			if once && passing > 1 {
				continue // passed once in a run
			}
			t.Run(fmt.Sprintf("%s:%d", point, passing), func(t *testing.T) {
				t.Parallel()
				p := newProject(t, t.TempDir())
				accident := func(what string) {
					cmd, out := p.command(fmt.Sprintf("CW_FAILPOINT=%s:%d", point, passing), "apply", "-auto-approve")
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					if r := p.wait(cmd, out); !killed(cmd) {
						t.Fatalf("%s was not killed: exit code %d\n%s", what, r.code, r.output)
					}
				}
				p.want(n, "first")
				accident("create")
				p.converges(n, "first")
				p.want(n, "second")
				accident("update")
				p.converges(n, "second")
				p.want(0, "")
				accident("destroy")
				p.converges(0, "")
			})
		}
	}
}

// Kills at random instants of applies of 200 files, each from where the one
// before left off; after each the next plan and apply must put all right.
func TestKilledAtRandomInstants(t *testing.T) {
	kills, n := 200, 200
	if testing.Short() {
		kills = 20
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("CW_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("CW_TEST_SEED=%d", seed)
	const lanes = 2
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, uint64(lane)))
			p := newProject(t, t.TempDir())
			whole := 500 * time.Millisecond
			for i := range kills / lanes {
				content := fmt.Sprintf("version %d", i)
				size := n
				if i%10 == 9 {
					size = 0
				}
				p.want(size, content)
				cmd, out := p.command("", "apply", "-auto-approve")
				start := time.Now()
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(rnd.Int64N(int64(whole))))
				_ = cmd.Process.Signal(syscall.SIGKILL)
				p.wait(cmd, out)
				if !killed(cmd) {
					// It was done before; aim earlier.
					whole = time.Since(start)
				}
				p.converges(size, content)
				if t.Failed() {
					t.Fatalf("after kill %d", i)
				}
			}
		})
	}
}

// The provider's process is killed in the middle of an apply: an error, and
// nothing lost.
func TestProviderKilled(t *testing.T) {
	const n = 400
	p := newProject(t, t.TempDir())
	hit := false
	for round := 0; round < 20 && !hit; round++ {
		content := fmt.Sprintf("round %d", round)
		p.want(n, content)
		cmd, out := p.command("", "apply", "-auto-approve")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for time.Now().Before(deadline) && !exists(filepath.Join(p.dir, "out", fmt.Sprintf("f%d", round))) && cmd.ProcessState == nil {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(5*(round+1)) * time.Millisecond)
		for _, pid := range childrenOf(cmd.Process.Pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		r := p.wait(cmd, out)
		switch r.code {
		case 0: // it was done already
		case 1:
			hit = true
			if !strings.Contains(r.output, "file") {
				t.Errorf("the error names no resource:\n%s", r.output)
			}
		default:
			t.Fatalf("exit code %d\n%s", r.code, r.output)
		}
		p.converges(n, content)
	}
	if !hit {
		t.Error("the provider was never hit while it worked")
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// childrenOf returns the processes that pid started, as Linux's /proc says.
func childrenOf(pid int) []int {
	raw, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var out []int
	for _, path := range raw {
		content, _ := os.ReadFile(path)
		for _, f := range strings.Fields(string(content)) {
			if n, err := strconv.Atoi(f); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}
