package state

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// script is what a crash interrupts, with a model of what it should lead to.
// The records of the journal are its events; whatever a crash leaves must be
// the effect of the first few of them.
type script struct {
	events  []event
	acked   int // so many were reported done: they survive a kill
	durable int // and so many the death of the machine
}

type event struct {
	intent string // begins; or, with a change, ends
	change *Change
}

// after returns contents and open intents after the first n events.
func (sc *script) after(n int) (map[string]string, []string) {
	st, open := emptyState(), []string{}
	for _, e := range sc.events[:n] {
		if e.change == nil {
			open = append(open, e.intent)
			continue
		}
		open = slices.DeleteFunc(open, func(id string) bool { return id == e.change.Intent })
		for _, k := range e.change.Delete {
			delete(st.Objects, k)
		}
		for k, o := range e.change.Set {
			st.Objects[k] = o
		}
	}
	return contents(st), open
}

func (sc *script) begin(s *Store, names ...string) error {
	var intents []Intent
	for _, n := range names {
		sc.events = append(sc.events, event{intent: n})
		intents = append(intents, create(n, n))
	}
	return sc.done(s.Begin(context.Background(), intents...), true)
}

func (sc *script) commit(s *Store, c Change) error {
	sc.events = append(sc.events, event{change: &c})
	return sc.done(s.Commit(c), false)
}

func (sc *script) done(err error, durable bool) error {
	if err != nil {
		return err
	}
	sc.acked = len(sc.events)
	if durable {
		sc.durable = sc.acked
	}
	return nil
}

// run plays until the first error.
func (sc *script) run(s *Store) error {
	steps := []func() error{
		func() error { return s.Lock(context.Background(), "apply", 0) },
		func() error { return sc.begin(s, "a", "b") },
		func() error { return sc.commit(s, result("a", "a", "1")) },
		func() error { return sc.begin(s, "c") },
		func() error { return sc.commit(s, set("d", "1")) },
		func() error { return sc.commit(s, Change{Delete: []ObjectKey{key("d")}, Set: set("e", "moved").Set}) },
		func() error { return sc.done(s.Checkpoint(), true) }, // b and c are under way
		func() error { return sc.commit(s, result("c", "c", "1")) },
		func() error { return sc.done(s.Sync(), true) },
		func() error { return sc.commit(s, Change{Intent: "b"}) },
		func() error { return sc.commit(s, set("a", "2")) },
		func() error { return sc.done(s.Checkpoint(), true) },
		func() error { return sc.begin(s, "f") },
		func() error { return sc.commit(s, result("f", "f", "1")) },
		func() error { return sc.done(s.Checkpoint(), true) },
		func() error { return sc.commit(s, set("a", "3")) },
		func() error { return sc.begin(s, "g") },
		func() error { return sc.done(s.Unlock(), true) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// which returns after how many events, from least to all, s stands.
func (sc *script) which(s *Store, least int) (int, error) {
	got, pending := contents(s.State()), ids(s.Pending())
	for n := least; n <= len(sc.events); n++ {
		want, open := sc.after(n)
		if fmt.Sprint(got) == fmt.Sprint(want) && slices.Equal(pending, open) {
			return n, nil
		}
	}
	want, open := sc.after(least)
	return 0, fmt.Errorf("found %v with %v under way; at least %v with %v was to be found", got, pending, want, open)
}

func memOptions(m *memFS) Options {
	opts := testOptions()
	opts.files = m
	return opts
}

// survive opens what is left, and checks it, and that recovery finds the same
// even when it is itself interrupted anywhere, and that work can then go on. At least so
// many events are there, and so many survive another power cut.
func (sc *script) survive(left *memFS, least, durable int, r *rand.Rand, deep bool) error {
	s, err := Open(Dir, memOptions(left.afterKill()))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	n, err := sc.which(s, least)
	if err != nil {
		return err
	}
	for at := 0; deep; at++ {
		again := left.afterKill()
		again.crashAt, again.partial = at, r.IntN(1000)
		s, err := Open(Dir, memOptions(again))
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		if err := s.Lock(context.Background(), "plan", 0); err == nil {
			break // it was not interrupted
		}
		if err := sc.survive(again.afterKill(), n, durable, r, false); err != nil {
			return fmt.Errorf("recovery killed at operation %d: %w", at, err)
		}
		if err := sc.survive(again.afterPowerCut(r), durable, durable, r, false); err != nil {
			return fmt.Errorf("power cut in recovery at operation %d: %w", at, err)
		}
	}
	return sc.goOn(left, n)
}

// goOn finishes what is under way and checks that the end is as it should be.
func (sc *script) goOn(left *memFS, n int) error {
	s, err := Open(Dir, memOptions(left))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := s.Lock(context.Background(), "apply", 0); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if m, err := sc.which(s, n); err != nil || m != n {
		return fmt.Errorf("locked: %w (event %d, not %d)", err, m, n)
	}
	want, open := sc.after(n)
	for _, id := range open {
		if err := s.Commit(result(id, id, "recovered")); err != nil {
			return err
		}
		want[id] = "recovered"
	}
	if err := s.Begin(context.Background(), create("next", "next")); err != nil {
		return err
	}
	if err := s.Commit(result("next", "next", "1")); err != nil {
		return err
	}
	want["next"] = "1"
	if err := s.Checkpoint(); err != nil {
		return err
	}
	s, err = Open(Dir, memOptions(left.afterKill()))
	if err != nil {
		return fmt.Errorf("open in the end: %w", err)
	}
	if got := contents(s.State()); fmt.Sprint(got) != fmt.Sprint(want) || len(s.Pending()) > 0 {
		return fmt.Errorf("in the end found %v with %v under way, not %v", got, ids(s.Pending()), want)
	}
	return nil
}

// TestCrashAnywhere stops the script before every single operation on files,
// by killing the process and by cutting the power, and recovery in turn.
func TestCrashAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	crashes := 0
	for at := 0; ; at++ {
		m := newMemFS()
		m.crashAt, m.partial = at, []int{0, 300, 999}[at%3]
		sc := &script{}
		s, err := Open(Dir, memOptions(m))
		must(t, err)
		if sc.run(s) == nil {
			break
		}
		crashes++
		if err := sc.survive(m.afterKill(), sc.acked, sc.durable, r, at%slowdown == 0); err != nil {
			t.Errorf("killed at operation %d: %v", at, err)
		}
		for range 4 {
			if err := sc.survive(m.afterPowerCut(r), sc.durable, sc.durable, r, at%slowdown == 0); err != nil {
				t.Errorf("power cut at operation %d: %v", at, err)
				break
			}
		}
	}
	if crashes < 50 {
		t.Fatalf("only %d operations to crash at", crashes)
	}
}
