package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// maxCount bounds count, so that a slip of the pen does not take all memory.
const maxCount = 1_000_000

// Expand evaluates count or for_each, either of which may be nil, and returns
// the instances in order. ok is as in Eval.
func (s *Scope) Expand(count, forEach hcl.Expression, what string) ([]Repetition, diag.Diagnostics, bool) {
	switch {
	case count == nil && forEach == nil:
		return []Repetition{{}}, nil, true
	case s.ev.opts.Unexpanded:
		expr := count
		if expr == nil {
			expr = forEach
		}
		v, diags, ok := s.Eval(expr, cty.DynamicPseudoType, Repetition{}, cty.NilVal)
		if ok && v.IsWhollyKnown() && !diags.HasErrors() {
			_, ds, _ := s.expand(count, forEach, what)
			diags = append(diags, ds...)
		}
		return []Repetition{{Unknown: true, Value: cty.DynamicVal}}, diags, ok
	}
	return s.expand(count, forEach, what)
}

func (s *Scope) expand(count, forEach hcl.Expression, what string) ([]Repetition, diag.Diagnostics, bool) {
	if count != nil {
		return s.expandCount(count, what)
	}
	return s.expandForEach(forEach, what)
}

func (s *Scope) expandCount(expr hcl.Expression, what string) ([]Repetition, diag.Diagnostics, bool) {
	v, diags, ok := s.Eval(expr, cty.Number, Repetition{}, cty.NilVal)
	if !ok {
		return nil, diags, false
	}
	bad := func(detail string, args ...any) ([]Repetition, diag.Diagnostics, bool) {
		return nil, append(diags, s.about(expr, "Invalid count argument", detail, args...)), false
	}
	v, _ = v.Unmark()
	switch {
	case v.IsNull():
		return bad("The value of count is null. Give it a whole number, 0 or more.")
	case !v.IsKnown():
		return bad("The value of count depends on something that is known only after apply, so it cannot be said how many instances of %s there will be. Use values known beforehand, or first apply what it depends on with -target.", what)
	}
	var n int
	if err := gocty.FromCtyValue(v, &n); err != nil || n < 0 || n > maxCount {
		return bad("The value of count must be a whole number from 0 to %d.", maxCount)
	}
	reps := make([]Repetition, n)
	for i := range reps {
		reps[i].Key = addr.IntKey(i)
	}
	return reps, diags, true
}

func (s *Scope) expandForEach(expr hcl.Expression, what string) ([]Repetition, diag.Diagnostics, bool) {
	v, diags, ok := s.Eval(expr, cty.DynamicPseudoType, Repetition{}, cty.NilVal)
	if !ok {
		return nil, diags, false
	}
	bad := func(detail string, args ...any) ([]Repetition, diag.Diagnostics, bool) {
		return nil, append(diags, s.about(expr, "Invalid for_each argument", detail, args...)), false
	}
	if marks.IsSensitive(v) {
		return bad("The value of for_each is sensitive, but its keys become part of addresses, which are shown. Use a value that is not sensitive, or nonsensitive() on its keys.")
	}
	const unknown = "The keys of for_each depend on something that is known only after apply, so it cannot be said which instances of %s there will be. Use keys known beforehand, or first apply what they depend on with -target."
	v, _ = v.Unmark()
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return bad(unknown, what)
	case v.IsNull():
		return bad("The value of for_each is null. Give it a map or a set of strings; an empty one makes no instances.")
	case ty.IsObjectType(), ty.IsMapType():
		vals := v.AsValueMap()
		reps := make([]Repetition, 0, len(vals))
		for _, key := range slices.Sorted(maps.Keys(vals)) {
			reps = append(reps, Repetition{Key: addr.StringKey(key), Value: vals[key]})
		}
		return reps, diags, true
	case ty.IsSetType() && (ty.ElementType() == cty.String || v.LengthInt() == 0):
		if !v.IsWhollyKnown() {
			return bad(unknown, what)
		}
		reps := make([]Repetition, 0, v.LengthInt())
		for _, e := range v.AsValueSlice() {
			if e.IsNull() {
				return bad("The set given to for_each holds null. Take it out, for instance with compact() before toset().")
			}
			reps = append(reps, Repetition{Key: addr.StringKey(e.AsString()), Value: e})
		}
		return reps, diags, true
	}
	hint := ""
	if ty.IsTupleType() || ty.IsListType() {
		hint = " Wrap the list in toset() to use its elements as keys."
	}
	return bad("The value of for_each must be a map, or a set of strings, but it is %s.%s", ty.FriendlyName(), hint)
}

func (s *Scope) about(expr hcl.Expression, summary, detail string, args ...any) diag.Diagnostic {
	rng := expr.Range()
	d := diag.Diagnostic{Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &rng, Expression: expr}
	if refs, ds := config.References(expr); !ds.HasErrors() {
		d.EvalContext, _ = s.Context(refs, Repetition{}, cty.NilVal)
	}
	return d
}

// CheckRules evaluates preconditions, postconditions or validations. One whose
// condition is not known yet passes for now.
func (s *Scope) CheckRules(rules []*config.CheckRule, rep Repetition, self cty.Value, summary string) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, rule := range rules {
		diags = append(diags, s.checkRule(rule, rep, self, summary)...)
	}
	return diags
}

func (s *Scope) checkRule(rule *config.CheckRule, rep Repetition, self cty.Value, summary string) diag.Diagnostics {
	refs, diags := config.References(rule.Condition)
	more, ds := config.References(rule.ErrorMessage)
	if diags = append(diags, ds...); diags.HasErrors() {
		return diags
	}
	ctx, ok := s.Context(append(refs, more...), rep, self)
	if !ok {
		return nil
	}
	v, diags, ok := evalIn(ctx, rule.Condition, cty.Bool)
	if !ok {
		return diags
	}
	v, _ = v.Unmark()
	rng := rule.Condition.Range()
	switch {
	case !v.IsKnown():
		return diags
	case v.IsNull():
		return append(diags, diag.Diagnostic{Summary: "Invalid condition", Subject: &rng, Expression: rule.Condition, EvalContext: ctx,
			Detail: "The condition is null. It must be true or false: write it so that it always is."})
	case v.True():
		return diags
	}
	msg, ds, ok := evalIn(ctx, rule.ErrorMessage, cty.String)
	if !ok {
		return append(diags, ds...)
	}
	detail := "The condition is not met, and its error_message is known only after apply."
	switch {
	case marks.HoldsSensitive(msg):
		detail = "The condition is not met. Its error_message holds a sensitive value, so it is not shown."
	case msg.IsKnown() && !msg.IsNull():
		u, _ := msg.Unmark()
		detail = u.AsString()
	}
	return append(diags, diag.Diagnostic{Summary: summary, Detail: detail, Subject: &rng, Expression: rule.Condition, EvalContext: ctx})
}
