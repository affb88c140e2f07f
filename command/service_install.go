package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/mitchellh/cli"

	"github.com/google/renameio/v2/maybe"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/monitor"
)

const (
	unitName       = "clockwork.service"
	systemUnitDir  = "/etc/systemd/system"
	unitDirOfUsers = "systemd/user" // below what XDG_CONFIG_HOME names
)

// ServiceInstall is `clockwork service install`.
func ServiceInstall(env *Env) cli.Command {
	var user, print bool
	c := &base{
		env:      env,
		name:     "service install",
		usage:    "[options]",
		synopsis: "Have systemd run the service",
		about: `
Writes the unit clockwork.service, with which systemd starts the service with the
machine, restarts it when it fails or hangs, and confines what it may do. The
comments in the unit say what that means for your projects.`,
		examples: []example{
			{"sudo clockwork service install", "For the system: projects in /srv and /opt"},
			{"clockwork service install -user", "For oneself: projects in one's home folder"},
			{"clockwork service install -print", "See the unit, and write nothing"},
		},
	}
	c.options.Bool(&user, "user", "Write the unit for the service manager of your user.")
	c.options.Bool(&print, "print", "Print the unit instead.")
	c.run = func(context.Context, []string) int {
		if runtime.GOOS != "linux" && !print {
			return env.fail(diag.Errorf("No systemd", "There is no systemd on this system. Run clockwork service start when you log in."))
		}
		_, service, ds := env.serviceHere()
		if ds.HasErrors() {
			return env.fail(ds)
		}
		program, err := os.Executable()
		if err != nil {
			return env.fail(diag.FromError("Cannot find this program", err))
		}
		unit, err := monitor.Unit(program, service.StateDir, user)
		if err != nil {
			return env.fail(diag.FromError("Cannot write the unit", err))
		}
		if print {
			env.term().Print(unit)
			return env.done()
		}
		path, err := unitPath(user)
		if err == nil && (user || service.StateDir != systemStateDir) {
			err = journal.MakeDir(service.StateDir) // else systemd does it
		}
		if err == nil {
			err = writeUnit(path, unit)
		}
		if err != nil {
			return env.fail(diag.FromError("Cannot write the unit", err))
		}
		systemctl := "systemctl"
		if user {
			systemctl += " --user"
		}
		env.term().Print(fmt.Sprintf("Wrote %s. What is left to do:\n  %s daemon-reload\n  %s enable --now clockwork\n", path, systemctl, systemctl))
		if user {
			env.term().Print("  loginctl enable-linger    # so that it runs while nobody is logged in\n")
		}
		return env.done()
	}
	return c
}

// unitPath is where the unit belongs.
func unitPath(user bool) (string, error) {
	if !user {
		return filepath.Join(systemUnitDir, unitName), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, unitDirOfUsers, unitName), nil
}

func writeUnit(path, unit string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return maybe.WriteFile(path, []byte(unit), 0o644)
}

// installedUnit returns the unit that runs the service of this user, if one was
// installed, and the options with which systemctl finds it.
func installedUnit() (path string, args []string) {
	if runtime.GOOS != "linux" {
		return "", nil
	}
	exists := func(path string, err error) bool {
		if err != nil {
			return false
		}
		_, err = os.Stat(path)
		return err == nil
	}
	if path, err := unitPath(false); os.Getuid() == 0 && exists(path, err) {
		return path, nil
	}
	if path, err := unitPath(true); exists(path, err) {
		return path, []string{"--user"}
	}
	return "", nil
}
