package doctest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fence is a fenced block of a Markdown document.
type fence struct {
	line     int      // of its text's first line, counted from 1
	language string   // the first word of the info string
	options  []string // the other words
	text     string
}

// option returns the value of "name=value" in the info string.
func (f fence) option(name string) (string, bool) {
	for _, option := range f.options {
		if value, found := strings.CutPrefix(option, name+"="); found {
			return value, true
		}
	}
	return "", false
}

// fences returns the fenced blocks of a document, in order.
func fences(document string) ([]fence, error) {
	var all []fence
	var open *fence
	var marker, indent string
	for i, line := range strings.Split(document, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		ticks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		switch {
		case open == nil && len(ticks) >= 3:
			words := strings.Fields(trimmed[len(ticks):])
			open = &fence{line: i + 2}
			if len(words) > 0 {
				open.language, open.options = words[0], words[1:]
			}
			marker, indent = ticks, line[:len(line)-len(trimmed)]
		case open != nil && len(ticks) >= len(marker) && strings.TrimSpace(trimmed) == ticks:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("the fence above line %d is not closed", open.line)
	}
	return all, nil
}

// session is one command of a console fence and what it is said to print.
type session struct {
	line    int
	command string
	output  string
}

// sessions splits the text of a console fence.
func sessions(f fence) ([]session, error) {
	var all []session
	continued := false
	for i, line := range strings.Split(strings.TrimSuffix(f.text, "\n"), "\n") {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case continued:
			all[len(all)-1].command += "\n" + line
		case isCommand:
			all = append(all, session{line: f.line + i, command: command})
		case len(all) == 0:
			return nil, fmt.Errorf("line %d: a console fence begins with a command behind \"$ \"", f.line+i)
		default:
			all[len(all)-1].output += line + "\n"
		}
		continued = (continued || isCommand) && strings.HasSuffix(line, "\\")
	}
	return all, nil
}

// matches tells whether got is what a document says. Space at the ends of lines
// and empty lines at both ends do not count. "..." stands for any text in a
// line, and on a line of its own for any number of lines.
func matches(said, got string) bool {
	return matchLines(tidy(said), tidy(got))
}

func tidy(text string) []string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func matchLines(said, got []string) bool {
	for len(said) > 0 {
		if strings.TrimSpace(said[0]) == "..." {
			for skip := range len(got) + 1 {
				if matchLines(said[1:], got[skip:]) {
					return true
				}
			}
			return false
		}
		if len(got) == 0 || !matchLine(said[0], got[0]) {
			return false
		}
		said, got = said[1:], got[1:]
	}
	return len(got) == 0
}

func matchLine(said, got string) bool {
	parts := strings.Split(said, "...")
	if len(parts) == 1 {
		return said == got
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(got) < len(first)+len(last) || !strings.HasPrefix(got, first) || !strings.HasSuffix(got, last) {
		return false
	}
	got = got[len(first) : len(got)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, found := strings.Cut(got, part)
		if !found {
			return false
		}
		got = rest
	}
	return true
}

func TestFences(t *testing.T) {
	document := "# T\n\n```hcl file=a.cw.hcl fragment\na = 1\n```\n- item\n\n  ```console\n  $ ls\n    x\n  ```\n````\n```\n````\n"
	got, err := fences(document)
	if err != nil {
		t.Fatal(err)
	}
	want := []fence{
		{4, "hcl", []string{"file=a.cw.hcl", "fragment"}, "a = 1\n"},
		{9, "console", []string{}, "$ ls\n  x\n"},
		{13, "", nil, "```\n"},
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if name, _ := got[0].option("file"); name != "a.cw.hcl" {
		t.Errorf("option file is %q", name)
	}
	if _, err := fences("```hcl\n"); err == nil {
		t.Error("an open fence is no error")
	}
}

func TestSessions(t *testing.T) {
	got, err := sessions(fence{line: 7, text: "$ one\nout\n\n$ two \\\n  more\n$ three\n"})
	if err != nil {
		t.Fatal(err)
	}
	want := []session{{7, "one", "out\n\n"}, {10, "two \\\n  more", ""}, {12, "three", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if _, err := sessions(fence{text: "out\n$ one\n"}); err == nil {
		t.Error("output before a command is no error")
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		said, got string
		want      bool
	}{
		{"a\nb", "a\nb\n", true},
		{"a\nb", "\na  \nb\n\n", true},
		{"a\nb", "a", false},
		{"a", "a\nb", false},
		{"", "", true},
		{"", "a", false},
		{"a\n...\nd", "a\nb\nc\nd", true},
		{"a\n...\nd", "a\nd", true},
		{"a\n...\nd", "a\nb", false},
		{"...", "", true},
		{"a\n  ...\n", "a\nb\nc", true},
		{"id ... made", "id 42 made", true},
		{"id ... made", "id 42 lost", false},
		{"id...", "id", true},
		{"ab...ba", "aba", false},
		{"x ... y ... z", "x 1 y 2 z", true},
		{"x ... y ... z", "x 1 2 z", false},
		{"Creating...", "Creating...", true},
	} {
		if got := matches(c.said, c.got); got != c.want {
			t.Errorf("matches(%q, %q) is %v", c.said, c.got, got)
		}
	}
}
