package plan

import (
	"strconv"
	"strings"
)

// JSONStep is one step into a JSON value: to the member of an object, or where
// Name is empty, to an element of a list.
type JSONStep struct {
	Name  string
	Index int
}

// ParseJSONPath reads a path into a JSON value, such as "items[0].name".
func ParseJSONPath(text string) ([]JSONStep, bool) {
	var steps []JSONStep
	for rest := text; rest != ""; {
		if behind, ok := strings.CutPrefix(rest, "["); ok {
			digits, after, closed := strings.Cut(behind, "]")
			n, err := strconv.ParseUint(digits, 10, 31)
			if !closed || err != nil {
				return nil, false
			}
			steps, rest = append(steps, JSONStep{Index: int(n)}), after
			continue
		}
		behind, dot := strings.CutPrefix(rest, ".")
		end := strings.IndexAny(behind, ".[]")
		if end < 0 {
			end = len(behind)
		}
		if end == 0 || dot == (len(steps) == 0) {
			return nil, false
		}
		steps, rest = append(steps, JSONStep{Name: behind[:end]}), behind[end:]
	}
	return steps, len(steps) > 0
}
