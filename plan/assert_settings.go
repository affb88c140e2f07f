package plan

import (
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// DefaultAssertTimeout is how long one run of an assert may take when nothing
// else is said.
const DefaultAssertTimeout = 10 * time.Second

// AssertSettings are the values of the arguments that all asserts have. Those
// that only the monitor uses are zero where nothing is said.
type AssertSettings struct {
	Timeout  time.Duration
	Severity diag.Severity
	// Remediate says that a failure may be healed; true when nothing is said.
	Remediate bool

	Interval         time.Duration // between two runs
	FailureThreshold int           // failures in a row that make an incident
	SuccessThreshold int           // passes in a row that end one
	StartGrace       time.Duration // after an apply, in which failures do not count
}

// What the arguments may be.
const (
	minTimeout    = time.Millisecond
	maxTimeout    = time.Hour
	minInterval   = time.Second
	maxInterval   = 365 * 24 * time.Hour
	maxStartGrace = 24 * time.Hour
	maxThreshold  = 1000
)

// AssertSettingsOf evaluates the arguments that all asserts have, for one
// instance of an assert in s. False says that one of them is wrong, is not
// known, or refers to something that failed; then it is as if it were not set.
func AssertSettingsOf(s *eval.Scope, a *config.Assert, rep eval.Repetition) (AssertSettings, diag.Diagnostics, bool) {
	out := AssertSettings{Timeout: DefaultAssertTimeout, Remediate: true}
	r := settingsReader{scope: s, rep: rep, ok: true}
	r.duration("timeout", a.Timeout, minTimeout, maxTimeout, &out.Timeout)
	r.duration("interval", a.Interval, minInterval, maxInterval, &out.Interval)
	r.duration("start_grace", a.StartGrace, 0, maxStartGrace, &out.StartGrace)
	r.number("failure_threshold", a.FailureThreshold, maxThreshold, &out.FailureThreshold)
	r.number("success_threshold", a.SuccessThreshold, maxThreshold, &out.SuccessThreshold)
	if v, ok := r.value(a.Remediate, cty.Bool); ok {
		out.Remediate = v.True()
	}
	if v, ok := r.value(a.Severity, cty.String); ok {
		switch given := v.AsString(); given {
		case diag.Error.String():
		case diag.Warning.String():
			out.Severity = diag.Warning
		default:
			r.fail(a.Severity.Range(), "Invalid severity", `The severity of an assert is "error" or "warning".%s Write one of those.`,
				diag.DidYouMean(given, []string{diag.Error.String(), diag.Warning.String()}))
		}
	}
	return out, r.diags, r.ok
}

// brief writes a duration in its largest whole unit.
func brief(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d > 0 && d%u.unit == 0 {
			return fmt.Sprintf("%d%s", d/u.unit, u.name)
		}
	}
	return d.String()
}
