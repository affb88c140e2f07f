//go:build linux

package survival

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// healedOnce is the record of an incident that the first restart ended.
const healedOnce = "docker_container.c healed: opened confirmed diagnosed attempted(restart) applied(restart) healed"

// container is a project with one container, of an engine that listens there.
func container(host, name, interval, ladder string) string {
	return fmt.Sprintf(`
provider "docker" {
  host = %q
}
resource "docker_container" "c" {
  name         = %q
  image        = "busybox:stable"
  command      = ["sleep", "3600"]
  network_mode = "none"
}
assert "container_running" "c" {
  target   = docker_container.c
  interval = %q
  timeout  = "2s"
}
remediation "default" {
  ladder  = %s
  backoff = { initial = "100ms", factor = 1, max = "100ms" }
}
`, host, name, interval, ladder)
}

// Faults of an engine, and of what is between it and the monitor. All have one
// engine; those that make it stand still or stop come last.
func TestEngineFaults(t *testing.T) {
	t.Parallel()
	d := dockertest.Own(t)
	t.Run("together", func(t *testing.T) {
		t.Run("its events do not arrive", func(t *testing.T) { t.Parallel(); eventsAreSwallowed(t, d) })
		t.Run("a container always crashes", func(t *testing.T) { t.Parallel(); alwaysCrashes(t, d) })
		t.Run("it hangs", func(t *testing.T) { t.Parallel(); engineHangs(t, d, false) })
		t.Run("it hangs and forgets", func(t *testing.T) { t.Parallel(); engineHangs(t, d, true) })
		t.Run("the provider is killed in a check", func(t *testing.T) { t.Parallel(); killedInACheck(t, d) })
		t.Run("the monitor is told to end in a heal", func(t *testing.T) { t.Parallel(); toldToEndInAHeal(t, d) })
		for _, answered := range []bool{false, true} {
			t.Run(fmt.Sprintf("the provider is killed in a restart, answered %v", answered), func(t *testing.T) {
				t.Parallel()
				killedInAHeal(t, d, "restart", "/start", answered)
			})
			t.Run(fmt.Sprintf("the provider is killed in a recreate, answered %v", answered), func(t *testing.T) {
				t.Parallel()
				killedInAHeal(t, d, "recreate", "/containers/create", answered)
			})
		}
	})
	t.Run("a container logs without end", func(t *testing.T) { floodOfLogs(t, d) })
	t.Run("it is frozen, stopped and started", func(t *testing.T) { stoppedAndStarted(t, d) })
}

// Nobody tells that a container died: polling finds out.
func eventsAreSwallowed(t *testing.T, d *dockertest.Daemon) {
	proxy := dockertest.NewProxy(t, d.Host)
	p := apply(t, container(proxy.Host, "silent", "2s", `["restart"]`))
	m := p.monitor(nil)
	m.until("it is healthy", func() bool { return m.is("healthy") })
	proxy.SwallowEvents()
	before := d.Started("silent")
	d.Kill("silent")
	m.until("it runs again", func() bool { now := d.Started("silent"); return now != "" && now != before && m.is("healthy") })
	m.until("the incident is over", func() bool { return slices.Equal(m.incidents(), []string{healedOnce}) })
	if proxy.Swallowed() == 0 {
		t.Error("there were no events that did not arrive")
	}
	m.end()
}

// A container that never runs for long is started as often as its policy says, with
// the pauses that it says, though each time it looked as if that had helped. Then
// people are told, once, and it is left alone.
func alwaysCrashes(t *testing.T, d *dockertest.Daemon) {
	const name = "crashes"
	main := strings.Replace(container(d.Host, name, "1s", `["restart", "recreate"]`), `["sleep", "3600"]`, `["crash", "3", "1"]`, 1)
	main = strings.Replace(main, `backoff = { initial = "100ms", factor = 1, max = "100ms" }`,
		`backoff = { initial = "2s", factor = 2, max = "1m" }`, 1)
	p := apply(t, main)
	m := p.monitor(nil)
	m.until("people are told", func() bool { return m.count("escalated: ") > 0 })
	made := m.attempts()
	if len(made) != 3 {
		t.Fatalf("%d attempts: %v\n%s", len(made), made, m.said)
	}
	for i, want := range []attempt{{Rung: "restart"}, {Rung: "recreate"}, {Rung: "restart"}} {
		if made[i].Rung != want.Rung {
			t.Errorf("attempt %d is %s, not %s", i+1, made[i].Rung, want.Rung)
		}
	}
	for i, least := range []time.Duration{2 * time.Second, 4 * time.Second} {
		if pause := made[i+1].Time.Sub(made[i].Time); pause < least {
			t.Errorf("%s between attempts %d and %d, which is less than %s", pause, i+1, i+2, least)
		}
	}
	time.Sleep(2 * time.Second)
	if d.Started(name) != "" || m.count("escalated") != 1 || len(m.attempts()) != 3 {
		t.Errorf("it is not left alone, or people are told again:\n%s", m.said)
	}
	m.end()
}

