package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
)

// TypeDefaults fills in the optional attributes of a variable's object type.
type TypeDefaults struct {
	apply func(cty.Value) cty.Value
}

// Apply returns v with defaults filled in; a nil TypeDefaults changes nothing.
func (d *TypeDefaults) Apply(v cty.Value) cty.Value {
	if d == nil {
		return v
	}
	return d.apply(v)
}

// RefKind tells what a reference is to.
type RefKind uint8

// The kinds of reference.
const (
	RefVariable  RefKind = iota + 1 // var.NAME
	RefLocal                        // local.NAME
	RefResource                     // TYPE.NAME
	RefData                         // data.TYPE.NAME
	RefModule                       // module.NAME, perhaps .OUTPUT
	RefEach                         // each.key, each.value
	RefCount                        // count.index
	RefSelf                         // self
	RefPath                         // path.module, path.root, path.cwd
	RefClockwork                    // clockwork.project, clockwork.version
)

// Reference is what an expression names, seen from its own module.
type Reference struct {
	Kind RefKind
	Type string // of a resource or data source
	Name string // of whatever is named: variable, resource, module call
	// Output is the output named of a module call; "" for the whole module.
	Output string
	// Key is the instance key that is written behind the name, if it is a
	// literal.
	Key    addr.Key
	HasKey bool

	Range     hcl.Range     // of the part that names the thing
	Traversal hcl.Traversal // whole
}
