//go:build linux

package systemd

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	dropIn = "/etc/systemd/system/clockwork.service.d/test.conf"
	// once is a drop-in by which a service that fails stays so.
	once = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=no\n"
)

const motd = `resource "file" "motd" {
  path    = "motd"
  content = "All is well.\n"
  %s
}

assert "file_content_matches" "motd" {
  target = file.motd
  regex  = "^All is well"
}
`

// TestServiceUnderSystemd runs the units that clockwork service install writes:
// that of the system, and that of a user.
func TestServiceUnderSystemd(t *testing.T) {
	m := boot(t)
	t.Run("system", func(t *testing.T) { m.of(t).system() })
	t.Run("user", func(t *testing.T) { m.of(t).user() })
}

// of is the machine in a test within that which booted it.
func (m *machine) of(t *testing.T) *machine { return &machine{t, m.pid} }

func (m *machine) system() {
	root := m.root()
	m.Cleanup(func() { _, _ = root.try("systemctl", "stop", "clockwork") }) // whatever fails, the port is free
	root.run("clockwork", "service", "install")
	// No key to an AI model is there, and it starts all the same.
	root.ctl("start", "clockwork")
	root.ready()
	if got := root.property("WatchdogUSec"); got != "1min" {
		m.Errorf("the watchdog waits for %s", got)
	}
	root.confined(map[string]string{"NoNewPrivs": "1", "Seccomp": "2", "CapBnd": "000000000000000a"})
	root.sealed("/etc", "/usr", "/var/lib", "/home")
	root.heals("/srv/shop")
	m.Run("docker", func(t *testing.T) { m.of(t).root().container("/srv/box") })

	m.Log("what the unit does not let it do")
	root.apply("/data/shop", `owner = "ada"`)
	root.breaks("/data/shop")
	m.eventually("the service says that it cannot write there", func() bool {
		return strings.Contains(root.run("clockwork", "service", "status"), "read-only file system")
	})
	root.write(dropIn, `[Unit]
StartLimitIntervalSec=0
[Service]
ReadWritePaths=/data
CapabilityBoundingSet=CAP_CHOWN
SystemCallFilter=@chown
WatchdogSec=10
RestartSec=100ms
`)
	root.ctl("daemon-reload")
	root.ctl("restart", "clockwork")
	pinged := root.property("WatchdogTimestampMonotonic")
	root.healed("/data/shop")
	m.eventually("the file is ada's", func() bool { return root.run("stat", "--format=%U", "/data/shop/motd") == "ada\n" })
	root.reloads()
	m.eventually("the watchdog is told that it is alive", func() bool { return root.property("WatchdogTimestampMonotonic") != pinged })
	if n := root.property("NRestarts"); n != "0" {
		m.Errorf("it was started again %s times though it did not hang", n)
	}

	m.Log("it hangs")
	pid := root.property("MainPID")
	root.run("sh", "-c", "kill -STOP "+pid)
	m.eventually("it is killed and started again", func() bool {
		now := root.property("MainPID")
		return now != pid && now != "0" && root.property("ActiveState") == "active"
	})
	if n := root.property("NRestarts"); n == "0" {
		m.Error("systemd did not start it again by itself")
	}
	if journal := root.journal(); !strings.Contains(journal, "Watchdog timeout") {
		m.Errorf("the journal does not say why:\n%s", journal)
	}
	root.breaks("/srv/shop") // and the service knows it yet
	root.healed("/srv/shop")

	root.write(dropIn, once)
	root.ctl("daemon-reload")
	root.key("/etc/credstore/clockwork.api-key")
	root.stops()
}

