package config

import (
	"bytes"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Format lays native source out in the canonical style: two spaces a level,
// equals signs in a row below each other, labels in quotes, and a string that is
// nothing but one interpolation written as the expression in it. The result
// means the same, and formatting it again changes nothing. Source with syntax
// errors is returned as it is; their ranges carry no file name.
func Format(src []byte) ([]byte, diag.Diagnostics) {
	out := src
	// Layout can settle at the second time only, and unwrapping a string can
	// uncover another one.
	for range maxRounds {
		body, diags := parseNative(out)
		if diags.HasErrors() {
			return src, diags
		}
		next := hclwrite.Format(apply(out, edits(out, body)))
		if bytes.Equal(next, out) {
			break
		}
		out = next
	}
	return out, nil
}

const maxRounds = 20

func parseNative(src []byte) (*hclsyntax.Body, diag.Diagnostics) {
	if _, diags := text("", src); diags.HasErrors() {
		return nil, diags
	}
	if diags := outlineConfig(src, 0).diagnostic("", src); diags != nil {
		return nil, diags
	}
	file, hdiags := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	return file.Body.(*hclsyntax.Body), diag.FromHCL(hdiags)
}

// edit replaces the bytes from start to end.
type edit struct {
	start, end int
	with       []byte
}

// edits returns the changes beyond white space, by position.
func edits(src []byte, body *hclsyntax.Body) []edit {
	var out []edit
	for _, attr := range body.Attributes {
		if e, ok := unwrap(src, attr.Expr); ok {
			out = append(out, e)
		}
	}
	for _, b := range body.Blocks {
		for i, rng := range b.LabelRanges {
			if rng.Start.Byte < rng.End.Byte && src[rng.Start.Byte] != '"' {
				out = append(out, edit{rng.Start.Byte, rng.End.Byte, []byte(`"` + b.Labels[i] + `"`)})
			}
		}
		out = append(out, edits(src, b.Body)...)
	}
	return out
}

// unwrap makes "${x}" x.
func unwrap(src []byte, expr hclsyntax.Expression) (edit, bool) {
	wrap, ok := expr.(*hclsyntax.TemplateWrapExpr)
	if !ok {
		return edit{}, false
	}
	start, end := wrap.SrcRange.Start.Byte, wrap.SrcRange.End.Byte
	tokens, hdiags := hclsyntax.LexExpression(src[start:end], "", hcl.Pos{Line: 1, Column: 1, Byte: start})
	if hdiags.HasErrors() || len(tokens) < 6 || tokens[0].Type != hclsyntax.TokenOQuote { // a heredoc ends in a newline, which has a meaning
		return edit{}, false
	}
	inner := tokens[2 : len(tokens)-3] // without "${ and }" and the end of the file
	with := src[inner[0].Range.Start.Byte:inner[len(inner)-1].Range.End.Byte]
	if hasNewline(inner) {
		// Behind an equals sign the expression would end at the first newline.
		with = slices.Concat([]byte("("), with, []byte(")"))
	}
	return edit{start, end, with}, true
}

func hasNewline(tokens hclsyntax.Tokens) bool {
	return slices.ContainsFunc(tokens, func(t hclsyntax.Token) bool {
		return t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComment
	})
}

func apply(src []byte, changes []edit) []byte {
	slices.SortFunc(changes, func(a, b edit) int { return a.start - b.start })
	var out bytes.Buffer
	last := 0
	for _, c := range changes {
		out.Write(src[last:c.start])
		out.Write(c.with)
		last = c.end
	}
	out.Write(src[last:])
	return out.Bytes()
}
