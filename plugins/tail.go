package plugins

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	tailLines    = 12
	tailLineSize = 400
	// maxLogLine is how much of a line is kept; of what is longer, the rest is
	// dropped.
	maxLogLine = 8 << 10
)

// tail keeps the last lines of an output for an error message, and of a Go
// program that crashes the first lines of its last words, which say why. It
// takes no more memory than that, whatever is written, and little time.
type tail struct {
	each func(line []byte) // called for every line, which is not to be kept

	mu      sync.Mutex
	partial []byte
	more    int      // bytes of the line beyond what is in partial
	lines   [][]byte // the oldest first
	fatal   bool     // lines are those of a crash
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := b; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i >= 0 && i <= maxLogLine && len(t.partial) == 0 {
			t.line(rest[:i])
			rest = rest[i+1:]
			continue
		}
		piece := rest
		if i >= 0 {
			piece, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		room := min(maxLogLine-len(t.partial), len(piece))
		t.partial = append(t.partial, piece[:room]...)
		t.more += len(piece) - room
		if i >= 0 {
			t.flush()
		}
	}
	return len(b), nil
}

// flush ends the line that is not complete.
func (t *tail) flush() {
	line := t.partial
	if t.more > 0 {
		line = fmt.Appendf(line, "... (%d bytes more)", t.more)
	}
	t.partial, t.more = t.partial[:0], 0
	t.line(line)
}

func (t *tail) line(line []byte) {
	line = bytes.TrimRight(line, "\r")
	if t.each != nil {
		t.each(line)
	}
	if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		t.fatal, t.lines = true, nil
	}
	if len(bytes.TrimSpace(line)) == 0 || t.fatal && len(t.lines) == tailLines {
		return
	}
	var kept []byte
	if len(t.lines) == tailLines {
		kept = t.lines[0][:0]
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	if len(line) > tailLineSize {
		kept = append(append(kept, line[:tailLineSize]...), "..."...)
	} else {
		kept = append(kept, line...)
	}
	t.lines = append(t.lines, kept)
}

// last returns the lines kept, with what there is of an unfinished one.
func (t *tail) last() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.partial) > 0 {
		t.flush()
	}
	var out []string
	for _, line := range t.lines {
		out = append(out, strings.ToValidUTF8(string(line), "\uFFFD"))
	}
	return out
}

// What a provider may write to the log: so many lines and bytes at once, and so
// many a second on the long run. A flood would fill the disk.
const (
	burstLines, lineRate = 1000, 10
	burstBytes, byteRate = 1 << 20, 10 << 10
)

// limiter says what of an output is logged.
type limiter struct {
	mu      sync.Mutex
	started bool
	lines   float64 // that may be written now
	bytes   float64
	last    time.Time
	left    int // out, since a line was logged
}

// allow tells whether a line of n bytes is to be logged, and how many were left
// out before it.
func (l *limiter) allow(n int, now time.Time) (left int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.started {
		l.started, l.lines, l.bytes = true, burstLines, burstBytes
	} else if passed := now.Sub(l.last).Seconds(); passed > 0 {
		l.lines = min(burstLines, l.lines+passed*lineRate)
		l.bytes = min(burstBytes, l.bytes+passed*byteRate)
	}
	l.last = now
	if l.lines < 1 || l.bytes < float64(n) {
		l.left++
		return 0, false
	}
	l.lines--
	l.bytes -= float64(n)
	left, l.left = l.left, 0
	return left, true
}

// rest returns how many lines have been left out at last.
func (l *limiter) rest() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := l.left
	l.left = 0
	return left
}
