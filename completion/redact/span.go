package redact

import (
	"cmp"
	"slices"
	"strings"
)

// span is where a secret is.
type span struct {
	from, to int
	// secret is which one, where that is known: the same in all its forms.
	secret string
}

// merged returns spans in order and apart: those that overlap become one.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var out []span
	for _, s := range spans {
		if s.from >= s.to {
			continue
		}
		if n := len(out); n > 0 && s.from < out[n-1].to {
			last := &out[n-1]
			last.to = max(last.to, s.to)
			if last.secret == "" {
				last.secret = s.secret
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// findings are what looks like a secret in a text.
type findings struct {
	text    string
	spans   []span
	learned map[string]bool
}

// add notes a secret.
func (f *findings) add(from, to int) {
	if from < to {
		f.spans = append(f.spans, span{from: from, to: to})
	}
}

// whole notes a secret that was found by its name, so that it is one wherever else
// it is, unless it might as well be a word.
func (f *findings) whole(from, to int) {
	f.add(from, to)
	s := strings.TrimSpace(f.text[from:to])
	if len(s) < 8 || len(s) > maxLearned || tags.MatchString(s) || !strings.ContainsFunc(s, func(c rune) bool { return !isLower(c) && c != '-' && c != '_' && c != '.' && c != '/' && c != ' ' }) {
		return
	}
	if f.learned == nil {
		f.learned = map[string]bool{}
	}
	if len(f.learned) < maxLearned {
		f.learned[s] = true
	}
}

// maxLearned is how many secrets are learned from one text, and how long they may
// be.
const maxLearned = 1000

func isLower(c rune) bool { return c >= 'a' && c <= 'z' }

// outsideTags returns the spans without the tags that are in them, so that what
// has been redacted before stays as it is.
func (f *findings) outsideTags() []span {
	places := tags.FindAllStringIndex(f.text, -1)
	if len(places) == 0 {
		return f.spans
	}
	var out []span
	for _, s := range f.spans {
		i, _ := slices.BinarySearchFunc(places, s.from, func(p []int, from int) int { return cmp.Compare(p[1], from+1) })
		for ; i < len(places) && places[i][0] < s.to; i++ {
			out = append(out, span{from: s.from, to: places[i][0], secret: s.secret})
			s.from = places[i][1]
		}
		out = append(out, s)
	}
	return slices.DeleteFunc(out, func(s span) bool { return strings.TrimSpace(f.text[min(s.from, s.to):s.to]) == "" })
}
