package monitor

import (
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/plan"
)

// backoff is how long to wait after so many attempts that did not help.
func backoff(b plan.Backoff, attempts int) time.Duration {
	if attempts < 1 {
		return 0
	}
	d := float64(b.Initial)
	for range attempts - 1 {
		if d *= b.Factor; d >= float64(b.Max) {
			return b.Max
		}
	}
	return min(time.Duration(d), b.Max)
}

// attempt is a rung that was tried.
type attempt struct {
	rung plan.Rung
	at   time.Time
}

// history are the attempts to heal one thing, the oldest first. It outlives
// incidents: what was healed and fails again soon goes on where it was.
type history []attempt

// within are those of the last while.
func (h history) within(window time.Duration, now time.Time) history {
	i := slices.IndexFunc(h, func(a attempt) bool { return now.Sub(a.at) < window })
	if i < 0 {
		return nil
	}
	return h[i:]
}

// step is what to do next.
type step struct {
	rung plan.Rung
	// number is that of the rung on the ladder, counted from 1.
	number int
	// wait is how long to wait first.
	wait time.Duration
}

// next decides what to do after the attempts of the last while. Each rung is
// tried in turn, then those from the first again, until the attempts are used
// up: then people are told. skip says why a rung cannot help; "" if it can.
func next(ladder []plan.Rung, attempts int, b plan.Backoff, recent history, now time.Time, skip func(plan.Rung) string) (step, []skipped) {
	rungs := slices.DeleteFunc(slices.Clone(ladder), func(r plan.Rung) bool { return r == plan.RungEscalate })
	escalate := step{rung: plan.RungEscalate, number: len(rungs) + 1}
	if len(recent) >= attempts || len(rungs) == 0 {
		return escalate, nil
	}
	first := 0
	if len(recent) > 0 {
		first = slices.Index(rungs, recent[len(recent)-1].rung) + 1
	}
	var passed []skipped
	for i := range rungs {
		at := (first + i) % len(rungs)
		if why := skip(rungs[at]); why != "" {
			passed = append(passed, skipped{rungs[at], at + 1, why})
			continue
		}
		wait := time.Duration(0)
		if n := len(recent); n > 0 {
			wait = max(0, backoff(b, n)-now.Sub(recent[n-1].at))
		}
		return step{rungs[at], at + 1, wait}, passed
	}
	return escalate, passed
}

// skipped is a rung that cannot help, and why.
type skipped struct {
	rung   plan.Rung
	number int
	why    string
}
