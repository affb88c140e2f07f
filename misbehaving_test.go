package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// badCase is one thing that a provider can do wrong.
type badCase struct {
	mode string
	// first says that a good apply comes first, and change that the configuration
	// is changed then.
	first, change bool
	command       string // by default "plan"
	// code is the exit code, by default 1, and fine that it is 0.
	code int
	fine bool
	says []string
	// state is what the state says afterwards of the value of bad_thing.a: by
	// default what it was before; "none" for no object.
	state string
	slow  bool // waits for a time limit
	// signals are sent to the command: Ctrl-C.
	signals int
	env     []string
}

const badConfig = `clockwork {
  required_providers {
    bad = { source = "example.com/acme/bad" }
  }
}
variable "password" {
  sensitive = true
  default   = "swordfish"
}
resource "bad_thing" "a" {
  name   = "a"
  value  = "old"
  secret = "hunter2222"
  any    = var.password
  parts  = [{ part = "one" }]
}
assert "is_well" "a" {
  target = bad_thing.a
}
`

const (
	badName  = "example.com/acme/bad 1.0.0"
	badFault = "This is a mistake in the provider: please report it to its authors."
	badBlame = "this is a mistake in the provider: please report it to its authors"
)

func badCases() []badCase {
	start := func(mode string, says ...string) badCase { return badCase{mode: mode, says: append(says, "bad")} }
	read := func(mode string, says ...string) badCase {
		return badCase{mode: mode, first: true, says: append(says, badName)}
	}
	apply := func(mode, state string, says ...string) badCase {
		return badCase{mode: mode, command: "apply", state: state, says: append(says, badName)}
	}
	dead := []string{"ended unexpectedly", "unless somebody has ended it", badBlame}
	late := []string{"has not answered within", badBlame, badName}
	hang := func(mode string, first bool, command string) badCase {
		return badCase{mode: mode, first: first, command: command, slow: true, says: late}
	}
	return []badCase{
		// Before there is a session.
		start("exits at once", "exit status 7", "cannot find my library"),
		start("garbage instead of a handshake", "is not a provider", "it printed"),
		start("endless garbage", "is not a provider"),
		start("wrong magic cookie", "is not a provider"),
		start("old protocol", "speaks version 0 of the protocol", "older than version 1"),
		start("no certificate", badName, "certificate", badBlame),
		start("closes standard output", "closed its output before it introduced itself"),
		{mode: "hangs before the handshake", slow: true, says: []string{"did not introduce itself within", "may not be a provider"}},
		{mode: "handshake, then hangs", slow: true, says: []string{badName, badBlame}},
		// Schemas.
		start("no schema", badName, "is not valid", badBlame),
		start("garbage for a schema", badName, "cannot be read", badBlame),
		start("attribute of no kind", badName, "must be required, optional or computed", badBlame),
		start("name that the language keeps", badName, "keeps this name for itself", badBlame),
		start("type with control characters", badName, "is not valid", badBlame),
		start("type that is none", badName, "decode a type", badBlame),
		start("schema that is huge", badName, "a schema may take", badBlame),
		// What dies, and what hangs.
		{mode: "panics in schema", says: append(dead, badName, "out of luck")},
		{mode: "panics in configure", says: append(dead, badName, "out of luck")},
		{mode: "panics in validate", says: append(dead, badName, "out of luck")},
		{mode: "panics in plan", says: append(dead, badName, "out of luck")},
		{mode: "panics in read", first: true, says: append(dead, badName, "out of luck")},
		{mode: "panics in apply", command: "apply", says: append(dead, badName, "out of luck")},
		{mode: "crashes in read", first: true, says: append(dead, badName)},
		{mode: "exits in read", first: true, says: append(dead, badName)},
		{mode: "kills itself in apply", command: "apply", says: append(dead, badName, "signal: killed")},
		{mode: "dies after a create", command: "apply", says: append(dead, badName)},
		{mode: "panics in a delete", first: true, command: "destroy", says: append(dead, badName)},
		{mode: "dies after a delete", first: true, command: "destroy", says: append(dead, badName)},
		hang("hangs in configure", false, "plan"),
		hang("hangs in validate", false, "plan"),
		hang("hangs in plan", false, "plan"),
		hang("hangs in read", true, "plan"),
		hang("hangs in apply", false, "apply"),
		hang("hangs in a delete", true, "destroy"),
		{mode: "hangs in close", slow: true, fine: true, command: "apply", state: "old", says: []string{"did not end within", badBlame, badName}},
		{mode: "hangs in apply", command: "apply", signals: 2, code: 130, says: []string{"Stopping: finishing what is running"}},
		{mode: "hangs in read", first: true, signals: 1, code: 130, says: []string{"Interrupted"}},
		// The protocol.
		read("garbage for a state", "cannot be read", badBlame),
		read("100 MB", "Provider did not answer", badBlame),
		read("message beyond the limit", "larger than", badBlame),
		read("a request to Clockwork", "only Clockwork may send", badBlame),
		read("answers another request", "which it was never asked", badBlame),
		read("answers what was never asked", "which it was never asked", badBlame),
		read("answers twice", "twice", badBlame),
		// Values.
		read("wrong type in a read", "does not conform to its schema", badBlame),
		read("attribute missing in a read", "does not conform to its schema", badBlame),
		read("attribute too many in a read", "does not conform to its schema", badBlame),
		read("unknown in a read", "values that are not known", badFault),
		read("invalid msgpack", "does not conform to its schema", badBlame),
		read("length that lies", "does not conform to its schema", badBlame),
		read("NaN", "does not conform to its schema", badBlame),
		read("infinity", "not finite", badBlame),
		read("number that is huge", "larger exponent", badBlame),
		read("deep nesting", "nested too deeply", badBlame),
		{mode: "no state", first: true, fine: true, says: nil}, // it is gone, says the provider
		start("plans what is set otherwise", badName, `changes "value"`, badFault),
		start("plans a part otherwise", badName, `changes "parts.part"`, badFault),
		start("plans null for what is required", badName, `changes "name"`, badFault),
		start("plans nothing", badName, "is not an object", badFault),
		start("replaces for what is not there", badName, `"nowhere"`, badFault),
		apply("garbage for a result", "none", "cannot be read", badBlame),
		apply("unknown after apply", "none", "values that are not known", badFault),
		apply("changes what it planned", "old", `differs at "size"`, badFault),
		apply("sets what is set otherwise", "mine", `differs at "value"`, badFault),
		apply("null for what is required", "none", `"name"`, badFault),
		apply("success without a state", "none", "does not exist", badFault),
		apply("success without a word", "none", "does not exist", badFault),
		apply("wrong type in an apply", "none", "does not conform to its schema", badBlame),
		{mode: "success without a state", first: true, change: true, command: "apply", says: []string{"does not exist", badFault, badName}},
		{mode: "error without a word", first: true, change: true, command: "apply", says: []string{"It did not work"}},
		{mode: "error and a state", command: "apply", state: "old", says: []string{"It did not work"}},
		{mode: "deleted, but still there", first: true, command: "destroy", says: []string{"also that it still exists", badFault, badName}},
		// Too much, and what is not fit to be shown.
		{mode: "10,000 diagnostics", says: []string{"The last one is an error", "More was reported than is shown", "9901"}},
		{mode: "diagnostic with escapes", says: []string{`Bad \u001b[31mthing\u001b[0m\u202e`, `\u0007\u200b`}},
		{mode: "floods of progress", command: "apply", fine: true, state: "old"},
		{mode: "floods standard error", first: true, fine: true, env: []string{"CW_LOG_LEVEL=debug"}, says: []string{"lines_left_out"}},
		{mode: "one endless line", first: true, fine: true, env: []string{"CW_LOG_LEVEL=debug"}, says: []string{"bytes more"}},
		{mode: "floods of events", first: true, command: "monitor", signals: 1, fine: true, says: []string{"Stopping"}},
		{mode: "leaks in a diagnostic", says: []string{"Not with (sensitive value)"}},
		{mode: "leaks in a failure", first: true, says: []string{"cannot log in with (sensitive value) and (sensitive value)"}},
		{mode: "leaks when it crashes", first: true, says: append(dead, "the password is (sensitive value), the other (sensitive value)")},
		{mode: "leaks in the log", first: true, fine: true, env: []string{"CW_LOG_LEVEL=debug"}, says: []string{"printed: (sensitive value)"}},
		{mode: "leaks in a check", first: true, command: "assert", code: 2},
		// What is not asked by a plan.
		{mode: "outcome that is none", first: true, command: "assert", fine: true, says: []string{"could not be checked"}},
		{mode: "garbage for a check", first: true, command: "assert", fine: true, says: []string{badName, "cannot be read", badBlame}},
		{mode: "panics in check", first: true, command: "assert", fine: true, says: append(dead, badName)},
		{mode: "garbage for a diagnosis", first: true, command: "diagnose", says: []string{badName, "cannot be read", badBlame}},
		{mode: "endless diagnosis", first: true, command: "diagnose", fine: true},
		// The process.
		{mode: "leaves a grandchild", first: true, fine: true},
		{mode: "replaces its executable", first: true, fine: true},
	}
}

