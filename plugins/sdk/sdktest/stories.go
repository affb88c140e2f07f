package sdktest

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a story waits for what must happen.
const patience = time.Minute

// StoryOptions say which stories to run, and with what.
type StoryOptions struct {
	// Provider is the provider's name, "properties". Stories use it from any
	// source that ends in it, such as "example.com/acme/properties".
	Provider string
	// Package is that of the provider's program; "." by default.
	Package string
	// Dir is the folder of the stories; "testdata/stories" by default.
	Dir string

	// Setup, when set, prepares the environment of each story.
	Setup func(*testscript.Env) error
	// Commands are more commands for stories, above those that Stories has.
	Commands map[string]func(ts *testscript.TestScript, neg bool, args []string)
	// Update writes what commands print into the stories, where they compare it.
	Update bool
}

// Stories runs scripts, each a story of what a user does: files *.txtar in the
// format of testscript, each with a folder of its own. The real clockwork is in
// PATH (see Clockwork), and finds the provider, which is built for it.
//
//	# What is made is kept up.
//	exec clockwork apply -auto-approve
//	stdout '1 added'
//	rm app.properties
//	exits 2 clockwork assert
//	exec clockwork monitor -once
//	exec clockwork assert
//
//	-- main.cw.hcl --
//	...
//
// Under the race detector stories are skipped: the programs that they run are
// built without it.
//
// In its environment, PROVIDER is the path of the provider, and HERE the folder of
// the package that is tested. Beside the commands of testscript there are
//
//	exits CODE COMMAND...   runs a command that must end with that exit code
//	replace OLD NEW FILE    replaces a text that must be in a file
//	waitfor FILE TEXT       waits until a file holds a text
func Stories(t *testing.T, o StoryOptions) {
	t.Helper()
	if raced {
		t.Skip("stories run programs that the race detector does not watch")
	}
	if o.Package == "" {
		o.Package = "."
	}
	if o.Dir == "" {
		o.Dir = filepath.Join("testdata", "stories")
	}
	clockwork, plugins := Clockwork(t), t.TempDir()
	bin := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(clockwork, filepath.Join(bin, executable("clockwork"))); err != nil {
		// Not every system has links.
		program, err := os.ReadFile(clockwork)
		if err == nil {
			err = os.WriteFile(filepath.Join(bin, executable("clockwork")), program, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	provider := Build(t, o.Package, o.Provider, plugins)
	commands := map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "replace": replace, "waitfor": waitFor}
	maps.Copy(commands, o.Commands)
	testscript.Run(t, testscript.Params{
		Dir:                 o.Dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       o.Update,
		Cmds:                commands,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("CW_PLUGIN_DIR", plugins)
			e.Setenv("PROVIDER", provider)
			e.Setenv("HERE", here)
			e.Setenv("CW_STATE_DIR", filepath.Join(e.WorkDir, ".clockwork-service"))
			port, err := freePort()
			if err != nil {
				return err
			}
			e.Setenv("CW_SERVICE_PORT", port)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TERM", "dumb")
			if o.Setup != nil {
				return o.Setup(e)
			}
			return nil
		},
	})
}

// freePort returns a port that nobody listens on, for the monitor's page.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// exits CODE COMMAND... runs a command that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// replace OLD NEW FILE replaces a text that must be in a file.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not contain %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Replace(text, args[0], args[1], 1)), 0o644))
}

// waitFor FILE TEXT waits until a file holds a text.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor FILE TEXT")
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(text), args[1]) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not contain %q:\n%s", args[0], args[1], text)
		}
	}
}
