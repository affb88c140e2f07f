package plugins

import (
	"strings"
	"sync"
)

const (
	tailLines    = 12
	tailLineSize = 400
)

// tail keeps the last lines of an output for an error message, and of a Go
// program that crashes the first lines of its last words, which say why.
type tail struct {
	each func(line string) // called for every line, whole

	mu      sync.Mutex
	partial []byte
	lines   []string
	fatal   bool // lines are those of a crash
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range b {
		if c == '\n' {
			t.line()
		} else if t.partial = append(t.partial, c); len(t.partial) == 64<<10 {
			t.line()
		}
	}
	return len(b), nil
}

func (t *tail) line() {
	line := strings.TrimRight(string(t.partial), "\r")
	t.partial = t.partial[:0]
	if t.each != nil {
		t.each(line)
	}
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		t.fatal, t.lines = true, nil
	}
	if strings.TrimSpace(line) == "" || t.fatal && len(t.lines) == tailLines {
		return
	}
	if len(line) > tailLineSize {
		line = line[:tailLineSize] + "..."
	}
	if len(t.lines) == tailLines {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, strings.ToValidUTF8(line, "\uFFFD"))
}

// last returns the lines kept, with what there is of an unfinished one.
func (t *tail) last() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.partial) > 0 {
		t.line()
	}
	return append([]string(nil), t.lines...)
}
