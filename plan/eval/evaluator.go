package eval

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// Options is what an Evaluator needs.
type Options struct {
	Config    *config.Config
	Functions map[string]function.Function
	Version   string // clockwork.version

	// Variables are the root module's values; a missing one is unknown.
	Variables map[string]cty.Value

	// Resource returns the whole value of a resource or data block in one
	// module instance: an object, or a tuple or object of them with count or
	// for_each. False says that it failed: what refers to it is left out
	// without another diagnostic. It is called when an expression is evaluated
	// that refers to the resource, from any goroutine.
	Resource func(r addr.Resource, block *config.Resource) (cty.Value, bool)

	// Unexpanded treats every module as one instance and every count and
	// for_each as unknown, to check a configuration without its values.
	Unexpanded bool
}

// Evaluator knows the values of one run: variables, locals and outputs are
// evaluated when first referred to, once. The order in which resources become
// known is its user's affair. It is safe for concurrent use.
type Evaluator struct {
	opts Options
	root *Scope

	mu    sync.Mutex
	diags diag.Diagnostics
}

// New returns an Evaluator for one run.
func New(opts Options) *Evaluator {
	ev := &Evaluator{opts: opts}
	ev.root = newScope(ev, opts.Config.Root, addr.Root, nil, Repetition{})
	return ev
}

// Root is the scope of the root module.
func (ev *Evaluator) Root() *Scope { return ev.root }

// Diagnostics returns what went wrong in values that several others may refer
// to, and that are therefore reported once, here.
func (ev *Evaluator) Diagnostics() diag.Diagnostics {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	return slices.Clone(ev.diags)
}

func (ev *Evaluator) report(ds diag.Diagnostics) {
	if len(ds) > 0 {
		ev.mu.Lock()
		ev.diags = append(ev.diags, ds...)
		ev.mu.Unlock()
	}
}

// Scopes returns the scopes of all instances of a module, in the order of
// their keys. False says that it could not be found out how many there are;
// the reason is among Diagnostics.
func (ev *Evaluator) Scopes(m *config.Module) ([]*Scope, bool) {
	if m.Parent == nil {
		return []*Scope{ev.root}, true
	}
	parents, ok := ev.Scopes(m.Parent)
	var out []*Scope
	for _, p := range parents {
		children, cok := p.Children(m.Call.Name)
		ok = ok && cok
		out = append(out, children...)
	}
	return out, ok
}

// Repetition is what count and each mean for one instance; the zero value is
// that of a thing with neither.
type Repetition struct {
	Key   addr.Key
	Value cty.Value // each.value
	// Unknown says that there is a count or for_each whose value is not known.
	Unknown bool
}

// Scope is one instance of one module.
type Scope struct {
	ev       *Evaluator
	Module   *config.Module
	Instance addr.Module
	parent   *Scope
	rep      Repetition // of the call that made it

	mu    sync.Mutex
	cells map[cellKey]*cell
}

type cellKey struct {
	kind config.RefKind
	name string
}

type cell struct {
	once     sync.Once
	value    cty.Value
	ok       bool
	children []*Scope
	known    atomic.Bool // the others do not change any more
}

func newScope(ev *Evaluator, m *config.Module, instance addr.Module, parent *Scope, rep Repetition) *Scope {
	return &Scope{ev: ev, Module: m, Instance: instance, parent: parent, rep: rep, cells: map[cellKey]*cell{}}
}

// refOutput keys the cells of outputs, which no reference kind names.
const refOutput config.RefKind = 200

// refChildren keys the cells of a call's instances.
const refChildren config.RefKind = 201

func (s *Scope) cell(kind config.RefKind, name string) *cell {
	key := cellKey{kind, name}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cells[key]
	if c == nil {
		c = &cell{}
		s.cells[key] = c
	}
	return c
}

// once evaluates a shared value the first time it is asked for, and reports
// its diagnostics then.
func (s *Scope) once(kind config.RefKind, name string, f func() (cty.Value, diag.Diagnostics, bool)) (cty.Value, bool) {
	c := s.cell(kind, name)
	c.once.Do(func() {
		v, ds, ok := f()
		s.ev.report(ds)
		c.value, c.ok = v, ok && !ds.HasErrors()
		c.known.Store(true)
	})
	return c.value, c.ok
}

