package providers

import (
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

const secret = "secret-mark"

// testObject has one attribute of every sort.
func testObject() *Object {
	part := func() Object {
		return Object{Attributes: map[string]*Attribute{
			"name":  {Type: cty.String, Required: true},
			"size":  {Type: cty.String, Optional: true, Normalise: NormaliseBytes},
			"proto": {Type: cty.String, Optional: true, Default: cty.StringVal("tcp")},
			"id":    {Type: cty.String, Computed: true, DependsOn: []string{"name"}},
		}}
	}
	return &Object{Attributes: map[string]*Attribute{
		"name":   {Type: cty.String, Required: true, ForceNew: true},
		"mode":   {Type: cty.String, Optional: true, Default: cty.StringVal("0644"), Normalise: NormaliseMode},
		"owner":  {Type: cty.String, Optional: true},
		"tags":   {Type: cty.Map(cty.String), Optional: true},
		"vars":   {Type: cty.DynamicPseudoType, Optional: true},
		"zone":   {Type: cty.String, Optional: true, Computed: true, ForceNew: true},
		"id":     {Type: cty.String, Computed: true, Stable: true},
		"rev":    {Type: cty.Number, Computed: true},
		"sum":    {Type: cty.String, Computed: true, DependsOn: []string{"owner"}},
		"sumsum": {Type: cty.String, Computed: true, DependsOn: []string{"sum"}},
		"one":    {Nested: &Nested{Nesting: NestingSingle, Object: part()}, Optional: true},
		"list":   {Nested: &Nested{Nesting: NestingList, Object: part(), Block: true}, Optional: true},
		"set":    {Nested: &Nested{Nesting: NestingSet, Object: part()}, Optional: true},
		"map":    {Nested: &Nested{Nesting: NestingMap, Object: part()}, Optional: true},
		"bag":    {Nested: &Nested{Nesting: NestingList, Object: part()}, Optional: true, Normalise: NormaliseUnsorted},
	}}
}

// vals are attribute values by name; what is not named is null.
type vals map[string]cty.Value

func object(obj *Object, v vals) cty.Value {
	out := map[string]cty.Value{}
	for name, a := range obj.Attributes {
		out[name] = cty.NullVal(a.ValueType())
		if x, ok := v[name]; ok {
			out[name] = x
		}
	}
	for name := range v {
		if obj.Attributes[name] == nil {
			panic("no attribute " + name)
		}
	}
	return cty.ObjectVal(out)
}

func with(base vals, more vals) vals {
	out := vals{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func str(s string) cty.Value { return cty.StringVal(s) }

func TestPropose(t *testing.T) {
	obj := testObject()
	partObj := &obj.Attributes["one"].Nested.Object
	part := func(v vals) cty.Value { return object(partObj, v) }
	unknown := func(name string) cty.Value { return cty.UnknownVal(obj.Attributes[name].ValueType()) }
	unkStr := cty.UnknownVal(cty.String)

	// What a create proposes, and what a provider may have made of it.
	created := vals{
		"name": str("n"), "mode": str("0644"),
		"zone": unknown("zone"), "id": unknown("id"), "rev": unknown("rev"),
		"sum": unknown("sum"), "sumsum": unknown("sumsum"),
	}
	made := vals{
		"name": str("n"), "mode": str("0644"), "zone": str("z"), "id": str("i"),
		"rev": cty.NumberIntVal(1), "sum": str("s"), "sumsum": str("ss"),
	}
	revUnknown := vals{"rev": unknown("rev")}
	partMade := vals{"name": str("p"), "size": str("1k"), "proto": str("tcp"), "id": str("pid")}
	partCfg := vals{"name": str("p"), "size": str("1024")}

	tests := map[string]struct {
		prior, config, want vals
	}{
		"create": {nil, vals{"name": str("n")}, created},
		"create, all set": {nil,
			vals{"name": str("n"), "mode": str("600"), "owner": str("o"), "zone": str("q")},
			with(created, vals{"mode": str("600"), "owner": str("o"), "zone": str("q")})},
		"create, unknown": {nil, vals{"name": unkStr, "mode": unkStr, "tags": unknown("tags"), "one": unknown("one"), "vars": cty.DynamicVal},
			with(created, vals{"name": unkStr, "mode": unkStr, "tags": unknown("tags"), "one": unknown("one"), "vars": cty.DynamicVal})},
		"create, nested": {nil, vals{
			"name": str("n"),
			"one":  part(partCfg), "list": cty.ListVal([]cty.Value{part(partCfg)}),
			"set": cty.SetVal([]cty.Value{part(partCfg)}), "map": cty.MapVal(map[string]cty.Value{"k": part(partCfg)}),
		}, with(created, func() vals {
			p := part(with(partCfg, vals{"proto": str("tcp"), "id": unkStr}))
			return vals{"one": p, "list": cty.ListVal([]cty.Value{p}), "set": cty.SetVal([]cty.Value{p}), "map": cty.MapVal(map[string]cty.Value{"k": p})}
		}())},
		"no change":                 {made, vals{"name": str("n")}, made},
		"no change, other spelling": {made, vals{"name": str("n"), "mode": str("644")}, made},
		"not set any more": {with(made, vals{"owner": str("root")}), vals{"name": str("n")},
			with(made, with(revUnknown, vals{"sum": unkStr, "sumsum": unkStr}))},
		"computed but set": {made, vals{"name": str("n"), "zone": str("z")}, made},
		"change": {made, vals{"name": str("n"), "mode": str("600")},
			with(made, with(revUnknown, vals{"mode": str("600")}))},
		"change with DependsOn": {made, vals{"name": str("n"), "owner": str("o")},
			with(made, with(revUnknown, vals{"owner": str("o"), "sum": unkStr, "sumsum": unkStr}))},
		"change to unknown": {made, vals{"name": str("n"), "owner": unkStr},
			with(made, with(revUnknown, vals{"owner": unkStr, "sum": unkStr, "sumsum": unkStr}))},
		"no longer set, beside a change": {with(made, vals{"owner": str("root")}), vals{"name": str("n"), "mode": str("600")},
			with(made, with(revUnknown, vals{"mode": str("600"), "sum": unkStr, "sumsum": unkStr}))},
		"drift back to the default": {with(made, vals{"mode": str("0600")}), vals{"name": str("n")}, with(made, revUnknown)},
		"dynamic": {with(made, vals{"vars": cty.ObjectVal(map[string]cty.Value{"a": str("x")})}),
			vals{"name": str("n"), "vars": cty.ObjectVal(map[string]cty.Value{"a": cty.NumberIntVal(1)})},
			with(made, with(revUnknown, vals{"vars": cty.ObjectVal(map[string]cty.Value{"a": cty.NumberIntVal(1)})}))},
		"single, no change": {with(made, vals{"one": part(partMade)}), vals{"name": str("n"), "one": part(partCfg)},
			with(made, vals{"one": part(partMade)})},
		"single, change": {with(made, vals{"one": part(partMade)}), vals{"name": str("n"), "one": part(with(partCfg, vals{"size": str("2k")}))},
			with(made, with(revUnknown, vals{"one": part(with(partMade, vals{"size": str("2k")}))}))},
		"single, change its id depends on": {with(made, vals{"one": part(partMade)}), vals{"name": str("n"), "one": part(with(partCfg, vals{"name": str("q")}))},
			with(made, with(revUnknown, vals{"one": part(with(partMade, vals{"name": str("q"), "id": unkStr}))}))},
		"single, added": {made, vals{"name": str("n"), "one": part(partCfg)},
			with(made, with(revUnknown, vals{"one": part(with(partCfg, vals{"proto": str("tcp"), "id": unkStr}))}))},
		"list, longer": {with(made, vals{"list": cty.ListVal([]cty.Value{part(partMade)})}),
			vals{"name": str("n"), "list": cty.ListVal([]cty.Value{part(partCfg), part(vals{"name": str("q")})})},
			with(made, with(revUnknown, vals{"list": cty.ListVal([]cty.Value{part(partMade), part(vals{"name": str("q"), "proto": str("tcp"), "id": unkStr})})}))},
		"list, shorter": {with(made, vals{"list": cty.ListVal([]cty.Value{part(partMade), part(partMade)})}),
			vals{"name": str("n"), "list": cty.ListVal([]cty.Value{part(partCfg)})},
			with(made, with(revUnknown, vals{"list": cty.ListVal([]cty.Value{part(partMade)})}))},
		"list, no blocks is null": {made, vals{"name": str("n"), "list": cty.ListValEmpty(partObj.Type())}, made},
		"list, unknown": {with(made, vals{"list": cty.ListVal([]cty.Value{part(partMade)})}),
			vals{"name": str("n"), "list": unknown("list")}, with(made, with(revUnknown, vals{"list": unknown("list")}))},
		"list, unknown element": {with(made, vals{"list": cty.ListVal([]cty.Value{part(partMade)})}),
			vals{"name": str("n"), "list": cty.ListVal([]cty.Value{cty.UnknownVal(partObj.Type())})},
			with(made, with(revUnknown, vals{"list": cty.ListVal([]cty.Value{cty.UnknownVal(partObj.Type())})}))},
		"map, no change": {with(made, vals{"map": cty.MapVal(map[string]cty.Value{"k": part(partMade)})}),
			vals{"name": str("n"), "map": cty.MapVal(map[string]cty.Value{"k": part(partCfg)})},
			with(made, vals{"map": cty.MapVal(map[string]cty.Value{"k": part(partMade)})})},
		"map, other key": {with(made, vals{"map": cty.MapVal(map[string]cty.Value{"k": part(partMade)})}),
			vals{"name": str("n"), "map": cty.MapVal(map[string]cty.Value{"l": part(partCfg)})},
			with(made, with(revUnknown, vals{"map": cty.MapVal(map[string]cty.Value{"l": part(with(partCfg, vals{"proto": str("tcp"), "id": unkStr}))})}))},
		"set, no change": {with(made, vals{"set": cty.SetVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})}),
			vals{"name": str("n"), "set": cty.SetVal([]cty.Value{part(with(partCfg, vals{"name": str("b")})), part(partCfg)})},
			with(made, vals{"set": cty.SetVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})})},
		"set, one changed": {with(made, vals{"set": cty.SetVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})}),
			vals{"name": str("n"), "set": cty.SetVal([]cty.Value{part(with(partCfg, vals{"name": str("c")})), part(partCfg)})},
			with(made, with(revUnknown, vals{"set": cty.SetVal([]cty.Value{part(partMade),
				part(with(partCfg, vals{"name": str("c"), "proto": str("tcp"), "id": unkStr}))})}))},
		"unsorted list, other order": {with(made, vals{"bag": cty.ListVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})}),
			vals{"name": str("n"), "bag": cty.ListVal([]cty.Value{part(with(partCfg, vals{"name": str("b")})), part(partCfg)})},
			with(made, vals{"bag": cty.ListVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})})},
		"unsorted list, other order beside a change": {with(made, vals{"bag": cty.ListVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})}),
			vals{"name": str("n"), "owner": str("o"), "bag": cty.ListVal([]cty.Value{part(with(partCfg, vals{"name": str("b")})), part(partCfg)})},
			with(made, with(revUnknown, vals{"owner": str("o"), "sum": unkStr, "sumsum": unkStr,
				"bag": cty.ListVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})}))},
		"unsorted list, one changed": {with(made, vals{"bag": cty.ListVal([]cty.Value{part(partMade), part(with(partMade, vals{"name": str("b")}))})}),
			vals{"name": str("n"), "bag": cty.ListVal([]cty.Value{part(with(partCfg, vals{"name": str("c")})), part(partCfg)})},
			with(made, with(revUnknown, vals{"bag": cty.ListVal([]cty.Value{
				part(with(partCfg, vals{"name": str("c"), "proto": str("tcp"), "id": unkStr})), part(partMade)})}))},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			prior := cty.NullVal(obj.Type())
			if tt.prior != nil {
				prior = object(obj, tt.prior)
			}
			got := Propose(obj, prior, object(obj, tt.config))
			if want := object(obj, tt.want); !got.RawEquals(want) {
				t.Errorf("got  %#v\nwant %#v", got, want)
			}
			if again := Propose(obj, got, object(obj, tt.config)); got.IsWhollyKnown() && !again.RawEquals(got) {
				t.Errorf("not stable: %#v", again)
			}
			// The same with everything secret: same values, no mark lost.
			marked := object(obj, tt.config).Mark(secret)
			secretGot := Propose(obj, prior, marked)
			if un, _ := secretGot.UnmarkDeep(); !secretGot.HasMark(secret) || !un.RawEquals(got) {
				t.Errorf("with a mark: %#v", secretGot)
			}
		})
	}
}

