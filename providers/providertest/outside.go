package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
)

// Outcome is how a test ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "pass"
	Failed  Outcome = "fail"
	Skipped Outcome = "skip"
)

// Result is one test that has ended.
type Result struct {
	Name     string // "resource/acme_thing/drift"
	Outcome  Outcome
	Messages []string // what is wrong, or why it was skipped
	Hint     string   // what Clockwork relies on, if it failed
	Elapsed  time.Duration
}

// RunOutside runs the suite where there is no go test, as a program does that
// tests somebody's executable. report is told of each test that has ended; of
// one that consists of others only what it has to say itself. match says which
// tests to run, by name; it is asked about those that others are part of, too.
// It returns whether everything passed, and why it ended early if it did: its
// context was over.
func RunOutside(ctx context.Context, cfg Config, match func(name string) bool, report func(Result)) (bool, error) {
	root := &outside{ctx: ctx, match: match, report: report, timeout: cfg.Timeout}
	root.do(func(t T) { run(t, cfg) })
	return !root.Failed(), ctx.Err()
}

// outside stands in for go test. What it does not have, the TB that it holds
// lacks as well: the suite does not use it.
type outside struct {
	testing.TB
	ctx    context.Context // of the run
	own    context.Context // of the test, over before its clean-up
	parent *outside
	name   string
	match  func(string) bool
	report func(Result)

	timeout  time.Duration // of each test; 0 for none
	mu       sync.Mutex
	failed   bool
	skipped  bool
	parts    bool // it consists of others
	messages []string
	cleanups []func()
}

// Run implements T.
func (o *outside) Run(name string, f func(T)) bool {
	t := &outside{ctx: o.ctx, parent: o, name: path.Join(o.name, strings.ReplaceAll(name, " ", "_")), match: o.match, report: o.report, timeout: o.timeout}
	o.mu.Lock()
	o.parts = true
	o.mu.Unlock()
	if o.ctx.Err() != nil || o.match != nil && !o.match(t.name) {
		return true
	}
	t.do(f)
	return !t.Failed()
}

// do runs the test, its clean-up, and reports.
func (o *outside) do(f func(T)) {
	begun := time.Now()
	var cancel context.CancelFunc
	o.own, cancel = context.WithCancel(o.ctx)
	if o.timeout > 0 {
		// One that consists of others takes as long as they do, and asks for
		// nothing itself once they have begun.
		o.own, cancel = context.WithTimeout(o.ctx, o.timeout)
	}
	o.guarded(func() { f(o) })
	if o.failed && !o.parts && errors.Is(o.own.Err(), context.DeadlineExceeded) && o.ctx.Err() == nil {
		o.log(fmt.Sprintf("the time for one test was over, %s", o.timeout))
	}
	cancel()
	for len(o.cleanups) > 0 {
		last := o.cleanups[len(o.cleanups)-1]
		o.cleanups = o.cleanups[:len(o.cleanups)-1]
		o.guarded(last)
	}
	r := Result{Name: o.name, Outcome: Passed, Messages: o.messages, Elapsed: time.Since(begun)}
	switch {
	case o.failed:
		r.Outcome, r.Hint = Failed, hint(o.name)
	case o.skipped:
		r.Outcome = Skipped
	}
	if !o.parts || len(o.messages) > 0 {
		o.report(r)
	}
}

// guarded runs a part of the test in a goroutine of its own, which FailNow can
// end. A panic is a failure.
func (o *outside) guarded(f func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if r := recover(); r != nil {
				o.Errorf("the test itself panicked, which is a mistake in Clockwork: %v\n%s", r, debug.Stack())
			}
		}()
		f()
	}()
	<-ended
}

func (o *outside) log(args string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages = append(o.messages, strings.TrimRight(args, "\n"))
}

func (o *outside) Name() string                      { return o.name }
func (o *outside) Helper()                           {}
func (o *outside) Attr(string, string)               {}
func (o *outside) Context() context.Context          { return o.own }
func (o *outside) Output() io.Writer                 { return io.Discard }
func (o *outside) Log(...any)                        {}
func (o *outside) Logf(string, ...any)               {}
func (o *outside) Error(args ...any)                 { o.log(fmt.Sprintln(args...)); o.Fail() }
func (o *outside) Errorf(format string, args ...any) { o.log(fmt.Sprintf(format, args...)); o.Fail() }
func (o *outside) Fatal(args ...any)                 { o.log(fmt.Sprintln(args...)); o.FailNow() }
func (o *outside) Fatalf(format string, args ...any) {
	o.log(fmt.Sprintf(format, args...))
	o.FailNow()
}
func (o *outside) Skip(args ...any)                 { o.log(fmt.Sprintln(args...)); o.SkipNow() }
func (o *outside) Skipf(format string, args ...any) { o.log(fmt.Sprintf(format, args...)); o.SkipNow() }

func (o *outside) Fail() {
	for t := o; t != nil; t = t.parent {
		t.mu.Lock()
		t.failed = true
		t.mu.Unlock()
	}
}

func (o *outside) FailNow() {
	o.Fail()
	runtime.Goexit()
}

func (o *outside) SkipNow() {
	o.mu.Lock()
	o.skipped = true
	o.mu.Unlock()
	runtime.Goexit()
}

func (o *outside) Failed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

func (o *outside) Skipped() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.skipped
}

func (o *outside) Cleanup(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cleanups = append(o.cleanups, f)
}

// TempDir makes a folder, which is removed with the test.
func (o *outside) TempDir() string {
	dir, err := os.MkdirTemp("", "clockwork-test-")
	if err != nil {
		o.Fatalf("make a folder: %v", err)
	}
	o.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			o.Errorf("remove the test's folder: %v", err)
		}
	})
	return dir
}

// errNotHere is what the suite has no use for.
var errNotHere = errors.New("this cannot be done outside of go test")

func (o *outside) Setenv(string, string) { panic(errNotHere) }
func (o *outside) Chdir(string)          { panic(errNotHere) }
func (o *outside) ArtifactDir() string   { panic(errNotHere) }

// Matcher makes the match of RunOutside of a pattern such as go test -run takes:
// regular expressions with slashes between them, one for each part of the name.
func Matcher(pattern string) (func(name string) bool, error) {
	var parts []*regexp.Regexp
	for _, part := range strings.Split(pattern, "/") {
		one, err := regexp.Compile(part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, one)
	}
	return func(name string) bool {
		for i, part := range strings.Split(name, "/") {
			if i < len(parts) && !parts[i].MatchString(part) {
				return false
			}
		}
		return true
	}, nil
}
