package main

import (
	"testing"
	"time"
)

func TestProcessorTime(t *testing.T) {
	const stat = "42 (a name) (x) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0"
	if got := processorTime(stat); got != 1750*time.Millisecond {
		t.Errorf("got %s, want 1.75 s", got)
	}
	if got := processorTime("42 (x) Z"); got != 0 {
		t.Errorf("got %s of a line cut short", got)
	}
}
