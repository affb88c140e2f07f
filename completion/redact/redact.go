package redact

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// MinSecret is how many bytes a known secret must have to be looked for: shorter
// ones are everywhere.
const MinSecret = 4

// Redactor takes secrets out of texts. What is taken out is replaced by a tag, the
// same one for the same secret, which says nothing about it to others. It is safe
// for concurrent use.
type Redactor struct {
	salt  []byte
	known *finder
}

// New returns a redactor that knows the secrets given. The words true, false and
// null are no secrets, whoever says so.
func New(secrets []string) *Redactor {
	r := &Redactor{salt: make([]byte, 32), known: newFinder()}
	_, _ = rand.Read(r.salt) // it never fails
	for _, s := range secrets {
		if s = strings.TrimSpace(s); len(s) >= MinSecret && s != "true" && s != "false" && s != "null" {
			r.known.add(s)
		}
	}
	return r
}

// Text returns a text without secrets.
func (r *Redactor) Text(s string) string {
	return r.pieces([]piece{{text: s}})[0]
}

// Lines returns the lines of one text without secrets. There are as many as before.
func (r *Redactor) Lines(lines []string) []string {
	pieces := make([]piece, len(lines))
	for i, l := range lines {
		pieces[i].text = l
	}
	return r.pieces(pieces)
}

// Holds tells whether a known secret is in a text, as it is or in another way to
// write it, also over lines.
func (r *Redactor) Holds(s string) bool { return len(r.known.spans(newView(s), true)) > 0 }

// Shows tells whether a known secret is in a text exactly as it is. It does not look
// at tags.
func (r *Redactor) Shows(s string) bool {
	found := false
	r.known.in(tags.ReplaceAllString(s, "\x00"), func(_ int, x form) { found = found || x.text == x.secret })
	return found
}

// tags are what stands in the places of secrets.
var tags = regexp.MustCompile(`«redacted-[0-9a-f]{6}»`)

// Numbered returns a redacted text with its tags numbered in order, so that it is
// equal to another one that is so but for what the secrets are.
func Numbered(s string) string {
	seen := map[string]string{}
	return tags.ReplaceAllStringFunc(s, func(tag string) string {
		if seen[tag] == "" {
			seen[tag] = fmt.Sprintf("«redacted-%d»", len(seen)+1)
		}
		return seen[tag]
	})
}

// tag is what stands in the place of a secret.
func (r *Redactor) tag(secret string) string {
	sum := hmac.New(sha256.New, r.salt)
	sum.Write([]byte(secret))
	return "«redacted-" + hex.EncodeToString(sum.Sum(nil))[:6] + "»"
}

// piece is one of the texts that leave together.
type piece struct {
	text   string
	secret bool // all of it, because of the name that it is under
}

// pieces returns the texts without secrets. They are looked at as one, each on
// lines of its own.
func (r *Redactor) pieces(pieces []piece) []string {
	var all strings.Builder
	starts := make([]int, len(pieces))
	for i, p := range pieces {
		if i > 0 {
			all.WriteByte('\n')
		}
		starts[i] = all.Len()
		all.WriteString(p.text)
	}
	raw := all.String()
	v := newView(raw)
	found := &findings{text: v.text}
	for i, p := range pieces {
		if p.secret {
			found.whole(v.from(starts[i]), v.from(starts[i]+len(p.text)))
		}
	}
	found.likely()
	learned := newFinder()
	for secret := range found.learned {
		learned.add(secret)
	}
	spans := append(found.outsideTags(), r.known.spans(v, false)...)
	spans = append(spans, learned.spans(v, false)...)
	for i, p := range pieces {
		spans = append(spans, cutOff(v, v.from(starts[i]), v.from(starts[i]+len(p.text)), r.known, learned)...)
	}
	return r.replaced(raw, pieces, starts, v.raw(merged(spans)))
}

// replaced puts tags in the place of what is at the spans, which are in order and
// apart. A secret that is spread over pieces leaves a tag in each of them.
func (r *Redactor) replaced(raw string, pieces []piece, starts []int, spans []span) []string {
	out := make([]string, len(pieces))
	for i, p := range pieces {
		from, to := starts[i], starts[i]+len(p.text)
		for len(spans) > 0 && spans[0].to <= from {
			spans = spans[1:]
		}
		if len(spans) == 0 || spans[0].from >= to {
			out[i] = p.text
			continue
		}
		var b strings.Builder
		at := from
		for _, s := range spans {
			if s.from >= to {
				break
			}
			if s.from > at {
				b.WriteString(raw[at:s.from])
			}
			secret := s.secret
			if secret == "" {
				secret = raw[s.from:s.to]
			}
			b.WriteString(r.tag(secret))
			at = min(s.to, to)
		}
		b.WriteString(raw[at:to])
		out[i] = b.String()
	}
	return out
}
