package completion

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/clockwork-hcl/clockwork/completion/redact"
)

// maxText is how many bytes of one text are sent.
const maxText = 2000

// shown is a text in which all can be seen, and the first of it if it is long.
// Sequences that colour a terminal are taken out. Other control characters but for
// line feeds and tabs, characters that show nothing, and those that turn the
// direction of writing become their numbers, and so do bytes that are no
// characters.
func shown(s string) string {
	s = redact.WithoutColours(s)
	var b strings.Builder
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		before := b.Len()
		switch {
		case c == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case redact.Invisible(c):
			fmt.Fprintf(&b, `\u{%x}`, c)
		default:
			b.WriteRune(c)
		}
		if b.Len() > maxText {
			return b.String()[:before] + "…"
		}
		i += n
	}
	return b.String()
}

// shownAll shows all texts in a value as encoding/json decodes it.
func shownAll(v any) any {
	switch v := v.(type) {
	case string:
		return shown(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = shownAll(x)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, x := range v {
			out[shown(name)] = shownAll(x)
		}
		return out
	}
	return v
}

// textsIn returns the texts in such a value.
func textsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{v.String()}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, textsIn(x)...)
		}
		return out
	case map[string]any:
		var out []string
		for name, x := range v {
			out = append(append(out, name), textsIn(x)...)
		}
		return out
	}
	return nil
}

// cutTo returns the first bytes of a text.
func cutTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
