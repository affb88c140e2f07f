package git

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// teller reads what git says on standard error: it passes progress on, now and
// then, and keeps the last of the rest.
type teller struct {
	progress func(string)
	line     []byte
	kept     []string
	told     string
	at       time.Time
}

const (
	maxLine      = 300 // of a line, in bytes
	keptLines    = 12
	progressRest = time.Second
)

var percent = regexp.MustCompile(`^(?:remote: )?([A-Z][A-Za-z ]+): +(\d+)% `)

func (t *teller) Write(p []byte) (int, error) {
	for _, b := range p {
		switch {
		case b == '\r' || b == '\n':
			t.end()
		case len(t.line) < maxLine:
			t.line = append(t.line, b)
		}
	}
	return len(p), nil
}

func (t *teller) end() {
	line := printable(string(t.line))
	t.line = t.line[:0]
	if m := percent.FindStringSubmatch(line); m != nil {
		message := m[1] + ": " + m[2] + "%"
		if now := time.Now(); t.progress != nil && message != t.told && now.Sub(t.at) >= progressRest {
			t.told, t.at = message, now
			t.progress(message)
		}
		return
	}
	if line != "" && !strings.HasPrefix(line, "hint: ") {
		t.kept = append(t.kept, line)
		t.kept = t.kept[max(0, len(t.kept)-keptLines):]
	}
}

// last is what git said last, in one line, without the remote's location.
func (t *teller) last(remote string) string {
	t.end()
	text := strings.Join(t.kept, "; ")
	if remote != "" {
		text = strings.ReplaceAll(text, remote, "the URL")
	}
	return userinfo.ReplaceAllString(text, "$1")
}

// printable is text that does nothing to a terminal.
func printable(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text))
}
