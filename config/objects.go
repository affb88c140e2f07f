package config

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

// CheckReferences checks every reference in the project: it is the errors of
// the References methods of everything in it. Load does not do it, because who
// makes a graph of the project asks for them anyway.
func (c *Config) CheckReferences() diag.Diagnostics {
	var diags diag.Diagnostics
	c.Root.walk(func(m *Module) { diags = append(diags, m.checkReferences()...) })
	return diags.Sorted()
}

func (m *Module) walk(visit func(*Module)) {
	visit(m)
	for _, name := range slices.Sorted(maps.Keys(m.Children)) {
		m.Children[name].walk(visit)
	}
}

func (m *Module) checkReferences() diag.Diagnostics {
	var diags diag.Diagnostics
	check := func(_ []Reference, ds diag.Diagnostics) { diags = append(diags, ds...) }
	for _, p := range m.Providers {
		check(p.References(m))
	}
	for _, v := range m.Variables {
		check(v.References(m))
	}
	for _, l := range m.Locals {
		check(l.References(m))
	}
	for _, r := range m.Data {
		check(r.References(m))
	}
	for _, r := range m.Resources {
		check(r.References(m))
		check(r.MonitorReferences(m))
	}
	for _, r := range m.Remediations {
		check(r.References(m))
	}
	for _, c := range m.Calls {
		check(c.References(m))
	}
	for _, o := range m.Outputs {
		check(o.References(m))
	}
	for _, a := range m.Asserts {
		check(a.References(m))
	}
	return diags
}

// finder gathers the references of one object, each checked.
type finder struct {
	m     *Module
	allow Allow
	refs  []Reference
	diags diag.Diagnostics
}

func (f *finder) add(refs []Reference, diags diag.Diagnostics) {
	f.diags = append(f.diags, diags...)
	for _, ref := range refs {
		if ds := f.m.CheckReference(ref, f.allow); ds.HasErrors() {
			f.diags = append(f.diags, ds...)
			continue
		}
		f.refs = append(f.refs, ref)
	}
}

// allowing adds what expressions name where more or fewer words are allowed
// than in the rest of the object.
func (f *finder) allowing(allow Allow, exprs ...hcl.Expression) {
	before := f.allow
	f.allow = allow
	f.exprs(exprs...)
	f.allow = before
}

func (f *finder) exprs(exprs ...hcl.Expression) {
	for _, e := range exprs {
		if e != nil {
			f.add(References(e))
		}
	}
}

func (f *finder) rules(allow Allow, rules []*CheckRule) {
	for _, rule := range rules {
		f.allowing(allow, rule.Condition, rule.ErrorMessage)
	}
}

// notItself complains about references to the object that they are in.
func (f *finder) notItself(what string, isItself func(Reference) bool) {
	f.refs = slices.DeleteFunc(f.refs, func(ref Reference) bool {
		if !isItself(ref) {
			return false
		}
		f.diags = append(f.diags, diag.At(ref.Range, "Reference to itself",
			"What %s is made of cannot be taken from %s itself. Refer to something else, or in a postcondition to self.", what, what)...)
		return true
	})
}

func repetition(count, forEach hcl.Expression) Allow {
	var allow Allow
	if count != nil {
		allow |= AllowCount
	}
	if forEach != nil {
		allow |= AllowEach
	}
	return allow
}

// References returns everything in m that the resource or data source names:
// in its own arguments, in its meta-arguments, in depends_on. What is not in m
// is left out and complained about.
func (r *Resource) References(m *Module) ([]Reference, diag.Diagnostics) {
	each := repetition(r.Count, r.ForEach)
	f := finder{m: m, allow: each}
	f.allowing(0, r.Count, r.ForEach)
	f.add(r.DependsOn, nil)
	f.add(BodyReferences(r.Config))
	f.exprs(r.Description, r.Lifecycle.PreventDestroy, r.Lifecycle.Enabled)
	f.rules(each, r.Lifecycle.Preconditions)
	f.rules(each|AllowSelf, r.Lifecycle.Postconditions)
	f.exprs(r.Lifecycle.ReplaceTriggeredBy...)
	kind := RefResource
	name := r.Type + "." + r.Name
	if r.Mode == addr.Data {
		kind, name = RefData, "data."+name
	}
	f.notItself(name, func(ref Reference) bool { return ref.Kind == kind && ref.Type == r.Type && ref.Name == r.Name })
	return f.refs, f.diags
}

// MonitorReferences returns everything in m that the resource's monitor block
// names. The resource does not depend on it.
func (r *Resource) MonitorReferences(m *Module) ([]Reference, diag.Diagnostics) {
	if r.Monitor == nil {
		return nil, nil
	}
	f := finder{m: m, allow: repetition(r.Count, r.ForEach)}
	f.exprs(r.Monitor.Interval, r.Monitor.Enabled)
	return f.refs, f.diags
}

// References returns everything in m that the policy names.
func (r *Remediation) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m}
	f.exprs(r.Mode, r.Ladder, r.Attempts, r.Window, r.Verify, r.Backoff, r.OnManualStop)
	if ai := r.AI; ai != nil {
		f.exprs(ai.Allow, ai.Bounds, ai.Images, ai.MaxChanges, ai.Budget, ai.Send)
	}
	for _, n := range r.Notify {
		f.exprs(n.Webhook, n.Secret, n.Headers, n.Command, n.SMTP, n.On)
	}
	return f.refs, f.diags
}

// References returns everything in m that the local value names.
func (l *Local) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m}
	f.exprs(l.Expr)
	f.notItself("local."+l.Name, func(ref Reference) bool { return ref.Kind == RefLocal && ref.Name == l.Name })
	return f.refs, f.diags
}

// References returns everything in m that the output names.
func (o *Output) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m}
	f.exprs(o.Expr)
	f.add(o.DependsOn, nil)
	f.rules(0, o.Preconditions)
	return f.refs, f.diags
}

// References returns everything in m that the variable's validations name,
// which may be the variable itself.
func (v *Variable) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m}
	f.rules(0, v.Validations)
	return f.refs, f.diags
}

// References returns everything in m that the provider configuration names.
func (p *ProviderConfig) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m}
	f.add(BodyReferences(p.Config))
	return f.refs, f.diags
}

// References returns everything in m, the calling module, that the call names.
func (c *ModuleCall) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m, allow: repetition(c.Count, c.ForEach)}
	f.allowing(0, c.Count, c.ForEach)
	f.add(c.DependsOn, nil)
	f.add(BodyReferences(c.Config))
	f.notItself("module."+c.Name, func(ref Reference) bool { return ref.Kind == RefModule && ref.Name == c.Name })
	return f.refs, f.diags
}

// References returns everything in m that the assert names.
func (a *Assert) References(m *Module) ([]Reference, diag.Diagnostics) {
	f := finder{m: m, allow: repetition(nil, a.ForEach)}
	f.allowing(0, a.ForEach)
	f.exprs(a.Target, a.Interval, a.Timeout, a.FailureThreshold, a.SuccessThreshold, a.StartGrace, a.Severity, a.Remediate)
	f.add(BodyReferences(a.Config))
	return f.refs, f.diags
}
