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
	// how is what the rung turned out to do, where its name would say another thing;
	// "" where it does not.
	how string
}

// name is what a person is told of the rung.
func (s step) name() string {
	if s.how == "" {
		return string(s.rung)
	}
	return string(s.rung) + " (" + s.how + ")"
}

// howOf is what a rung does by a plan, where its name would say another thing: what
// cannot be restarted at all is put right in place.
func howOf(rung plan.Rung, made *plan.Plan) string {
	if rung == plan.RungRestart && made != nil && len(made.Restarts) == 0 {
		return "update in place"
	}
	return ""
}

// of are those at one rung, or with others at all but that.
func (h history) of(rung plan.Rung, others bool) history {
	return slices.DeleteFunc(slices.Clone(h), func(a attempt) bool { return (a.rung == rung) == others })
}

// next decides what to do after the attempts of the last while. Each rung is
// tried in turn, then those from the first again, until the attempts are used
// up. The AI comes after that, or when none of the others can help, wherever it
// stands, and has as many attempts of its own. Then people are told. skip says
// why a rung cannot help; "" if it can.
func next(ladder []plan.Rung, attempts int, b plan.Backoff, recent history, now time.Time, skip func(plan.Rung) string) (step, []skipped) {
	rungs := slices.DeleteFunc(slices.Clone(ladder), func(r plan.Rung) bool { return r == plan.RungEscalate })
	escalate := step{rung: plan.RungEscalate, number: len(rungs) + 1}
	var passed []skipped
	can := func(at int) bool {
		why := skip(rungs[at])
		if why != "" {
			passed = append(passed, skipped{rungs[at], at + 1, why})
		}
		return why == ""
	}
	take := func(at int) step {
		wait := time.Duration(0)
		if n := len(recent); n > 0 {
			wait = max(0, backoff(b, n)-now.Sub(recent[n-1].at))
		}
		return step{rung: rungs[at], number: at + 1, wait: wait}
	}
	if byCode := recent.of(plan.RungAI, true); len(byCode) < attempts {
		first := 0
		if len(byCode) > 0 {
			first = slices.Index(rungs, byCode[len(byCode)-1].rung) + 1
		}
		for i := range rungs {
			at := (first + i) % len(rungs)
			if rungs[at] != plan.RungAI && can(at) {
				return take(at), passed
			}
		}
	}
	ai := slices.Index(rungs, plan.RungAI)
	if ai >= 0 && len(recent.of(plan.RungAI, false)) < attempts && can(ai) {
		return take(ai), passed
	}
	return escalate, passed
}

// skipped is a rung that cannot help, and why.
type skipped struct {
	rung   plan.Rung
	number int
	why    string
}