func TestProposeKeepsMarks(t *testing.T) {
	obj := testObject()
	partObj := &obj.Attributes["one"].Nested.Object
	mark := func(s string) cty.Value { return str(s).Mark(secret) }
	prior := object(obj, vals{
		"name": str("n"), "mode": str("0644"), "zone": mark("z"), "id": str("i"), "rev": cty.NumberIntVal(1),
		"tags": cty.MapVal(map[string]cty.Value{"a": mark("1")}),
		"list": cty.ListVal([]cty.Value{object(partObj, vals{"name": mark("p"), "proto": str("tcp"), "id": str("x")})}).Mark(secret),
		"set":  cty.SetVal([]cty.Value{object(partObj, vals{"name": mark("p"), "proto": str("tcp"), "id": str("x")})}),
	})
	config := object(obj, vals{
		"name": str("n"), "mode": mark("644"), "owner": cty.UnknownVal(cty.String).Mark(secret),
		"tags": cty.MapVal(map[string]cty.Value{"a": str("1"), "b": mark("2")}),
		"list": cty.ListVal([]cty.Value{object(partObj, vals{"name": mark("p")})}),
		"set":  cty.SetVal([]cty.Value{object(partObj, vals{"name": mark("p")})}),
		"map":  cty.MapVal(map[string]cty.Value{"k": object(partObj, vals{"name": mark("p")}).Mark(secret)}).Mark(secret),
		"one":  cty.NullVal(partObj.Type()).Mark(secret),
	})
	got := Propose(obj, prior, config)
	holds := func(name string, path ...any) {
		t.Helper()
		v := got.GetAttr(name)
		for _, p := range path {
			switch p := p.(type) {
			case int:
				v = v.Index(cty.NumberIntVal(int64(p)))
			case string:
				if v.Type().IsObjectType() {
					v = v.GetAttr(p)
				} else {
					v = v.Index(str(p))
				}
			}
		}
		if !v.HasMark(secret) {
			t.Errorf("%s %v lost its mark: %#v", name, path, v)
		}
	}
	holds("mode")
	holds("owner")
	holds("zone")
	holds("tags", "b")
	holds("list", 0, "name")
	holds("list", 0, "id")
	holds("set")
	holds("map", "k")
	holds("one")
	holds("sum") // depends on owner
	holds("sumsum")
	if got.GetAttr("rev").IsMarked() {
		t.Errorf("rev depends on nothing by name, but is marked: %#v", got.GetAttr("rev"))
	}
	if created := Propose(obj, cty.NilVal, config); !created.GetAttr("sumsum").HasMark(secret) {
		t.Errorf("in a create, sumsum is %#v", created.GetAttr("sumsum"))
	}
	if m := got.GetAttr("tags").Index(str("a")); m.IsMarked() {
		t.Errorf("a value that config does not mark is marked: %#v", m)
	}
	if v, _ := got.GetAttr("mode").Unmark(); !v.RawEquals(str("0644")) {
		t.Errorf("mode: %#v", v)
	}
	if paths := Changed(obj, prior, got); fmt.Sprint(pathStrings(paths)) != "[map owner rev sum sumsum tags]" {
		t.Errorf("changed: %v", pathStrings(paths))
	}
}

