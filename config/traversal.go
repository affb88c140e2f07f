package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

// roots are the names that references begin with, beside resource types.
var roots = [...]string{"var", "local", "data", "module", "each", "count", "self", "path", "clockwork", "remediation"}

// isRoot tells whether name begins references to something else than resources.
func isRoot(name string) bool {
	for _, root := range roots {
		if name == root {
			return true
		}
	}
	return false
}

// ParseReference understands the name of something in a module. Whether there
// is such a thing is CheckReference's to say.
func ParseReference(t hcl.Traversal) (Reference, diag.Diagnostics) {
	p := refParser{ref: Reference{Traversal: t}, steps: t}
	root := p.take()
	var diags diag.Diagnostics
	switch root {
	case "var":
		diags = p.named(RefVariable, "var", "variable")
	case "local":
		diags = p.named(RefLocal, "local", "local value")
	case "data":
		diags = p.resource(RefData, "")
	case "module":
		diags = p.module()
	case "each":
		diags = p.member(RefEach, "each", "key", "value")
	case "count":
		diags = p.member(RefCount, "count", "index")
	case "self":
		p.ref.Kind = RefSelf
	case "path":
		diags = p.member(RefPath, "path", "module", "root", "cwd")
	case "clockwork":
		diags = p.member(RefClockwork, "clockwork", "project", "version")
	case "remediation":
		diags = diag.At(t.SourceRange(), "Invalid reference",
			"A remediation policy has no value. Name it only in the remediation argument of a monitor block.")
	default:
		diags = p.resource(RefResource, root)
	}
	p.ref.Range = hcl.RangeBetween(t[0].(hcl.TraverseRoot).SrcRange, p.last)
	return p.ref, diags
}

// refParser takes a traversal apart, step by step.
type refParser struct {
	ref   Reference
	steps hcl.Traversal // that are left
	last  hcl.Range     // of the step taken last
}

// take takes a name; "" if none is next.
func (p *refParser) take() string {
	if len(p.steps) == 0 {
		return ""
	}
	var name string
	switch step := p.steps[0].(type) {
	case hcl.TraverseRoot:
		name, p.last = step.Name, step.SrcRange
	case hcl.TraverseAttr:
		name, p.last = step.Name, step.SrcRange
	default:
		return ""
	}
	p.steps = p.steps[1:]
	return name
}

// key takes the key of an instance, if one is next.
func (p *refParser) key() diag.Diagnostics {
	if len(p.steps) == 0 {
		return nil
	}
	index, ok := p.steps[0].(hcl.TraverseIndex)
	if !ok {
		return nil
	}
	key, err := addr.KeyFromValue(index.Key)
	if err != nil {
		return diag.At(index.SrcRange, "Invalid instance key",
			"The key of an instance is a whole number or a string. Write one, such as [0] or [\"a\"].")
	}
	p.ref.Key, p.ref.HasKey, p.last = key, true, index.SrcRange
	p.steps = p.steps[1:]
	return nil
}

func (p *refParser) named(kind RefKind, root, what string) diag.Diagnostics {
	p.ref.Kind = kind
	if p.ref.Name = p.take(); p.ref.Name == "" {
		return diag.At(p.ref.Traversal.SourceRange(), "Invalid reference",
			"The word %q must be followed by a dot and the name of a %s. Write %s.NAME.", root, what, root)
	}
	return nil
}

func (p *refParser) member(kind RefKind, root string, members ...string) diag.Diagnostics {
	p.ref.Kind = kind
	rng := p.ref.Traversal.SourceRange()
	name := p.take()
	for _, m := range members {
		if name == m {
			p.ref.Name = name
			return nil
		}
	}
	if name == "" {
		return diag.At(rng, "Invalid reference",
			"The word %q is not a value by itself. Write %s.", root, alternatives(root, members))
	}
	return diag.At(p.last, "Invalid reference",
		"There is no %s.%s.%s Write %s.", root, name, diag.DidYouMean(name, members), alternatives(root, members))
}

func alternatives(root string, members []string) string {
	s := ""
	for i, m := range members {
		switch {
		case i == 0:
		case i == len(members)-1:
			s += " or "
		default:
			s += ", "
		}
		s += root + "." + m
	}
	return s
}

func (p *refParser) resource(kind RefKind, typeName string) diag.Diagnostics {
	p.ref.Kind = kind
	rng := p.ref.Traversal.SourceRange()
	if kind == RefData {
		if p.ref.Type = p.take(); p.ref.Type != "" {
			p.ref.Name = p.take()
		}
		if p.ref.Name == "" {
			return diag.At(rng, "Invalid reference",
				"The word \"data\" must be followed by the type and the name of a data source. Write data.TYPE.NAME.")
		}
		return p.key()
	}
	p.ref.Type = typeName
	if p.ref.Name = p.take(); p.ref.Name == "" {
		return diag.At(rng, "Invalid reference",
			"A reference to a resource is its type and its name.%s Write %s.NAME, or put the word in quotes if you mean the text.",
			diag.DidYouMean(typeName, roots[:]), typeName)
	}
	return p.key()
}

func (p *refParser) module() diag.Diagnostics {
	if diags := p.named(RefModule, "module", "module"); diags.HasErrors() {
		return diags
	}
	if diags := p.key(); diags.HasErrors() {
		return diags
	}
	p.ref.Output = p.take()
	return nil
}