// An engine that accepts and does not answer: nobody knows, nothing is healed, and
// others are not held up.
func engineHangs(t *testing.T, d *dockertest.Daemon, deaf bool) {
	proxy := dockertest.NewProxy(t, d.Host)
	name := fmt.Sprintf("hangs-%v", deaf)
	p := apply(t, container(proxy.Host, name, "1s", `["restart"]`))
	beats := filepath.Join(t.TempDir(), "beats")
	other := apply(t, oneFile+fmt.Sprintf(`
assert "command" "beat" {
  command  = ["sh", "-c", "date +%%s%%N >> %s"]
  interval = "1s"
}
`, beats))
	m := p.monitor(nil, other.dir)
	m.until("it is healthy", func() bool { return m.is("healthy") })
	before := d.Started(name)

	proxy.Hang(deaf)
	m.until("nobody knows how it is", func() bool { return m.is("unknown") })
	hung := time.Now()
	m.healsFiles(other.dir)
	time.Sleep(3 * time.Second) // checks that hang meet again
	resumed := time.Now()
	if !m.is("unknown") || m.count("docker_container.c:") > 0 {
		t.Errorf("something is done while it hangs:\n%s", m.said)
	}
	proxy.Answer()
	m.until("it is healthy again", func() bool { return m.is("healthy") })
	if now := d.Started(name); now != before {
		t.Errorf("it was started at %s, and again at %s", before, now)
	}
	onTime(t, beats, hung, resumed)

	d.Kill(name)
	m.until("it runs again", func() bool { now := d.Started(name); return now != "" && now != before && m.is("healthy") })
	m.until("the incident is over", func() bool {
		return slices.Contains(m.incidents(), healedOnce) && len(m.incidents()) == 2 // with that of the file
	})
	m.end()
}

// onTime wants checks that ran every second in a while to have been on time.
func onTime(t *testing.T, beats string, from, to time.Time) {
	t.Helper()
	raw, err := os.ReadFile(beats)
	if err != nil {
		t.Fatal(err)
	}
	last, worst := from, time.Duration(0)
	for _, line := range strings.Fields(string(raw)) {
		n, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(0, n)
		if at.After(from) && at.Before(to) {
			worst = max(worst, at.Sub(last))
			last = at
		}
	}
	worst = max(worst, to.Sub(last))
	t.Logf("the longest pause between two checks was %s", worst)
	if worst > 5*time.Second { // and not the time that a hanging check takes, again and again
		t.Errorf("checks every second were %s apart", worst)
	}
}

// The provider's process is killed while it checks: nobody knows, and it is asked
// again.
func killedInACheck(t *testing.T, d *dockertest.Daemon) {
	proxy := dockertest.NewProxy(t, d.Host)
	p := apply(t, container(proxy.Host, "check", "1s", `["restart"]`))
	m := p.monitor(nil)
	m.until("it is healthy", func() bool { return m.is("healthy") })
	before := d.Started("check")
	old := m.killProvider(proxy.Hold("GET", "/json", false))
	m.until("nobody knows how it is", func() bool { return m.count("health=unknown") > 0 })
	m.until("it is healthy again", func() bool { return m.is("healthy") })
	m.until("there is another process", func() bool { now := m.providers("docker"); return len(now) == 1 && now[0] != old })
	if now, incidents := d.Started("check"), m.incidents(); now != before || len(incidents) > 0 {
		t.Errorf("it was started at %s, and again at %s: %q", before, now, incidents)
	}
	// Events arrive again, too.
	d.Kill("check")
	m.until("it is healed", func() bool { return slices.Equal(m.incidents(), []string{healedOnce}) })
	m.end()
}

