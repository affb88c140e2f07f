package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/clockwork-hcl/clockwork/diag"
)

// metaArguments are those of a resource that are Clockwork's and not the type's.
// How often there is one, and how it is watched over, is not what is tested.
func metaArguments() []string {
	return []string{"description", "count", "for_each", "depends_on", "provider", "lifecycle", "monitor"}
}

// loadFolder reads a project's configuration for cases: each resource and data
// source in it is one, as it stands there, as long as it refers to nothing else.
// There is one such object only, and nothing that changes it by hand.
func loadFolder(dir string) (*File, diag.Diagnostics) {
	names, err := filepath.Glob(filepath.Join(dir, "*.cw.hcl"))
	if err != nil {
		return nil, diag.FromError("Cannot read the cases", err)
	}
	f := &File{Path: dir, Sources: map[string]*hcl.File{}, Partial: true}
	if len(names) == 0 {
		return f, diag.Errorf("No cases", "The folder %s has no .cw.hcl files, whose resources could be tried. Name a folder that has, or a file of cases.", dir)
	}
	var diags diag.Diagnostics
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			diags = append(diags, diag.FromError("Cannot read the cases", err)...)
			continue
		}
		source, hdiags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
		f.Sources[name] = source
		diags = append(diags, diag.FromHCL(hdiags)...)
		if body, ok := source.Body.(*hclsyntax.Body); ok && !hdiags.HasErrors() {
			for _, b := range body.Blocks {
				if taken := caseOf(b); taken != nil {
					f.blocks = append(f.blocks, taken)
				}
			}
		}
	}
	return f, diags
}

// caseOf makes a case of a block of a configuration, or nothing.
func caseOf(b *hclsyntax.Block) *block {
	out := &block{Block: b, alone: true, attrs: map[string]hclsyntax.Expression{}, blocks: map[string][]*hclsyntax.Block{}}
	switch {
	case b.Type == "provider" && len(b.Labels) == 1:
		if b.Body.Attributes["alias"] != nil {
			return nil
		}
		return out
	case (b.Type == "resource" || b.Type == "data") && len(b.Labels) == 2:
	default:
		return nil
	}
	config := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: b.Body.SrcRange, EndRange: b.Body.EndRange}
	for name, a := range b.Body.Attributes {
		if !slices.Contains(metaArguments(), name) {
			config.Attributes[name] = a
		}
	}
	for _, inner := range b.Body.Blocks {
		if !slices.Contains(metaArguments(), inner.Type) {
			config.Blocks = append(config.Blocks, inner)
		}
	}
	out.blocks["config"] = []*hclsyntax.Block{{Type: "config", Body: config,
		TypeRange: b.TypeRange, OpenBraceRange: b.OpenBraceRange, CloseBraceRange: b.CloseBraceRange}}
	out.title = strings.Join(b.Labels, ".")
	return out
}

// others drops the cases of a folder that are another provider's.
func (f *File) others(has func(kind, typeName string) bool) diag.Diagnostics {
	if !f.Partial {
		return nil
	}
	f.blocks = slices.DeleteFunc(f.blocks, func(b *block) bool {
		return b.Type != "provider" && !has(b.Type, b.Labels[0])
	})
	if !slices.ContainsFunc(f.blocks, func(b *block) bool { return b.Type != "provider" }) {
		return diag.Errorf("No cases", "Nothing in the folder %s is of a type of this provider. Name a folder with its resources, or a file of cases.", f.Path)
	}
	// A configuration may set up several providers; the settings of ours cannot be
	// told by a name that the provider does not say.
	count := 0
	for _, b := range f.blocks {
		if b.Type == "provider" {
			count++
		}
	}
	if count > 1 {
		return diag.Errorf("Several provider blocks", "%s", fmt.Sprintf("The folder %s sets up %d providers. Keep only the one that is tested.", f.Path, count))
	}
	return nil
}
