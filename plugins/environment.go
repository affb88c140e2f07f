package plugins

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// commonVariables are what every program may need of the environment to run at
// all: where things are, how people want to read, the way out of the network,
// and Go's own knobs. A star stands for the rest of a name. The case of letters
// does not matter, as it does not for proxies, and on Windows.
func commonVariables() []string {
	return []string{
		"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LANGUAGE", "LC_*", "XDG_*",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "GORACE", "GOCOVERDIR",
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
		"APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES*", "COMMONPROGRAMFILES*",
	}
}

// environment is what a provider gets of the program's environment: what is
// common to all, its own settings, which begin with its name in capitals, and
// what more names. Nothing that is Clockwork's own is handed on, whatever the
// provider is called: the key of the AI, tokens, the values of variables.
func environment(name string, more []string) []string {
	own := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name)) + "_*"
	allowed := slices.Concat(commonVariables(), []string{own}, more)
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(strings.ToUpper(name), "CW_") && slices.ContainsFunc(allowed, func(a string) bool { return named(a, name) }) {
			env = append(env, e)
		}
	}
	return env
}

// named tells whether a variable is one that an entry of a list allows.
func named(entry, name string) bool {
	name = strings.ToUpper(name)
	entry = strings.ToUpper(entry)
	if prefix, open := strings.CutSuffix(entry, "*"); open {
		return strings.HasPrefix(name, prefix)
	}
	return name == entry
}

// nameOf returns the provider's name that an executable's name has, or the whole
// of it.
func nameOf(path string) string {
	name := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".exe"), executablePrefix)
	name, _, _ = strings.Cut(name, "_v")
	return name
}
