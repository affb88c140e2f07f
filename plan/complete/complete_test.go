package complete

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
)

// rich has a completable attribute of every kind, and others.
func rich() *providers.Object {
	completable := func(ty cty.Type, a providers.Attribute) *providers.Attribute {
		a.Type, a.Required, a.Completable, a.Tier = ty, true, true, providers.TierFree
		return &a
	}
	return &providers.Object{
		Description: "A thing.",
		Attributes: map[string]*providers.Attribute{
			"text":   completable(cty.String, providers.Attribute{Description: "What it says."}),
			"kind":   completable(cty.String, providers.Attribute{Enum: []string{"small", "large"}}),
			"size":   completable(cty.String, providers.Attribute{Normalise: providers.NormaliseBytes, Description: "How large."}),
			"number": completable(cty.Number, providers.Attribute{}),
			"flag":   completable(cty.Bool, providers.Attribute{}),
			"list":   completable(cty.List(cty.String), providers.Attribute{}),
			"set":    completable(cty.Set(cty.Number), providers.Attribute{}),
			"never":  {Type: cty.String, Required: true, Completable: true},
			"env":    {Type: cty.Map(cty.String), Optional: true, Description: "Variables."},
			"secret": {Type: cty.String, Optional: true, Sensitive: true},
			"later":  {Type: cty.String, Optional: true},
			"unset":  {Type: cty.String, Optional: true},
			"ports": {Optional: true, Nested: &providers.Nested{Nesting: providers.NestingList, Object: providers.Object{
				Attributes: map[string]*providers.Attribute{"host": {Type: cty.Number, Optional: true}, "key": {Type: cty.String, Optional: true}}}}},
		},
	}
}

func lacks(names ...string) *Resource {
	return &Resource{Address: "thing.it[0]", Subject: "thing.it", Source: "clockwork/thing", Type: "thing", Object: rich(), Description: "says hello", Missing: names,
		Config: cty.NullVal(rich().Type())}
}

