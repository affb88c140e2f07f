package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
)

func name(s string) plan.PathStep { return plan.PathStep{Name: s} }
func key(s string) plan.PathStep  { return plan.PathStep{Key: s, IsKey: true} }

func TestParseAttributePath(t *testing.T) {
	for text, want := range map[string]plan.AttributePath{
		"memory":                           {name("memory")},
		"healthcheck.interval":             {name("healthcheck"), name("interval")},
		`networks["app"]`:                  {name("networks"), key("app")},
		`networks["a]b\"."].aliases`:       {name("networks"), key(`a]b".`), name("aliases")},
		`env["REDIS_HOST"]`:                {name("env"), key("REDIS_HOST")},
		`env[""]`:                          {name("env"), key("")},
		`env["<&>"]`:                       {name("env"), key("<&>")},
		`env["${x}"]`:                      {name("env"), key("${x}")},
		"a1_b." + strings.Repeat("c", 507): {name("a1_b"), name(strings.Repeat("c", 507))},
	} {
		got, err := plan.ParseAttributePath(text)
		if err != nil || !slices.Equal(got, want) || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if got, err := plan.ParseAttributePath(`env[ "\u0041"]`); err != nil || got.String() != `env["A"]` {
		t.Errorf("%s, %v", got, err)
	}
	for text, why := range map[string]string{
		"": "made of names", " memory": "made of names", "Memory": "made of names", "_x": "made of names", "1": "made of names", "м": "made of names",
		"a.": "made of names", "a..b": "made of names", ".a": "made of names", "a b": "comes a dot", "a-b": "comes a dot", "aB": "comes a dot",
		`["a"]`: "begins with the name", "a[0]": "double quotes", "a[*]": "double quotes", "a[": "double quotes", `a["b"`: "double quotes",
		"a['b']": "double quotes", "a[b]": "double quotes", `a["b" ]`: "double quotes", `a["b"]c`: "comes a dot", `a["b\"]`: "double quotes",
		"a[null]": "double quotes", `a[["b"]]`: "double quotes", "a\n": "comes a dot",
		strings.Repeat("a", 513): "at most 512 bytes",
	} {
		if got, err := plan.ParseAttributePath(text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestAttributePathWithin(t *testing.T) {
	for _, c := range []struct {
		p, q string
		want bool
	}{
		{"a", "a", true}, {"a.b", "a", true}, {`a["b"]`, "a", true}, {`a["b"].c`, `a["b"]`, true},
		{"a", "a.b", false}, {"ab", "a", false}, {"a.b", `a["b"]`, false}, {`a["b"]`, "a.b", false}, {`a["b"]`, `a["c"]`, false},
	} {
		p, _ := plan.ParseAttributePath(c.p)
		q, _ := plan.ParseAttributePath(c.q)
		if got := p.Within(q); got != c.want {
			t.Errorf("%s within %s: %v", c.p, c.q, got)
		}
	}
	p, _ := plan.ParseAttributePath(`a["x"].b["y"]`)
	if p.Attribute() != "a.b" {
		t.Error(p.Attribute())
	}
}

func TestPathOf(t *testing.T) {
	for want, path := range map[string]cty.Path{
		"memory":         cty.GetAttrPath("memory"),
		`env["A"]`:       cty.GetAttrPath("env").IndexString("A"),
		"ports":          cty.GetAttrPath("ports").IndexInt(0).GetAttr("host"), // as far as it has names
		`n["x"].aliases`: cty.GetAttrPath("n").IndexString("x").GetAttr("aliases").IndexInt(1),
		"a":              cty.GetAttrPath("a").Index(cty.UnknownVal(cty.String)),
		"b":              cty.GetAttrPath("b").Index(cty.StringVal("x").Mark(1)),
	} {
		if got := plan.PathOf(path).String(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// FuzzParseAttributePath: a path that can be read is written in one way, which can be
// read again.
func FuzzParseAttributePath(f *testing.F) {
	for _, text := range []string{"memory", "healthcheck.interval", `networks["app"].aliases`, `env["\u2028<&>\\"]`, "a[0]", `a["b`, "a..b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := plan.ParseAttributePath(text)
		if err != nil {
			return
		}
		again, err := plan.ParseAttributePath(p.String())
		if len(p.String()) > plan.MaxPathLength {
			return // escapes can make it longer
		}
		if err != nil || !slices.Equal(again, p) {
			t.Fatalf("%q is %q, which is %q: %v", text, p, again, err)
		}
	})
}
