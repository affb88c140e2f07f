package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/docker/docker/pkg/jsonmessage"
)

// teller tells of progress, in lines that are not too many.
type teller struct {
	tell func(string)
	last time.Time
}

const between = time.Second

// say tells a line unless there was one just before.
func (t *teller) say(format string, args ...any) {
	if time.Since(t.last) >= between {
		t.always(format, args...)
	}
}

func (t *teller) always(format string, args ...any) {
	t.last = time.Now()
	t.tell(fmt.Sprintf(format, args...))
}

// engineError is an error that the engine reports in a stream of messages.
type engineError struct{ text string }

func (e *engineError) Error() string { return e.text }

// messages hands on what the engine says of a pull or a build, and returns the
// error it ends in, if any.
func messages(r io.Reader, each func(jsonmessage.JSONMessage)) error {
	for d := json.NewDecoder(r); ; {
		var m jsonmessage.JSONMessage
		switch err := d.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case m.Error != nil:
			return &engineError{m.Error.Message}
		}
		each(m)
	}
}

// layers counts what is pulled.
type layers struct {
	seen map[string]*layer
}

type layer struct {
	done           bool
	current, total int64
}

func (l *layers) note(m jsonmessage.JSONMessage) {
	if m.ID == "" {
		return
	}
	at := l.seen[m.ID]
	switch m.Status {
	case "Pulling fs layer", "Already exists", "Waiting":
	default:
		if at == nil {
			return // not about a layer
		}
	}
	if at == nil {
		at = &layer{}
		l.seen[m.ID] = at
	}
	switch m.Status {
	case "Downloading":
		if m.Progress != nil {
			at.current, at.total = m.Progress.Current, max(at.total, m.Progress.Total)
		}
	case "Verifying Checksum", "Download complete", "Extracting":
		at.current = at.total
	case "Pull complete", "Already exists":
		at.done, at.current = true, at.total
	}
}

// String is such as "3 of 5 layers, 12.4 MB of 30.1 MB".
func (l *layers) String() string {
	done, current, total := 0, int64(0), int64(0)
	for _, at := range l.seen {
		if at.done {
			done++
		}
		current += at.current
		total += at.total
	}
	s := fmt.Sprintf("%d of %d layers", done, len(l.seen))
	if total > 0 {
		s += fmt.Sprintf(", %s of %s", megabytes(current), megabytes(total))
	}
	return s
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// output is what a build says, line by line, without secrets. The last lines
// are kept.
type output struct {
	hide *strings.Replacer
	each func(line string)
	rest string
	tail []string
}

const (
	maxShown = 200 // runes of a line that are shown
	maxTail  = 15  // lines that are kept
	maxWait  = 64 << 10
	minGuess = 4 // what is shorter is no secret, and found everywhere
)

// hiding returns a replacer that puts the names of build arguments in the
// place of their values.
func hiding(args map[string]string) *strings.Replacer {
	type pair struct{ value, name string }
	var pairs []pair
	for _, name := range sortedKeys(args) {
		for line := range strings.Lines(args[name]) { // the output is looked at by lines
			if value := strings.TrimSpace(line); len(value) >= minGuess {
				pairs = append(pairs, pair{value, "(" + name + ")"})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return len(b.value) - len(a.value) })
	var list []string
	for _, p := range pairs {
		list = append(list, p.value, p.name)
	}
	return strings.NewReplacer(list...)
}

func (o *output) write(text string) {
	o.rest += text
	for {
		i := strings.IndexAny(o.rest, "\r\n")
		if i < 0 && len(o.rest) < maxWait {
			return
		}
		if i < 0 {
			i = len(o.rest) - 1
		}
		line := o.rest[:i]
		o.rest = o.rest[i+1:]
		o.line(line)
	}
}

func (o *output) line(text string) {
	text = o.clean(text)
	if text == "" {
		return
	}
	o.tail = append(o.tail, text)
	if len(o.tail) > maxTail {
		o.tail = o.tail[1:]
	}
	o.each(text)
}

// clean makes one line fit to be shown.
func (o *output) clean(text string) string {
	text = o.hide.Replace(text)
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
	if runes := []rune(text); len(runes) > maxShown {
		text = string(runes[:maxShown]) + "…"
	}
	return text
}

// ended takes what is left.
func (o *output) ended() {
	o.line(o.rest)
	o.rest = ""
}
