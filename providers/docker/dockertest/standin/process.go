package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// terminated is the exit code after SIGTERM, as a shell tells it.
const terminated = 128 + 15

// process is what a program has around it, so that tests can give it another
// world.
type process struct {
	env []string
	in  io.Reader
	out io.Writer
	err io.Writer
}

// applet plays one program: it returns the exit code, and soon after the
// context has ended.
type applet func(ctx context.Context, p process, args []string) int

// find returns the applet of that name.
func find(name string) (applet, bool) {
	switch name {
	case "docker-entrypoint.sh":
		return entrypoint, true
	case "sh":
		return shell, true
	case "nginx":
		return nginx, true
	case "redis-server":
		return redisServer, true
	case "redis-cli":
		return redisClient, true
	case "postgres":
		return postgres, true
	case "pg_isready":
		return pgIsReady, true
	}
	a, ok := tools()[name]
	if !ok {
		a, ok = faults()[name]
	}
	return a, ok
}

// run runs an applet, or a program of the file system.
func (p process) run(ctx context.Context, args []string) int {
	if a, ok := find(strings.TrimPrefix(args[0], "/bin/")); ok {
		return a(ctx, p, args[1:])
	}
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Env, c.Stdin, c.Stdout, c.Stderr = p.env, p.in, p.out, p.err
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		return p.fail(127, "%s: not found", args[0])
	}
	return 0
}

// get returns a variable of the environment.
func (p process) get(name string) string {
	for i := len(p.env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(p.env[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// fail prints a complaint and returns the code.
func (p process) fail(code int, format string, args ...any) int {
	fmt.Fprintf(p.err, format+"\n", args...)
	return code
}

// entrypoint runs what it is told to, as those of the real images do; given
// flags alone they are for the image's server.
func entrypoint(ctx context.Context, p process, args []string) int {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		server := "nginx"
		switch {
		case p.get("REDIS_VERSION") != "":
			server = "redis-server"
		case p.get("PG_MAJOR") != "":
			server = "postgres"
		}
		args = append([]string{server}, args...)
	}
	return p.run(ctx, args)
}

// failed prints why a program could not do its work.
func (p process) failed(name string, err error) int {
	var path *os.PathError
	if errors.As(err, &path) {
		return p.fail(1, "%s: %s: %v", name, path.Path, path.Err)
	}
	return p.fail(1, "%s: %v", name, err)
}
