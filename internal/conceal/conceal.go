package conceal

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	// shortest is how many bytes a text has at least that is looked for. Shorter
	// ones are found in any text, where they mean something else.
	shortest = 4
	hidden   = "(sensitive value)"
)

// Set is a set of secrets. It is safe for concurrent use, and empty at first.
type Set struct {
	mu       sync.Mutex
	texts    map[string]bool // with every form that is looked for
	replacer *strings.Replacer
}

// Forms returns how a secret may stand in a text: as it is, in JSON and in a URL. What
// is too short to be looked for is left out.
func Forms(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:], inJSON(secret, true), inJSON(secret, false)}
	return slices.DeleteFunc(forms, func(form string) bool { return len(form) < shortest })
}

// inJSON returns a text as it stands between the quotes of JSON.
func inJSON(text string, escapeHTML bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(text) // always works
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// Add adds texts, as a whole and by line, in all their forms.
func (s *Set) Add(texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range texts {
		if len(text) < shortest || s.texts[text] {
			continue
		}
		if s.texts == nil {
			s.texts = map[string]bool{}
		}
		s.texts[text] = true
		s.replacer = nil
		for _, line := range append(strings.Split(text, "\n"), text) {
			for _, form := range Forms(strings.TrimSpace(line)) {
				s.texts[form] = true
			}
		}
	}
}

// Hide returns text without the secrets.
func (s *Set) Hide(text string) string {
	if text == "" {
		return ""
	}
	s.mu.Lock()
	if len(s.texts) == 0 {
		s.mu.Unlock()
		return text
	}
	if s.replacer == nil {
		// The longest first, so that none is hidden by half.
		sorted := make([]string, 0, len(s.texts))
		for t := range s.texts {
			sorted = append(sorted, t)
		}
		slices.SortFunc(sorted, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
		pairs := make([]string, 0, 2*len(sorted))
		for _, t := range sorted {
			pairs = append(pairs, t, hidden)
		}
		s.replacer = strings.NewReplacer(pairs...)
	}
	r := s.replacer
	s.mu.Unlock()
	return r.Replace(text)
}
