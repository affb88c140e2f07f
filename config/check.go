package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Allow says which words mean something where a reference is written.
type Allow uint8

// The words. Every other reference is allowed everywhere.
const (
	AllowEach Allow = 1 << iota
	AllowCount
	AllowSelf
)

// CheckReference tells whether what ref names is declared in m, and may be
// named where it is.
func (m *Module) CheckReference(ref Reference, allow Allow) diag.Diagnostics {
	switch ref.Kind {
	case RefVariable:
		if m.Variables[ref.Name] == nil {
			return diag.At(ref.Range, "Reference to undeclared input variable",
				"There is no variable %q in %s.%s Declare it with a variable block, or correct the name.",
				ref.Name, m, didYouMean(ref.Name, m.Variables))
		}
	case RefLocal:
		if m.Locals[ref.Name] == nil {
			return diag.At(ref.Range, "Reference to undeclared local value",
				"There is no local value %q in %s.%s Declare it in a locals block, or correct the name.",
				ref.Name, m, didYouMean(ref.Name, m.Locals))
		}
	case RefResource, RefData:
		return m.checkResource(ref)
	case RefModule:
		return m.checkModule(ref)
	case RefEach:
		if allow&AllowEach == 0 {
			return diag.At(ref.Range, "Reference to each without for_each",
				"The word each means something only in a block that has a for_each. Add one, or refer to something else.")
		}
	case RefCount:
		if allow&AllowCount == 0 {
			return diag.At(ref.Range, "Reference to count without count",
				"The word count means something only in a block that has a count. Add one, or refer to something else.")
		}
	case RefSelf:
		if allow&AllowSelf == 0 {
			return diag.At(ref.Range, "Reference to self outside of a postcondition",
				"The word self means something only in a postcondition, where it is the resource. Write the resource's type and name instead.")
		}
	}
	return nil
}

// String names the module in a message.
func (m *Module) String() string {
	if len(m.Path) == 0 {
		return "the root module"
	}
	return "module." + strings.Join(m.Path, ".module.")
}

// maxSuggestions bounds how many names are compared for one suggestion, so that
// a great many errors in a great project take no great time.
const maxSuggestions = 2000

func didYouMean[T any](given string, names map[string]T) string {
	if len(names) > maxSuggestions {
		return ""
	}
	return diag.DidYouMean(given, slices.Collect(maps.Keys(names)))
}

func (m *Module) checkResource(ref Reference) diag.Diagnostics {
	key := ref.Type + "." + ref.Name
	what, prefix, declared, others := "resource", "", m.Resources, m.Data
	if ref.Kind == RefData {
		what, prefix, declared, others = "data source", "data.", m.Data, m.Resources
	}
	if r := declared[key]; r != nil {
		return checkInstance(ref, prefix+key, r.Count != nil, r.ForEach != nil)
	}
	hint := ""
	switch {
	case others[key] != nil && ref.Kind == RefData:
		hint = ` Did you mean "` + key + `", the resource?`
	case others[key] != nil:
		hint = ` Did you mean "data.` + key + `", the data source?`
	default:
		if hint = didYouMean(key, declared); hint == "" && ref.Kind == RefResource {
			hint = m.misspeltRoot(ref)
		}
	}
	return diag.At(ref.Range, "Reference to undeclared resource",
		"There is no %s %s in %s.%s Declare it, or correct the name.", what, prefix+key, m, hint)
}

// misspeltRoot finds out whether a word such as var was meant where a resource
// type was read.
func (m *Module) misspeltRoot(ref Reference) string {
	root := diag.Suggest(ref.Type, roots[:])
	if root == "" {
		return ""
	}
	t := slices.Clone(ref.Traversal)
	t[0] = hcl.TraverseRoot{Name: root}
	meant, diags := ParseReference(t)
	if diags.HasErrors() || m.CheckReference(meant, AllowEach|AllowCount|AllowSelf).HasErrors() {
		return ""
	}
	return ` Did you mean "` + root + "." + ref.Name + `"?`
}

func (m *Module) checkModule(ref Reference) diag.Diagnostics {
	call := m.Calls[ref.Name]
	if call == nil {
		return diag.At(ref.Range, "Reference to undeclared module",
			"There is no module %q in %s.%s Call it with a module block, or correct the name.",
			ref.Name, m, didYouMean(ref.Name, m.Calls))
	}
	if ds := checkInstance(ref, "module."+ref.Name, call.Count != nil, call.ForEach != nil); ds.HasErrors() {
		return ds
	}
	child := m.Children[ref.Name]
	if child == nil || ref.Output == "" { // it could not be loaded, or it is named whole
		return nil
	}
	if child.Outputs[ref.Output] == nil {
		return diag.At(ref.Range, "Reference to undeclared output",
			"The module %q has no output %q.%s Declare it there with an output block, or correct the name.",
			ref.Name, ref.Output, didYouMean(ref.Output, child.Outputs))
	}
	return nil
}

// checkInstance finds a key that is missing, or is there in vain.
func checkInstance(ref Reference, name string, hasCount, hasForEach bool) diag.Diagnostics {
	many := hasCount || hasForEach
	if ref.HasKey && !many {
		return diag.At(ref.Range, "Unexpected instance key",
			"There is one %s only, because it has neither count nor for_each. Remove the key in brackets.", name)
	}
	steps := 2
	if ref.Kind == RefData {
		steps = 3
	}
	if !many || ref.HasKey || len(ref.Traversal) <= steps {
		return nil
	}
	if _, attr := ref.Traversal[steps].(hcl.TraverseAttr); !attr {
		return nil
	}
	cause, key := "count", "count.index"
	if hasForEach {
		cause, key = "for_each", "each.key"
	}
	return diag.At(ref.Range, "Missing instance key",
		"Because %s has %s set, an attribute of it is one of a certain instance. Write a key in brackets, such as %s[%s].",
		name, cause, name, key)
}
