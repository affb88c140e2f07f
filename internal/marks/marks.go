package marks

import "github.com/zclconf/go-cty/cty"

// Mark is the type of all marks, so that they cannot be mistaken for others'.
type Mark string

// Sensitive is on every value that must not be shown, logged or sent. It
// spreads to everything made from such a value.
const Sensitive = Mark("sensitive")

// IsSensitive tells whether v itself, not only something inside it, is
// sensitive.
func IsSensitive(v cty.Value) bool { return v.HasMark(Sensitive) }

// HoldsSensitive tells whether v or anything inside it is sensitive.
func HoldsSensitive(v cty.Value) bool {
	if v.HasMark(Sensitive) {
		return true
	}
	if !v.ContainsMarked() {
		return false
	}
	_, ms := v.UnmarkDeep()
	_, ok := ms[Sensitive]
	return ok
}
