package redact

import (
	"unicode"
	"unicode/utf8"
)

// view is a text without what cannot be seen in it, which would keep secrets from
// being found: control characters but for white space, sequences that colour a
// terminal, characters of no width, marks of direction.
type view struct {
	text string
	at   []int // where in the raw text each byte is, and its end; nil if it is the same
}

func newView(raw string) *view {
	clean := true
	for i := 0; i < len(raw) && clean; i++ {
		clean = raw[i] < utf8.RuneSelf && (raw[i] >= ' ' && raw[i] != 0x7f || raw[i] == '\n' || raw[i] == '\t')
	}
	if clean {
		return &view{text: raw}
	}
	v := &view{at: make([]int, 0, len(raw)+1)}
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c, n := utf8.DecodeRuneInString(raw[i:])
		if m := colour(raw[i:]); m > 0 {
			i += m
			continue
		}
		if c == utf8.RuneError && n == 1 || !Invisible(c) {
			for k := range n {
				text, v.at = append(text, raw[i+k]), append(v.at, i+k)
			}
		}
		i += n
	}
	v.text, v.at = string(text), append(v.at, len(raw))
	return v
}

// colour returns the length of the control sequence (ECMA-48, section 5.4) that a
// text begins with, 0 for none.
func colour(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	i := 2
	for i < len(s) && s[i] >= 0x20 && s[i] <= 0x3f {
		i++
	}
	if i < len(s) && s[i] >= 0x40 && s[i] <= 0x7e {
		return i + 1
	}
	return 0
}

// WithoutColours returns a text without the sequences that colour a terminal, or
// move in it.
func WithoutColours(s string) string {
	var out []byte
	end := 0
	for i := 0; i < len(s); {
		n := colour(s[i:])
		if n == 0 {
			i++
			continue
		}
		out = append(out, s[end:i]...)
		i += n
		end = i
	}
	if out == nil {
		return s
	}
	return string(append(out, s[end:]...))
}

// Invisible tells whether a character shows nothing of itself, but for line feeds,
// tabs and spaces.
func Invisible(c rune) bool {
	switch {
	case c == '\n' || c == '\t' || c >= ' ' && c < 0x7f:
		return false
	case c == 0x2800 || c == 0x3164 || c == 0xffa0: // a blank in Braille, and in Hangul
		return true
	case unicode.In(c, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Zl, unicode.Zp):
		return true
	}
	return !unicode.IsGraphic(c)
}

// from returns where in the view a place in the raw text is, or what follows it.
func (v *view) from(raw int) int {
	if v.at == nil {
		return raw
	}
	low, high := 0, len(v.at)-1
	for low < high {
		if middle := (low + high) / 2; v.at[middle] < raw {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// raw turns spans of the view into spans of the raw text.
func (v *view) raw(spans []span) []span {
	if v.at == nil {
		return spans
	}
	for i, s := range spans {
		spans[i].from, spans[i].to = v.at[s.from], v.at[s.to-1]+1
	}
	return spans
}

// compact is a view without white space, for secrets that are spread over lines.
type compact struct {
	text string
	at   []int
}

// newCompact takes white space out, and what some write at the beginning of each
// line of a log, if prefixes says so.
func newCompact(text string, prefixes bool) compact {
	out := compact{at: make([]int, 0, len(text))}
	kept := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if prefixes && (i == 0 || text[i-1] == '\n') {
			if n := len(prefix.FindString(text[i:min(len(text), i+maxPrefix)])); n > 0 {
				i += n
				continue
			}
		}
		c, n := utf8.DecodeRuneInString(text[i:])
		if !unicode.IsSpace(c) {
			for k := range n {
				kept, out.at = append(kept, text[i+k]), append(out.at, i+k)
			}
		}
		i += n
	}
	out.text = string(kept)
	return out
}
