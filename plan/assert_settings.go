package plan

import (
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

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
	r.threshold("failure_threshold", a.FailureThreshold, &out.FailureThreshold)
	r.threshold("success_threshold", a.SuccessThreshold, &out.SuccessThreshold)
	if v, ok := r.value(a.Remediate, cty.Bool); ok {
		out.Remediate = v.True()
	}
	if v, ok := r.value(a.Severity, cty.String); ok {
		switch given := v.AsString(); given {
		case diag.Error.String():
		case diag.Warning.String():
			out.Severity = diag.Warning
		default:
			r.fail(a.Severity, "Invalid severity", `The severity of an assert is "error" or "warning".%s Write one of those.`,
				diag.DidYouMean(given, []string{diag.Error.String(), diag.Warning.String()}))
		}
	}
	return out, r.diags, r.ok
}

// settingsReader evaluates one setting after the other.
type settingsReader struct {
	scope *eval.Scope
	rep   eval.Repetition
	diags diag.Diagnostics
	ok    bool
}

func (r *settingsReader) fail(e hcl.Expression, summary, detail string, args ...any) {
	r.ok = false
	r.diags = append(r.diags, diag.At(e.Range(), summary, detail, args...)...)
}

// value returns the value of e without marks; false when e is nil, or the value
// null or unknown.
func (r *settingsReader) value(e hcl.Expression, want cty.Type) (cty.Value, bool) {
	if e == nil {
		return cty.NilVal, false
	}
	v, diags, ok := r.scope.Eval(e, want, r.rep, cty.NilVal)
	r.diags = append(r.diags, diags...)
	v, _ = v.Unmark()
	if !ok || !v.IsKnown() {
		r.ok = false
		return v, false
	}
	return v, !v.IsNull()
}

func (r *settingsReader) duration(name string, e hcl.Expression, least, most time.Duration, into *time.Duration) {
	v, ok := r.value(e, cty.String)
	if !ok {
		return
	}
	d, err := time.ParseDuration(v.AsString())
	if err != nil {
		hint := ""
		if _, err := strconv.ParseUint(v.AsString(), 10, 32); err == nil {
			hint = " Its unit is missing."
		}
		r.fail(e, "Invalid duration", `The value of %q is not a duration.%s Write numbers with units, such as "30s", "1m30s" or "500ms".`, name, hint)
		return
	}
	if d < least || d > most {
		r.fail(e, "Duration out of range", "The value of %q must be from %s to %s. Change it.", name, brief(least), brief(most))
		return
	}
	*into = d
}

func (r *settingsReader) threshold(name string, e hcl.Expression, into *int) {
	v, ok := r.value(e, cty.Number)
	if !ok {
		return
	}
	var n int
	if err := gocty.FromCtyValue(v, &n); err != nil || n < 1 || n > maxThreshold {
		r.fail(e, "Number out of range", "The value of %q must be a whole number from 1 to %d. Change it.", name, maxThreshold)
		return
	}
	*into = n
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
