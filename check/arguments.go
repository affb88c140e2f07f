package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// arguments are those of an assert that belong to its type. Where not said
// otherwise the methods that read one want it to be known.
type arguments struct{ cty.Value }

// known tells whether an argument is wholly known, and not null.
func (a arguments) known(name string) bool {
	v := a.GetAttr(name)
	return !v.IsNull() && v.IsWhollyKnown()
}

// secret tells whether an argument, known or not, holds anything sensitive.
func (a arguments) secret(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return marks.HoldsSensitive(a.GetAttr(name)) })
}

// plain returns an argument without marks, and false if it is null or not
// known.
func (a arguments) plain(name string) (cty.Value, bool) {
	if !a.known(name) {
		return cty.NilVal, false
	}
	v, _ := a.GetAttr(name).UnmarkDeep()
	return v, true
}

func (a arguments) text(name string) string {
	v, ok := a.plain(name)
	if !ok {
		return ""
	}
	return v.AsString()
}

func (a arguments) number(name string) int {
	v, ok := a.plain(name)
	var n int
	if ok {
		_ = gocty.FromCtyValue(v, &n) // it was validated
	}
	return n
}

func (a arguments) duration(name string) time.Duration {
	d, _ := time.ParseDuration(a.text(name)) // it was validated
	return d
}

func (a arguments) flag(name string) bool {
	v, ok := a.plain(name)
	return ok && v.True()
}

func (a arguments) list(name string) []string {
	v, ok := a.plain(name)
	if !ok {
		return nil
	}
	var out []string
	for _, e := range v.AsValueSlice() {
		out = append(out, e.AsString())
	}
	return out
}

// pairs returns a map's entries, in the order of their keys.
func (a arguments) pairs(name string) [][2]string {
	v, ok := a.plain(name)
	if !ok {
		return nil
	}
	entries := v.AsValueMap()
	var out [][2]string
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		out = append(out, [2]string{key, entries[key].AsString()})
	}
	return out
}

// hidden is what is shown in a secret's place.
const hidden = "(sensitive)"

// shortestSecret is how long a text must be to be taken for a secret when it is
// found in another: one or two letters are in any text.
const shortestSecret = 3

// secrets are texts that must not be shown, the longest first.
type secrets []string

// secretsIn returns the texts and numbers that are sensitive in values, whole
// and by line.
func secretsIn(values ...cty.Value) secrets {
	found := map[string]bool{}
	for _, v := range values {
		findSecrets(v, false, func(s string) {
			for _, part := range append(strings.Split(s, "\n"), s) {
				if part = strings.TrimSpace(part); len(part) >= shortestSecret {
					quoted := strconv.Quote(part)
					found[part], found[quoted[1:len(quoted)-1]] = true, true
				}
			}
		})
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
}

func findSecrets(v cty.Value, secret bool, found func(string)) {
	secret = secret || marks.IsSensitive(v)
	v, _ = v.Unmark()
	switch {
	case v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String && secret:
		found(v.AsString())
	case v.Type() == cty.Number && secret:
		found(v.AsBigFloat().Text('f', -1))
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			key, e := it.Element()
			if v.Type().IsMapType() {
				findSecrets(key, secret, found)
			}
			findSecrets(e, secret, found)
		}
	}
}

// hide returns text without the secrets.
func (s secrets) hide(text string) string {
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// maxMessage is how long a message may be, in bytes.
const maxMessage = 1000

// bounded cuts a message that is too long.
func bounded(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "..."
}
