package state

import (
	"fmt"
	"maps"
	"slices"
)

// ledger is a state in memory with the intents that are under way. A Store
// replays the journal into one and then keeps it in step with the disk.
type ledger struct {
	cur    *State
	shared bool // cur was given away, and is not to be changed any more
	base   uint64
	dirty  bool // cur is not what the snapshot of serial base holds

	open map[string]openIntent
	next uint64 // orders the open intents
}

type openIntent struct {
	Intent
	order uint64
}

func newLedger(st *State) *ledger {
	return &ledger{cur: st, base: st.Serial, open: map[string]openIntent{}}
}

func emptyState() *State {
	return &State{Objects: map[ObjectKey]*Object{}, Outputs: map[string]Output{}}
}

// share gives cur away.
func (l *ledger) share() *State {
	l.shared = true
	return l.cur
}

// own returns cur to be changed, after copying it if it was given away.
func (l *ledger) own() *State {
	if l.shared {
		st := *l.cur
		st.Objects = maps.Clone(st.Objects)
		l.cur, l.shared = &st, false
	}
	return l.cur
}

func (l *ledger) begin(in Intent) {
	l.open[in.ID] = openIntent{in, l.next}
	l.next++
}

// checkNew tells why intents cannot begin.
func (l *ledger) checkNew(intents []Intent) error {
	ids := map[string]bool{}
	for _, in := range intents {
		if _, ok := l.open[in.ID]; ok || ids[in.ID] {
			return fmt.Errorf("an intent with the id %q is under way already", in.ID)
		}
		ids[in.ID] = true
	}
	return nil
}

// check tells why c cannot be committed.
func (l *ledger) check(c Change) error {
	if c.Intent == "" {
		return nil
	}
	if _, ok := l.open[c.Intent]; !ok {
		return fmt.Errorf("no intent with the id %q is under way", c.Intent)
	}
	return nil
}

// changes tells whether c makes a difference to the state.
func (l *ledger) changes(c Change) bool {
	for _, k := range c.Delete {
		if l.cur.Objects[k] != nil && c.Set[k] == nil {
			return true
		}
	}
	for k, o := range c.Set {
		if old := l.cur.Objects[k]; old == nil || !sameObject(old, o) {
			return true
		}
	}
	return c.Outputs != nil && !maps.EqualFunc(l.cur.Outputs, c.Outputs, sameOutput)
}

// commit does what c says, which check has allowed.
func (l *ledger) commit(c Change) {
	delete(l.open, c.Intent)
	if !l.changes(c) {
		return
	}
	st := l.own()
	for _, k := range c.Delete {
		delete(st.Objects, k)
	}
	maps.Copy(st.Objects, c.Set)
	if c.Outputs != nil {
		st.Outputs = maps.Clone(c.Outputs)
	}
	st.Serial = l.base + 1
	l.dirty = true
}

// pending returns the open intents, oldest first.
func (l *ledger) pending() []Intent {
	open := slices.SortedFunc(maps.Values(l.open), func(a, b openIntent) int {
		if a.order < b.order {
			return -1
		}
		return 1
	})
	out := make([]Intent, len(open))
	for i, in := range open {
		out[i] = in.Intent
	}
	return out
}
