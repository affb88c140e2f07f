package views

import (
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
)

// FormatDiagnostic returns a diagnostic for a person to read: what is wrong,
// where, the source with the values that it refers to, and what to do.
func FormatDiagnostic(d diag.Diagnostic, files Files, style Style) string {
	var lines []string
	width := style.width()
	if style.Unicode {
		width -= 2 // for the rail
	}
	say := func(s ...string) { lines = append(lines, s...) }

	word, code := "Error", boldRed
	color := red
	if d.Severity == diag.Warning {
		word, code, color = "Warning", boldAmber, yellow
	}
	summary := wrap(word+": "+clean(d.Summary), width)
	for i, l := range summary {
		if rest, ok := strings.CutPrefix(l, word+": "); ok && i == 0 {
			say(style.paint(code, word+": ") + style.paint(bold, rest))
			continue
		}
		say(style.paint(bold, l))
	}
	say("")
	where := len(lines)
	if d.Address != "" {
		say("  with " + clean(d.Address) + ",")
	}
	j := newDiagnostic(d, files)
	if j.Range != nil {
		say(formatSource(j, style)...)
	} else if d.Address != "" {
		lines[len(lines)-1] = strings.TrimSuffix(lines[len(lines)-1], ",")
	}
	if len(lines) > where {
		say("")
	}
	if d.Detail != "" {
		say(wrap(cleanLines(d.Detail), width)...)
	}
	for lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return box(lines, style, color)
}

// box puts a rail beside lines, where there are lines to draw it with.
func box(lines []string, style Style, color string) string {
	var b strings.Builder
	if !style.Unicode {
		for _, l := range lines {
			b.WriteString(l + "\n")
		}
		return b.String()
	}
	b.WriteString(style.paint(color, "╷") + "\n")
	for _, l := range lines {
		b.WriteString(style.paint(color, "│"))
		if l != "" {
			b.WriteString(" " + l)
		}
		b.WriteByte('\n')
	}
	b.WriteString(style.paint(color, "╵") + "\n")
	return b.String()
}

// formatSource returns the place of a diagnostic, and its source.
func formatSource(j Diagnostic, style Style) []string {
	where := fmt.Sprintf("  on %s line %d", clean(j.Range.Filename), j.Range.Start.Line)
	s := j.Snippet
	if s == nil {
		return []string{where + "."}
	}
	if s.Context != nil {
		where += ", in " + clean(*s.Context)
	}
	lines := append([]string{where + ":"}, formatSnippet(s, style)...)
	if len(s.Values) == 0 {
		return lines
	}
	lines = append(lines, "    "+style.paint(dim, style.pick("├────────────────", "|----------------")))
	for _, v := range s.Values {
		lines = append(lines, "    "+style.paint(dim, style.pick("│", "|"))+" "+
			style.paint(bold, clean(v.Traversal))+" "+clean(v.Statement))
	}
	return lines
}

// formatSnippet returns the lines of source. The subject is underlined in
// colour; without, carets on a line below mark one that is part of a line.
func formatSnippet(s *Snippet, style Style) []string {
	var out []string
	lines := strings.Split(s.Code, "\n")
	offset := 0
	for i, l := range lines {
		from := min(max(s.HighlightStartOffset-offset, 0), len(l))
		to := min(max(s.HighlightEndOffset-offset, from), len(l))
		within := s.HighlightStartOffset >= offset && s.HighlightEndOffset <= offset+len(l)
		offset += len(l) + 1
		l = strings.TrimSuffix(l, "\r")
		from, to = min(from, len(l)), min(to, len(l))
		before, marked, after := source(l[:from]), source(l[from:to]), source(l[to:])
		number := fmt.Sprintf("%4d: ", s.StartLine+i)
		// Blanks in front of what is meant are not part of it.
		lead := len(marked) - len(strings.TrimLeft(marked, " "))
		shown := marked
		if style.Color {
			shown = marked[:lead] + style.paint(underline, marked[lead:])
		}
		out = append(out, strings.TrimRight(number+before+shown+after, " "))
		if within && !style.Color {
			width := max(displayWidth(strings.TrimSpace(marked)), 1) // one behind the line's end
			out = append(out, strings.Repeat(" ", len(number)+displayWidth(before)+lead)+strings.Repeat("^", width))
		}
	}
	if s.cut {
		out = append(out, "      ...")
	}
	return out
}

// source returns a part of a line of source, fit to print.
func source(s string) string { return strings.ReplaceAll(escape(s, keepTabs), "\t", "    ") }
