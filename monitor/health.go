package monitor

import (
	"time"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Health is how something is, as far as is known.
type Health uint8

// The healths. Unknown is the zero value: nothing is healed for it.
const (
	Unknown Health = iota
	Healthy
	Unhealthy
)

// String returns "unknown", "healthy" or "unhealthy".
func (h Health) String() string { return [...]string{"unknown", "healthy", "unhealthy"}[h] }

// observation is what is known of one check: the last outcome, and how often in
// a row it came. The zero value is one that has not run.
type observation struct {
	outcome providers.Outcome // the last that was not unknown, since the last that counted
	streak  int               // of that outcome
	unknown bool              // the very last outcome
	message string
	at      time.Time // of the last run
	since   time.Time // of the first of the streak
}

// next is the observation after one more run. What is unknown neither goes on
// with a streak nor ends it.
func (o observation) next(outcome providers.Outcome, message string, at time.Time) observation {
	o.at, o.message = at, message
	o.unknown = outcome == providers.Unknown
	switch {
	case o.unknown:
	case outcome == o.outcome:
		o.streak++
	default:
		o.outcome, o.streak, o.since = outcome, 1, at
	}
	return o
}

// thresholds say how many times in a row an outcome counts.
type thresholds struct {
	failure, success int
}

// health judges an observation, given what it was judged before: between the
// thresholds it stays as it was.
func (t thresholds) health(o observation, before Health) Health {
	switch {
	case o.unknown || o.streak == 0:
		return Unknown
	case o.outcome == providers.Fail && o.streak >= max(t.failure, 1):
		return Unhealthy
	case o.outcome == providers.Pass && o.streak >= max(t.success, 1):
		return Healthy
	}
	return before
}

// worst is the health of what several checks are about: unhealthy if one says
// so, else unknown if one does not know.
func worst(all []Health) Health {
	if len(all) == 0 {
		return Unknown
	}
	out := Healthy
	for _, h := range all {
		switch h {
		case Unhealthy:
			return Unhealthy
		case Unknown:
			out = Unknown
		}
	}
	return out
}
