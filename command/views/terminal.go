package views

import (
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// Streams is where a command prints to, and what is known of it.
type Streams struct {
	Stdout, Stderr io.Writer
	// StdoutTerminal and StderrTerminal say that a person is reading.
	StdoutTerminal, StderrTerminal bool
	// Columns is the width of the terminal; 0 when there is none.
	Columns int
}

// SystemStreams returns the streams of this process.
func SystemStreams() Streams {
	s := Streams{
		Stdout: os.Stdout, Stderr: os.Stderr,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && s.Columns == 0 {
			s.Columns = w
		}
	}
	return s
}

// Terminal prints to Streams. It is safe for concurrent use: what is given to
// one call stays together.
type Terminal struct {
	// OutStyle and ErrStyle are how text on either stream looks.
	OutStyle, ErrStyle Style

	mu      sync.Mutex
	streams Streams
	live    bool   // a status line can be drawn
	status  string // drawn now, on stderr
	failed  error  // the first write to stdout that failed
}

// NewTerminal decides how to print to s. No colour is used where noColor is
// set, where NO_COLOR or CLICOLOR=0 is in the environment, or where nobody is
// looking; CLICOLOR_FORCE and FORCE_COLOR insist on it. TERM=dumb, or a locale
// that is expressly not UTF-8, means ASCII only.
func NewTerminal(s Streams, getenv func(string) string, noColor bool) *Terminal {
	dumb := getenv("TERM") == "dumb"
	style := func(terminal bool) Style {
		return Style{
			Color:   wantsColor(getenv, noColor, terminal && !dumb),
			Unicode: !dumb && !otherCharset(getenv),
			Width:   s.Columns,
		}
	}
	return &Terminal{
		OutStyle: style(s.StdoutTerminal), ErrStyle: style(s.StderrTerminal),
		streams: s, live: s.StderrTerminal && !dumb && s.Columns > 0,
	}
}

func wantsColor(getenv func(string) string, noColor, terminal bool) bool {
	set := func(name string) bool { v := getenv(name); return v != "" && v != "0" }
	switch {
	case noColor || getenv("NO_COLOR") != "":
		return false
	case set("CLICOLOR_FORCE") || set("FORCE_COLOR"):
		return true
	case getenv("CLICOLOR") == "0":
		return false
	}
	return terminal
}

// otherCharset tells whether the locale names a character set that is not
// UTF-8. A locale that names none, as in most containers, is no reason to
// doubt the terminal.
func otherCharset(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		v := getenv(name)
		if v == "" {
			continue
		}
		_, charset, found := strings.Cut(v, ".")
		charset = strings.ToLower(strings.ReplaceAll(charset, "-", ""))
		return found && !strings.HasPrefix(charset, "utf8")
	}
	return false
}

// Print writes text to standard output. Text from outside must have been
// escaped.
func (t *Terminal) Print(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.eraseStatus()
	if _, err := io.WriteString(t.streams.Stdout, text); err != nil && t.failed == nil {
		t.failed = err
	}
	t.drawStatus()
}

// PrintErr writes text to standard error, where complaints and progress go.
func (t *Terminal) PrintErr(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.eraseStatus()
	// There is nobody left to tell when this fails.
	_, _ = io.WriteString(t.streams.Stderr, text)
	t.drawStatus()
}

// Out returns standard output as a writer, for documents that are written in
// pieces. Text from outside must have been escaped.
func (t *Terminal) Out() io.Writer { return outWriter{t} }

type outWriter struct{ t *Terminal }

func (w outWriter) Write(p []byte) (int, error) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	w.t.eraseStatus()
	n, err := w.t.streams.Stdout.Write(p)
	if err != nil && w.t.failed == nil {
		w.t.failed = err
	}
	w.t.drawStatus()
	return n, err
}

// Err returns the first error of writing to standard output, so that a command
// whose output was lost (a full disk, a closed pipe) does not end as if all
// were well.
func (t *Terminal) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// setStatus draws a line that stays below all that is printed, until it is
// replaced, or erased by "". It does nothing where nobody is looking.
func (t *Terminal) setStatus(text string) {
	if !t.live {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.eraseStatus()
	t.status = shorten(clean(text), max(t.streams.Columns-1, 10))
	t.drawStatus()
}

func (t *Terminal) eraseStatus() {
	if t.status != "" {
		_, _ = io.WriteString(t.streams.Stderr, "\r\x1b[K")
	}
}

func (t *Terminal) drawStatus() {
	if t.status != "" {
		_, _ = io.WriteString(t.streams.Stderr, t.status)
	}
}
