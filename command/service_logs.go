package command

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
)

// ServiceLogs is `clockwork service logs`.
func ServiceLogs(env *Env) cli.Command {
	var follow bool
	c := &base{
		env:      env,
		name:     "service logs",
		usage:    "[options] [DIR]",
		synopsis: "Print the log of the service",
		about: `
Prints the log of the service, or what it logged about the project in a folder.
Logs are rotated; older files lie beside the one that is printed.`,
		examples: []example{
			{"clockwork service logs -f", "What goes on"},
			{"clockwork service logs .", "What it logged about the project in this folder"},
		},
		most: 1,
	}
	c.options.Bool(&follow, "f", "Go on printing what is logged, until Ctrl-C.")
	c.run = func(ctx context.Context, words []string) int {
		_, service, ds := env.serviceHere()
		if ds.HasErrors() {
			return env.fail(ds)
		}
		path := filepath.Join(service.StateDir, serviceLogName)
		if len(words) == 1 {
			path = projectLog(words[0])
		}
		ctx, signals := listen(ctx, env.Streams.Stderr, func() { os.Exit(exitInterrupted) })
		defer signals.close()
		err := printLog(ctx, env.term().Out(), path, follow)
		if errors.Is(err, fs.ErrNotExist) {
			return env.fail(diag.Errorf("No log", "There is no file %s: the service has not logged anything there yet.", path))
		}
		if err != nil {
			return env.fail(diag.FromError("Cannot print the log", err))
		}
		return env.done()
	}
	return c
}

// printLog copies a log to w. To follow it means to go on until the context ends,
// also where it is rotated.
func printLog(ctx context.Context, w io.Writer, path string, follow bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { f.Close() }()
	for {
		if _, err := io.Copy(w, f); err != nil || !follow {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
		here, err := f.Stat()
		if err != nil {
			return err
		}
		if now, err := os.Stat(path); err == nil && !os.SameFile(now, here) {
			if _, err := io.Copy(w, f); err != nil { // its last lines
				return err
			}
			next, err := os.Open(path)
			if err != nil {
				return err
			}
			f.Close()
			f = next
		}
	}
}
