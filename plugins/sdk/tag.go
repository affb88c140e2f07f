package sdk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// tag is what a field's cw tag says.
type tag struct {
	name string
	set  map[string]bool // options without a value

	def        string // default=
	hasDefault bool
	enum, from []string
	normalise  string
	tier       providers.Tier
	min, max   int
}

// words are the options without a value.
func words() []string {
	return []string{"required", "optional", "computed", "replace", "sensitive", "stable", "completable", "block", "set",
		"unordered", "plan_always"}
}

// settings are the options with a value, each with how it is read.
func settings() map[string]func(*tag, string) error {
	return map[string]func(*tag, string) error{
		"default":   func(t *tag, v string) error { t.def, t.hasDefault = v, true; return nil },
		"enum":      func(t *tag, v string) error { t.enum = strings.Split(v, "|"); return nil },
		"from":      func(t *tag, v string) error { t.from = strings.Split(v, "|"); return nil },
		"normalise": func(t *tag, v string) error { t.normalise = v; return nil },
		"tier": func(t *tag, v string) error {
			switch v {
			case "free":
				t.tier = providers.TierFree
			case "approval":
				t.tier = providers.TierApproval
			default:
				return fmt.Errorf("%q is no tier: write tier=free or tier=approval; without either it is out of reach", v)
			}
			return nil
		},
		"min": func(t *tag, v string) (err error) { t.min, err = atLeast(v, 0); return err },
		"max": func(t *tag, v string) (err error) { t.max, err = atLeast(v, 1); return err },
	}
}

func atLeast(v string, least int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least {
		return 0, fmt.Errorf("%q is no whole number from %d on", v, least)
	}
	return n, nil
}

// parseTag reads "name,option,option=value". A value in single quotes may hold
// commas.
func parseTag(text string) (tag, error) {
	parts, err := splitTag(text)
	if err != nil {
		return tag{}, err
	}
	t := tag{name: parts[0], set: map[string]bool{}}
	seen := map[string]bool{}
	for _, part := range parts[1:] {
		name, value, hasValue := strings.Cut(part, "=")
		read := settings()[name]
		switch {
		case seen[name]:
			return tag{}, fmt.Errorf("%q is there twice", name)
		case read != nil && !hasValue:
			return tag{}, fmt.Errorf("%q needs a value: write %s=VALUE", name, name)
		case read != nil:
			if err := read(&t, value); err != nil {
				return tag{}, err
			}
		case slices.Contains(words(), name) && hasValue:
			return tag{}, fmt.Errorf("%q takes no value", name)
		case slices.Contains(words(), name):
			t.set[name] = true
		default:
			all := slices.Sorted(maps.Keys(settings()))
			all = append(all, words()...)
			return tag{}, fmt.Errorf("there is no option %q.%s", name, diag.DidYouMean(name, all))
		}
		seen[name] = true
	}
	return t, nil
}

func splitTag(text string) ([]string, error) {
	var parts []string
	var part strings.Builder
	quoted := false
	for _, r := range text {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == ',' && !quoted:
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	if quoted {
		return nil, errors.New("a quote is not closed")
	}
	return append(parts, part.String()), nil
}
