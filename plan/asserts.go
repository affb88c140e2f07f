package plan

import (
	"context"
	"errors"
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
	// Target is the block that it is about; the zero Resource when there is
	// none. It is in the assert's own module instance.
	Target addr.Resource
	// Key is the key behind the target, if it is written out.
	Key    addr.Key
	HasKey bool
}

// ResolveAssert finds the type of an assert: in its target's provider first,
// then in core.
func ResolveAssert(ctx context.Context, schemas *Schemas, m *config.Module, a *config.Assert) (AssertType, diag.Diagnostics) {
	var out AssertType
	var names []string
	if a.Target != nil {
		ref, diags := targetOf(a.Target)
		if diags.HasErrors() {
			return out, diags
		}
		if diags := m.CheckReference(ref, config.AllowEach); diags.HasErrors() {
			return out, diags
		}
		out.Target = addr.Resource{Type: ref.Type, Name: ref.Name}
		out.Key, out.HasKey = ref.Key, ref.HasKey
		r := m.Resources[ref.Type+"."+ref.Name]
		source, ok := m.ProviderSource(r.Provider)
		if !ok {
			return out, nil // said of the resource
		}
		schema, err := schemas.factory.Schema(ctx, source)
		if err != nil {
			return out, unavailable(source, err)
		}
		for name, t := range schema.Asserts {
			if len(t.Targets) == 0 || slices.Contains(t.Targets, ref.Type) {
				names = append(names, name)
			}
		}
		if slices.Contains(names, a.Type) {
			out.Provider, err = schemas.Type(ctx, source, providers.KindAssert, a.Type)
			if err != nil && !errors.Is(err, ErrNoType) {
				return out, unavailable(source, err)
			}
			out.Decoder = out.Provider.Decoder
			return out, nil
		}
	}
	core := coreAsserts()
	if obj, ok := core[a.Type]; ok {
		out.Decoder = eval.NewDecoder(obj)
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

// targetOf reads the resource that an assert's target names.
func targetOf(e hcl.Expression) (config.Reference, diag.Diagnostics) {
	bad := diag.At(e.Range(), "Invalid assert target",
		"A target is a resource, written TYPE.NAME, or one instance of it, such as TYPE.NAME[0] or TYPE.NAME[each.key]. Write it like that.")
	vars := e.Variables()
	for _, t := range vars {
		ref, diags := config.ParseReference(t)
		if diags.HasErrors() || ref.Kind != config.RefResource {
			continue
		}
		rest := len(t) - 2
		if ref.HasKey {
			rest--
		}
		if rest > 0 {
			return ref, bad
		}
		return ref, nil
	}
	if len(vars) == 1 {
		if _, diags := config.ParseReference(vars[0]); diags.HasErrors() {
			return config.Reference{}, diags
		}
	}
	return config.Reference{}, bad
}

// CheckAssert checks one assert block against the schema of its type.
func CheckAssert(ctx context.Context, schemas *Schemas, s *eval.Scope, a *config.Assert) diag.Diagnostics {
	t, diags := ResolveAssert(ctx, schemas, s.Module, a)
	if diags.HasErrors() || t.Decoder == nil {
		return diags
	}
	refs, ds := config.BodyReferences(a.Config)
	if diags = append(diags, ds...); ds.HasErrors() {
		return diags
	}
	reps, ds, ok := s.Expand(nil, a.ForEach, "assert."+a.Type+"."+a.Name)
	diags = append(diags, ds...)
	base, baseOK := s.Base(refs)
	if !ok || !baseOK {
		return diags
	}
	for _, rep := range reps {
		_, ds := t.Decode(a.Config, base.For(rep, cty.NilVal))
		diags = append(diags, ds...)
	}
	return diags
}
