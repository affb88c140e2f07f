package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The exit codes of the command.
const (
	exitFailed = 1
	exitUsage  = 64
)

// FolderVariable names the folder that is used, instead of "state" beside the
// executable.
const FolderVariable = "CONTAINER_STANDIN_DIR"

// process is one run of the command.
type process struct {
	store          Store
	stdout, stderr io.Writer
}

// Main runs the command with the arguments of this process, and returns its
// exit code.
func Main() int {
	dir := os.Getenv(FolderVariable)
	if dir == "" {
		exe, err := os.Executable()
		if err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			return exitFailed
		}
		dir = filepath.Join(filepath.Dir(exe), "state")
	}
	p := &process{store: Store{dir}, stdout: os.Stdout, stderr: os.Stderr}
	err := p.run(os.Args[1:])
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(p.stderr, err)
		return exitUsage
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(p.stderr, "Error:", text)
	}
	return exitFailed
}

func (p *process) run(args []string) error {
	if err := p.note(args); err != nil {
		return err
	}
	v, rest, ok := find(args)
	if !ok {
		return &usageError{fmt.Sprintf("Unknown command '%s'", strings.Join(args, " ")), verb{usage: "<subcommand>"}}
	}
	c, err := v.parse(rest)
	if err != nil {
		return err
	}
	c.process = p
	if strings.HasPrefix(v.name, "system ") {
		return v.run(c)
	}
	if p.store.Has("asleep") {
		return failure("interrupted", "internalError: \"XPC connection error: Connection invalid\"\nEnsure container system service has been started with `container system start`.")
	}
	if message, err := os.ReadFile(p.store.path("fail", v.name)); err == nil {
		return errors.New(strings.TrimSpace(string(message)))
	}
	return v.run(c)
}

// find finds the verb that arguments begin with.
func find(args []string) (verb, []string, bool) {
	all := verbs()
	for n := min(len(args), 2); n > 0; n-- {
		name := strings.Join(args[:n], " ")
		if i := slices.IndexFunc(all, func(v verb) bool { return v.name == name }); i >= 0 {
			return all[i], args[n:], true
		}
	}
	return verb{}, nil, false
}

// Call is what is noted of a call.
type Call struct {
	Args []string `json:"args"`
}

func (p *process) note(args []string) error {
	line, err := json.Marshal(Call{args})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.store.Dir, 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(p.store.path("calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}

// failure is an error as the command words it.
func failure(kind, message string) error { return fmt.Errorf("%s: %q", kind, message) }

// hang waits as long as nothing is to be done to a container.
func (p *process) hang(name string) {
	for p.store.Has("hang", name) {
		time.Sleep(5 * time.Millisecond)
	}
}
