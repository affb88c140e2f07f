package plan

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/state"
)

// planOutputs plans the root module's outputs. One whose value depends on what
// the options left out stays as it is.
func (p *planner) planOutputs(out *Plan) {
	stored := make(map[string]cty.Value, len(p.State.Outputs))
	for name, o := range p.State.Outputs {
		v, err := DecodeOutput(o)
		if err != nil {
			p.report(diag.FromError("Unreadable state", fmt.Errorf("output %q: %w", name, err)))
			continue
		}
		stored[name] = v
	}
	names := map[string]bool{}
	for name := range stored {
		names[name] = true
	}
	for name := range p.Config.Root.Outputs {
		names[name] = true
	}
	for _, name := range sortedKeys(names) {
		before, had := stored[name]
		if !had {
			before = cty.NullVal(cty.DynamicPseudoType)
		}
		o := p.Config.Root.Outputs[name]
		c := OutputChange{Name: name, Before: before, After: cty.NullVal(cty.DynamicPseudoType), Sensitive: p.State.Outputs[name].Sensitive}
		switch {
		case p.opts.Mode == Destroy && !p.excluded, o == nil && !p.excluded:
			c.Action = Delete
		case o == nil, p.opts.Mode == Destroy:
			c.After = before
		default:
			v, ok := p.Eval.Root().Output(name)
			if !ok {
				// Reported, or not evaluated in this run.
				c.After = before
				break
			}
			c.After = v
			c.Sensitive = o.Sensitive
			c.Action = outputAction(before, v, had, p.State.Outputs[name].Sensitive, o.Sensitive)
		}
		out.Outputs = append(out.Outputs, c)
	}
}

func outputAction(before, after cty.Value, had, wasSensitive, isSensitive bool) Action {
	b, _ := before.UnmarkDeep()
	a, _ := after.UnmarkDeep()
	null := a.IsKnown() && a.IsNull() // an output that is null is not kept
	switch {
	case !had && null:
		return NoOp
	case !had:
		return Create
	case null:
		return Delete
	case wasSensitive != isSensitive:
		return Update
	}
	if a.IsWhollyKnown() && a.RawEquals(b) {
		return NoOp
	}
	return Update
}

// DecodeOutput returns the value of a stored output, marked when it is
// sensitive.
func DecodeOutput(o state.Output) (cty.Value, error) {
	ty, err := ctyjson.UnmarshalType(o.Type)
	if err != nil {
		return cty.NilVal, fmt.Errorf("read its type: %w", err)
	}
	v, err := ctyjson.Unmarshal(o.Value, ty)
	if err != nil {
		return cty.NilVal, fmt.Errorf("read its value: %w", err)
	}
	if o.Sensitive {
		v = v.Mark(marks.Sensitive)
	}
	return v, nil
}

// EncodeOutput makes what is stored of an output's wholly known value.
func EncodeOutput(v cty.Value, sensitive bool) (state.Output, error) {
	u, _ := v.UnmarkDeep()
	ty, err := ctyjson.MarshalType(u.Type())
	if err != nil {
		return state.Output{}, fmt.Errorf("write the type of an output: %w", err)
	}
	raw, err := ctyjson.Marshal(u, u.Type())
	if err != nil {
		return state.Output{}, fmt.Errorf("write the value of an output: %w", err)
	}
	return state.Output{Value: json.RawMessage(raw), Type: ty, Sensitive: sensitive}, nil
}
