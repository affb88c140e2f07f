package redact

import (
	"regexp"
	"strings"
	"unicode"
)

// maxPrefix is how much of a line's beginning is looked at.
const maxPrefix = 128

// prefix is what docker compose, containerd, and programs themselves write at the
// beginning of a line: a name and a bar, a time, a stream.
var prefix = regexp.MustCompile(`^(?:[A-Za-z0-9_.-]{1,64} *\| ?)?(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[0-9.,:+Z-]*\]?[ \t]+)?(?:std(?:out|err) [FP] )?`)

// form is one way to write a secret.
type form struct{ text, secret string }

// finder finds the forms of secrets. It looks up each four bytes of a text, so that
// it costs no more to know more secrets.
type finder struct {
	forms   map[string][]form // by their first four bytes
	seen    map[string]bool
	longest int
}

func newFinder() *finder {
	return &finder{forms: map[string][]form{}, seen: map[string]bool{}}
}

// add has a secret be found, in every form. Of a long one, and one of several
// lines, there may be only a part somewhere: its lines are found too, as they are.
func (f *finder) add(secret string) {
	if len(secret) <= maxWhole {
		for _, text := range forms(newView(secret).text) {
			f.form(text, secret)
		}
	}
	if len(secret) > maxWhole || strings.Contains(secret, "\n") {
		for line := range strings.Lines(secret) {
			line = strings.TrimSpace(newView(line).text)
			for ; len(line) > maxLine; line = line[maxLine:] {
				f.form(line[:maxLine], secret)
			}
			if len(line) >= 2*MinSecret {
				f.form(line, secret)
			}
		}
	}
}

const (
	maxWhole = 16 << 10 // more than that of a secret is never sent at once
	maxLine  = 1 << 10
)

func (f *finder) form(text, secret string) {
	if len(text) < MinSecret || f.seen[text] {
		return
	}
	f.seen[text] = true
	f.forms[text[:MinSecret]] = append(f.forms[text[:MinSecret]], form{text, secret})
	f.longest = max(f.longest, len(text))
}

// in calls hit for each place of a form in a text.
func (f *finder) in(text string, hit func(from int, x form)) {
	if len(f.forms) == 0 {
		return
	}
	for i := 0; i+MinSecret <= len(text); i++ {
		for _, x := range f.forms[text[i:i+MinSecret]] {
			if strings.HasPrefix(text[i:], x.text) {
				hit(i, x)
			}
		}
	}
}

// spans returns where the secrets are, also with white space or the beginnings of
// lines between their parts. sure leaves out other ways to write them that are so
// short that they are in digests by chance.
func (f *finder) spans(v *view, sure bool) []span {
	if len(f.forms) == 0 {
		return nil
	}
	var out []span
	unsure := func(x form) bool {
		return sure && len(x.text) < 2*MinSecret && x.text != x.secret && x.text != withoutSpace(x.secret)
	}
	f.in(v.text, func(from int, x form) {
		if !unsure(x) {
			out = append(out, span{from, from + len(x.text), x.secret})
		}
	})
	if !strings.ContainsFunc(v.text, unicode.IsSpace) {
		return out
	}
	for _, prefixes := range []bool{false, true} {
		c := newCompact(v.text, prefixes)
		f.in(c.text, func(i int, x form) {
			from, to := c.at[i], c.at[i+len(x.text)-1]+1
			if to-from == len(x.text) || unsure(x) {
				return // it was found as it is
			}
			// Words that happen to end and begin like a short secret are not one.
			if len(x.text) < 2*MinSecret && (prefixes || strings.Trim(between(v.text[from:to]), "\n\r") != "") {
				return
			}
			out = append(out, span{from, to, x.secret})
		})
	}
	return out
}

// between returns the white space in a text.
func between(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return c
		}
		return -1
	}, s)
}

// cutOff returns where the end of one text is the beginning of a secret, whose rest
// somebody has cut off. Short ones are words.
func cutOff(v *view, from, to int, finders ...*finder) []span {
	text := v.text[from:to]
	if whole := strings.TrimSuffix(strings.TrimSuffix(text, "…"), "..."); len(whole) < len(text) {
		text = whole
	} else if len(text) < longLine {
		return nil
	}
	var out []span
	for _, f := range finders {
		for i := max(0, len(text)-f.longest); i+MinSecret < len(text); i++ {
			rest := text[i:]
			for _, x := range f.forms[rest[:MinSecret]] {
				if len(rest) < len(x.text) && (len(rest) >= 6 || 2*len(rest) >= len(x.text)) && strings.HasPrefix(x.text, rest) {
					out = append(out, span{from + i, from + len(text), x.secret})
				}
			}
		}
	}
	return out
}

// longLine is how long a text is that may have been cut without a mark.
const longLine = 200
