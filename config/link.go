package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// link checks what can only be checked when all modules are there: providers,
// and what a call passes to its module.
func (m *Module) link() diag.Diagnostics {
	var diags diag.Diagnostics
	seen := map[string]bool{} // providers that are known, for there are few
	for _, p := range m.Providers {
		diags = append(diags, m.checkProviderBlock(p)...)
	}
	for _, r := range m.Resources {
		diags = append(diags, m.checkProvider(r, seen)...)
		diags = append(diags, m.checkPolicy(r.Monitor)...)
	}
	for _, r := range m.Data {
		diags = append(diags, m.checkProvider(r, seen)...)
	}
	for _, call := range m.Calls {
		child := m.Children[call.Name]
		diags = append(diags, m.checkPassed(call, child)...)
		if child != nil {
			diags = append(diags, call.checkInputs(child)...)
		}
	}
	return diags
}

// ProviderSource returns where the provider of a local name comes from: what
// the module requires, what was passed to it, what its caller requires, or a
// provider that comes with Clockwork.
func (m *Module) ProviderSource(ref ProviderRef) (string, bool) {
	if m.Settings != nil {
		if rp := m.Settings.RequiredProviders[ref.Name]; rp != nil {
			return rp.Source, true
		}
	}
	if m.Parent != nil {
		if passed, ok := m.Call.Providers[ref.String()]; ok {
			return m.Parent.ProviderSource(passed)
		}
		return m.Parent.ProviderSource(ProviderRef{Name: ref.Name})
	}
	return m.opts.builtin(ref.Name)
}

// ResolveProvider finds the configuration that ref means in m: its own, one
// that was passed to it, or its caller's. The configuration is nil, in the root
// module, for a provider that is nowhere configured and has its defaults. There
// is none (ok is false) of an alias that nobody defines.
func (m *Module) ResolveProvider(ref ProviderRef) (in *Module, p *ProviderConfig, ok bool) {
	if p := m.Providers[ref.String()]; p != nil {
		return m, p, true
	}
	if m.Parent != nil {
		if passed, ok := m.Call.Providers[ref.String()]; ok {
			return m.Parent.ResolveProvider(passed)
		}
		if ref.Alias == "" {
			return m.Parent.ResolveProvider(ref)
		}
	}
	return m, nil, ref.Alias == ""
}

// providerNames returns the local names that mean something in m.
func (m *Module) providerNames() []string {
	names := slices.Clone(m.opts.BuiltinProviders)
	for at := m; at != nil; at = at.Parent {
		if at.Settings != nil {
			names = slices.AppendSeq(names, maps.Keys(at.Settings.RequiredProviders))
		}
	}
	return names
}

func (m *Module) checkProvider(r *Resource, seen map[string]bool) diag.Diagnostics {
	if seen[r.Provider.String()] {
		return nil
	}
	ref := r.Provider
	if _, ok := m.ProviderSource(ref); !ok {
		if ref.Range == r.TypeRange {
			return m.unknownType(r)
		}
		return m.unknownProvider(ref.Name, ref.Range)
	}
	if ds := m.checkAlias(ref); ds.HasErrors() {
		return ds
	}
	seen[r.Provider.String()] = true
	return nil
}

func (m *Module) checkAlias(ref ProviderRef) diag.Diagnostics {
	if _, _, ok := m.ResolveProvider(ref); ok {
		return nil
	}
	return diag.At(ref.Range, "Unknown provider configuration",
		"There is no configuration %s in %s.%s Write a provider block with this alias, or pass one in the providers argument of the module block.",
		ref, m, didYouMean(ref.String(), m.Providers))
}

func (m *Module) unknownProvider(name string, rng hcl.Range) diag.Diagnostics {
	return diag.At(rng, "Unknown provider",
		"There is no provider %q here.%s Add it to required_providers in the clockwork block, with its source, or correct the name.",
		name, diag.DidYouMean(name, m.providerNames()))
}

func (m *Module) unknownType(r *Resource) diag.Diagnostics {
	hint := diag.DidYouMean(r.Type, slices.Collect(maps.Keys(m.opts.TypeProviders)))
	rest, prefixed := strings.CutPrefix(r.Type, r.Provider.Name)
	if s := diag.Suggest(r.Provider.Name, m.providerNames()); hint == "" && s != "" && prefixed {
		hint = ` Did you mean "` + s + rest + `"?`
	}
	return diag.At(r.TypeRange, "Unknown provider",
		"The type %q belongs to a provider %q, which is not known here.%s Correct the type, or add the provider to required_providers in the clockwork block, with its source.",
		r.Type, r.Provider.Name, hint)
}

func (m *Module) checkProviderBlock(p *ProviderConfig) diag.Diagnostics {
	if _, ok := m.ProviderSource(ProviderRef{Name: p.Name}); !ok {
		return m.unknownProvider(p.Name, p.Range)
	}
	for at := m; at.Call != nil; at = at.Parent {
		if at.Call.Count == nil && at.Call.ForEach == nil {
			continue
		}
		return diag.At(p.Range, "Provider configuration in a repeated module",
			"The module block at %s makes several instances of this module, so it cannot have a provider block. Move it to the root module, and pass it in providers if it has an alias.",
			place(at.Call.Range))
	}
	return nil
}

// checkPassed checks the providers argument of a module block; child is nil if
// it could not be loaded.
func (m *Module) checkPassed(call *ModuleCall, child *Module) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, key := range slices.Sorted(maps.Keys(call.Providers)) {
		ref := call.Providers[key]
		source, ok := m.ProviderSource(ref)
		if !ok {
			diags = append(diags, m.unknownProvider(ref.Name, ref.Range)...)
			continue
		}
		diags = append(diags, m.checkAlias(ref)...)
		if child == nil || child.Settings == nil {
			continue
		}
		name, _, _ := strings.Cut(key, ".")
		if rp := child.Settings.RequiredProviders[name]; rp != nil && rp.Source != source {
			diags = append(diags, diag.At(ref.Range, "Wrong provider passed to module",
				"The module's %q is the provider %s, but %s is a configuration of %s. Pass one of the right provider.",
				name, rp.Source, ref, source)...)
		}
	}
	return diags
}

// checkInputs compares the arguments of a module block with the module's
// variables.
func (c *ModuleCall) checkInputs(child *Module) diag.Diagnostics {
	attrs, diags := justAttributes(c.Config, "a module block")
	for name, attr := range attrs {
		if child.Variables[name] != nil {
			continue
		}
		diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
			"The module %q has no variable %q.%s Declare it there with a variable block, or remove the argument.",
			c.Name, name, didYouMean(name, child.Variables))...)
	}
	missing := slices.SortedFunc(maps.Values(child.Variables), func(a, b *Variable) int { return cmp.Compare(a.Name, b.Name) })
	for _, v := range missing {
		if attrs[v.Name] == nil && v.Default == cty.NilVal {
			diags = append(diags, diag.At(c.Range, "Missing required argument",
				"The module %q needs a value for its variable %q, which has no default. Add %s = VALUE.", c.Name, v.Name, v.Name)...)
		}
	}
	return diags
}
