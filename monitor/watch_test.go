package monitor

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A provider that stays of no use is asked for again ever more seldom; one that was
// well for a while at once.
func TestRevivals(t *testing.T) {
	var r revivals
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	var got []time.Duration
	for range 9 {
		pause := r.next(now)
		got = append(got, pause)
		now = now.Add(pause + time.Second) // it fails again soon
	}
	s := time.Second
	if diff := cmp.Diff([]time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 60 * s}, got); diff != "" {
		t.Error(diff)
	}
	if got := r.next(now.Add(5 * time.Minute)); got != s {
		t.Errorf("after five minutes it waits %s", got)
	}
}
