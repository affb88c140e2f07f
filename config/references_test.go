package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/clockwork-hcl/clockwork/addr"
)

func TestParseReference(t *testing.T) {
	for src, want := range map[string]Reference{
		"var.a":                     {Kind: RefVariable, Name: "a"},
		"var.a.b[0]":                {Kind: RefVariable, Name: "a"},
		"local.a":                   {Kind: RefLocal, Name: "a"},
		"file.a":                    {Kind: RefResource, Type: "file", Name: "a"},
		"file.a.path":               {Kind: RefResource, Type: "file", Name: "a"},
		"file.a[1].path":            {Kind: RefResource, Type: "file", Name: "a", Key: addr.IntKey(1), HasKey: true},
		`file.a["x.y"]`:             {Kind: RefResource, Type: "file", Name: "a", Key: addr.StringKey("x.y"), HasKey: true},
		"data.file.a.content":       {Kind: RefData, Type: "file", Name: "a"},
		"data.file.a[0]":            {Kind: RefData, Type: "file", Name: "a", Key: addr.IntKey(0), HasKey: true},
		"module.a":                  {Kind: RefModule, Name: "a"},
		"module.a.out":              {Kind: RefModule, Name: "a", Output: "out"},
		`module.a["k"].out.part[2]`: {Kind: RefModule, Name: "a", Output: "out", Key: addr.StringKey("k"), HasKey: true},
		"module.a[0]":               {Kind: RefModule, Name: "a", Key: addr.IntKey(0), HasKey: true},
		"each.key":                  {Kind: RefEach, Name: "key"},
		"each.value.x":              {Kind: RefEach, Name: "value"},
		"count.index":               {Kind: RefCount, Name: "index"},
		"self":                      {Kind: RefSelf},
		"self.path":                 {Kind: RefSelf},
		"path.module":               {Kind: RefPath, Name: "module"},
		"clockwork.version":         {Kind: RefClockwork, Name: "version"},
	} {
		trav, hdiags := hclsyntax.ParseTraversalAbs([]byte(src), "f", hcl.InitialPos)
		if hdiags.HasErrors() {
			t.Fatal(hdiags)
		}
		got, diags := ParseReference(trav)
		if diags.HasErrors() {
			t.Errorf("%s: %v", src, diags)
		}
		if len(got.Traversal) != len(trav) {
			t.Errorf("%s: the traversal is cut", src)
		}
		named := src[got.Range.Start.Byte:got.Range.End.Byte]
		got.Traversal, got.Range = nil, hcl.Range{}
		if !cmp.Equal(got, want, cmp.AllowUnexported(addr.Key{})) {
			t.Errorf("%s: got %+v, want %+v", src, got, want)
		}
		if !strings.HasPrefix(src, named) || want.Name != "" && !strings.Contains(named, want.Name) {
			t.Errorf("%s: the range is of %q", src, named)
		}
	}
}