func (m *machine) user() {
	root, ada := m.root(), m.ada()
	// What systemd-logind does at a login, or at once with lingering.
	root.run("install", "-d", "-o", "ada", "-g", "ada", "-m", "700", "/run/user/1000")
	root.write("/etc/systemd/system/ada.service", `[Service]
Type=notify
User=ada
Environment=XDG_RUNTIME_DIR=/run/user/1000
ExecStart=`+systemdPath("/")+` --user
Delegate=yes
KillMode=mixed
SupplementaryGroups=docker
`)
	root.ctl("daemon-reload")
	root.ctl("start", "ada")

	ada.run("clockwork", "service", "install", "-user")
	ada.ctl("daemon-reload")
	ada.ctl("start", "clockwork")
	ada.ready()
	ada.confined(map[string]string{"NoNewPrivs": "1", "Seccomp": "2", "CapBnd": "0000000000000000"})
	ada.sealed("/tmp/..", "/var/tmp/..")
	ada.heals(adaHome + "/shop")
	ada.reloads()
	m.Run("docker", func(t *testing.T) {
		group := dockerGroup()
		if group == 0 {
			t.Skip("Docker is for root only")
		}
		m.of(t).ada().with(group).container(adaHome + "/box")
	})

	dropIn := adaHome + "/.config/systemd/user/clockwork.service.d/test.conf"
	ada.write(dropIn, once)
	ada.ctl("daemon-reload")
	ada.key(adaHome + "/.config/credstore/clockwork.api-key")
	ada.stops()
}

// ready makes sure that the service runs, and said so itself.
func (a account) ready() {
	a.Helper()
	if typ, state := a.property("Type"), a.property("ActiveState")+" "+a.property("SubState"); typ != "notify" || state != "active running" {
		a.Fatalf("%s, %s", typ, state)
	}
	want := "The service is running: process " + a.property("MainPID") + ","
	if got := a.run("clockwork", "service", "status"); !strings.Contains(got, want) || !strings.Contains(got, "port 8765") {
		a.Fatalf("%s\nis not: %s", got, want)
	}
	environment := strings.Split(a.machine.root().read("/proc/"+a.property("MainPID")+"/environ"), "\x00")
	in := strings.TrimSpace(a.machine.root().run("readlink", "/proc/"+a.property("MainPID")+"/cwd"))
	if !slices.Contains(environment, "CW_STATE_DIR="+in) {
		a.Errorf("it does not run in its folder, but in %s", in)
	}
}

// confined looks up in the kernel how the service's process is confined.
func (a account) confined(want map[string]string) {
	a.Helper()
	status := a.run("cat", "/proc/"+a.property("MainPID")+"/status")
	for name, value := range want {
		if !strings.Contains(status, "\n"+name+":\t"+value+"\n") {
			a.Errorf("%s is not %s:\n%s", name, value, status)
		}
	}
}

// sealed tries to write where the service may not, as root in its mounts.
func (a account) sealed(dirs ...string) {
	a.Helper()
	for _, dir := range dirs {
		out, err := a.machine.root().try("nsenter", "--target", a.property("MainPID"), "--mount", "touch", dir+"/written")
		if err == nil || !strings.Contains(out, "Read-only file system") {
			a.Errorf("the service could write into %s: %v %s", dir, err, out)
		}
	}
}

// apply applies a project of a file, which has more attributes than usual.
func (a account) apply(dir string, more ...string) {
	a.Helper()
	a.write(dir+"/main.cw.hcl", fmt.Sprintf(motd, strings.Join(more, "\n")))
	out, err := a.in(dir, "clockwork", "apply", "-auto-approve")
	if err != nil || !strings.Contains(out, "The service watches over this project from now on.") {
		a.Fatalf("%v\n%s", err, out)
	}
}

func (a account) breaks(dir string) {
	a.Helper()
	a.write(dir+"/motd", "Nobody is here.\n")
}

func (a account) healed(dir string) {
	a.Helper()
	a.eventually("the file in "+dir+" is healed", func() bool { return a.read(dir+"/motd") == "All is well.\n" })
}

// healthy waits until the service has found all of a project to be healthy.
func (a account) healthy(dir string) {
	a.Helper()
	a.eventually("all in "+dir+" is known to be healthy", func() bool {
		for line := range strings.Lines(a.run("clockwork", "service", "status")) {
			if strings.Join(strings.Fields(line), " ") == dir+" 1 healthy, 0 unhealthy, 0 unknown" {
				return true
			}
		}
		return false
	})
}