func TestProposeWhole(t *testing.T) {
	obj := testObject()
	prior := object(obj, vals{"name": str("n")})
	for _, config := range []cty.Value{cty.NullVal(obj.Type()), cty.UnknownVal(obj.Type()), cty.DynamicVal, cty.NullVal(obj.Type()).Mark(secret)} {
		if got := Propose(obj, prior, config); !got.RawEquals(config) {
			t.Errorf("%#v became %#v", config, got)
		}
	}
	if got := Propose(obj, cty.NilVal, prior); got.GetAttr("id").IsKnown() {
		t.Errorf("with no prior, id is %#v", got.GetAttr("id"))
	}
	old := cty.ObjectVal(map[string]cty.Value{"name": str("n"), "mode": str("0644")})
	if got := Propose(obj, old, prior); !got.RawEquals(old) {
		t.Errorf("a prior without some attributes: %#v", got)
	}
}

func BenchmarkPropose(b *testing.B) {
	obj := testObject()
	config := object(obj, vals{"name": str("n"), "owner": str("o"), "tags": cty.MapVal(map[string]cty.Value{"a": str("b")})})
	prior := object(obj, vals{"name": str("n"), "owner": str("o"), "mode": str("0644"), "tags": cty.MapVal(map[string]cty.Value{"a": str("b")})})
	b.Run("create", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Propose(obj, cty.NilVal, config)
		}
	})
	b.Run("no change", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Propose(obj, prior, config)
		}
	})
}

