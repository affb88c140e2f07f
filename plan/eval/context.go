package eval

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
)

// Context returns an evaluation context that holds just what refs name, so
// that its cost does not grow with the project. False says that something
// named has failed before.
func (s *Scope) Context(refs []config.Reference, rep Repetition, self cty.Value) (*hcl.EvalContext, bool) {
	base, ok := s.Base(refs)
	return base.For(rep, self), ok
}

// Base is the part of an evaluation context that all instances of one block
// share.
type Base struct {
	ctx   *hcl.EvalContext
	scope *Scope
	// each, count and self say which of these the expressions name.
	each, count, self bool
}

// Base builds the part of a context that does not differ between the
// instances of a block whose expressions hold refs.
func (s *Scope) Base(refs []config.Reference) (Base, bool) {
	b := Base{scope: s, ctx: &hcl.EvalContext{Functions: s.ev.opts.Functions, Variables: map[string]cty.Value{}}}
	variables, locals := map[string]cty.Value{}, map[string]cty.Value{}
	resources, data := map[string]map[string]cty.Value{}, map[string]map[string]cty.Value{}
	outputs := map[string]map[string]bool{}
	allOK := true
	put := func(into map[string]cty.Value, name string, get func(string) (cty.Value, bool)) {
		if _, have := into[name]; have {
			return
		}
		v, ok := get(name)
		allOK = allOK && ok
		if v == cty.NilVal {
			v = cty.DynamicVal
		}
		into[name] = v
	}
	for i := range refs {
		r := &refs[i]
		switch r.Kind {
		case config.RefVariable:
			put(variables, r.Name, s.Variable)
		case config.RefLocal:
			put(locals, r.Name, s.Local)
		case config.RefResource, config.RefData:
			into, mode, blocks := resources, addr.Managed, s.Module.Resources
			if r.Kind == config.RefData {
				into, mode, blocks = data, addr.Data, s.Module.Data
			}
			if into[r.Type] == nil {
				into[r.Type] = map[string]cty.Value{}
			}
			put(into[r.Type], r.Name, func(string) (cty.Value, bool) {
				block := blocks[r.Type+"."+r.Name]
				if block == nil {
					return cty.DynamicVal, false
				}
				return s.ev.opts.Resource(addr.Resource{Module: s.Instance, Mode: mode, Type: r.Type, Name: r.Name}, block)
			})
		case config.RefModule:
			if outputs[r.Name] == nil {
				outputs[r.Name] = map[string]bool{}
			}
			if r.Output != "" {
				outputs[r.Name][r.Output] = true
			} else if child := s.Module.Children[r.Name]; child != nil {
				for name := range child.Outputs {
					outputs[r.Name][name] = true
				}
			}
		case config.RefEach:
			b.each = true
		case config.RefCount:
			b.count = true
		case config.RefSelf:
			b.self = true
		case config.RefPath:
			b.ctx.Variables["path"] = s.paths()
		case config.RefClockwork:
			b.ctx.Variables["clockwork"] = cty.ObjectVal(map[string]cty.Value{
				"project": cty.StringVal(s.ev.opts.Config.Project),
				"version": cty.StringVal(s.ev.opts.Version),
			})
		}
	}
	for typ, byName := range resources {
		b.ctx.Variables[typ] = cty.ObjectVal(byName)
	}
	if len(data) > 0 {
		types := make(map[string]cty.Value, len(data))
		for typ, byName := range data {
			types[typ] = cty.ObjectVal(byName)
		}
		b.ctx.Variables["data"] = cty.ObjectVal(types)
	}
	if len(outputs) > 0 {
		calls := make(map[string]cty.Value, len(outputs))
		for name, wanted := range outputs {
			v, ok := s.call(name, slices.Sorted(maps.Keys(wanted)))
			allOK = allOK && ok
			calls[name] = v
		}
		b.ctx.Variables["module"] = cty.ObjectVal(calls)
	}
	if len(variables) > 0 {
		b.ctx.Variables["var"] = cty.ObjectVal(variables)
	}
	if len(locals) > 0 {
		b.ctx.Variables["local"] = cty.ObjectVal(locals)
	}
	return b, allOK
}

// For completes the context for one instance. self may be cty.NilVal.
func (b Base) For(rep Repetition, self cty.Value) *hcl.EvalContext {
	if !b.each && !b.count && !b.self {
		return b.ctx
	}
	ctx := b.ctx.NewChild()
	ctx.Variables = make(map[string]cty.Value, 3)
	if b.each {
		key, value := cty.DynamicVal, cty.DynamicVal
		if _, ok := rep.Key.IsString(); ok {
			key, value = rep.Key.Value(), rep.Value
		}
		if rep.Unknown {
			key = cty.UnknownVal(cty.String)
		}
		ctx.Variables["each"] = cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})
	}
	if b.count {
		index := cty.UnknownVal(cty.Number)
		if _, ok := rep.Key.IsInt(); ok {
			index = rep.Key.Value()
		}
		ctx.Variables["count"] = cty.ObjectVal(map[string]cty.Value{"index": index})
	}
	if b.self {
		if self == cty.NilVal {
			self = cty.DynamicVal
		}
		ctx.Variables["self"] = self
	}
	return ctx
}

// call returns the value of a module call that has just the given outputs.
func (s *Scope) call(name string, outputs []string) (cty.Value, bool) {
	mc := s.Module.Calls[name]
	if mc == nil {
		return cty.DynamicVal, false
	}
	children, ok := s.Children(name)
	if !ok {
		return cty.DynamicVal, false
	}
	vals := make([]cty.Value, len(children))
	for i, c := range children {
		attrs := make(map[string]cty.Value, len(outputs))
		for _, o := range outputs {
			v, vok := c.Output(o)
			ok = ok && vok
			attrs[o] = v
		}
		vals[i] = cty.ObjectVal(attrs)
	}
	if s.ev.opts.Unexpanded && (mc.Count != nil || mc.ForEach != nil) {
		return cty.DynamicVal, ok
	}
	return Collect(mc.Count != nil, mc.ForEach != nil, len(vals), func(i int) (addr.Key, cty.Value) {
		return children[i].rep.Key, vals[i]
	}), ok
}

// Collect makes the whole value of a repeated thing of its n instances: a
// tuple with count, an object with for_each, else the one instance, or null
// when there is none.
func Collect(count, forEach bool, n int, instance func(i int) (addr.Key, cty.Value)) cty.Value {
	switch {
	case count:
		vals := make([]cty.Value, n)
		for i := range n {
			_, vals[i] = instance(i)
		}
		return cty.TupleVal(vals)
	case forEach:
		vals := make(map[string]cty.Value, n)
		for i := range n {
			key, v := instance(i)
			name, _ := key.IsString()
			vals[name] = v
		}
		return cty.ObjectVal(vals)
	case n == 0:
		return cty.NullVal(cty.DynamicPseudoType)
	}
	_, v := instance(0)
	return v
}

func (s *Scope) paths() cty.Value {
	cwd, err := os.Getwd()
	if err != nil {
		cwd = s.ev.opts.Config.Dir
	}
	return cty.ObjectVal(map[string]cty.Value{
		"module": cty.StringVal(filepath.ToSlash(s.Module.Dir)),
		"root":   cty.StringVal("."),
		"cwd":    cty.StringVal(filepath.ToSlash(cwd)),
	})
}
