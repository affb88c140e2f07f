package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
)

// forms are the ways in which a secret may be written, each also without white
// space. Some are shorter than what they stand for, where their ends depend on
// what is beside them.
func forms(s string) []string {
	// The last is what is left of bytes that are no characters.
	written := []string{s, url.QueryEscape(s), url.PathEscape(s), percent(s), html.EscapeString(s), escaped(s, false), escaped(escaped(s, false), false), escaped(s, true), string([]rune(s))}
	var out []string
	for i, text := range written {
		out = append(out, text, withoutSpace(text))
		if i > 0 && i < 4 {
			out = append(out, lowerPercent(text))
		}
	}
	digits := hex.EncodeToString([]byte(s))
	out = append(out, digits, strings.ToUpper(digits))
	// In Base64 it looks different by where in a group of three bytes it
	// begins; the characters at its ends depend on what is beside it.
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			whole := encoding.EncodeToString(append(make([]byte, before), s...))
			if from, to := (before*8+5)/6, (before+len(s))*8/6; from < to {
				out = append(out, whole[from:to])
			}
		}
	}
	return out
}

// escaped is a text as in JSON, without the quotes: as most write it, or in ASCII
// alone, as Python and PHP do.
func escaped(s string, ascii bool) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	text := string(quoted[1 : len(quoted)-1])
	if !ascii {
		// Only Go escapes those for HTML.
		return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(text)
	}
	var b strings.Builder
	for _, c := range text {
		if c < 0x80 {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// percent is a text with all encoded but letters and digits, as some do for URLs.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lowerPercent writes the digits of encoded bytes small.
func lowerPercent(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

func withoutSpace(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, s)
}
