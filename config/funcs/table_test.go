package funcs

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// row is one line of testdata/functions.txt.
type row struct {
	function string
	kind     string // "", "unknown", "sensitive" or "error"
	expr     string
	want     string
	line     int
}

func readRows(t *testing.T) []row {
	t.Helper()
	f, err := os.Open("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []row
	name := ""
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		text := sc.Text()
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if heading, ok := strings.CutPrefix(text, "== "); ok {
			name = heading
			continue
		}
		r := row{function: name, line: n}
		for _, kind := range []string{"unknown", "sensitive", "error"} {
			if rest, ok := strings.CutPrefix(text, kind+" "); ok {
				r.kind, text = kind, rest
				break
			}
		}
		var ok bool
		if r.expr, r.want, ok = strings.Cut(text, " --> "); !ok {
			t.Fatalf("functions.txt:%d: there is no --> in the row", n)
		}
		rows = append(rows, r)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestFunctions(t *testing.T) {
	ctx := newContext(t)
	for _, r := range readRows(t) {
		got, diags := parse(t, r.expr).Value(ctx)
		if r.kind == "error" {
			if !diags.HasErrors() {
				t.Errorf("functions.txt:%d: %s: no error, but %#v", r.line, r.expr, got)
			} else if diags[0].Detail != r.want {
				t.Errorf("functions.txt:%d: %s:\n got %s\nwant %s", r.line, r.expr, diags[0].Detail, r.want)
			}
			continue
		}
		if diags.HasErrors() {
			t.Errorf("functions.txt:%d: %s: %s", r.line, r.expr, diags)
			continue
		}
		if want := eval(t, ctx, r.want); !same(got, want) {
			t.Errorf("functions.txt:%d: %s:\n got %#v\nwant %#v", r.line, r.expr, got, want)
		}
	}
}

// TestEveryFunctionHasRows fails for a function that functions.txt forgets.
func TestEveryFunctionHasRows(t *testing.T) {
	count := map[string]map[string]int{}
	for _, r := range readRows(t) {
		if count[r.function] == nil {
			count[r.function] = map[string]int{}
		}
		if !strings.Contains(r.expr, r.function+"(") {
			t.Errorf("functions.txt:%d: the row does not call %s", r.line, r.function)
		}
		if r.kind == "unknown" && !strings.Contains(r.expr, "unknown.") {
			t.Errorf("functions.txt:%d: nothing is unknown in the row", r.line)
		}
		if r.kind == "sensitive" && !strings.Contains(r.expr, "sensitive(") && !strings.Contains(r.expr, "templates.secret") {
			t.Errorf("functions.txt:%d: nothing is sensitive in the row", r.line)
		}
		count[r.function][r.kind]++
	}
	table := Functions(Options{})
	for _, name := range Names() {
		f := table[name]
		least := map[string]int{"": 2, "unknown": 1, "sensitive": 1}
		if len(f.Params()) == 0 && f.VarParam() == nil {
			least = map[string]int{"": 1} // without arguments none can be anything
		}
		for kind, n := range least {
			if count[name][kind] < n {
				t.Errorf("%s has %d rows of the kind %q in functions.txt, and needs %d", name, count[name][kind], kind, n)
			}
		}
		delete(count, name)
	}
	for name := range count {
		t.Errorf("functions.txt has rows of %s, which is no function", name)
	}
}

func TestNames(t *testing.T) {
	names := Names()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted, or not unique: %q", names)
	}
	table := Functions(Options{})
	if len(table) != 2*len(names) {
		t.Errorf("%d functions for %d names", len(table), len(names))
	}
	for _, name := range names {
		if strings.Contains(name, ":") {
			t.Errorf("%s is in a namespace", name)
		}
		if _, ok := table["core::"+name]; !ok {
			t.Errorf("%s has no second name in core", name)
		}
	}
	for _, wanted := range []string{"cidrcontains", "urldecode", "base64gunzip"} {
		if !slices.Contains(names, wanted) {
			t.Errorf("%s is missing", wanted)
		}
	}
	for _, unwanted := range []string{"list", "map", "type"} {
		if slices.Contains(names, unwanted) {
			t.Errorf("%s is there", unwanted)
		}
	}
}

func TestTablesAreIndependent(t *testing.T) {
	a, b := Functions(Options{}), Functions(Options{})
	delete(a, "upper")
	if _, ok := b["upper"]; !ok {
		t.Error("a change of one table shows in another")
	}
}

func TestPureOptions(t *testing.T) {
	pure := Functions(Options{Pure: true})
	for name, args := range map[string][]cty.Value{
		"timestamp":       nil,
		"uuid":            nil,
		"bcrypt":          {cty.StringVal("a")},
		"core::timestamp": nil,
		"plantimestamp":   nil,
	} {
		v, err := pure[name].Call(args)
		if err != nil {
			t.Errorf("%s: %s", name, err)
		} else if v.IsKnown() || v.Type() != cty.String {
			t.Errorf("%s is %#v while planning, not an unknown string", name, v)
		}
	}
}
