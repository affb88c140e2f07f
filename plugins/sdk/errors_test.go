package sdk

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func TestParsePath(t *testing.T) {
	for text, want := range map[string]cty.Path{
		"a":                 cty.GetAttrPath("a"),
		"ports[0].host":     cty.GetAttrPath("ports").IndexInt(0).GetAttr("host"),
		`labels["a.b[c]"]`:  cty.GetAttrPath("labels").IndexString("a.b[c]"),
		`a.b["x\"y"].c[12]`: cty.GetAttrPath("a").GetAttr("b").IndexString(`x"y`).GetAttr("c").IndexInt(12),
	} {
		got, err := parsePath(text)
		if err != nil || !got.Equals(want) {
			t.Errorf("%s is %#v (%v)", text, got, err)
		}
		if back := pathText(got); back != text {
			t.Errorf("%s is written as %s", text, back)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a[x]", "a[-1]", `a["x]`, "a[0]b", "a[99999999999]"} {
		if got, err := parsePath(text); err == nil {
			t.Errorf("%q is taken for %#v", text, got)
		}
	}
}

func TestErrorsAsDiagnostics(t *testing.T) {
	at := At("a[0]", "Bad.", "it is %d, not 2", 1)
	for _, c := range []struct {
		err  error
		want diag.Diagnostics
	}{
		{nil, nil},
		{errors.New("connection refused"), diag.Diagnostics{{Summary: "Cannot do it", Detail: "Connection refused."}}},
		{errors.New("what? no!"), diag.Diagnostics{{Summary: "Cannot do it", Detail: "What? no."}}},
		{errors.New(""), diag.Diagnostics{{Summary: "Cannot do it", Detail: "It does not say more."}}},
		{at, diag.Diagnostics{{Summary: "Bad", Detail: "It is 1, not 2.", Path: cty.GetAttrPath("a").IndexInt(0)}}},
		{fmt.Errorf("wrapped: %w", at), diag.Diagnostics{{Summary: "Bad", Detail: "It is 1, not 2.", Path: cty.GetAttrPath("a").IndexInt(0)}}},
		{errors.Join(Errorf("A", "B."), errors.Join(errors.New("c"), at)), diag.Diagnostics{{Summary: "A", Detail: "B."},
			{Summary: "Cannot do it", Detail: "C."}, {Summary: "Bad", Detail: "It is 1, not 2.", Path: cty.GetAttrPath("a").IndexInt(0)}}},
		{fmt.Errorf("get: %w", context.Canceled), diag.Diagnostics{{Summary: "Interrupted", Detail: "It was interrupted before it was done. Try again."}}},
		{diag.Warningf("W", "X."), diag.Diagnostics{{Severity: diag.Warning, Summary: "W", Detail: "X."}}},
		{diag.Diagnostic{Summary: "S", Detail: "D."}, diag.Diagnostics{{Summary: "S", Detail: "D."}}},
		{At("a[", "Bad", "It is."), diag.Diagnostics{{Summary: "Bad",
			Detail: `It is. (The provider says that this is about something that it cannot name rightly: "a[" is no path of an attribute, such as ports[0].host.)`}}},
		{Errorf("", "Two\nlines"), diag.Diagnostics{{Summary: "The provider reports a problem", Detail: "Two\nlines."}}},
	} {
		got := diagnose(c.err, "Cannot do it")
		if len(got) != len(c.want) {
			t.Errorf("%v: %v, not %v", c.err, got, c.want)
			continue
		}
		for i := range got {
			g, w := got[i], c.want[i]
			if g.Severity != w.Severity || g.Summary != w.Summary || g.Detail != w.Detail || !g.Path.Equals(w.Path) {
				t.Errorf("%v: %#v, not %#v", c.err, g, w)
			}
		}
	}
	if got := at.Error(); got != "a[0]: Bad.: it is 1, not 2" {
		t.Errorf("as an error it is %q", got)
	}
}

func TestPathsThatLeadNowhere(t *testing.T) {
	obj := &providers.Object{Attributes: map[string]*providers.Attribute{
		"a":    {Type: cty.Map(cty.String)},
		"any":  {Type: cty.DynamicPseudoType},
		"list": {Nested: &providers.Nested{Nesting: providers.NestingList, Object: providers.Object{Attributes: map[string]*providers.Attribute{"b": {Type: cty.String}}}}},
		"one":  {Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: providers.Object{Attributes: map[string]*providers.Attribute{"b": {Type: cty.String}}}}},
	}}
	for text, want := range map[string]bool{
		"a": true, `a["x"]`: true, "a.x": false, "b": false, "list": true, "list[0]": true, "list[0].b": true, "list.b": false,
		"list[0].c": false, "one.b": true, "one[0]": false, "any.x": true, "list[0].b.c": false,
	} {
		path, err := parsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := leads(obj, path); got != want {
			t.Errorf("%s leads somewhere: %v", text, got)
		}
	}
	if !leads(obj, nil) {
		t.Error("the object itself is nowhere")
	}
}

func TestShorten(t *testing.T) {
	if got := shorten("abc", 3); got != "abc" {
		t.Errorf("got %q", got)
	}
	if got := shorten("äääää", 8); got != "ää..." {
		t.Errorf("got %q", got)
	}
}