// killProvider kills the docker provider once the hold is reached.
func (m *monitored) killProvider(hold *dockertest.Hold) int {
	m.Helper()
	select {
	case <-hold.Reached():
	case <-time.After(forSure):
		m.Fatalf("the request to be held up does not come:\n%s", m.said)
	}
	pids := m.providers("docker")
	if len(pids) != 1 {
		m.Fatalf("%d processes of the provider", len(pids))
	}
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		m.Fatal(err)
	}
	return pids[0]
}

// The provider's process is killed while it heals, before or after the engine did
// what it was asked: that is found out, it is healed, and nothing is there twice.
func killedInAHeal(t *testing.T, d *dockertest.Daemon, rung, request string, answered bool) {
	proxy := dockertest.NewProxy(t, d.Host)
	name := fmt.Sprintf("%s-%v", rung, answered)
	p := apply(t, container(proxy.Host, name, "1s", fmt.Sprintf("[%q]", rung)))
	m := p.monitor(nil)
	m.until("it is healthy", func() bool { return m.is("healthy") })
	hold := proxy.Hold("POST", request, answered)
	if rung == "recreate" {
		d.Remove(name)
	} else {
		d.Kill(name)
	}
	m.killProvider(hold)
	m.until("the incident is over", func() bool {
		all := m.incidents()
		return len(all) == 1 && strings.Contains(all[0], " healed: ") && m.is("healthy")
	})
	incidents := m.incidents()
	m.end()
	t.Log(incidents)
	if m.count("escalated") > 0 {
		t.Errorf("people are told:\n%s", m.said)
	}
	var there []string
	for _, found := range d.Containers() {
		if strings.Contains(found, name) {
			there = append(there, found)
		}
	}
	if len(there) != 1 || there[0] != name || d.Started(name) == "" {
		t.Errorf("there is %q, and it was started at %q", there, d.Started(name))
	}
	if r := p.clockwork("", "plan", "-detailed-exitcode"); r.code != 0 {
		t.Errorf("plan after that: exit code %d\n%s", r.code, r.output)
	}
}

// SIGTERM in the middle of a heal: the step under way is finished, and the next
// monitor knows about it.
func toldToEndInAHeal(t *testing.T, d *dockertest.Daemon) {
	const name = "ends"
	proxy := dockertest.NewProxy(t, d.Host)
	p := apply(t, container(proxy.Host, name, "1s", `["restart"]`))
	state := t.TempDir()
	m := p.monitorWith(state, nil, nil)
	m.until("it is healthy", func() bool { return m.is("healthy") })
	hold := proxy.Hold("POST", "/start", false)
	d.Kill(name)
	<-hold.Reached()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-m.ended:
		t.Errorf("it did not finish what it was doing:\n%s", m.said)
	case <-time.After(time.Second):
	}
	hold.Release()
	<-m.ended
	started := d.Started(name)
	if m.cmd.ProcessState.ExitCode() != 0 || started == "" {
		t.Errorf("it ended with %v, and the container was started at %q:\n%s", m.cmd.ProcessState, started, m.said)
	}
	m = p.monitorWith(state, nil, nil)
	m.until("the incident is over", func() bool {
		all := m.incidents()
		return len(all) == 1 && strings.Contains(all[0], " healed: ")
	})
	if got := m.incidents(); strings.Count(got[0], "attempted") != 1 || d.Started(name) != started {
		t.Errorf("it was healed again, %q, and started at %q and %q", got, started, d.Started(name))
	}
	m.end()
}

