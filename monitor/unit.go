package monitor

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed clockwork.service
var systemUnit string

// Unit returns the unit file with which systemd runs the program at a path as
// the service: of the system, or of one user, whose state folder is given.
func Unit(program, stateDir string, user bool) (string, error) {
	if strings.ContainsAny(program+stateDir, "\n\r\"'\\") {
		return "", fmt.Errorf("systemd cannot be told of a path with quotes, backslashes or line breaks in it: %q, %q", program, stateDir)
	}
	// The characters that mean something to systemd.
	escape := strings.NewReplacer("%", "%%", "$", "$$")
	start := `ExecStart="` + escape.Replace(program) + `" monitor -service`
	dir := strings.ReplaceAll(stateDir, "%", "%%")
	unit := strings.NewReplacer(
		"ExecStart=/usr/local/bin/clockwork monitor -service", start,
		"Environment=CW_STATE_DIR=/var/lib/clockwork", `Environment="CW_STATE_DIR=`+dir+`"`,
		"WorkingDirectory=/var/lib/clockwork", "WorkingDirectory=-"+dir,
	).Replace(systemUnit)
	if !user {
		if stateDir == "/var/lib/clockwork" {
			return unit, nil
		}
		return lines(unit, func(line string) []string {
			switch {
			case strings.HasPrefix(line, "StateDirectory"):
				return nil
			case strings.HasPrefix(line, "ReadWritePaths="):
				return []string{line + ` "-` + dir + `"`}
			}
			return []string{line}
		}), nil
	}
	return lines(unit, func(line string) []string {
		name, _, _ := strings.Cut(line, "=")
		switch name {
		case "After", "Wants", "StateDirectory", "StateDirectoryMode":
			return nil // the system's units are not seen, and the folder is the user's
		case "ProtectProc", "ProcSubset", "ProtectKernelTunables", "ProtectControlGroups":
			// systemd 247, of Debian 11, mounts another /proc for them, which the
			// service manager of a user may not, and the service does not start.
			// But for its cgroups, the user has no power over what they protect.
			return nil
		case "LoadCredential":
			return []string{strings.Replace(line, "/etc/", "%E/", 1)}
		case "ReadWritePaths":
			return []string{`ReadWritePaths=%h "-` + dir + `"`}
		case "ProtectHome":
			return []string{"ProtectHome=no"}
		case "CapabilityBoundingSet":
			// Without PrivateUsers a user's service manager cannot confine anything.
			return []string{"CapabilityBoundingSet=", "PrivateUsers=yes"}
		case "WantedBy":
			return []string{"WantedBy=default.target"}
		}
		if strings.HasPrefix(line, "#") {
			return nil // they are about the system's
		}
		return []string{line}
	}), nil
}

func lines(text string, edit func(string) []string) string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, edit(strings.TrimSuffix(line, "\n"))...)
	}
	return strings.TrimLeft(strings.Join(out, "\n"), "\n") + "\n"
}