// TestMisbehavingProviders runs whole commands with providers that do everything
// wrong. Each ends soon, with a message that blames the provider, and a state that
// is true; and then a good provider goes on from there.
func TestMisbehavingProviders(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts hundreds of processes")
	}
	if runtime.GOOS != "linux" {
		t.Skip("how a process has ended, and what it has left, is looked for as on Linux")
	}
	t.Parallel()
	cases := badCases()
	problems := make([][]string, len(cases))
	done := make([]chan struct{}, len(cases))
	slots := make(chan struct{}, 4)
	base := t.TempDir()
	port := dockertest.FreePort(t)
	for i, c := range cases {
		done[i] = make(chan struct{})
		go func() {
			defer close(done[i])
			if !c.slow { // those that only wait do not
				slots <- struct{}{}
				defer func() { <-slots }()
			}
			b := &badRun{badCase: c, dir: filepath.Join(base, fmt.Sprint(i)), port: port}
			b.run()
			problems[i] = b.problems
		}()
	}
	for i, c := range cases {
		<-done[i]
		t.Run(strings.ReplaceAll(c.mode, " ", "_"), func(t *testing.T) {
			for _, p := range problems[i] {
				t.Error(p)
			}
		})
	}
}

// badRun is one case at work.
type badRun struct {
	badCase
	dir      string
	port     int // of the monitor's page
	problems []string
}

