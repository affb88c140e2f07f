package views

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apparentlymart/go-textseg/v17/textseg"
	"golang.org/x/text/width"
)

// displayWidth returns how many columns of a terminal s takes. s has been
// escaped: it holds nothing that moves the cursor.
func displayWidth(s string) int {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return len(s)
	}
	n, rest := 0, []byte(s)
	for len(rest) > 0 {
		advance, cluster, err := textseg.ScanGraphemeClusters(rest, true)
		if err != nil || advance == 0 {
			return n + len(rest)
		}
		n += clusterWidth(cluster)
		rest = rest[advance:]
	}
	return n
}

// clusterWidth returns the columns of one character as a reader sees it, which
// may be made of several runes.
func clusterWidth(cluster []byte) int {
	first, size := utf8.DecodeRune(cluster)
	if unicode.In(first, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(first).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	if size < len(cluster) && strings.ContainsRune(string(cluster), '\ufe0f') {
		return 2 // drawn as an emoji
	}
	return 1
}

// shorten cuts s to at most max columns, saying so with an ellipsis.
func shorten(s string, max int) string {
	if displayWidth(s) <= max {
		return s
	}
	n, rest := 0, []byte(s)
	for len(rest) > 0 {
		advance, cluster, err := textseg.ScanGraphemeClusters(rest, true)
		if err != nil || advance == 0 {
			break
		}
		w := clusterWidth(cluster)
		if n+w > max-3 {
			break
		}
		n += w
		rest = rest[advance:]
	}
	return s[:len(s)-len(rest)] + "..."
}

// wrap breaks text into lines of at most max columns between words. Line
// breaks in text are kept, and a line that begins with a space is taken to be
// laid out already. A word longer than a line stays whole.
func wrap(text string, max int) []string {
	var lines []string
	for _, para := range strings.Split(text, "\n") {
		if strings.HasPrefix(para, " ") || displayWidth(para) <= max {
			lines = append(lines, strings.TrimRight(para, " "))
			continue
		}
		var b strings.Builder
		col := 0
		for _, word := range strings.Fields(para) {
			w := displayWidth(word)
			if col > 0 && col+1+w > max {
				lines = append(lines, b.String())
				b.Reset()
				col = 0
			}
			if col > 0 {
				b.WriteByte(' ')
				col++
			}
			b.WriteString(word)
			col += w
		}
		lines = append(lines, b.String())
	}
	return lines
}