func TestAnswer(t *testing.T) {
	r := lacks("text", "kind", "size", "number", "flag", "list", "set")
	got, err := r.Answer([]byte(`{"text": "a ${var.x} %{ if true }\n", "kind": "small", "size": "64MiB", "number": 0.5, "flag": false,
		"list": ["a", "b"], "set": [2, 1, 2]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]cty.Value{
		"text": cty.StringVal("a ${var.x} %{ if true }\n"), "kind": cty.StringVal("small"), "size": cty.StringVal("64MiB"),
		"number": cty.NumberFloatVal(0.5), "flag": cty.False, "list": cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")}),
		"set": cty.SetVal([]cty.Value{cty.NumberIntVal(1), cty.NumberIntVal(2)}),
	} {
		if !got[name].RawEquals(want) {
			t.Errorf("%s is %#v", name, got[name])
		}
	}
	stored, err := Encode(got)
	if err != nil {
		t.Fatal(err)
	}
	back, ok := r.Decode(stored, r.Missing)
	if !ok || !cty.ObjectVal(back).RawEquals(cty.ObjectVal(got)) {
		t.Errorf("stored and read again it is %#v", back)
	}
}

func TestBadAnswers(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	for _, tc := range []struct{ missing, answer, want string }{
		{"text", ``, "ends too early"},
		{"text", `I would say {"text": "x"}`, "not JSON"},
		{"text", `null`, "not a JSON object"},
		{"text", `["text"]`, "not a JSON object"},
		{"text", `{}`, `"text" is missing`},
		{"text", `{"text": "a", "text": "b"}`, "twice"},
		{"text", `{"text": "a", "Text": "b"}`, "twice"},
		{"text", `{"Text": "a"}`, `"text" is missing`},
		{"text", `{"text": "a", "privileged": true}`, `"privileged" was not asked for`},
		{"text", `{"text": null}`, "not a string"},
		{"text", `{"text": 8080}`, "not a string"},
		{"text", `{"text": {"a": "b"}}`, "not a string"},
		{"text", `{"text": " \n"}`, "empty"},
		{"text", `{"text": "a\u0000b"}`, "control characters"},
		{"text", `{"text": "\u001b[2Jgone"}`, "control characters"},
		{"text", "{\"text\": \"\xff\"}", "UTF-8"},
		{"text", `{"text": "` + long + `"}`, "too long"},
		{"list", `{"list": ["` + long[:MaxText/2] + `", "` + long[:MaxText/2+1] + `"]}`, "too long"},
		{"text", strings.Repeat(`{"text":`, 10000), "nested more than"},
		{"kind", `{"kind": "medium"}`, `must be one of ["small" "large"]`},
		{"size", `{"size": "plenty"}`, "How large."},
		{"number", `{"number": "1"}`, "not a number"},
		{"number", `{"number": NaN}`, "not JSON"},
		{"number", `{"number": 1e18}`, "too large"},
		{"number", `{"number": -1e99999999}`, "larger exponent"},
		{"number", `{"number": 1e-400}`, "too near to zero"},
		{"number", `{"number": 0.` + strings.Repeat("1", 100) + `}`, "not a number"},
		{"flag", `{"flag": "true"}`, "not a bool"},
		{"list", `{"list": []}`, "1 to 1000 elements"},
		{"list", `{"list": "a"}`, "not a list of string"},
		{"list", `{"list": ["a", 1]}`, "not a list of string"},
		{"list", `{"list": ["a", null]}`, "not a list of string"},
		{"list", `{"list": [["a"]]}`, "not a list of string"},
		{"list", `{"list": ["` + strings.Repeat(`a","`, 1000) + `a"]}`, "1 to 1000 elements"},
	} {
		values, err := lacks(tc.missing).Answer([]byte(tc.answer))
		switch {
		case err == nil || !strings.Contains(err.Error(), tc.want):
			t.Errorf("%.80s: %v, not %q; taken: %v", tc.answer, err, tc.want, values)
		case len(err.Error()) > 500:
			t.Errorf("%.80s: the error has %d bytes", tc.answer, len(err.Error()))
		}
	}
	// All of it is said at once.
	_, err := lacks("text", "kind").Answer([]byte(`{"kind": "x", "image": "y"}`))
	for _, want := range []string{`"text" is missing`, `"kind"`, `"image"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

// FuzzAnswer holds that what is taken has just the missing attributes, of their
// types, known and within the limits.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"text": "a", "kind": "small", "number": 1, "list": ["b"]}`))
	f.Add([]byte(`{"text": "${file(\"/etc/passwd\")}", "kind": "large", "number": 1e15, "list": [""]}`))
	f.Add([]byte(`{"text": "a", "kind": "small", "number": 1, "list": ["b"], "user": "root"}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		r := lacks("text", "kind", "number", "list")
		values, err := r.Answer(answer)
		if err != nil {
			return
		}
		if got := sorted(values); !slices.Equal(got, []string{"kind", "list", "number", "text"}) {
			t.Fatalf("%q has %q", answer, got)
		}
		for name, v := range values {
			if !v.Type().Equals(r.Object.Attributes[name].Type) || !v.IsWhollyKnown() || v.IsNull() {
				t.Fatalf("%q: %s is %#v", answer, name, v)
			}
		}
		if kind := values["kind"].AsString(); kind != "small" && kind != "large" {
			t.Fatalf("%q: kind is %q", answer, kind)
		}
		if n := len(values["text"].AsString()); n == 0 || n > MaxText {
			t.Fatalf("%q: %d bytes of text", answer, n)
		}
	})
}

func TestInputs(t *testing.T) {
	hash := func(change func(*Resource), names ...string) string {
		r := lacks("text")
		change(r)
		return r.Inputs(append(names, "text"))
	}
	same := hash(func(*Resource) {})
	for name, change := range map[string]func(*Resource){
		"configuration": func(r *Resource) { r.Config = cty.UnknownVal(r.Object.Type()) },
		"address":       func(r *Resource) { r.Address = "thing.other[0]" },
		"documentation": func(r *Resource) {
			r.Object.Description, r.Object.Attributes["text"].Description = "A better word.", "A better word."
		},
		"other attribute": func(r *Resource) { r.Object.Attributes["new"] = &providers.Attribute{Type: cty.String, Optional: true} },
	} {
		if hash(change) != same {
			t.Errorf("%s: another question", name)
		}
	}
	for name, change := range map[string]func(*Resource){
		"description": func(r *Resource) { r.Description += "." },
		"type":        func(r *Resource) { r.Type = "other" },
		"provider":    func(r *Resource) { r.Source = "example.com/acme/thing" },
		"shape":       func(r *Resource) { r.Object.Attributes["text"].Type = cty.List(cty.String) },
		"enum":        func(r *Resource) { r.Object.Attributes["text"].Enum = []string{"a"} },
	} {
		if hash(change) == same {
			t.Errorf("%s: the same question", name)
		}
	}
	if hash(func(*Resource) {}, "flag") == same {
		t.Error("another attribute beside it: the same question")
	}
	if r := lacks(); r.Inputs([]string{"text", "flag"}) != r.Inputs([]string{"flag", "text"}) {
		t.Error("the order of names counts")
	}
}

func TestDecodeRefuses(t *testing.T) {
	r := lacks("text")
	for name, stored := range map[string]map[string]json.RawMessage{
		"nothing":      nil,
		"another":      {"flag": json.RawMessage("true")},
		"another type": {"text": json.RawMessage("[1]")},
		"null":         {"text": json.RawMessage("null")},
	} {
		if v, ok := r.Decode(stored, r.Missing); ok {
			t.Errorf("%s: it was read as %v", name, v)
		}
	}
	if _, ok := r.Decode(map[string]json.RawMessage{"never": json.RawMessage(`"x"`)}, []string{"never"}); ok {
		t.Error("a value was taken for an attribute that is never completed")
	}
}

// TestQuestion holds what is sent: what is known and not secret, and of the rest
// the names.
func TestQuestion(t *testing.T) {
	const canary = "canary-7f3a"
	r := lacks("text", "list", "kind")
	vals := map[string]cty.Value{}
	for name, a := range r.Object.Attributes {
		vals[name] = cty.NullVal(a.ValueType())
	}
	vals["number"] = cty.NumberIntVal(8080)
	vals["env"] = cty.MapVal(map[string]cty.Value{"MODE": cty.StringVal("fast"), "TOKEN": cty.StringVal(canary).Mark(marks.Sensitive)})
	vals["secret"] = cty.StringVal(canary).Mark(marks.Sensitive)
	vals["later"] = cty.UnknownVal(cty.String)
	vals["ports"] = cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
		"host": cty.NumberIntVal(80), "key": cty.StringVal(canary).Mark(marks.Sensitive)})})
	r.Config = cty.ObjectVal(vals)
	q := r.Question(nil)
	if q.Purpose != ask.Completion || q.Subject != "thing.it" || q.Instructions != instructions {
		t.Errorf("%+v", q)
	}
	evidence := map[string]string{}
	for i, e := range q.Evidence {
		raw, err := json.Marshal(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), canary) {
			t.Errorf("%s tells a secret: %s", e.Name, raw)
		}
		if e.ID != fmt.Sprintf("e%d", i+1) {
			t.Errorf("%s is %s", e.Name, e.ID)
		}
		evidence[e.Name] = string(raw)
	}
	want := map[string]string{
		"description": `"says hello"`,
		"missing": `[{"name":"text","type":"string","description":"What it says."},{"name":"list","type":"list of string"},` +
			`{"name":"kind","type":"string","one_of":["small","large"]}]`,
		"configuration": `{"env":{"MODE":"fast"},"number":8080,"ports":[{"host":80}]}`,
		"not_shown":     `["env[\"TOKEN\"] (sensitive)","later (not known yet)","ports[0].key (sensitive)","secret (sensitive)"]`,
	}
	for name, text := range want {
		if diff := cmp.Diff(text, evidence[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if !strings.Contains(evidence["documentation"], `"env":"Variables."`) {
		t.Errorf("documentation is %s", evidence["documentation"])
	}
	const schema = `{"type":"object","properties":{"kind":{"type":"string","enum":["small","large"]},` +
		`"list":{"type":"array","items":{"type":"string"}},"text":{"type":"string","description":"What it says."}},` +
		`"required":["text","list","kind"],"additionalProperties":false}`
	if diff := cmp.Diff(schema, string(q.Schema)); diff != "" {
		t.Error(diff)
	}
}

// TestCheck holds that a question's check asks the provider, about the whole
// configuration, once the answer is one.
func TestCheck(t *testing.T) {
	r := lacks("text")
	vals := map[string]cty.Value{}
	for name, a := range r.Object.Attributes {
		vals[name] = cty.NullVal(a.ValueType())
	}
	vals["number"] = cty.NumberIntVal(3)
	r.Config = cty.ObjectVal(vals)
	var seen []string
	q := r.Question(func(config cty.Value) error {
		text := config.GetAttr("text").AsString()
		seen = append(seen, text)
		if !config.GetAttr("number").RawEquals(cty.NumberIntVal(3)) {
			t.Errorf("the provider sees %#v", config)
		}
		if text == "bad" {
			return errors.New("text: Not good. Write better.")
		}
		return nil
	})
	if err := q.Check([]byte(`{}`)); err == nil || len(seen) > 0 {
		t.Errorf("%v, and the provider saw %q", err, seen)
	}
	if err := q.Check([]byte(`{"text": "bad"}`)); err == nil || err.Error() != "text: Not good. Write better." {
		t.Error(err)
	}
	if err := q.Check([]byte(`{"text": "good"}`)); err != nil {
		t.Error(err)
	}
}
