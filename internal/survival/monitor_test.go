//go:build linux

package survival

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// forSure is how long a test waits for what must come about: it ends sooner, and
// a busy machine needs its time.
const forSure = 60 * time.Second

// monitored is a project with a real monitor that watches over it.
type monitored struct {
	*project
	cmd      *exec.Cmd
	said     *output
	port     int
	stateDir string
	ended    chan struct{}
}

// output is what a process says. It can be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// apply writes a project and applies it.
func apply(t testing.TB, main string, env ...string) *project {
	t.Helper()
	p := newProject(t, t.TempDir())
	p.apply(main, env...)
	return p
}

func (p *project) apply(main string, env ...string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "main.cw.hcl"), []byte(main), 0o600); err != nil {
		p.Fatal(err)
	}
	if r := p.clockwork(strings.Join(env, ""), "apply", "-auto-approve", "-skip-service-check"); r.code != 0 {
		p.Fatalf("apply: exit code %d\n%s", r.code, r.output)
	}
}

// monitor starts a monitor of the project and others.
func (p *project) monitor(env []string, others ...string) *monitored {
	p.Helper()
	return p.monitorWith(p.TempDir(), env, nil, others...)
}

// monitorWith starts a monitor with that state folder; edit may change how.
func (p *project) monitorWith(stateDir string, env []string, edit func(*exec.Cmd), others ...string) *monitored {
	p.Helper()
	m := &monitored{project: p, said: &output{}, port: dockertest.FreePort(p), stateDir: stateDir, ended: make(chan struct{})}
	m.cmd = exec.Command(binary, append([]string{"monitor", p.dir}, others...)...)
	m.cmd.Dir = p.dir
	m.cmd.Env = append(append(os.Environ(), "NO_COLOR=1", "GOCOVERDIR=", "CW_LOG_LEVEL=info", "CW_STATE_DIR="+stateDir,
		fmt.Sprintf("CW_SERVICE_PORT=%d", m.port)), env...)
	m.cmd.Stdout, m.cmd.Stderr = m.said, m.said
	m.cmd.WaitDelay = 5 * time.Second
	if edit != nil {
		edit(m.cmd)
	}
	if err := m.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	go func() {
		_ = m.cmd.Wait() // its ProcessState tells
		close(m.ended)
	}()
	p.Cleanup(func() {
		select {
		case <-m.ended:
			return
		default:
		}
		_ = m.cmd.Process.Kill()
		<-m.ended
	})
	m.until("the monitor shows how all is", func() bool { return m.get("/readyz", nil) == nil })
	return m
}

// until waits until something is so.
func (m *monitored) until(what string, so func() bool) {
	m.Helper()
	for end := time.Now().Add(forSure); !so(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-m.ended:
			m.Fatalf("the monitor has ended with %v before it came about that %s:\n%s", m.cmd.ProcessState, what, m.said)
		default:
		}
		if time.Now().After(end) {
			m.Fatalf("it does not come about that %s:\n%s", what, m.said)
		}
	}
}

// dead waits until the monitor has ended by itself.
func (m *monitored) dead() {
	m.Helper()
	select {
	case <-m.ended:
	case <-time.After(forSure):
		m.Fatalf("it does not end:\n%s", m.said)
	}
}

// end ends the monitor as systemd would.
func (m *monitored) end() {
	m.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		m.Fatal(err)
	}
	select {
	case <-m.ended:
	case <-time.After(forSure):
		m.Fatalf("it does not end:\n%s", m.said)
	}
	if code := m.cmd.ProcessState.ExitCode(); code != 0 {
		m.Errorf("it ended with %d:\n%s", code, m.said)
	}
}

// get asks the status page.
func (m *monitored) get(path string, into any) error {
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", m.port, path))
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", path, resp.Status)
	case into == nil:
		return nil
	}
	return json.Unmarshal(body, into)
}

// healths are those of all things in all projects, by folder and address.
func (m *monitored) healths() map[string]string {
	m.Helper()
	var doc struct {
		Projects []struct {
			Folder   string
			Subjects []struct{ Address, Health string }
		}
	}
	if err := m.get("/v1/projects", &doc); err != nil {
		m.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range doc.Projects {
		for _, s := range p.Subjects {
			out[p.Folder+" "+s.Address] = s.Health
		}
	}
	return out
}

// metrics are those of the checks and of the monitor's own process, by name and
// labels.
func (m *monitored) metrics() map[string]float64 {
	m.Helper()
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", m.port))
	if err != nil {
		m.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		m.Fatal(err)
	}
	out := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = n
		}
	}
	return out
}

// checked is how many checks were run.
func (m *monitored) checked() (n int) {
	for name, value := range m.metrics() {
		if strings.HasPrefix(name, "clockwork_check_lag_seconds_count") {
			n += int(value)
		}
	}
	return n
}

// attempt is one that is on record.
type attempt struct {
	Rung string
	Time time.Time
}

// attempts are those to heal anything, the oldest first.
func (m *monitored) attempts() (out []attempt) {
	m.Helper()
	var doc struct {
		Incidents []struct{ ID string }
	}
	if err := m.get("/v1/incidents", &doc); err != nil {
		m.Fatal(err)
	}
	for _, i := range slices.Backward(doc.Incidents) {
		var one struct {
			Incident struct {
				Events []struct {
					Kind string
					attempt
				}
			}
		}
		if err := m.get("/v1/incidents/"+i.ID, &one); err != nil {
			m.Fatal(err)
		}
		for _, e := range one.Incident.Events {
			if e.Kind == "attempted" {
				out = append(out, e.attempt)
			}
		}
	}
	return out
}

// count is how often it has said something.
func (m *monitored) count(text string) int { return strings.Count(m.said.String(), text) }

// is tells whether each thing of the project is of that health, and there is one.
func (m *monitored) is(health string) bool {
	m.Helper()
	found := false
	for name, h := range m.healths() {
		if strings.HasPrefix(name, m.dir+" ") {
			found = true
			if h != health {
				return false
			}
		}
	}
	return found
}

// incidents are those of all projects, the oldest first, each in a line.
func (m *monitored) incidents() []string {
	m.Helper()
	var doc struct {
		Incidents []struct{ ID string }
	}
	if err := m.get("/v1/incidents", &doc); err != nil {
		m.Fatal(err)
	}
	var out []string
	for _, i := range doc.Incidents {
		var one struct {
			Incident struct {
				Target, State string
				Events        []struct{ Kind, Rung string }
			}
		}
		if err := m.get("/v1/incidents/"+i.ID, &one); err != nil {
			m.Fatal(err)
		}
		line := one.Incident.Target + " " + one.Incident.State + ":"
		for _, e := range one.Incident.Events {
			line += " " + e.Kind
			if e.Rung != "" {
				line += "(" + e.Rung + ")"
			}
		}
		out = append([]string{line}, out...)
	}
	return out
}

// providers are its processes that serve a provider.
func (m *monitored) providers(name string) []int {
	var out []int
	for _, pid := range childrenOf(m.cmd.Process.Pid) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if strings.HasSuffix(string(line), "plugin-serve\x00"+name+"\x00") {
			out = append(out, pid)
		}
	}
	return out
}

// resident is how much memory a process has, in MB.
func resident(pid int) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	var kB int
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "VmRSS:") {
			_, _ = fmt.Sscanf(strings.TrimPrefix(line, "VmRSS:"), "%d", &kB)
		}
	}
	return kB / 1000
}
