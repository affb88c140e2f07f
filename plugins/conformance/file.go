package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/clockwork-hcl/clockwork/diag"
)

// FileName is what a file of cases is called where nothing else is said. It is
// no configuration: Clockwork does not load it.
const FileName = "conformance.hcl"

// File is a file of cases, of which only the form is known: what it says is
// understood once there is a schema.
type File struct {
	Path string
	// Sources are the files for messages that quote them.
	Sources map[string]*hcl.File
	// Partial says that it is a project's folder: not all that the provider has
	// needs to be in it.
	Partial bool
	blocks  []*block
}

// block is a block of the file, taken apart.
type block struct {
	*hclsyntax.Block
	attrs  map[string]hclsyntax.Expression
	blocks map[string][]*hclsyntax.Block
	title  string // what it is called in the suite, if not by its labels
	alone  bool   // there can be one such object only
}

// form says what a kind of block may hold.
type form struct {
	attrs, blocks []string
	labels        string // how it is written, for messages
	least, most   int    // labels
}

func forms() map[string]form {
	return map[string]form{
		"provider": {blocks: nil, labels: "provider { ... }"},
		"resource": {
			attrs:  []string{"before", "exists", "drift", "remove", "foreign", "intact", "started", "import_id"},
			blocks: []string{"config", "update", "replace", "invalid"},
			labels: `resource "TYPE" { ... }, or resource "TYPE" "NAME" { ... } where a type has several`, least: 1, most: 2,
		},
		"data": {
			attrs: []string{"before"}, blocks: []string{"config", "want", "missing", "invalid"},
			labels: `data "TYPE" { ... }, or data "TYPE" "NAME" { ... }`, least: 1, most: 2,
		},
		"assert": {
			attrs: []string{"resource", "break"}, blocks: []string{"config", "invalid"},
			labels: `assert "TYPE" { ... }, or assert "TYPE" "NAME" { ... }`, least: 1, most: 2,
		},
		"upgrade": {
			attrs: []string{"version", "state"}, blocks: []string{"want"},
			labels: `upgrade "TYPE" { ... }`, least: 1, most: 1,
		},
	}
}

// Load reads a file, or the configuration in a folder.
func Load(path string) (*File, diag.Diagnostics) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return loadFolder(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, diag.FromError("Cannot read the cases", err)
	}
	return parse(path, text)
}

func parse(path string, text []byte) (*File, diag.Diagnostics) {
	source, hdiags := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
	diags := diag.FromHCL(hdiags)
	f := &File{Path: path, Sources: map[string]*hcl.File{path: source}}
	body, ok := source.Body.(*hclsyntax.Body)
	if !ok || hdiags.HasErrors() {
		return f, diags
	}
	for _, a := range sorted(body.Attributes) {
		diags = append(diags, diag.At(a.NameRange, "Unexpected argument", "A file of cases has only blocks. Remove %q.", a.Name)...)
	}
	known := forms()
	providers := 0
	for _, b := range body.Blocks {
		form, ok := known[b.Type]
		switch {
		case !ok:
			diags = append(diags, diag.At(b.TypeRange, "Unknown block", "There is no block %q: a file of cases has %s.%s", b.Type,
				strings.Join(slices.Sorted(maps.Keys(known)), ", "), diag.DidYouMean(b.Type, slices.Sorted(maps.Keys(known))))...)
			continue
		case len(b.Labels) < form.least || len(b.Labels) > form.most:
			diags = append(diags, diag.At(b.DefRange(), "Wrong labels", "Write %s.", form.labels)...)
			continue
		}
		if b.Type == "provider" {
			if providers++; providers > 1 {
				diags = append(diags, diag.At(b.DefRange(), "Duplicate block", "The provider has one configuration here. Remove one of the blocks.")...)
			}
			f.blocks = append(f.blocks, &block{Block: b})
			continue
		}
		taken, ds := takeApart(b, form)
		diags = append(diags, ds...)
		f.blocks = append(f.blocks, taken)
	}
	return f, diags
}

// takeApart sorts what a block holds.
func takeApart(b *hclsyntax.Block, form form) (*block, diag.Diagnostics) {
	out := &block{Block: b, attrs: map[string]hclsyntax.Expression{}, blocks: map[string][]*hclsyntax.Block{}}
	var diags diag.Diagnostics
	for _, a := range sorted(b.Body.Attributes) {
		if !slices.Contains(form.attrs, a.Name) {
			diags = append(diags, unexpected(a.NameRange, "argument", a.Name, b.Type, form))
			continue
		}
		out.attrs[a.Name] = a.Expr
	}
	for _, inner := range b.Body.Blocks {
		repeated := inner.Type == "invalid"
		switch {
		case !slices.Contains(form.blocks, inner.Type):
			diags = append(diags, unexpected(inner.TypeRange, "block", inner.Type, b.Type, form))
		case repeated && len(inner.Labels) != 1:
			diags = append(diags, diag.At(inner.DefRange(), "Wrong labels",
				`The label of an invalid block is the attribute at fault, as in invalid "ports[0].host" { ... }, or "" where it is none in particular.`)...)
		case !repeated && len(inner.Labels) > 0:
			diags = append(diags, diag.At(inner.DefRange(), "Wrong labels", "Write %s { ... }, without a label.", inner.Type)...)
		case !repeated && len(out.blocks[inner.Type]) > 0:
			diags = append(diags, diag.At(inner.DefRange(), "Duplicate block", "There is a block %q already. Remove one of them.", inner.Type)...)
		default:
			out.blocks[inner.Type] = append(out.blocks[inner.Type], inner)
		}
	}
	return out, diags
}

func unexpected(at hcl.Range, what, name, in string, form form) diag.Diagnostic {
	all := slices.Concat(form.attrs, form.blocks)
	return diag.At(at, "Unexpected "+what, "A block %q takes no %s %q, but %s.%s", in, what, name, strings.Join(all, ", "), diag.DidYouMean(name, all))[0]
}

func sorted(attrs hclsyntax.Attributes) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(attrs), func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
}

// name is what a block is called in the suite.
func (b *block) name() string {
	if b.title != "" {
		return b.title
	}
	if len(b.Labels) == 2 {
		return b.Labels[1]
	}
	return b.Labels[0]
}

// inner returns a block that there is at most one of, or nil.
func (b *block) inner(name string) *hclsyntax.Block {
	if all := b.blocks[name]; len(all) > 0 {
		return all[0]
	}
	return nil
}

func (b *block) missing(what string) diag.Diagnostics {
	return diag.At(b.DefRange(), "Incomplete case", "The case has no %s. Add it.", what)
}

// errorOf is diagnostics as an error of a test.
func errorOf(ds diag.Diagnostics) error {
	if !ds.HasErrors() {
		return nil
	}
	return fmt.Errorf("%w", ds)
}
