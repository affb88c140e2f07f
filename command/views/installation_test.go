package views

import (
	"bytes"
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var stdout, stderr bytes.Buffer
		env := map[string]string{"TERM": "xterm", "NO_COLOR": "1"}
		term := NewTerminal(Streams{Stdout: &stdout, Stderr: &stderr, StderrTerminal: terminal, Columns: 80},
			func(name string) string { return env[name] }, false)
		d := NewDownload(term)
		d.Begin("example.com/acme/shop\x1b[2J", "1.2.3", 2_000_000)
		d.Advance(500_000)
		d.End()
		got := stderr.String()
		if !strings.HasPrefix(got, "Downloading example.com/acme/shop") || strings.Contains(got, "\x1b[2J") || !strings.Contains(got, "1.2.3 (2.0 MB)...\n") {
			t.Errorf("it prints %q", got)
		}
		if drawn := strings.Contains(got, "███████░░░░░░░░░░░░░░░░░░░░░░░  25% of 2.0 MB"); drawn != terminal {
			t.Errorf("at a terminal (%v) it prints %q", terminal, got)
		}
		if terminal != strings.HasSuffix(got, "\r\x1b[K") || stdout.Len() > 0 {
			t.Errorf("at the end it prints %q", got)
		}
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		done, size int64
		want       string
	}{
		{0, 1, strings.Repeat("-", 30) + "   0% of 1 B"},
		{999, 999, strings.Repeat("=", 30) + " 100% of 999 B"},
		{5000, 1000, strings.Repeat("=", 30) + " 100% of 1.0 kB"}, // a server that lies
		{0, 0, strings.Repeat("-", 30) + "   0% of 0 B"},
		{1 << 29, 1 << 30, strings.Repeat("=", 15) + strings.Repeat("-", 15) + "  50% of 1.1 GB"},
	} {
		if got := bar(c.done, c.size, false); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.done, c.size, got, c.want)
		}
	}
}