func described(refs []Reference) string {
	var out []string
	for _, ref := range refs {
		out = append(out, traversalText(ref.Traversal))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestReferencesOfExpressions(t *testing.T) {
	for src, want := range map[string]string{
		`1`:                                   "",
		`"a ${var.b} ${local.c.d}"`:           "local.c.d var.b",
		`[for x in var.xs : x.y if x != z.z]`: "var.xs z.z",
		`{ (file.a.path) = file.b.c, d = 1 }`: "file.a.path file.b.c",
		`file.a[var.i].path`:                  "file.a var.i",
		`file.a[*].path`:                      "file.a",
		`f(var.a, var.b...)`:                  "var.a var.b",
		`!var.a ? -var.b : (var.c)`:           "var.a var.b var.c",
		"<<EOT\n%{ for x in var.xs }${x}${var.y}%{ endfor }\nEOT\n": "var.xs var.y",
	} {
		e, hdiags := hclsyntax.ParseExpression([]byte(src), "f", hcl.InitialPos)
		if hdiags.HasErrors() {
			t.Fatal(hdiags)
		}
		refs, diags := References(e)
		if got := described(refs); got != want || diags.HasErrors() {
			t.Errorf("%s: got %q, want %q: %v", src, got, want, diags)
		}
	}
}

// TestReferencesOfBodies reads the same body in both syntaxes.
func TestReferencesOfBodies(t *testing.T) {
	const native = `
a = var.a
nested "label" {
  b = [var.b, { c = "x${var.c}" }]
}
dynamic "port" {
  for_each = var.ports
  labels   = [port.key, var.l]
  content {
    host = port.value + var.d
    dynamic "inner" {
      for_each = port.value.list
      iterator = it
      content {
        x = it.value + port.key + inner.value
      }
    }
    outer = it.value
  }
}
after = port.value
`
	const json = `{
  "a": "${var.a}",
  "nested": {"label": {"b": ["${var.b}", {"c": "x${var.c}"}]}},
  "dynamic": [{"port": {
    "for_each": "${var.ports}", "labels": ["${port.key}", "${var.l}"],
    "content": {
      "host": "${port.value + var.d}",
      "dynamic": {"inner": [{"for_each": "${port.value.list}", "iterator": "it", "content": {"x": "${it.value + port.key + inner.value}"}}]},
      "outer": "${it.value}"
    }
  }}],
  "after": "${port.value}",
  "//": "${var.comment}"
}`
	const want = "inner.value it.value port.value var.a var.b var.c var.d var.l var.ports"
	file, hdiags := hclsyntax.ParseConfig([]byte(native), "f", hcl.InitialPos)
	if hdiags.HasErrors() {
		t.Fatal(hdiags)
	}
	refs, diags := BodyReferences(file.Body)
	if got := described(refs); got != want || diags.HasErrors() {
		t.Errorf("native: got %q, want %q: %v", got, want, diags)
	}
	file, hdiags = hcljson.Parse([]byte(json), "f.json")
	if hdiags.HasErrors() {
		t.Fatal(hdiags)
	}
	refs, diags = BodyReferences(file.Body)
	if got := described(refs); got != want || diags.HasErrors() {
		t.Errorf("JSON: got %q, want %q: %v", got, want, diags)
	}
}

func TestPropertyCalledDynamic(t *testing.T) {
	file, hdiags := hcljson.Parse([]byte(`{"labels": {"dynamic": {"x": "${var.a}", "y": {"for_each": "${var.b}"}}}, "other": {"dynamic": "${var.c}"}, "more": {"dynamic": ["${var.d}"]}}`), "f.json")
	if hdiags.HasErrors() {
		t.Fatal(hdiags)
	}
	refs, _ := BodyReferences(file.Body)
	if got := described(refs); got != "var.a var.b var.c var.d" {
		t.Errorf("got %q", got)
	}
}

func TestReferencesOfObjects(t *testing.T) {
	c, diags := Load(t.Context(), "testdata/valid/all_blocks", testOptions())
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	web := c.Root.Resources["docker_container.web"]
	refs, diags := web.References(c.Root)
	got := strings.Join(slices.Compact(strings.Split(described(refs), " ")), " ")
	want := "data.file.in docker_network.app docker_network.app.name each.key each.value file.index file.index.sha256 file.many local.names module.child self.name var.host"
	if got != want || diags.HasErrors() {
		t.Errorf("got  %s\nwant %s\n%v", got, want, diags)
	}
	refs, diags = c.Root.Calls["child"].References(c.Root)
	if got := described(refs); got != "docker_network.app each.key local.names" || diags.HasErrors() {
		t.Errorf("got %s %v", got, diags)
	}
}

// TestManyUndeclaredNames takes a project in which every reference is misspelt.
func TestManyUndeclaredNames(t *testing.T) {
	for _, n := range []int{maxSuggestions / 2, 3 * maxSuggestions} {
		var src strings.Builder
		for i := range n {
			fmt.Fprintf(&src, "resource \"file\" \"name%d\" {\n  path = file.nmae%d.path\n}\n", i, i)
		}
		opts := testOptions()
		opts.Overlay = map[string][]byte{"main.cw.hcl": []byte(src.String())}
		c, _ := Load(t.Context(), "/nowhere", opts)
		diags := c.CheckReferences()
		if len(diags) != n {
			t.Errorf("%d errors, want %d", len(diags), n)
		}
		if suggests := strings.Contains(diags[0].Detail, "Did you mean"); suggests != (n <= maxSuggestions) {
			t.Errorf("of %d names: %s", n, diags[0].Detail)
		}
	}
}
