package git

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// keptVariables are the beginnings of those of git's variables that carry the
// user's way to a remote. All others, which could turn git to another
// repository or have it tell secrets, are left out.
func keptVariables() []string {
	return []string{
		"GIT_CONFIG_GLOBAL=", "GIT_CONFIG_SYSTEM=", "GIT_CONFIG_NOSYSTEM=",
		"GIT_CONFIG_COUNT=", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_",
		"GIT_SSH=", "GIT_SSH_COMMAND=", "GIT_SSH_VARIANT=", "GIT_SSL_", "GIT_PROXY_", "GIT_HTTP_",
		"GIT_EXEC_PATH=", "GIT_LFS_",
	}
}

// environment is what git is started with.
func environment(ctx context.Context, c call, allow []string) ([]string, error) {
	var env []string
	own := map[string]bool{} // what the user has set
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		own[name] = true
		switch {
		case name == "GIT_ALLOW_PROTOCOL": // the user's list narrows ours
			theirs := strings.Split(value, ":")
			allow = slices.DeleteFunc(slices.Clone(allow), func(p string) bool { return !slices.Contains(theirs, p) })
		case name == "LANGUAGE" || name == "SSH_ASKPASS" || strings.HasPrefix(name, "LC_"):
		case strings.HasPrefix(name, "GIT_") && !slices.ContainsFunc(keptVariables(), func(k string) bool { return strings.HasPrefix(e, k) }):
		default:
			env = append(env, e)
		}
	}
	env = append(env,
		"LC_ALL=C",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS_REQUIRE=never", "GCM_INTERACTIVE=never", // nobody is there to answer
		"GIT_TEMPLATE_DIR=", // no hooks from there
		"GIT_ALLOW_PROTOCOL="+strings.Join(allow, ":"),
	)
	if c.dir != "" {
		env = append(env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(c.dir)) // this repository or none
	}
	if c.remote != "" && isSSH(c.remote) && !own["GIT_SSH_COMMAND"] && !own["GIT_SSH"] {
		command, err := run(ctx, call{dir: c.dir, args: []string{"config", "--get", "core.sshCommand"}})
		if ctx.Err() != nil {
			return nil, err
		}
		if command == "" {
			env = append(env, "GIT_SSH_COMMAND=ssh -o BatchMode=yes")
		}
	}
	return env, nil
}
