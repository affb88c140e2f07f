package plugins

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/conceal"
)

// However much is written, and however long a line is, little of it is kept.
func TestTail(t *testing.T) {
	var logged []string
	out := &tail{each: func(line []byte) { logged = append(logged, strings.ToValidUTF8(string(line), "\uFFFD")) }}
	fmt.Fprint(out, "first\r\nsec")
	fmt.Fprint(out, "ond\n\xff\n")
	x := bytes.Repeat([]byte{'x'}, 1<<16)
	for range 100 {
		_, _ = out.Write(x)
	}
	if len(out.partial) > maxLogLine || cap(out.partial) > 4*maxLogLine {
		t.Errorf("it holds %d bytes", cap(out.partial))
	}
	last := out.last()
	if len(logged) != 4 || logged[0] != "first" || logged[1] != "second" || logged[2] != "\uFFFD" {
		t.Errorf("got %.100q", logged)
	}
	if want := fmt.Sprintf("... (%d bytes more)", 100<<16-maxLogLine); !strings.HasSuffix(logged[3], want) {
		t.Errorf("the long line ends in %q, want %q", logged[3][len(logged[3])-40:], want)
	}
	if n := len(last[len(last)-1]); n > tailLineSize+3 {
		t.Errorf("an error would have a line of %d bytes", n)
	}
	for i := range 100 {
		fmt.Fprintln(out, "line", i)
	}
	if last := out.last(); len(last) != tailLines || last[tailLines-1] != "line 99" {
		t.Errorf("got %q", last)
	}
}

// A gigabyte costs a few seconds at most.
func BenchmarkFlood(b *testing.B) {
	o := &output{log: slog.New(slog.DiscardHandler), secrets: new(conceal.Set)}
	out := &tail{each: o.line}
	chunk := bytes.Repeat([]byte("a line that says nothing at all..\n"), 1<<10)
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		_, _ = out.Write(chunk)
	}
}

func TestLimiter(t *testing.T) {
	var l limiter
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	passed := func(lines, size int) (n int) {
		for range lines {
			if _, ok := l.allow(size, now); ok {
				n++
			}
		}
		return n
	}
	if n := passed(5000, 10); n != burstLines {
		t.Errorf("%d lines passed at once", n)
	}
	now = now.Add(10 * time.Second)
	left, ok := l.allow(10, now)
	if !ok || left != 5000-burstLines {
		t.Errorf("%v, and %d lines are said to be left out", ok, left)
	}
	if n := passed(5000, 10); n != 10*lineRate-1 {
		t.Errorf("%d lines passed after 10 seconds", n)
	}
	now = now.Add(time.Hour)
	if n := passed(5000, maxLogLine); n != burstBytes/maxLogLine {
		t.Errorf("%d long lines passed", n)
	}
}

func TestOutputConceals(t *testing.T) {
	var log bytes.Buffer
	secrets := new(conceal.Set)
	o := &output{log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), secrets: secrets}
	secrets.Add("hunter22")
	o.line([]byte("the password is hunter22"))
	o.limit.lines = 0
	o.line([]byte("this is too much"))
	o.end()
	if got := log.String(); strings.Contains(got, "hunter22") || strings.Contains(got, "too much") || !strings.Contains(got, "lines_left_out=1") {
		t.Errorf("logged %s", got)
	}
}
