package redact

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// MinSecret is how many bytes a known secret must have to be looked for: shorter
// ones are everywhere.
const MinSecret = 4

// Redactor takes secrets out of texts. What is taken out is replaced by a tag, the
// same one for the same secret, which says nothing about it to others. It is safe
// for concurrent use.
type Redactor struct {
	salt  []byte
	known []known // the longest first
}

// known is one form of a known secret.
type known struct{ form, secret string }

// New returns a redactor that knows the secrets given.
func New(secrets []string) *Redactor {
	r := &Redactor{salt: make([]byte, 32)}
	_, _ = rand.Read(r.salt) // it never fails
	seen := map[string]bool{}
	for _, s := range secrets {
		s = strings.TrimSpace(s)
		if len(s) < MinSecret {
			continue
		}
		for _, form := range forms(s) {
			if len(form) >= MinSecret && !seen[form] {
				seen[form] = true
				r.known = append(r.known, known{form, s})
			}
		}
	}
	slices.SortFunc(r.known, func(a, b known) int {
		return cmp.Or(cmp.Compare(len(b.form), len(a.form)), cmp.Compare(a.form, b.form))
	})
	return r
}

// forms are the ways in which a secret may be written.
func forms(s string) []string {
	out := []string{withoutSpace(s), url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s)))}
	if quoted, err := json.Marshal(s); err == nil {
		out = append(out, withoutSpace(strings.Trim(string(quoted), `"`)))
	}
	// In Base64 it looks different by where in a group of three bytes it
	// begins; the characters at its ends depend on what is beside it.
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			whole := encoding.EncodeToString(append(make([]byte, before), s...))
			from, to := (before*8+5)/6, (before+len(s))*8/6
			if from < to {
				out = append(out, whole[from:to])
			}
		}
	}
	return out
}

// tag is what stands in the place of a secret.
func (r *Redactor) tag(secret string) string {
	sum := hmac.New(sha256.New, r.salt)
	sum.Write([]byte(secret))
	return "«redacted-" + hex.EncodeToString(sum.Sum(nil))[:6] + "»"
}

// WithoutTags returns a text without the tags that stand in the place of secrets.
func WithoutTags(s string) string { return tags.ReplaceAllString(s, "") }

// Text returns a text without secrets. Known ones are found even when white space,
// line ends or characters that cannot be seen are in them.
func (r *Redactor) Text(s string) string {
	s = r.withoutKnown(s)
	for _, p := range patterns {
		s = p.replace(s, r.tag)
	}
	// Digests of images stay, whose random look says nothing.
	var out strings.Builder
	end := 0
	for _, at := range token.FindAllStringIndex(s, -1) {
		m := s[at[0]:at[1]]
		if !random(m) || strings.HasSuffix(s[:at[0]], "sha256:") && len(m) == 64 || strings.HasSuffix(s[:at[0]], "«") {
			continue
		}
		out.WriteString(s[end:at[0]])
		out.WriteString(r.tag(m))
		end = at[1]
	}
	out.WriteString(s[end:])
	return out.String()
}

// leastForm is how long another way to write a secret has to be, for Holds: shorter
// ones are in digests by chance.
const leastForm = 8

// Holds tells whether a secret that is known is in a text, as it is or in another way
// to write it.
func (r *Redactor) Holds(s string) bool {
	compact := withoutSpace(s)
	return slices.ContainsFunc(r.known, func(k known) bool {
		return (len(k.form) >= leastForm || k.form == withoutSpace(k.secret)) && strings.Contains(compact, k.form)
	})
}