func (b *badRun) fail(format string, args ...any) {
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

func (b *badRun) run() {
	world, plugins := filepath.Join(b.dir, "world"), filepath.Join(b.dir, ".clockwork", "plugins")
	for _, dir := range []string{world, plugins, filepath.Join(b.dir, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.fail("%v", err)
			return
		}
	}
	program, err := exec.LookPath("clockwork-provider-bad_v1.0.0")
	if err == nil {
		err = os.Link(program, filepath.Join(plugins, "clockwork-provider-bad_v1.0.0"))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, "main.cw.hcl"), []byte(badConfig), 0o600)
	}
	if err != nil {
		b.fail("%v", err)
		return
	}
	before := "none"
	if b.first {
		if code, said := b.clockwork("", "apply", "-auto-approve"); code != 0 {
			b.fail("the first apply ended with %d: %s", code, said)
			return
		}
		before = "old"
	}
	if b.change {
		_ = os.WriteFile(filepath.Join(b.dir, "main.cw.hcl"), []byte(strings.Replace(badConfig, `"old"`, `"new"`, 1)), 0o600)
	}
	args := map[string][]string{"": {"plan"}, "plan": {"plan"}, "apply": {"apply", "-auto-approve"}, "destroy": {"destroy", "-auto-approve"},
		"assert": {"assert"}, "diagnose": {"diagnose", "bad_thing.a"}, "monitor": {"monitor"}}[b.command]
	code, said := b.clockwork(b.mode, args...)
	b.judge(code, said)
	want := b.state
	if want == "" {
		want = before
	}
	if got := b.stored(); got != want {
		b.fail("the state says %q, want %q", got, want)
	}
	if b.mode == "leaves a grandchild" {
		b.gone(filepath.Join(world, "grandchild"))
	}
	if b.mode == "replaces its executable" {
		if code, said := b.clockwork("", "plan"); code != 1 || !strings.Contains(oneLine(said), "is not the one recorded in .clockwork.lock.hcl") {
			b.fail("the other executable was started (%d): %s", code, said)
		}
		return
	}
	if code, said := b.clockwork("", "apply", "-auto-approve"); code != 0 {
		b.fail("a good provider could not go on (%d): %s", code, said)
	} else if got, want := b.stored(), map[bool]string{false: "old", true: "new"}[b.change]; got != want {
		b.fail("a good provider made it %q, want %q", got, want)
	}
}

