package addr

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"
)

// Target is what a user names on a command line: a module, a resource, or an
// instance. What is not given is zero.
type Target struct {
	Module   Module
	Resource Resource // zero when only a module is named
	Key      Key      // meaningful when HasKey
	HasKey   bool
}

// ModuleStep is one call on a module's path.
type ModuleStep struct {
	Name string
	Key  Key
}

// Steps takes a module's path apart; a path that is not canonical gives none.
func (m Module) Steps() []ModuleStep {
	trav, diags := hclsyntax.ParseTraversalAbs([]byte(m), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	var out []ModuleStep
	for len(trav) >= 2 {
		name, _ := stepName(trav[1])
		key, n, err := stepKey(trav[2:])
		if err != nil {
			return nil
		}
		out = append(out, ModuleStep{name, key})
		trav = trav[2+n:]
	}
	return out
}

// Contains tells whether i is what t names, or inside it. A module path without
// any key means all of the module's instances.
func (t Target) Contains(i Instance) bool {
	if t.Resource == (Resource{}) {
		return moduleContains(t.Module, i.Module)
	}
	if t.Module.Static() == t.Module {
		i.Module = i.Module.Static()
	}
	if t.HasKey {
		return i == t.Resource.Instance(t.Key)
	}
	return i.Resource == t.Resource
}

// Within returns what t, as it stands in the module m, is called from outside.
func (t Target) Within(m Module) Target {
	t.Module = m.join(t.Module)
	if t.Resource != (Resource{}) {
		t.Resource.Module = t.Module
	}
	return t
}

// Moved returns the address that i, which is what from names or inside it, has when
// that is to. The two are modules, or resources.
func Moved(from, to Target, i Instance) Instance {
	switch {
	case from.Resource == (Resource{}):
		i.Module = to.Module + i.Module[len(from.Module):]
		return i
	case from.HasKey || to.HasKey:
		return to.Resource.Instance(to.Key)
	}
	return to.Resource.Instance(i.Key)
}

// String returns the canonical text form.
func (t Target) String() string {
	if t.Resource == (Resource{}) {
		return string(t.Module)
	}
	if t.HasKey {
		return t.Resource.Instance(t.Key).String()
	}
	return t.Resource.String()
}

// moduleContains tells whether inner is outer, below it, or an instance of it.
func moduleContains(outer, inner Module) bool {
	if outer == Root {
		return true
	}
	if len(inner) < len(outer) || inner[:len(outer)] != outer {
		return false
	}
	return len(inner) == len(outer) || inner[len(outer)] == '.' || inner[len(outer)] == '['
}

// ParseTarget reads an address as a user types it.
func ParseTarget(s string) (Target, error) {
	trav, diags := hclsyntax.ParseTraversalAbs([]byte(s), "", hcl.InitialPos)
	if diags.HasErrors() {
		return Target{}, fmt.Errorf("%q is not an address: %s", s, strings.TrimSuffix(diags[0].Detail, "."))
	}
	return targetOf(s, trav)
}

// ParseInstance reads the address of one instance, as Instance.String writes it.
func ParseInstance(s string) (Instance, error) {
	t, err := ParseTarget(s)
	if err != nil {
		return Instance{}, err
	}
	if t.Resource == (Resource{}) {
		return Instance{}, fmt.Errorf("%q names a module, not a resource", s)
	}
	return t.Resource.Instance(t.Key), nil
}

func targetOf(s string, trav hcl.Traversal) (Target, error) {
	var t Target
	bad := func(why string) (Target, error) {
		return Target{}, fmt.Errorf("%q is not an address: %s", s, why)
	}
	steps := trav
	for len(steps) > 0 {
		name, ok := stepName(steps[0])
		if !ok || name != "module" {
			break
		}
		if len(steps) < 2 {
			return bad(`"module" must be followed by a name`)
		}
		call, ok := stepName(steps[1])
		if !ok {
			return bad(`"module" must be followed by a name`)
		}
		steps = steps[2:]
		key, n, err := stepKey(steps)
		if err != nil {
			return bad(err.Error())
		}
		steps = steps[n:]
		t.Module = t.Module.Child(call, key)
	}
	if len(steps) == 0 {
		return t, nil
	}
	res := Resource{Module: t.Module}
	if name, _ := stepName(steps[0]); name == "data" {
		res.Mode = Data
		steps = steps[1:]
	}
	if len(steps) < 2 {
		return bad("a resource is written TYPE.NAME")
	}
	var ok1, ok2 bool
	res.Type, ok1 = stepName(steps[0])
	res.Name, ok2 = stepName(steps[1])
	if !ok1 || !ok2 {
		return bad("a resource is written TYPE.NAME")
	}
	key, n, err := stepKey(steps[2:])
	if err != nil {
		return bad(err.Error())
	}
	if len(steps) > 2+n {
		return bad("it goes on behind the resource's name and key")
	}
	t.Resource, t.Key, t.HasKey = res, key, n > 0
	return t, nil
}

func stepName(s hcl.Traverser) (string, bool) {
	switch s := s.(type) {
	case hcl.TraverseRoot:
		return s.Name, true
	case hcl.TraverseAttr:
		return s.Name, true
	}
	return "", false
}

// stepKey reads an instance key, if one comes next, and says how many steps
// it took.
func stepKey(steps hcl.Traversal) (Key, int, error) {
	if len(steps) == 0 {
		return NoKey, 0, nil
	}
	idx, ok := steps[0].(hcl.TraverseIndex)
	if !ok {
		return NoKey, 0, nil
	}
	k, err := KeyFromValue(idx.Key)
	return k, 1, err
}

// KeyFromValue turns a value used as an index into a Key.
func KeyFromValue(v cty.Value) (Key, error) {
	switch {
	case v.IsNull() || !v.IsKnown():
		return NoKey, fmt.Errorf("an instance key must be a known number or string")
	case v.Type() == cty.String:
		return StringKey(v.AsString()), nil
	case v.Type() == cty.Number:
		var n int
		if err := gocty.FromCtyValue(v, &n); err != nil || n < 0 {
			return NoKey, fmt.Errorf("an instance key that is a number must be whole and not negative")
		}
		return IntKey(n), nil
	}
	return NoKey, fmt.Errorf("an instance key must be a number or a string")
}

// Value returns the key as a value: null for no key.
func (k Key) Value() cty.Value {
	switch k.kind {
	case intKey:
		return cty.NumberIntVal(int64(k.n))
	case stringKey:
		return cty.StringVal(k.s)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}
