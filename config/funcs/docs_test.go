package funcs

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// TestDocs checks docs/functions.md: each example has the result that is
// written beside it, and every function has one line.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	ctx := newContext(t)
	ctx.Variables["local"] = cty.ObjectVal(map[string]cty.Value{
		"greeting": cty.StringVal("Hello ${name}!"),
		"secret":   cty.StringVal(newRSA(t).ciphertext),
	})

	var names, table []string
	for n, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "| `") {
			if !slices.IsSorted(table) {
				t.Errorf("functions.md:%d: the table above is not sorted", n+1)
			}
			table = nil
			continue
		}
		cells := strings.Split(line, " | ")
		if len(cells) != 4 {
			t.Errorf("functions.md:%d: %d cells, not 4", n+1, len(cells))
			continue
		}
		name, example, result := code(cells[0]), code(cells[2]), code(cells[3])
		names, table = append(names, name), append(table, name)
		if !strings.Contains(example, name+"(") {
			t.Errorf("functions.md:%d: the example does not call %s", n+1, name)
		}
		got := eval(t, ctx, example)
		if marks.HoldsSensitive(got) {
			if result != "(sensitive value)" {
				t.Errorf("functions.md:%d: %s is sensitive, not %s", n+1, example, result)
			}
			continue
		}
		if want := eval(t, ctx, result); asJSON(t, got) != asJSON(t, want) {
			t.Errorf("functions.md:%d: %s is %s, not %s", n+1, example, asJSON(t, got), asJSON(t, want))
		}
	}
	slices.Sort(names)
	if want := Names(); !slices.Equal(names, want) {
		t.Errorf("functions.md has lines for\n%q, and there are\n%q", names, want)
	}
}

// code returns what is between the backquotes of a table's cell.
func code(cell string) string {
	return strings.Trim(cell, "|` ")
}

// asJSON makes lists, sets and tuples comparable, and maps and objects.
func asJSON(t *testing.T, v cty.Value) string {
	t.Helper()
	b, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
