package state

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// checkKilled opens what a killed worker left and checks that all is there of
// which it had said so.
func checkKilled(t *testing.T, dir string, said []string) {
	t.Helper()
	// The lock of the dead is free at once.
	s := locked(t, dir, testOptions())
	defer s.Close()
	have, open := contents(s.State()), map[string]bool{}
	for _, in := range s.Pending() {
		open[in.ID] = true
	}
	for _, line := range said {
		var what, id string
		if _, err := fmt.Sscan(line, &what, &id); err != nil {
			t.Fatalf("the worker said %q", line)
		}
		_, done := have[id]
		switch {
		case what == "done" && !done:
			t.Fatalf("%s was recorded, and is lost", id)
		case what == "begun" && !done && !open[id]:
			t.Fatalf("the intent of %s was recorded, and is lost", id)
		case done && open[id] || what == "done" && open[id]:
			t.Fatalf("%s is done, and under way", id)
		case what != "done" && what != "begun":
			t.Fatalf("the worker said %q", line)
		}
	}
	delete(open, "under way")
	if len(open) > 1 {
		t.Fatalf("under way: %v", open)
	}
	must(t, s.Checkpoint())
}

// TestKill kills a process at work, again and again.
func TestKill(t *testing.T) {
	dir := newDir(t)
	r := rand.New(rand.NewPCG(5, 6))
	var said []string
	for range 12 {
		c := startChild(t, "work", dir)
		for range r.IntN(60) {
			if line := c.line(); line != "" {
				said = append(said, line)
			}
		}
		said = append(said, c.kill()...)
		checkKilled(t, dir, said)
	}
}
