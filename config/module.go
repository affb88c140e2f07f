package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

// module puts what the files of a folder declare together, each name once.
func (c *contents) module() (Module, diag.Diagnostics) {
	var diags diag.Diagnostics
	m := Module{Moved: c.moved, Removed: c.removed}
	m.Settings, diags = mergeSettings(c.settings)
	managed, data := c.byMode()
	collect(&m.Providers, &diags, "provider configuration", c.providers, func(p *ProviderConfig) (string, hcl.Range) {
		return ProviderRef{Name: p.Name, Alias: p.Alias}.String(), p.Range
	})
	collect(&m.Variables, &diags, "variable", c.variables, func(v *Variable) (string, hcl.Range) { return v.Name, v.Range })
	collect(&m.Locals, &diags, "local value", c.locals, func(l *Local) (string, hcl.Range) { return l.Name, l.Range })
	collect(&m.Outputs, &diags, "output", c.outputs, func(o *Output) (string, hcl.Range) { return o.Name, o.Range })
	collect(&m.Resources, &diags, "resource", managed, resourceName)
	collect(&m.Data, &diags, "data source", data, resourceName)
	collect(&m.Asserts, &diags, "assert", c.asserts, func(a *Assert) (string, hcl.Range) { return a.Type + "." + a.Name, a.Range })
	collect(&m.Calls, &diags, "module", c.calls, func(c *ModuleCall) (string, hcl.Range) { return c.Name, c.Range })
	collect(&m.Remediations, &diags, "remediation policy", c.remediations, func(r *Remediation) (string, hcl.Range) { return r.Name, r.Range })
	return m, diags
}

func resourceName(r *Resource) (string, hcl.Range) { return r.Type + "." + r.Name, r.Range }

func (c *contents) byMode() (managed, data []*Resource) {
	managed = make([]*Resource, 0, len(c.resources))
	for _, r := range c.resources {
		if r.Mode == addr.Data {
			data = append(data, r)
		} else {
			managed = append(managed, r)
		}
	}
	return managed, data
}

// collect makes a map of a list, by name. A name that is there twice is an
// error, and the first one counts.
func collect[T any](into *map[string]*T, diags *diag.Diagnostics, what string, list []*T, name func(*T) (string, hcl.Range)) {
	*into = make(map[string]*T, len(list))
	for _, item := range list {
		key, rng := name(item)
		if first, ok := (*into)[key]; ok {
			_, at := name(first)
			*diags = append(*diags, diag.At(rng, "Duplicate declaration",
				"The %s %q is already declared at %s. A name is unique in a module: give one of the two another, or remove it.",
				what, key, place(at))...)
			continue
		}
		(*into)[key] = item
	}
}

// mergeSettings makes one of several clockwork blocks.
func mergeSettings(all []*Settings) (*Settings, diag.Diagnostics) {
	if len(all) == 0 {
		return nil, nil
	}
	var diags diag.Diagnostics
	merged := *all[0]
	for _, s := range all[1:] {
		merged.RequiredVersion = append(merged.RequiredVersion, s.RequiredVersion...)
		switch {
		case merged.Completion == nil:
			merged.Completion = s.Completion
		case s.Completion != nil:
			diags = append(diags, duplicateBlock("completion", s.Completion.Range, merged.Completion.Range)...)
		}
		switch {
		case merged.Service == nil:
			merged.Service = s.Service
		case s.Service != nil:
			diags = append(diags, duplicateBlock("service", s.Service.Range, merged.Service.Range)...)
		}
		for _, rp := range s.required() {
			if first := merged.RequiredProviders[rp.Name]; first != nil {
				diags = append(diags, duplicateRequired(rp.Name, rp.Range, first.Range)...)
				continue
			}
			merged.RequiredProviders[rp.Name] = rp
		}
	}
	return &merged, diags
}