// withoutKnown takes out the secrets that are known.
func (r *Redactor) withoutKnown(s string) string {
	if len(r.known) == 0 {
		return s
	}
	compact, places := compacted(s)
	type span struct {
		from, to int
		secret   string
	}
	var spans []span
	for _, k := range r.known {
		for at := 0; ; {
			i := strings.Index(compact[at:], k.form)
			if i < 0 {
				break
			}
			at += i
			spans = append(spans, span{places[at], places[at+len(k.form)-1] + 1, k.secret})
			at += len(k.form)
		}
	}
	if len(spans) == 0 {
		return s
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var out strings.Builder
	end := 0
	for _, x := range spans {
		if x.to <= end {
			continue
		}
		if x.from >= end {
			out.WriteString(s[end:x.from])
			out.WriteString(r.tag(x.secret))
		}
		end = x.to
	}
	out.WriteString(s[end:])
	return out.String()
}

// compacted returns a text without what cannot be seen, and where in it each byte was.
func compacted(s string) (string, []int) {
	out := make([]byte, 0, len(s))
	places := make([]int, 0, len(s))
	for i, c := range s {
		if unseen(c) {
			continue
		}
		size := len(string(c))
		if c == unicode.ReplacementChar {
			size = 1 // a byte that is no character, or the first of it
		}
		for n := range size {
			if i+n < len(s) {
				out, places = append(out, s[i+n]), append(places, i+n)
			}
		}
	}
	return string(out), places
}

func withoutSpace(s string) string {
	return strings.Map(func(c rune) rune {
		if unseen(c) {
			return -1
		}
		return c
	}, s)
}

// unseen tells whether a character leaves no trace in a text: white space, and what
// controls or joins letters.
func unseen(c rune) bool { return unicode.IsSpace(c) || unicode.In(c, unicode.Cc, unicode.Cf) }

// Value returns a value made of what encoding/json decodes to, without secrets.
// What stands under a name that looks like a secret's is taken out whatever it is.
func (r *Redactor) Value(v any) any {
	switch v := v.(type) {
	case string:
		return r.Text(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = r.Value(x)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, x := range v {
			if secretName.MatchString(name) && !isNothing(x) {
				out[r.Text(name)] = r.tag(fmt.Sprint(x))
			} else {
				out[r.Text(name)] = r.Value(x)
			}
		}
		return out
	}
	return v
}

func isNothing(v any) bool { return v == nil || v == "" || v == true || v == false }

// Lines does so for the lines of one text.
func (r *Redactor) Lines(lines []string) []string {
	const end = "\n"
	// A secret that goes over a line's end takes the end with it, and the
	// lines are joined there.
	return strings.Split(r.Text(strings.Join(lines, end)), end)
}

// random tells whether a word is too irregular to be one, judged by the entropy
// of its characters.
func random(s string) bool {
	var lower, upper, digit bool
	count := map[rune]int{}
	for _, c := range s {
		count[c]++
		lower, upper, digit = lower || c >= 'a' && c <= 'z', upper || c >= 'A' && c <= 'Z', digit || c >= '0' && c <= '9'
	}
	if !digit || !lower && !upper {
		return false
	}
	entropy := 0.0
	for _, n := range count {
		p := float64(n) / float64(len(s))
		entropy -= p * math.Log2(p)
	}
	if lower && upper {
		return entropy > 3.2
	}
	return len(s) >= 32 && entropy > 3
}

// pattern is something that looks like a secret. Its first group, where it has
// one, stays.
type pattern struct{ *regexp.Regexp }

func (p pattern) replace(s string, tag func(string) string) string {
	return p.ReplaceAllStringFunc(s, func(m string) string {
		stays := p.FindStringSubmatch(m)[1]
		if strings.HasPrefix(m[len(stays):], "«redacted-") {
			return m // that was done already
		}
		hidden, at := strings.CutSuffix(m[len(stays):], "@") // of userinfo in a URL
		if at {
			return stays + tag(hidden) + "@"
		}
		return stays + tag(hidden)
	})
}

// names of what is secret, as a part of a longer name.
const names = `(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|auth|credentials?|cookie|session(?:[_-]?id)?|signature|dsn|connection[_-]?string)`

var (
	tags       = regexp.MustCompile(`«redacted-[0-9a-f]{6}»`)
	secretName = regexp.MustCompile(`(?i)(?:^|[^a-z])` + names + `s?(?:$|[^a-z])|(?i:password|passwd|secret|apikey|credential)|[a-z](?:Password|Secret|Token|ApiKey|Key|Cookie)$`)
	// token is what may be a random word.
	token = regexp.MustCompile(`[A-Za-z0-9+_=-]{20,}`)
	// patterns, the wider ones first.
	patterns = []pattern{
		{regexp.MustCompile(`()-----BEGIN [A-Z0-9 ]+-----(?:[^-]|-[^-])*?(?:-----END [A-Z0-9 ]+-----|$)`)},
		{regexp.MustCompile(`(?i)(\b(?:proxy-)?authorization\b["']?\s*[:=]\s*["']?(?:(?:bearer|basic|digest|token)\s+)?)[^\s"',;«]+`)},
		{regexp.MustCompile(`(?i)(\b(?:bearer|basic)\s+)[a-z0-9._~+/=-]{8,}`)},
		{regexp.MustCompile(`(?i)(\b(?:set-)?cookie\b["']?\s*[:=]\s*)[^\r\n]+`)},
		{regexp.MustCompile(`(?i)([a-z0-9_.-]*` + names + `s?(?:[_-][a-z0-9_-]*)?["']?\s*(?:=>|[:=])\s*)(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&})\]«]+)`)},
		{regexp.MustCompile(`(?i)(--[a-z0-9-]*` + names + `[a-z0-9-]*\s+)[^\s-][^\s]*`)},
		{regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@"'<>]+@`)},
		{regexp.MustCompile(`()\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?`)},
		{regexp.MustCompile(`()\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b`)},
		{regexp.MustCompile(`()\b(?:gh[pousr]_|github_pat_|glpat-|gldt-|xox[abeoprs]-|xapp-|sk[-_]|pk_live_|rk_live_|whsec_|AIza|ya29\.|npm_|pypi-|hf_|dop_v1_|shpat_|SG\.|hvs\.|key-)[A-Za-z0-9._-]{10,}`)},
	}
)
