package config

import (
	"bytes"
	"fmt"
	"maps"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/clockwork-hcl/clockwork/diag"
)

// pieceSize is how much native source is parsed at a time. The parser keeps all
// tokens of what it is given, at a hundred bytes each, so one large file is
// parsed in pieces: less memory, and as many at once as there are processors.
const pieceSize = 4 << 10

// piece is a part of a file that can be parsed by itself.
type piece struct {
	name  string
	src   []byte
	start hcl.Pos
	json  bool
}

// pieces cuts a file. Text that is too deep to be parsed safely is refused.
func pieces(name string, src []byte) ([]piece, diag.Diagnostics) {
	if strings.HasSuffix(name, ".json") {
		if ds := outlineJSON(src).diagnostic(name, src); ds != nil {
			return nil, ds
		}
		return []piece{{name: name, src: src, start: hcl.InitialPos, json: true}}, nil
	}
	o := outlineConfig(src, pieceSize)
	if ds := o.diagnostic(name, src); ds != nil {
		return nil, ds
	}
	return cut(name, src, hcl.InitialPos, o.cuts), nil
}

func cut(name string, src []byte, start hcl.Pos, cuts []int) []piece {
	out := make([]piece, 0, len(cuts)+1)
	last := 0
	for _, end := range append(cuts, len(src)) {
		part := src[last:end]
		out = append(out, piece{name: name, src: part, start: start})
		start = hcl.Pos{Byte: start.Byte + len(part), Line: start.Line + bytes.Count(part, []byte("\n")), Column: 1}
		last = end
	}
	return out
}

// parse returns what is in the piece: one file, or when something is wrong with
// it, one for every block that nothing is wrong with, so that an error in one
// block does not hide those in others.
func (p piece) parse() ([]*hcl.File, diag.Diagnostics) {
	if p.json {
		file, hdiags := hcljson.Parse(p.src, p.name)
		if hdiags.HasErrors() {
			return nil, first(hdiags, "Root value must be object")
		}
		return []*hcl.File{file}, diag.FromHCL(hdiags)
	}
	file, hdiags := hclsyntax.ParseConfig(p.src, p.name, p.start)
	if !hdiags.HasErrors() {
		return []*hcl.File{file}, diag.FromHCL(hdiags)
	}
	var files []*hcl.File
	var diags diag.Diagnostics
	for _, item := range cut(p.name, p.src, p.start, outlineBroken(p.src).cuts) {
		file, hdiags := hclsyntax.ParseConfig(item.src, item.name, item.start)
		diags = append(diags, first(hdiags, "Invalid multi-line string")...)
		if !hdiags.HasErrors() {
			files = append(files, file)
		}
	}
	return files, diags
}

// first cuts off what follows from an error with this summary, or if it is not
// the first one, leaves out it and the rest.
func first(hdiags hcl.Diagnostics, summary string) diag.Diagnostics {
	for i, d := range hdiags {
		if d.Summary == summary {
			return diag.FromHCL(hdiags[:max(i, 1)])
		}
	}
	return diag.FromHCL(hdiags)
}

// parseFile parses a whole file at once.
func parseFile(name string, src []byte) (hcl.Body, diag.Diagnostics) {
	src, diags := text(name, src)
	if diags.HasErrors() {
		return nil, diags
	}
	if strings.HasSuffix(name, ".json") {
		if ds := outlineJSON(src).diagnostic(name, src); ds != nil {
			return nil, ds
		}
		file, hdiags := hcljson.Parse(src, name)
		return file.Body, diag.FromHCL(hdiags)
	}
	if ds := outlineConfig(src, 0).diagnostic(name, src); ds != nil {
		return nil, ds
	}
	file, hdiags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	return file.Body, diag.FromHCL(hdiags)
}

// ParseExpression parses an expression that is not in a file, such as one that
// is typed at a prompt; name stands for the file in ranges. What could overflow
// the parser's stack is refused.
func ParseExpression(name, src string) (hcl.Expression, diag.Diagnostics) {
	if ds := outlineConfig([]byte(src), 0).diagnostic(name, []byte(src)); ds != nil {
		return nil, ds
	}
	expr, hdiags := hclsyntax.ParseExpression([]byte(src), name, hcl.InitialPos)
	return expr, diag.FromHCL(hdiags)
}

// parseExpressionAt parses a JSON string that holds code.
func parseExpressionAt(src string, rng hcl.Range) (hcl.Expression, diag.Diagnostics) {
	if o := outlineConfig([]byte(src), 0); o.excess != 0 {
		ds := o.diagnostic(rng.Filename, []byte(src))
		ds[0].Subject = &rng
		return nil, ds
	}
	start := rng.Start // behind the quote
	start.Byte++
	start.Column++
	expr, hdiags := hclsyntax.ParseExpression([]byte(src), rng.Filename, start)
	return expr, diag.FromHCL(hdiags)
}

// navigation finds the block around an offset, for the line that a view prints
// above a snippet.
type navigation struct {
	blocks []*hclsyntax.Block // by position
}

func (n navigation) at(offset int) *hclsyntax.Block {
	i := sort.Search(len(n.blocks), func(i int) bool { return n.blocks[i].Range().End.Byte > offset })
	if i < len(n.blocks) && n.blocks[i].Range().ContainsOffset(offset) {
		return n.blocks[i]
	}
	return nil
}

// ContextString returns the header of the block around an offset.
func (n navigation) ContextString(offset int) string {
	b := n.at(offset)
	if b == nil {
		return ""
	}
	s := b.Type
	for _, label := range b.Labels {
		s += fmt.Sprintf(" %q", label)
	}
	return s
}

// ContextDefRange returns where that header is.
func (n navigation) ContextDefRange(offset int) hcl.Range {
	if b := n.at(offset); b != nil {
		return b.DefRange()
	}
	return hcl.Range{}
}

// joined makes one file of the parts of it that were parsed, as hcl's own
// parser would have returned it.
func joined(src []byte, parts []*hcl.File) *hcl.File {
	whole := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	for _, part := range parts {
		native, ok := part.Body.(*hclsyntax.Body)
		if !ok {
			return part // JSON is not cut
		}
		whole.Blocks = append(whole.Blocks, native.Blocks...)
		maps.Copy(whole.Attributes, native.Attributes)
	}
	return &hcl.File{Body: whole, Bytes: src, Nav: navigation{blocks: whole.Blocks}}
}
