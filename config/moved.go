package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

var movedSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "from", Required: true}, {Name: "to", Required: true}}}

func decodeMoved(b *hcl.Block) (*Move, diag.Diagnostics) {
	content, diags := closed(b.Body, movedSchema)
	from, ds := decodeAddress(content, "from")
	diags = append(diags, ds...)
	to, ds := decodeAddress(content, "to")
	diags = append(diags, ds...)
	if diags.HasErrors() {
		return nil, diags
	}
	invalid := func(why string) diag.Diagnostics {
		return append(diags, diag.At(content.Attributes["to"].Expr.Range(), "Invalid move", "%s", why)...)
	}
	fromModule, toModule := from.Resource == (addr.Resource{}), to.Resource == (addr.Resource{})
	switch {
	case fromModule != toModule:
		return nil, invalid("A resource can only move to a resource, and a module to a module. Name two of the same kind.")
	case from.Resource.Type != to.Resource.Type:
		return nil, invalid("A resource can only move to one of the same type. Name another, or remove the moved block: then one is destroyed, and the other made.")
	case from == to:
		return nil, invalid("It is there already. Name two different addresses, or remove the moved block.")
	}
	return &Move{From: from, To: to, Range: header(b)}, diags
}

var removedSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "from", Required: true}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}},
}

var removedLifecycleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "destroy", Required: true}}}

func decodeRemoved(b *hcl.Block) (*Removal, diag.Diagnostics) {
	content, diags := closed(b.Body, removedSchema)
	from, ds := decodeAddress(content, "from")
	diags = append(diags, ds...)
	if from.HasKey || from.Module.Static() != from.Module {
		diags = append(diags, diag.At(content.Attributes["from"].Expr.Range(), "Invalid address",
			"What is removed is a whole resource or module. Leave out the key; a single instance goes when its key does.")...)
	}
	out := &Removal{From: from, Destroy: true, Range: header(b)}
	for _, inner := range content.Blocks {
		lifecycle, ds := closed(inner.Body, removedLifecycleSchema)
		diags = append(diags, ds...)
		out.Destroy, ds = staticBool(lifecycle, "destroy", true)
		diags = append(diags, ds...)
	}
	if diags.HasErrors() {
		return nil, diags
	}
	return out, diags
}

var importSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "to", Required: true}, {Name: "id", Required: true}, {Name: "provider"}, {Name: "for_each"},
}}

func decodeImport(b *hcl.Block) diag.Diagnostics {
	content, diags := closed(b.Body, importSchema)
	if attr := content.Attributes["provider"]; attr != nil {
		_, ds := decodeProviderRef(attr.Expr)
		diags = append(diags, ds...)
	}
	if attr := content.Attributes["to"]; attr != nil && content.Attributes["for_each"] == nil {
		to, ds := decodeAddress(content, "to")
		diags = append(diags, ds...)
		if !ds.HasErrors() && to.Resource == (addr.Resource{}) {
			diags = append(diags, diag.At(attr.Expr.Range(), "Invalid address",
				"Only a resource can be imported, not a module. Write the address of a resource.")...)
		}
	}
	if diags.HasErrors() {
		return diags
	}
	return append(diags, diag.WarningAt(header(b), "Nothing is imported",
		"This version of Clockwork reads import blocks, and does not act on them: what exists already would be made once more. Remove the block.")...)
}

// decodeAddress reads the address of a resource or module as seen from this
// module. A missing argument was complained about before.
func decodeAddress(content *hcl.BodyContent, name string) (addr.Target, diag.Diagnostics) {
	attr := content.Attributes[name]
	if attr == nil {
		return addr.Target{}, nil
	}
	t, diags := traversal(attr.Expr)
	if diags.HasErrors() {
		return addr.Target{}, diags
	}
	target, err := addr.ParseTarget(traversalText(t))
	if err != nil || target == (addr.Target{}) || target.Resource.Mode == addr.Data {
		return addr.Target{}, diag.At(attr.Expr.Range(), "Invalid address",
			"This is not the address of a resource or of a module. Write TYPE.NAME or module.NAME, perhaps with a key behind it.")
	}
	return target, nil
}

// traversalText writes a traversal as source.
func traversalText(t hcl.Traversal) string {
	var s strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			s.WriteString(step.Name)
		case hcl.TraverseAttr:
			s.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			key, err := addr.KeyFromValue(step.Key)
			if err != nil {
				s.WriteString("[]") // what no address has
			}
			s.WriteString(key.String())
		}
	}
	return s.String()
}
