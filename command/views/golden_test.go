package views

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

var update = flag.Bool("update", false, "write what is printed to the golden files, for review")

// golden compares got with testdata/NAME.golden. Escapes are written so that
// they can be read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", "^[")
	path := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

// plain is how most goldens look; fancy has everything.
var (
	plain = Style{Unicode: true, Width: 80}
	ascii = Style{Width: 80}
	fancy = Style{Unicode: true, Color: true, Width: 80}
)

// value evaluates an expression. In it, unknown is a value that is not known
// yet, and sensitive(v), set(...) and map({...}) make what their names say.
func value(t testing.TB, src string) cty.Value {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(src), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %s", src, diags)
	}
	v, diags := expr.Value(&hcl.EvalContext{
		Variables: map[string]cty.Value{"unknown": cty.DynamicVal},
		Functions: map[string]function.Function{
			"sensitive": mapping(func(v cty.Value) cty.Value { return v.Mark(marks.Sensitive) }),
			"set": mapping(func(v cty.Value) cty.Value {
				if v.LengthInt() == 0 {
					return cty.SetValEmpty(cty.String)
				}
				return cty.SetVal(v.AsValueSlice())
			}),
			"list": mapping(func(v cty.Value) cty.Value {
				if v.LengthInt() == 0 {
					return cty.ListValEmpty(cty.String)
				}
				return cty.ListVal(v.AsValueSlice())
			}),
			"map": mapping(func(v cty.Value) cty.Value {
				if v.LengthInt() == 0 {
					return cty.MapValEmpty(cty.String)
				}
				return cty.MapVal(v.AsValueMap())
			}),
		},
	})
	if diags.HasErrors() {
		t.Fatalf("%s: %s", src, diags)
	}
	return v
}

func mapping(f func(cty.Value) cty.Value) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "v", Type: cty.DynamicPseudoType, AllowMarked: true, AllowUnknown: true, AllowNull: true, AllowDynamicType: true}},
		Type:   func(args []cty.Value) (cty.Type, error) { return f(args[0]).Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(args[0]), nil },
	})
}

// object evaluates an expression as an object that conforms to obj, its other
// attributes null. "" is null.
func object(t testing.TB, src string, obj *providers.Object) cty.Value {
	t.Helper()
	ty := obj.Type()
	if src == "" {
		return cty.NullVal(ty)
	}
	given := value(t, src)
	vals := map[string]cty.Value{}
	for name, aty := range ty.AttributeTypes() {
		vals[name] = cty.NullVal(aty)
		if given.Type().HasAttribute(name) {
			v, err := convert.Convert(pad(given.GetAttr(name), aty), aty)
			if err != nil {
				t.Fatalf("%s: %s: %v", src, name, err)
			}
			vals[name] = v
		}
	}
	for name := range given.Type().AttributeTypes() {
		if _, ok := vals[name]; !ok {
			t.Fatalf("%s: there is no attribute %q", src, name)
		}
	}
	return cty.ObjectVal(vals)
}

// pad adds what is missing of objects, as null.
func pad(v cty.Value, ty cty.Type) cty.Value {
	if ty == cty.DynamicPseudoType || !v.IsKnown() || v.IsNull() {
		return v
	}
	v, ms := v.Unmark()
	switch {
	case ty.IsObjectType() && v.Type().IsObjectType():
		vals := v.AsValueMap()
		if vals == nil {
			vals = map[string]cty.Value{}
		}
		for name, aty := range ty.AttributeTypes() {
			if have, ok := vals[name]; ok {
				vals[name] = pad(have, aty)
			} else {
				vals[name] = cty.NullVal(aty)
			}
		}
		v = cty.ObjectVal(vals)
	case ty.IsCollectionType() && v.CanIterateElements() && v.LengthInt() > 0:
		if ty.IsMapType() {
			vals := v.AsValueMap()
			for k := range vals {
				vals[k] = pad(vals[k], ty.ElementType())
			}
			v = cty.ObjectVal(vals)
		} else {
			vals := v.AsValueSlice()
			for i := range vals {
				vals[i] = pad(vals[i], ty.ElementType())
			}
			v = cty.TupleVal(vals)
		}
	}
	return v.WithMarks(ms)
}