// A container that logs as fast as the engine takes it is diagnosed, again and
// again, while its log is searched: in time, and without the memory of it.
func floodOfLogs(t *testing.T, d *dockertest.Daemon) {
	const most = 150 // MB, of one process
	const name = "flood"
	main := strings.Replace(container(d.Host, name, "1s", `["restart"]`), `["sleep", "3600"]`, `["spam", "line"]`, 1)
	main = strings.Replace(main, `ladder `, "mode = \"off\"\n  ladder ", 1)
	p := apply(t, main+`
assert "log_contains" "c" {
  target   = docker_container.c
  regex    = "a word that is not there"
  absent   = true
  interval = "1s"
  timeout  = "2s"
  severity = "warning"
}
assert "command" "c" {
  target   = docker_container.c
  command  = ["false"]
  interval = "1s"
}
`)
	begun, before := time.Now(), d.Written(name)
	m := p.monitor(nil)
	m.until("it was diagnosed, and people are told", func() bool { return m.count("escalated") > 0 })
	var worst time.Duration
	var monitor, provider int
	for range 3 {
		asked := time.Now()
		if r := p.clockwork("", "diagnose", "docker_container.c"); r.code != 0 || !strings.Contains(r.output, "is running") {
			t.Errorf("exit code %d\n%.2000s", r.code, r.output)
		}
		worst = max(worst, time.Since(asked))
		for range 10 {
			monitor = max(monitor, resident(m.cmd.Process.Pid))
			for _, pid := range m.providers("docker") {
				provider = max(provider, resident(pid))
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	rate := float64(d.Written(name)-before) / time.Since(begun).Seconds() / 1e6
	t.Logf("%.0f MB/s of logs: monitor %d MB, provider %d MB, a diagnosis took at most %s", rate, monitor, provider, worst)
	if monitor > most || provider > most {
		t.Errorf("the monitor takes %d MB, the provider %d MB", monitor, provider)
	}
	if worst > 30*time.Second {
		t.Errorf("a diagnosis took %s", worst)
	}
	m.end()
	d.Remove(name)
}

func stoppedAndStarted(t *testing.T, d *dockertest.Daemon) {
	up := filepath.Join(t.TempDir(), "up")
	if err := os.WriteFile(up, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// One that the engine starts again by itself, one that it does not, and one
	// whose service can be seen to fail even while the engine is down.
	p := apply(t, container(d.Host, "outage", "1s", `["restart"]`)+fmt.Sprintf(`
resource "docker_container" "always" {
  name         = "outage-always"
  image        = "busybox:stable"
  command      = ["sleep", "3600"]
  network_mode = "none"
  restart      = "always"
}
assert "container_running" "always" {
  target   = docker_container.always
  interval = "1s"
  timeout  = "2s"
}
resource "docker_container" "served" {
  name         = "outage-served"
  image        = "busybox:stable"
  command      = ["sleep", "3600"]
  network_mode = "none"
}
assert "container_running" "served" {
  target   = docker_container.served
  interval = "1s"
  timeout  = "2s"
}
assert "command" "served" {
  target   = docker_container.served
  command  = ["test", "-e", %q]
  interval = "1s"
}
`, up))
	m := p.monitor(nil)
	m.until("all is healthy", func() bool { return m.is("healthy") })

	d.Freeze()
	m.until("nobody knows how anything is", func() bool { return m.is("unknown") })
	d.Thaw()
	m.until("all is healthy", func() bool { return m.is("healthy") })
	if got := m.incidents(); len(got) > 0 {
		t.Errorf("after it stood still: %q", got)
	}

	// While it stops its containers it can still be asked: what is tried then does
	// not count here.
	d.Stop()
	m.until("nobody knows how anything is", func() bool { return m.is("unknown") })
	if err := os.Remove(up); err != nil {
		t.Fatal(err)
	}
	m.until("it can be seen that one does not work", func() bool { return m.count("on hold: it cannot be looked at now") > 0 })
	heals := func(address string) (n int) {
		for _, i := range m.incidents() {
			if strings.HasPrefix(i, address+" ") {
				n += strings.Count(i, " applied")
			}
		}
		return n
	}
	addresses := []string{"docker_container.c", "docker_container.always", "docker_container.served"}
	before := map[string]int{}
	for _, a := range addresses {
		before[a] = heals(a)
	}
	rungs := m.count("rung")
	time.Sleep(3 * time.Second) // checks fail meanwhile, again and again
	if m.count("rung") > rungs || m.count("escalated") > 0 {
		t.Errorf("something is tried while the engine is down:\n%s", m.said)
	}
	d.Start()
	if err := os.WriteFile(up, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.until("all is healthy", func() bool { return m.is("healthy") })
	m.until("all incidents are over", func() bool {
		return !slices.ContainsFunc(m.incidents(), func(i string) bool {
			return !strings.Contains(i, " healed: ") && !strings.Contains(i, " closed: ")
		})
	})
	t.Logf("%q", m.incidents())
	for i, want := range []int{1, 0, 1} { // the engine itself starts the second
		if n := heals(addresses[i]) - before[addresses[i]]; n != want {
			t.Errorf("%s was healed %d times, not %d:\n%s", addresses[i], n, want, m.said)
		}
	}
	if m.count("escalated") > 0 {
		t.Errorf("people are told:\n%s", m.said)
	}
	m.end()
}
