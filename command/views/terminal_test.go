package views

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
)

func TestStyles(t *testing.T) {
	for _, c := range []struct {
		name     string
		env      map[string]string
		noColor  bool
		terminal bool
		color    bool
		unicode  bool
	}{
		{"terminal", nil, false, true, true, true},
		{"pipe", nil, false, false, false, true},
		{"-no-color", nil, true, true, false, true},
		{"-no-color beats all", map[string]string{"FORCE_COLOR": "1"}, true, true, false, true},
		{"NO_COLOR", map[string]string{"NO_COLOR": "1"}, false, true, false, true},
		{"NO_COLOR beats force", map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, false, true, false, true},
		{"NO_COLOR empty", map[string]string{"NO_COLOR": ""}, false, true, true, true},
		{"CLICOLOR_FORCE", map[string]string{"CLICOLOR_FORCE": "1"}, false, false, true, true},
		{"CLICOLOR_FORCE=0", map[string]string{"CLICOLOR_FORCE": "0"}, false, false, false, true},
		{"FORCE_COLOR", map[string]string{"FORCE_COLOR": "1"}, false, false, true, true},
		{"CLICOLOR=0", map[string]string{"CLICOLOR": "0"}, false, true, false, true},
		{"dumb", map[string]string{"TERM": "dumb"}, false, true, false, false},
		{"latin", map[string]string{"LANG": "de_DE.ISO-8859-1"}, false, true, true, false},
		{"utf8", map[string]string{"LANG": "de_DE.ISO-8859-1", "LC_ALL": "en_US.utf8"}, false, true, true, true},
		{"C", map[string]string{"LANG": "C"}, false, true, true, true},
	} {
		term := NewTerminal((&capture{}).streams(c.terminal), func(k string) string { return c.env[k] }, c.noColor)
		if term.OutStyle.Color != c.color || term.OutStyle.Unicode != c.unicode {
			t.Errorf("%s: %+v", c.name, term.OutStyle)
		}
	}
	var c capture
	s := c.streams(true)
	s.StdoutTerminal = false
	if term := NewTerminal(s, noEnv, false); term.OutStyle.Color || !term.ErrStyle.Color {
		t.Error("each stream has its own colours")
	}
}

func TestWidths(t *testing.T) {
	for in, want := range map[int]int{0: 78, -1: 78, 10: 40, 100: 100, 500: 120} {
		if got := (Style{Width: in}).width(); got != want {
			t.Errorf("width(%d) = %d, want %d", in, got, want)
		}
	}
}

func TestStatusLine(t *testing.T) {
	var c capture
	term := NewTerminal(c.streams(true), noEnv, true)
	term.setStatus("working\x1b[2J " + strings.Repeat("x", 100))
	term.Print("out\n")
	term.PrintErr("err\n")
	term.setStatus("")
	if _, err := io.WriteString(term.Out(), "end\n"); err != nil {
		t.Fatal(err)
	}
	status := `working\u001b[2J ` + strings.Repeat("x", 39) + "..."
	if got, want := c.both.String(), status+"\r\x1b[Kout\n"+status+"\r\x1b[Kerr\n"+status+"\r\x1b[Kend\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if c.out.String() != "out\nend\n" {
		t.Errorf("the status line is on standard output: %q", c.out.String())
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestLostOutputIsKnown(t *testing.T) {
	full := errors.New("no space left on device")
	term := NewTerminal(Streams{Stdout: brokenWriter{full}, Stderr: io.Discard}, noEnv, false)
	if term.Err() != nil {
		t.Error("an error before anything was written")
	}
	NewHuman(term, nil).Plan(mixedPlan(t), nil)
	if !errors.Is(term.Err(), full) {
		t.Errorf("Err() = %v", term.Err())
	}
	if err := WritePlan(brokenWriter{full}, manyCreates(t, 2000), schemas(kitchen()), plain); !errors.Is(err, full) {
		t.Errorf("WritePlan: %v", err)
	}
	if err := WriteValidateJSON(brokenWriter{full}, nil, nil); !errors.Is(err, full) {
		t.Errorf("WriteValidateJSON: %v", err)
	}
}

func TestLinesStayWhole(t *testing.T) {
	var c capture
	term := NewTerminal(c.streams(true), noEnv, true)
	var wg sync.WaitGroup
	for _, word := range []string{"aaaa", "bbbb", "cccc"} {
		wg.Go(func() {
			for range 200 {
				term.Print(word + "\n")
				term.setStatus(word)
			}
		})
	}
	wg.Wait()
	for _, l := range strings.Split(strings.TrimSuffix(c.out.String(), "\n"), "\n") {
		if l != "aaaa" && l != "bbbb" && l != "cccc" {
			t.Fatalf("a torn line: %q", l)
		}
	}
}
