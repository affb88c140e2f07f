package providers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func pathStrings(paths []cty.Path) []string {
	var out []string
	for _, p := range paths {
		var s []string
		for _, step := range p {
			s = append(s, stepText(step))
		}
		out = append(out, strings.Join(s, "."))
	}
	return out
}

func TestChanged(t *testing.T) {
	obj := &Object{Attributes: map[string]*Attribute{
		"name": {Type: cty.String, Required: true, ForceNew: true, Normalise: NormalisePath},
		"note": {Type: cty.String, Optional: true},
		"rev":  {Type: cty.Number, Computed: true},
	}}
	inner := func(forced bool) Object {
		return Object{Attributes: map[string]*Attribute{
			"k": {Type: cty.String, Required: true, ForceNew: forced},
			"v": {Type: cty.String, Optional: true},
		}}
	}
	for name, n := range map[string]Nesting{"one": NestingSingle, "list": NestingList, "set": NestingSet, "map": NestingMap} {
		obj.Attributes[name] = &Attribute{Nested: &Nested{Nesting: n, Object: inner(true)}, Optional: true}
		obj.Attributes["free_"+name] = &Attribute{Nested: &Nested{Nesting: n, Object: inner(false)}, Optional: true}
		obj.Attributes["new_"+name] = &Attribute{Nested: &Nested{Nesting: n, Object: inner(false)}, Optional: true, ForceNew: true}
	}
	obj.Attributes["bag"] = &Attribute{Nested: &Nested{Nesting: NestingList, Object: inner(true)}, Optional: true, Normalise: NormaliseUnsorted}
	in := inner(true)
	kv := func(k, v string) cty.Value { return object(&in, vals{"k": str(k), "v": str(v)}) }
	list := func(vs ...cty.Value) cty.Value { return cty.ListVal(vs) }
	set := func(vs ...cty.Value) cty.Value { return cty.SetVal(vs) }
	dict := func(k string, v cty.Value) cty.Value { return cty.MapVal(map[string]cty.Value{k: v}) }
	base := vals{"name": str("n"), "rev": cty.NumberIntVal(1)}
	num := cty.UnknownVal(cty.Number)

	tests := []struct {
		name           string
		prior, planned vals
		changed        string
		forced         string
	}{
		{"nothing", base, base, "", ""},
		{"create", nil, base, "[]", ""},
		{"delete", base, nil, "[]", ""},
		{"other spelling", base, with(base, vals{"name": str("./n")}), "", ""},
		{"in place", base, with(base, vals{"note": str("x"), "rev": num}), "note rev", ""},
		{"not set any more", with(base, vals{"note": str("x")}), base, "note", ""},
		{"computed gone", base, vals{"name": str("n")}, "rev", ""},
		{"forced", base, with(base, vals{"name": str("m")}), "name", "name"},
		{"forced, unknown", base, with(base, vals{"name": cty.UnknownVal(cty.String)}), "name", "name"},
		{"single, free", with(base, vals{"one": kv("a", "b")}), with(base, vals{"one": kv("a", "c")}), "one.v", ""},
		{"single, forced", with(base, vals{"one": kv("a", "b")}), with(base, vals{"one": kv("b", "b")}), "one.k", "one.k"},
		{"single, enclosing", with(base, vals{"new_one": kv("a", "b")}), with(base, vals{"new_one": kv("a", "c")}), "new_one.v", "new_one.v"},
		{"single, added", base, with(base, vals{"one": kv("a", "b"), "free_one": kv("a", "b")}), "free_one one", "one"},
		{"single, unknown", with(base, vals{"one": kv("a", "b")}), with(base, vals{"one": cty.UnknownVal(in.Type())}), "one", "one"},
		{"list, element", with(base, vals{"list": list(kv("a", "b"), kv("c", "d"))}), with(base, vals{"list": list(kv("a", "b"), kv("c", "e"))}), "list.1.v", ""},
		{"list, longer", with(base, vals{"list": list(kv("a", "b")), "free_list": list(kv("a", "b"))}),
			with(base, vals{"list": list(kv("a", "b"), kv("c", "e")), "free_list": list(kv("a", "b"), kv("c", "e"))}), "free_list.1 list.1", "list.1"},
		{"list, shorter", with(base, vals{"list": list(kv("a", "b"), kv("c", "e"))}), with(base, vals{"list": list(kv("a", "b"))}), "list.1", "list.1"},
		{"list, enclosing", with(base, vals{"new_list": list(kv("a", "b"))}), with(base, vals{"new_list": list(kv("a", "c"))}), "new_list.0.v", "new_list.0.v"},
		{"list, unknown element", with(base, vals{"list": list(kv("a", "b"))}), with(base, vals{"list": list(cty.UnknownVal(in.Type()))}), "list.0", "list.0"},
		{"map", with(base, vals{"free_map": dict("x", kv("a", "b"))}), with(base, vals{"free_map": dict("y", kv("a", "b"))}), "free_map.x free_map.y", ""},
		{"map, element", with(base, vals{"map": dict("x", kv("a", "b"))}), with(base, vals{"map": dict("x", kv("b", "b"))}), "map.x.k", "map.x.k"},
		{"unsorted list, same", with(base, vals{"bag": list(kv("a", "b"), kv("c", "d"))}), with(base, vals{"bag": list(kv("c", "d"), kv("a", "b"))}), "", ""},
		{"unsorted list", with(base, vals{"bag": list(kv("a", "b"), kv("c", "d"))}), with(base, vals{"bag": list(kv("c", "d"), kv("a", "a"))}), "bag", "bag"},
		{"unsorted list, twice", with(base, vals{"bag": list(kv("a", "b"), kv("c", "d"))}), with(base, vals{"bag": list(kv("c", "d"), kv("c", "d"))}), "bag", "bag"},
		{"set, same", with(base, vals{"set": set(kv("a", "b"), kv("c", "d"))}), with(base, vals{"set": set(kv("c", "d"), kv("a", "b"))}), "", ""},
		{"set", with(base, vals{"set": set(kv("a", "b")), "free_set": set(kv("a", "b"))}), with(base, vals{"set": set(kv("a", "c")), "free_set": set(kv("a", "c"))}), "free_set set", "set"},
		{"set, marked", with(base, vals{"set": set(kv("a", "b")).Mark(secret)}), with(base, vals{"set": set(kv("a", "c")).Mark(secret)}), "set", "set"},
		{"marks", with(base, vals{"list": list(kv("a", "b").Mark(secret))}), with(base, vals{"list": list(kv("a", "b")).Mark(secret), "note": str("x").Mark(secret)}), "note", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			prior, planned := cty.NullVal(obj.Type()), cty.NullVal(obj.Type())
			if tt.prior != nil {
				prior = object(obj, tt.prior)
			}
			if tt.planned != nil {
				planned = object(obj, tt.planned)
			}
			got := strings.Join(pathStrings(Changed(obj, prior, planned)), " ")
			if want := strings.Trim(tt.changed, "[]"); got != want || (tt.changed == "[]") != (len(Changed(obj, prior, planned)) == 1 && got == "") {
				t.Errorf("changed %q, want %q", got, tt.changed)
			}
			if got := strings.Join(pathStrings(ForcesReplacement(obj, prior, planned)), " "); got != tt.forced {
				t.Errorf("forces replacement %q, want %q", got, tt.forced)
			}
		})
	}
}

func TestChangedSortsIndexesByNumber(t *testing.T) {
	in := Object{Attributes: map[string]*Attribute{"k": {Type: cty.String, Optional: true}}}
	obj := &Object{Attributes: map[string]*Attribute{"list": {Nested: &Nested{Nesting: NestingList, Object: in}, Optional: true}}}
	var a, b []cty.Value
	var want []string
	for i := range 12 {
		a = append(a, cty.ObjectVal(vals{"k": str("a")}))
		b = append(b, cty.ObjectVal(vals{"k": str("b")}))
		want = append(want, fmt.Sprintf("list.%d.k", i))
	}
	got := pathStrings(Changed(obj, object(obj, vals{"list": cty.ListVal(a)}), object(obj, vals{"list": cty.ListVal(b)})))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v", got)
	}
}
