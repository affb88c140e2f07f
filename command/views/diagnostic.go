package views

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcled"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Files is the source of every file by the name that ranges carry, for
// snippets.
type Files map[string]*hcl.File

// Diagnostic is the JSON of a diagnostic, in the form that Terraform's tools
// read. Nothing in it is sensitive.
type Diagnostic struct {
	Severity string   `json:"severity"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail"`
	Address  string   `json:"address,omitempty"`
	Range    *Range   `json:"range,omitempty"`
	Snippet  *Snippet `json:"snippet,omitempty"`
}

// Range is a part of a file. End is behind its last character.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// Pos is a place in a file: line and column count characters from 1, Byte
// counts from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Snippet is the lines of source that a diagnostic is about. The highlight is
// given in bytes from the start of Code.
type Snippet struct {
	Context              *string           `json:"context"`
	Code                 string            `json:"code"`
	StartLine            int               `json:"start_line"`
	HighlightStartOffset int               `json:"highlight_start_offset"`
	HighlightEndOffset   int               `json:"highlight_end_offset"`
	Values               []ExpressionValue `json:"values"`

	cut bool // there was more
}

// ExpressionValue says what a reference in the source stood for.
type ExpressionValue struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// snippetLines bounds how much source is shown.
const snippetLines = 12

// newDiagnostic returns the JSON form of d.
func newDiagnostic(d diag.Diagnostic, files Files) Diagnostic {
	out := Diagnostic{Severity: d.Severity.String(), Summary: d.Summary, Detail: d.Detail, Address: d.Address}
	if d.Subject == nil {
		return out
	}
	subject := *d.Subject
	file := files[subject.Filename]
	if subject.Empty() {
		subject.End.Byte++
		subject.End.Column++
	}
	out.Range = &Range{
		Filename: subject.Filename,
		Start:    Pos{subject.Start.Line, subject.Start.Column, subject.Start.Byte},
		End:      Pos{subject.End.Line, subject.End.Column, subject.End.Byte},
	}
	if d.Hidden || file == nil || subject.Start.Byte < 0 || subject.Start.Byte > len(file.Bytes) {
		return out // not to be shown, read from elsewhere, or changed since
	}
	out.Snippet = newSnippet(file, subject, d.Context)
	out.Snippet.Values = expressionValues(d)
	return out
}

// newSnippet cuts the lines of subject, and of context around it, out of file.
func newSnippet(file *hcl.File, subject hcl.Range, context *hcl.Range) *Snippet {
	src := file.Bytes
	start, end := subject.Start.Byte, min(max(subject.End.Byte, subject.Start.Byte), len(src))
	// A subject that ends with its line does not reach into the next.
	for end > start && src[end-1] == '\n' {
		end--
	}
	from, to, line := start, end, subject.Start.Line
	if context != nil && context.Filename == subject.Filename && context.Start.Byte >= 0 &&
		context.Start.Byte <= start && context.End.Byte >= end && context.End.Byte <= len(src) &&
		context.End.Line-context.Start.Line < snippetLines {
		from, to, line = context.Start.Byte, context.End.Byte, context.Start.Line
	}
	for from > 0 && src[from-1] != '\n' {
		from--
	}
	for to < len(src) && src[to] != '\n' {
		to++
	}
	code, cut := string(src[from:to]), false
	if lines := strings.SplitAfterN(code, "\n", snippetLines+1); len(lines) > snippetLines {
		code, cut = strings.TrimSuffix(strings.Join(lines[:snippetLines], ""), "\n"), true
	}
	code = strings.TrimSuffix(code, "\r")
	s := &Snippet{
		Code: code, StartLine: line, Values: []ExpressionValue{}, cut: cut,
		HighlightStartOffset: min(start-from, len(code)),
		HighlightEndOffset:   min(end-from, len(code)),
	}
	if name := hcled.ContextString(file, subject.Start.Byte); name != "" {
		s.Context = &name
	}
	return s
}

// expressionValues says what the references in d's expression stood for.
func expressionValues(d diag.Diagnostic) []ExpressionValue {
	out := []ExpressionValue{}
	if d.Expression == nil || d.EvalContext == nil {
		return out
	}
	seen := map[string]bool{}
	for _, t := range d.Expression.Variables() {
		// What cannot be evaluated is most likely what the diagnostic is
		// about; what it is a part of may explain why.
		for ; len(t) > 1; t = t[:len(t)-1] {
			v, diags := t.TraverseAbs(d.EvalContext)
			if diags.HasErrors() || v == cty.NilVal {
				continue
			}
			name := traversalText(t)
			if !seen[name] {
				seen[name] = true
				out = append(out, ExpressionValue{Traversal: name, Statement: statement(v)})
			}
			break
		}
	}
	slices.SortFunc(out, func(a, b ExpressionValue) int { return strings.Compare(a.Traversal, b.Traversal) })
	return out
}

// traversalText writes a reference as it stands in source.
func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, s := range t {
		switch s := s.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			b.WriteByte('[')
			if s.Key.IsMarked() || !s.Key.IsKnown() || s.Key.IsNull() {
				b.WriteString("...")
			} else {
				b.WriteString(scalarText(s.Key))
			}
			b.WriteByte(']')
		case hcl.TraverseSplat:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

// statement says what a value is, in a few words.
func statement(v cty.Value) string {
	switch {
	case v.IsMarked():
		return "has a sensitive value"
	case !v.IsKnown():
		return "will be known only after apply"
	case v.IsNull():
		return "is null"
	}
	const longest = 60
	ty := v.Type()
	switch {
	case ty == cty.String:
		s := v.AsString()
		if len(s) > 4*longest {
			s = strings.ToValidUTF8(s[:4*longest], "") // shortened anyway, and then cheaply
		}
		q := shorten(escape(s, inQuotes), longest)
		return `is "` + q + `"`
	case ty.IsPrimitiveType():
		return "is " + shorten(scalarText(v), longest)
	case ty.IsCapsuleType():
		return "is " + clean(ty.FriendlyName())
	case ty.IsObjectType():
		n := len(ty.AttributeTypes())
		if n == 0 {
			return "is object with no attributes"
		}
		return "is object with " + count(n, "attribute")
	}
	n := v.LengthInt()
	kind := clean(ty.FriendlyName())
	if n == 0 {
		return fmt.Sprintf("is empty %s", kind)
	}
	return fmt.Sprintf("is %s with %s", kind, count(n, "element"))
}