// kitchen is a type of resource with one of everything.
func kitchen() *providers.Object {
	str := func() *providers.Attribute { return &providers.Attribute{Type: cty.String, Optional: true} }
	rule := providers.Object{Attributes: map[string]*providers.Attribute{
		"port": {Type: cty.Number, Optional: true},
		"name": str(),
		"key":  {Type: cty.String, Optional: true, Sensitive: true},
		"note": str(),
	}}
	nested := func(n providers.Nesting, block bool) *providers.Attribute {
		return &providers.Attribute{Nested: &providers.Nested{Nesting: n, Object: rule, Block: block}, Optional: true}
	}
	return &providers.Object{Attributes: map[string]*providers.Attribute{
		"id":       {Type: cty.String, Computed: true},
		"path":     {Type: cty.String, Required: true, ForceNew: true},
		"content":  str(),
		"mode":     str(),
		"owner":    str(),
		"secret":   {Type: cty.String, Optional: true, Sensitive: true},
		"secrets":  {Type: cty.List(cty.String), Optional: true, Sensitive: true},
		"size":     {Type: cty.Number, Computed: true},
		"enabled":  {Type: cty.Bool, Optional: true},
		"list":     {Type: cty.List(cty.String), Optional: true},
		"numbers":  {Type: cty.List(cty.Number), Optional: true},
		"set":      {Type: cty.Set(cty.String), Optional: true},
		"env":      {Type: cty.Map(cty.String), Optional: true},
		"matrix":   {Type: cty.List(cty.List(cty.Number)), Optional: true},
		"any":      {Type: cty.DynamicPseudoType, Optional: true},
		"ports":    {Type: cty.List(cty.Object(map[string]cty.Type{"host": cty.Number, "container": cty.Number, "protocol": cty.String})), Optional: true},
		"portset":  {Type: cty.Set(cty.Object(map[string]cty.Type{"host": cty.Number, "container": cty.Number})), Optional: true},
		"limits":   {Type: cty.Object(map[string]cty.Type{"cpu": cty.Number, "memory": cty.String}), Optional: true},
		"one":      nested(providers.NestingSingle, false),
		"several":  nested(providers.NestingList, false),
		"by_name":  nested(providers.NestingMap, false),
		"health":   nested(providers.NestingSingle, true),
		"rule":     nested(providers.NestingList, true),
		"label":    nested(providers.NestingMap, true),
		"mount":    nested(providers.NestingSet, true),
		"password": {Nested: &providers.Nested{Nesting: providers.NestingList, Object: rule, Block: true}, Optional: true, Sensitive: true},
	}}
}

const testSource = "clockwork/test"

// schemas knows the type thing, and nothing else.
func schemas(obj *providers.Object) Schemas {
	return SchemasOf(map[string]*providers.Schema{testSource: {
		Resources: map[string]*providers.ResourceType{"thing": {Object: *obj}},
		Data:      map[string]*providers.DataType{"thing": {Object: *obj}},
	}})
}

func instance(t testing.TB, s string) addr.Instance {
	t.Helper()
	in, err := addr.ParseInstance(s)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// change makes a change of a thing out of expressions.
func change(t testing.TB, address string, action plan.Action, before, after string) plan.Change {
	t.Helper()
	obj := kitchen()
	in := instance(t, address)
	return plan.Change{
		Address: in, Previous: in, Action: action,
		Provider: state.ProviderConfig{Source: testSource},
		Before:   object(t, before, obj), After: object(t, after, obj),
	}
}

// planText prints a plan.
func planText(t testing.TB, p *plan.Plan, style Style) string {
	t.Helper()
	var b strings.Builder
	if err := WritePlan(&b, p, schemas(kitchen()), style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