// judge looks at what the command said.
func (b *badRun) judge(code int, said string) {
	want := b.code
	if want == 0 && !b.fine {
		want = 1
	}
	if code != want {
		b.fail("exit code %d, want %d", code, want)
	}
	line := oneLine(said)
	for _, s := range b.says {
		if !strings.Contains(line, s) && !strings.Contains(line, strings.ToUpper(s[:1])+s[1:]) {
			b.fail("it does not say %q", s)
		}
	}
	for _, secret := range []string{"hunter2222", "swordfish", "\x1b[2J", "\x1b[31m", "\u202e", "runtime error"} {
		if strings.Contains(said, secret) {
			b.fail("it says %q", secret)
		}
	}
	if len(said) > 4<<20 {
		b.fail("it says %d bytes", len(said))
	}
	if len(b.problems) > 0 {
		b.fail("it said: %.8000s", said)
	}
}

var badFrame = regexp.MustCompile(`(?m)^[╷│╵ ]+`)

// oneLine returns a text without its frame and line breaks.
func oneLine(text string) string {
	return strings.Join(strings.Fields(badFrame.ReplaceAllString(text, " ")), " ")
}

// clockwork runs clockwork and returns its exit code, -1 if it does not end, and
// all that it has said.
func (b *badRun) clockwork(mode string, args ...string) (int, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "clockwork", args...)
	cmd.Dir = b.dir
	cmd.Env = slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "TMPDIR=" + filepath.Join(b.dir, "tmp"), "NO_COLOR=1", "GORACE=atexit_sleep_ms=0",
		"BAD_MODE=" + mode, "BAD_WORLD=" + filepath.Join(b.dir, "world"), "CW_STATE_DIR=" + filepath.Join(b.dir, "service"),
		"CW_SERVICE_PORT=" + strconv.Itoa(b.port)}, b.env)
	if b.slow && mode != "" {
		cmd.Env = append(cmd.Env, "CW_PROVIDER_TIMEOUT=6s")
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return -1, err.Error()
	}
	if mode != "" {
		stop := b.interrupt(cmd.Process)
		defer stop()
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return -1, "it did not end: " + said.String()
	case err != nil && !errors.As(err, &exit):
		return -1, err.Error() + said.String()
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// interrupt sends the signals, the first once the provider hangs, or floods.
func (b *badRun) interrupt(p *os.Process) (stop func()) {
	if b.signals == 0 {
		return func() {}
	}
	ended := make(chan struct{})
	wait := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-ended:
			return false
		}
	}
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(b.dir, "world", "reached")); err == nil {
				break
			}
			if !wait(20 * time.Millisecond) {
				return
			}
		}
		for range b.signals {
			if !wait(time.Second) {
				return
			}
			_ = p.Signal(syscall.SIGINT)
		}
	}()
	return func() { close(ended) }
}

// stored returns the value that the state has of the object; that it can be
// loaded is seen by the next command.
func (b *badRun) stored() string {
	file, err := os.ReadFile(filepath.Join(b.dir, ".clockwork", "state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return "none"
	}
	var state struct {
		Resources []struct {
			Attributes struct{ Value string }
		}
	}
	if err := json.Unmarshal(file, &state); err != nil || len(state.Resources) > 1 {
		return fmt.Sprintf("%v: %s", err, file)
	}
	if len(state.Resources) == 0 {
		return "none"
	}
	return state.Resources[0].Attributes.Value
}

// gone wants the process whose number is in a file to end.
func (b *badRun) gone(file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		b.fail("%v", err)
		return
	}
	var pid int
	_, _ = fmt.Sscan(string(content), &pid)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if errors.Is(err, os.ErrNotExist) || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	b.fail("process %d is still there", pid)
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
