package monitor

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"
)

// bound is a text that has an end: at most so many bytes, and whole letters.
func bound(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}

// plain is a text of a model, or of a log, in one bounded line of letters that
// show: nothing in it moves a cursor, hides, or turns the line around.
func plain(text string, n int) string {
	shows := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return bound(strings.Join(strings.Fields(shows), " "), n)
}

// objectIn is the JSON object in an answer, which may have words around it.
func objectIn(answer string) []byte {
	from, to := strings.Index(answer, "{"), strings.LastIndex(answer, "}")
	if from < 0 || to < from {
		return []byte(answer)
	}
	return []byte(answer[from : to+1])
}

// jsonNumber is a number as JSON has it, however long it is.
func jsonNumber(v cty.Value) json.Number { return json.Number(v.AsBigFloat().Text('g', -1)) }
