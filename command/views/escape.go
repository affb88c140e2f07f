package views

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// keepRunes says which of the runes that move a cursor are left as they are.
type keepRunes uint8

const (
	keepNone     keepRunes = 0
	keepNewlines keepRunes = 1 << iota
	keepTabs
	inQuotes // quotes and backslashes are escaped, as in a quoted string
)

// clean returns s fit for one line of a terminal.
func clean(s string) string { return escape(s, keepNone) }

// cleanLines returns s fit for a terminal, its newlines kept and its tabs
// made spaces.
func cleanLines(s string) string {
	return escape(strings.ReplaceAll(s, "\r\n", "\n"), keepNewlines)
}

// quote returns s as a quoted string of one line.
func quote(s string) string {
	return `"` + escape(s, inQuotes) + `"`
}

// escape replaces everything in s that is not plainly visible by an escape in
// HCL's notation, but for what keep allows. An invalid byte becomes \xNN.
func escape(s string, keep keepRunes) string {
	i := 0
	for i < len(s) && s[i] >= 0x20 && s[i] < 0x7f && (keep&inQuotes == 0 || s[i] != '"' && s[i] != '\\') {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)+16), s[:i]...)
	var last rune
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			const hex = "0123456789abcdef"
			out = append(out, '\\', 'x', hex[s[i]>>4], hex[s[i]&15])
		case keep&inQuotes != 0 && (r == '"' || r == '\\'):
			out = append(out, '\\', byte(r))
		case r == '\n' && keep&keepNewlines != 0, r == '\t' && keep&keepTabs != 0:
			out = append(out, byte(r))
		case r == '\t' && keep&keepNewlines != 0:
			out = append(out, "    "...)
		case visible(r) || r == '\u200d' && joins(last, s[i+n:]):
			out = append(out, s[i:i+n]...)
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		default:
			out = appendUnicode(out, r)
		}
		last = r
		i += n
	}
	return string(out)
}

// visible tells whether r shows as itself. Spaces other than the ordinary one
// do not, but for the one as wide as an ideograph, which shows by its width.
func visible(r rune) bool {
	return unicode.IsPrint(r) || r == '\u3000'
}

// joins tells whether a zero-width joiner between last and rest is part of an
// emoji, and not there to hide.
func joins(last rune, rest string) bool {
	next, n := utf8.DecodeRuneInString(rest)
	pictorial := func(r rune) bool { return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) }
	return (pictorial(last) || last == '\ufe0f') && n > 0 && pictorial(next)
}

func appendUnicode(out []byte, r rune) []byte {
	width, prefix := 4, `\u`
	if r > 0xffff {
		width, prefix = 8, `\U`
	}
	digits := strconv.FormatInt(int64(r), 16)
	out = append(out, prefix...)
	for range width - len(digits) {
		out = append(out, '0')
	}
	return append(out, digits...)
}