// Variable returns the value of an input variable of this module instance.
func (s *Scope) Variable(name string) (cty.Value, bool) {
	return s.once(config.RefVariable, name, func() (cty.Value, diag.Diagnostics, bool) {
		v := s.Module.Variables[name]
		if v == nil {
			return cty.DynamicVal, nil, false
		}
		if s.parent == nil {
			if val, ok := s.ev.opts.Variables[name]; ok {
				return val, nil, true
			}
			val := cty.UnknownVal(v.ValueType())
			if v.Sensitive {
				val = val.Mark(marks.Sensitive)
			}
			return val, nil, true
		}
		attrs, _ := s.Module.Call.Config.JustAttributes()
		attr := attrs[name]
		if attr == nil {
			val, ds := config.ConvertVariable(v, cty.NilVal, s.Module.Call.Range)
			return val, ds, true
		}
		raw, ds, ok := s.parent.Eval(attr.Expr, cty.DynamicPseudoType, s.rep, cty.NilVal)
		if !ok || ds.HasErrors() {
			return cty.UnknownVal(v.ValueType()), ds, false
		}
		val, more := config.ConvertVariable(v, raw, attr.Expr.Range())
		return val, append(ds, more...), true
	})
}

// Local returns the value of a local of this module instance.
func (s *Scope) Local(name string) (cty.Value, bool) {
	return s.once(config.RefLocal, name, func() (cty.Value, diag.Diagnostics, bool) {
		l := s.Module.Locals[name]
		if l == nil {
			return cty.DynamicVal, nil, false
		}
		return s.Eval(l.Expr, cty.DynamicPseudoType, Repetition{}, cty.NilVal)
	})
}

// Output returns the value of an output of this module instance, marked when
// it is declared sensitive. Its preconditions are checked first.
func (s *Scope) Output(name string) (cty.Value, bool) {
	return s.once(refOutput, name, func() (cty.Value, diag.Diagnostics, bool) {
		o := s.Module.Outputs[name]
		if o == nil {
			return cty.DynamicVal, nil, false
		}
		diags := s.CheckRules(o.Preconditions, Repetition{}, cty.NilVal, "Module output value precondition failed")
		if diags.HasErrors() {
			return cty.DynamicVal, diags, false
		}
		v, ds, ok := s.Eval(o.Expr, cty.DynamicPseudoType, Repetition{}, cty.NilVal)
		diags = append(diags, ds...)
		if !ok {
			return cty.DynamicVal, diags, false
		}
		if o.Sensitive {
			v = v.Mark(marks.Sensitive)
		} else if s.parent == nil && marks.HoldsSensitive(v) {
			rng := o.Expr.Range()
			return cty.DynamicVal, append(diags, diag.At(rng, "Output refers to sensitive values",
				"The value of output %q comes from something sensitive, so it would be shown in clear. Add sensitive = true to the output, or take the secret out of its value with nonsensitive().", name)...), false
		}
		return v, diags, true
	})
}

// Children returns the scopes of a call's instances.
func (s *Scope) Children(call string) ([]*Scope, bool) {
	c := s.cell(refChildren, call)
	c.once.Do(func() {
		mc := s.Module.Calls[call]
		child := s.Module.Children[call]
		if mc == nil || child == nil {
			return
		}
		reps, ds, ok := s.Expand(mc.Count, mc.ForEach, "module."+call)
		s.ev.report(ds)
		c.ok = ok && !ds.HasErrors()
		for _, rep := range reps {
			c.children = append(c.children, newScope(s.ev, child, s.Instance.Child(call, rep.Key), s, rep))
		}
		c.known.Store(true)
	})
	return c.children, c.ok
}

// Eval evaluates one expression and converts it to want. Diagnostics are of
// the expression itself; ok is false when something that it refers to failed
// before, which has been reported already.
func (s *Scope) Eval(expr hcl.Expression, want cty.Type, rep Repetition, self cty.Value) (cty.Value, diag.Diagnostics, bool) {
	refs, diags := config.References(expr)
	if diags.HasErrors() {
		return cty.UnknownVal(want), diags, false
	}
	ctx, ok := s.Context(refs, rep, self)
	if !ok {
		return cty.UnknownVal(want), nil, false
	}
	return evalIn(ctx, expr, want)
}

func evalIn(ctx *hcl.EvalContext, expr hcl.Expression, want cty.Type) (cty.Value, diag.Diagnostics, bool) {
	v, hdiags := expr.Value(ctx)
	diags := explain(hdiags)
	if hdiags.HasErrors() {
		return cty.UnknownVal(want), diags, false
	}
	if want != cty.DynamicPseudoType {
		c, err := convert.Convert(v, want)
		if err != nil {
			rng := expr.Range()
			return cty.UnknownVal(want), append(diags, diag.Diagnostic{Summary: "Unsuitable value",
				Detail:  fmt.Sprintf("This value is not suitable: %s. Give a value of type %s.", err, want.FriendlyNameForConstraint()),
				Subject: &rng, Expression: expr, EvalContext: ctx}), false
		}
		v = c
	}
	return v, diags, true
}

// Ancestor returns the scope, s itself or one around it, that is an instance
// of m.
func (s *Scope) Ancestor(m *config.Module) *Scope {
	for s.Module != m && s.parent != nil {
		s = s.parent
	}
	return s
}
