package plan

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
)

// AssertType is an assert block whose type is known: one of a provider's, or
// one of the core's.
type AssertType struct {
	*eval.Decoder
	// Provider is the type in the target's provider; nil for one of the core's.
	Provider *Type
	// Target is what the block is about; nil when there is nothing.
	Target *AssertTarget

	validate func(arguments cty.Value) diag.Diagnostics
}

// AssertAddress is the address of one instance of an assert block:
// module.m.assert.TYPE.NAME["key"].
func AssertAddress(m addr.Module, a *config.Assert, key addr.Key) string {
	out := "assert." + a.Type + "." + a.Name + key.String()
	if m != addr.Root {
		out = string(m) + "." + out
	}
	return out
}

// ResolveAssert finds the type of an assert: in its target's provider first,
// then in core. Without diagnostics the Decoder can still be nil: then the
// target's own type is unknown, which is said of the target.
func ResolveAssert(ctx context.Context, schemas *Schemas, m *config.Module, a *config.Assert) (AssertType, diag.Diagnostics) {
	target, diags := TargetOfAssert(m, a)
	if diags.HasErrors() {
		return AssertType{}, diags
	}
	out := AssertType{Target: target}
	var names []string
	if target != nil {
		source, ok := m.ProviderSource(target.Resource.Provider)
		if !ok {
			return out, nil
		}
		schema, err := schemas.factory.Schema(ctx, source)
		if err != nil {
			return out, unavailable(source, err)
		}
		for name, t := range schema.Asserts {
			if len(t.Targets) == 0 || slices.Contains(t.Targets, target.Resource.Type) {
				names = append(names, name)
			}
		}
		if slices.Contains(names, a.Type) {
			t, err := schemas.Type(ctx, source, providers.KindAssert, a.Type)
			if err != nil {
				return out, unavailable(source, err)
			}
			out.Provider, out.Decoder = t, t.Decoder
			return out, nil
		}
	}
	core := coreAsserts()
	if c, ok := core[a.Type]; ok {
		out.Decoder, out.validate = schemas.coreAssert(a.Type, c), c.validate
		return out, nil
	}
	names = append(names, slices.Collect(maps.Keys(core))...)
	slices.Sort(names)
	detail := "There is no assert type %q here.%s There are %s."
	if a.Target == nil {
		detail += " The types of providers need a target: add one."
	}
	return out, diag.At(a.TypeRange, "Unsupported assert type", detail, a.Type, diag.DidYouMean(a.Type, names), list(names))
}

// coreAssert returns the decoder of one of the core's types, made once.
func (s *Schemas) coreAssert(name string, c coreType) *eval.Decoder {
	key := schemaKey{kind: providers.KindAssert, name: name}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.types[key]
	if t == nil {
		t = &Type{Decoder: eval.NewDecoder(c.object), Name: name}
		s.types[key] = t
	}
	return t.Decoder
}

// Arguments returns the arguments that belong to the type, with the defaults
// of those that are not set. Unknown and marked values are possible anywhere.
func (t AssertType) Arguments(a *config.Assert, ctx *hcl.EvalContext) (cty.Value, diag.Diagnostics) {
	v, diags := t.Decode(a.Config, ctx)
	if t.validate != nil && !diags.HasErrors() {
		diags = append(diags, t.Locate(t.validate(v), a.Config, a.Range)...)
	}
	return providers.Propose(t.Object(), cty.NullVal(t.Type()), v), diags
}

// CheckAssert checks one assert block against the schema of its type, and the
// arguments that all types have. What is wrong with references is also said of
// the graph, in the same words.
func CheckAssert(ctx context.Context, schemas *Schemas, s *eval.Scope, a *config.Assert) diag.Diagnostics {
	t, diags := ResolveAssert(ctx, schemas, s.Module, a)
	address := AssertAddress(StaticModule(s.Module), a, addr.NoKey)
	reps, ds, ok := s.Expand(nil, a.ForEach, address)
	diags = append(diags, ds...)
	if !ok {
		reps = []eval.Repetition{{Unknown: a.ForEach != nil, Value: cty.DynamicVal}}
	}
	refs, ds := config.BodyReferences(a.Config)
	base, baseOK := s.Base(refs)
	baseOK = baseOK && !ds.HasErrors()
	for _, rep := range reps {
		_, ds, _ := AssertSettingsOf(s, a, rep)
		diags = append(diags, ds...)
		if t.Target != nil {
			_, _, ds := t.Target.InstanceKey(s, rep)
			diags = append(diags, ds...)
		}
		if t.Decoder != nil && baseOK {
			_, ds := t.Arguments(a, base.For(rep, cty.NilVal))
			diags = append(diags, ds.WithAddress(address)...)
		}
	}
	return diags
}