// heals has the service heal a file of a project.
func (a account) heals(dir string) {
	a.Helper()
	a.apply(dir)
	a.healthy(dir)
	a.breaks(dir)
	a.healed(dir)
	a.eventually("the incident is over", func() bool { return strings.Contains(a.run("clockwork", "incidents"), "healed") })
	for _, log := range []string{a.log(), a.run("clockwork", "service", "logs", dir)} {
		if !strings.Contains(log, "✓ file.motd healthy again") {
			a.Errorf("the log tells nothing of it:\n%s", log)
		}
	}
}

// reloads has all projects read again.
func (a account) reloads() {
	a.Helper()
	pid := a.property("MainPID")
	a.ctl("reload", "clockwork")
	a.eventually("all is read again", func() bool { return strings.Contains(a.log(), "told to read all projects again") })
	a.ready()
	if now := a.property("MainPID"); now != pid {
		a.Errorf("after a reload it is process %s, and was %s", now, pid)
	}
}

// log is what the service logs.
func (a account) log() string { return a.run("clockwork", "service", "logs") }

// journal is what systemd and the service's standard error say, to root.
func (a account) journal() string {
	a.Helper()
	return a.machine.root().run("journalctl", "--no-pager", "--output=cat", "--lines=all")
}

// key hands the service a key to an AI model: first what cannot be one, to see
// that it is read.
func (a account) key(path string) {
	a.Helper()
	a.write(path, "hunter2\nhunter3\n")
	if out, err := a.try(append(a.systemctl[:len(a.systemctl):len(a.systemctl)], "restart", "clockwork")...); err == nil {
		a.Errorf("it started with a key of two lines: %s", out)
	}
	a.eventually("the journal says what is wrong", func() bool {
		said := strings.Join(strings.FieldsFunc(a.journal(), func(r rune) bool { return strings.ContainsRune(" \n│", r) }), " ")
		return strings.Contains(said, "clockwork.service/clockwork.api-key is not one line with the key to an AI model")
	})
	a.write(path, "hunter4\n")
	a.ctl("restart", "clockwork")
	a.ready()
	environment := a.machine.root().read("/proc/" + a.property("MainPID") + "/environ")
	if !strings.Contains(environment, "CREDENTIALS_DIRECTORY=") || strings.Contains(environment, "hunter") {
		a.Errorf("its environment: %q", environment)
	}
	if strings.Contains(a.journal()+a.log(), "hunter") {
		a.Error("a key is in the journal or the log")
	}
}

// stops stops and starts the service in all ways there are.
func (a account) stops() {
	a.Helper()
	stopped := func(how string) {
		a.Helper()
		a.eventually("it is stopped by "+how, func() bool { return a.property("ActiveState") == "inactive" })
		if result, code := a.property("Result"), a.property("ExecMainStatus"); result != "success" || code != "0" {
			a.Errorf("stopped by %s: %s, exit code %s", how, result, code)
		}
		if log := strings.TrimSpace(a.log()); !strings.HasSuffix(log, `msg="the service has ended"`) {
			a.Errorf("stopped by %s, its log ends with %s", how, log[strings.LastIndex(log, "\n")+1:])
		}
		if out, err := a.try("clockwork", "service", "status"); err == nil || !strings.Contains(out, "The service is not running.") {
			a.Errorf("%v: %s", err, out)
		}
	}
	a.ctl("stop", "clockwork")
	stopped("systemctl")
	a.run("clockwork", "service", "start")
	a.ready()
	pid := a.property("MainPID")
	a.run("clockwork", "service", "restart")
	a.ready()
	if a.property("MainPID") == pid {
		a.Error("clockwork service restart did not start it again")
	}
	a.run("clockwork", "service", "stop")
	stopped("clockwork service stop")
}
