package views

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// identity is what tells one object from another beside its address: the
// first of its attributes id, path and name that has a value.
type identity struct{ key, value string }

// identify returns the identity of an object, or none. What is secret does
// not tell.
func identify(v cty.Value, obj *providers.Object) identity {
	if obj == nil || v == cty.NilVal || v.IsMarked() || !v.IsKnown() || v.IsNull() || !v.Type().IsObjectType() {
		return identity{}
	}
	for _, name := range []string{"id", "path", "name"} {
		a := obj.Attributes[name]
		if a == nil || a.Sensitive || !v.Type().HasAttribute(name) {
			continue
		}
		got := v.GetAttr(name)
		if !got.IsMarked() && got.IsKnown() && !got.IsNull() && got.Type() == cty.String {
			return identity{name, got.AsString()}
		}
	}
	return identity{}
}

// suffix returns " [id=...]", or "" where there is none.
func (i identity) suffix() string {
	if i.key == "" {
		return ""
	}
	return " [" + i.key + "=" + shorten(clean(i.value), 80) + "]"
}

// Rename is an object that a plan destroys at one address, for a reason, and
// makes at another.
type Rename struct {
	From, To addr.Instance
	Reason   plan.Reason
}

// Renames finds what looks like one object under a new name: the plan destroys
// it, and creates another of the same type and identity.
func Renames(p *plan.Plan, schemas Schemas) []Rename {
	type key struct {
		source, typ string
		id          identity
	}
	keyOf := func(c *plan.Change, v cty.Value) (key, bool) {
		id := identify(v, schemas.find(c.Provider.Source, c.Address.Resource))
		return key{c.Provider.Source, c.Address.Type, id}, id.key != "" && c.Deposed == ""
	}
	gone := map[key]*plan.Change{}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action == plan.Delete {
			if k, ok := keyOf(c, c.Before); ok {
				gone[k] = c
			}
		}
	}
	var out []Rename
	for i := range p.Changes {
		c := &p.Changes[i]
		if len(gone) == 0 || c.Action != plan.Create {
			continue
		}
		if k, ok := keyOf(c, c.After); ok {
			if from, was := gone[k]; was {
				out = append(out, Rename{from.Address, c.Address, from.Reason})
				delete(gone, k)
			}
		}
	}
	return out
}

// subject is what a view knows of an object that is being changed.
type subject struct {
	instance addr.Instance
	obj      *providers.Object
	id       identity
}

// subjects finds the objects of a plan by their addresses, as hooks are given
// them.
func subjects(p *plan.Plan, schemas Schemas) map[string]*subject {
	out := make(map[string]*subject, len(p.Changes))
	for i := range p.Changes {
		c := &p.Changes[i]
		obj := schemas.find(c.Provider.Source, c.Address.Resource)
		out[state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}.String()] = &subject{
			instance: c.Address, obj: obj, id: identify(c.Before, obj),
		}
	}
	return out
}

// subjectOf returns what can be read off an address alone.
func subjectOf(address string) *subject {
	bare, _, _ := strings.Cut(address, " (deposed ")
	in, err := addr.ParseInstance(bare)
	if err != nil {
		return &subject{}
	}
	return &subject{instance: in}
}
