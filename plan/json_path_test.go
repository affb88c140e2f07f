package plan

import (
	"fmt"
	"testing"
)

func TestParseJSONPath(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"status", "[{status 0}] true"},
		{"items[0].name", "[{items 0} { 0} {name 0}] true"},
		{"[1][20]", "[{ 1} { 20}] true"},
		{"a b.c-d", "[{a b 0} {c-d 0}] true"},
		{"", "[] false"},
		{".a", "[] false"},
		{"a.", "[] false"},
		{"a..b", "[] false"},
		{"a.[0]", "[] false"},
		{"a[0]b", "[] false"},
		{"a[", "[] false"},
		{"a[0", "[] false"},
		{"a[]", "[] false"},
		{"a[-1]", "[] false"},
		{"a[99999999999]", "[] false"},
		{"a]", "[] false"},
	} {
		steps, ok := ParseJSONPath(c.path)
		if got := fmt.Sprint(steps, ok); got != c.want {
			t.Errorf("%q: got %s, want %s", c.path, got, c.want)
		}
	}
}