func TestRestarted(t *testing.T) {
	text := func(a Attribute) *Attribute { a.Type = cty.String; return &a }
	obj := &Object{Attributes: map[string]*Attribute{
		"set":    text(Attribute{Required: true}),
		"filled": text(Attribute{Optional: true, Computed: true}),
		"id":     text(Attribute{Computed: true, Stable: true}),
		"sum":    text(Attribute{Computed: true, DependsOn: []string{"set"}}),
		"health": text(Attribute{Computed: true}),
		"secret": text(Attribute{Computed: true, Sensitive: true}),
	}}
	vals := map[string]cty.Value{}
	for name := range obj.Attributes {
		vals[name] = cty.StringVal(name)
	}
	vals["secret"] = vals["secret"].Mark("m")
	was := cty.ObjectVal(vals)
	vals["health"], vals["secret"] = cty.UnknownVal(cty.String), cty.UnknownVal(cty.String).Mark("m")
	if got, want := Restarted(obj, was), cty.ObjectVal(vals); !got.RawEquals(want) {
		t.Errorf("%#v is not %#v", got, want)
	}
	if got := Restarted(obj, cty.NullVal(obj.Type()).Mark("m")); !got.RawEquals(cty.NullVal(obj.Type()).Mark("m")) {
		t.Errorf("of nothing: %#v", got)
	}
}
