//go:build linux

package survival

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const oneFile = `
resource "file" "motd" {
  path    = "motd"
  content = "All is well.\n"
}
assert "file_content_matches" "motd" {
  target   = file.motd
  regex    = "^All is"
}
remediation "default" {
  attempts = 100
}
`

// copies makes n projects of one that was applied.
func (p *project) copies(n int) []string {
	p.Helper()
	root := p.TempDir()
	var dirs []string
	for i := range n {
		dir := filepath.Join(root, fmt.Sprintf("p%03d", i))
		if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
			p.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// healsFiles edits the files of projects by hand, and returns how long it takes
// until all are healed.
func (m *monitored) healsFiles(dirs ...string) time.Duration {
	m.Helper()
	begun := time.Now()
	for _, dir := range dirs {
		if err := os.WriteFile(filepath.Join(dir, "motd"), []byte("Nobody is here.\n"), 0o600); err != nil {
			m.Fatal(err)
		}
	}
	for _, dir := range dirs {
		m.until("the file in "+dir+" is healed", func() bool {
			now, err := os.ReadFile(filepath.Join(dir, "motd"))
			return err == nil && string(now) == "All is well.\n"
		})
	}
	return time.Since(begun)
}

// allHealthy waits until so many things are.
func (m *monitored) allHealthy(want int) {
	m.Helper()
	m.until("all are healthy", func() bool {
		n := 0
		for _, h := range m.healths() {
			if h == "healthy" {
				n++
			}
		}
		return n == want
	})
}

// More projects than a user may have watchers of files: changes of each are seen
// all the same, by what is told and not by looking.
func TestManyProjects(t *testing.T) {
	t.Parallel()
	p := apply(t, oneFile)
	dirs := p.copies(200)
	m := p.monitor(nil, dirs...)
	m.allHealthy(len(dirs) + 1)
	// Once at the beginning, and again when the provider watches.
	if n := m.checked(); n > 3*(len(dirs)+1) {
		t.Errorf("%d checks were run, of %d projects", n, len(dirs)+1)
	}
	for _, dir := range []string{dirs[0], dirs[100], dirs[199]} {
		m.healsFiles(dir)
		// So are changes of the configuration.
		main := filepath.Join(dir, "main.cw.hcl")
		if err := os.WriteFile(main, []byte(oneFile+"\nresource \"nothing\" \"x\" {}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		m.until("the mistake in "+dir+" is noticed", func() bool {
			var doc struct {
				Projects []struct {
					Folder   string
					Problems []struct{ Summary string }
				}
			}
			if err := m.get("/v1/projects", &doc); err != nil {
				t.Fatal(err)
			}
			for _, one := range doc.Projects {
				if one.Folder == dir {
					return len(one.Problems) > 0
				}
			}
			return false
		})
	}
	m.end()
	if strings.Contains(m.said.String(), "late") || strings.Contains(m.said.String(), "not told at once") {
		t.Errorf("something is noticed late:\n%s", m.said)
	}
}

// When the system can watch no more folders, that is said once, and the others
// are looked at every few seconds. The limits are those of a user namespace.
func TestLimitOfWatchedFolders(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]string{
		"folders":  "echo 12 > /proc/sys/user/max_inotify_watches",
		"watchers": "echo 0 > /proc/sys/user/max_inotify_instances",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := apply(t, oneFile)
			dirs := p.copies(8)
			inNamespace := func(cmd *exec.Cmd) {
				cmd.Args = append([]string{"sh", "-c", limit + ` && exec "$@"`, "sh", binary}, cmd.Args[1:]...)
				cmd.Path = "/bin/sh"
				cmd.SysProcAttr = &syscall.SysProcAttr{
					Cloneflags:  syscall.CLONE_NEWUSER,
					UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
					GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
				}
			}
			try := exec.Command("/bin/sh", "-c", limit)
			inNamespace(try)
			try.Args = []string{"sh", "-c", limit}
			if out, err := try.CombinedOutput(); err != nil {
				t.Skipf("no limits can be set in a user namespace here: %v: %s", err, out)
			}
			m := p.monitorWith(t.TempDir(), nil, inNamespace, dirs...)
			m.allHealthy(len(dirs) + 1)
			m.healsFiles(dirs[0], dirs[7])
			m.end()
			if n := m.count("noticed up to 10s late"); n != 1 {
				t.Errorf("that it is late is said %d times:\n%s", n, m.said)
			}
		})
	}
}

// BenchmarkProjects measures a monitor of 1,000 projects, each with two asserts that
// are polled every 30 seconds: until all is loaded, and healthy; then, for a minute
// and a half, memory, processor and lag; and how long it takes to heal one.
func BenchmarkProjects(b *testing.B) {
	const n, while = 1000, 90 * time.Second
	p := apply(b, oneFile+`
resource "file" "conf" {
  path    = "conf"
  content = "x = 1\n"
}
assert "file_exists" "conf" {
  target   = file.conf
  interval = "30s"
}
assert "file_exists" "motd" {
  target   = file.motd
  interval = "30s"
}
`)
	dirs := p.copies(n - 1)
	for b.Loop() {
		begun := time.Now()
		m := p.monitor(nil, dirs...)
		b.ReportMetric(time.Since(begun).Seconds(), "s-until-loaded")
		m.allHealthy(2 * n)
		b.ReportMetric(time.Since(begun).Seconds(), "s-until-healthy")
		time.Sleep(5 * time.Second)
		pids := append(m.providers("file"), m.cmd.Process.Pid)
		before, busy := m.metrics(), processorTime(pids)
		from := time.Now()
		time.Sleep(while)
		after := m.metrics()
		b.ReportMetric(100*(processorTime(pids)-busy).Seconds()/time.Since(from).Seconds(), "%-of-a-core")
		b.ReportMetric(lag(before, after, 0.99), "ms-lag-p99")
		b.ReportMetric(float64(m.checked()), "checks")
		b.ReportMetric(float64(resident(m.cmd.Process.Pid)), "MB-monitor")
		b.ReportMetric(float64(resident(pids[0])), "MB-provider")
		b.ReportMetric(float64(m.healsFiles(dirs[n/2]).Milliseconds()), "ms-heal")
		m.end()
	}
}

// lag is the bound, in milliseconds, below which so many of the checks began between
// two looks at the metrics.
func lag(before, after map[string]float64, share float64) float64 {
	const prefix = `clockwork_check_lag_seconds_bucket{lane="prompt",le="`
	total := after[`clockwork_check_lag_seconds_count{lane="prompt"}`] - before[`clockwork_check_lag_seconds_count{lane="prompt"}`]
	least := math.Inf(1)
	for name, n := range after {
		bound, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimPrefix(name, prefix), `"}`), 64)
		if strings.HasPrefix(name, prefix) && err == nil && n-before[name] >= share*total {
			least = min(least, 1000*bound)
		}
	}
	return least
}

// processorTime is what processes have used so far.
func processorTime(pids []int) (all time.Duration) {
	for _, pid := range pids {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		for _, i := range []int{11, 12} {
			if len(fields) > i {
				ticks, _ := strconv.Atoi(fields[i])
				all += time.Duration(ticks) * 10 * time.Millisecond
			}
		}
	}
	return all
}
