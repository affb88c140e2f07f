package convert

import (
	"reflect"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	gproto "google.golang.org/protobuf/proto"
)

func everything() *providers.Schema {
	port := providers.Object{Attributes: map[string]*providers.Attribute{
		"number": {Type: cty.Number, Required: true},
		"labels": {Type: cty.Map(cty.String), Optional: true, Default: cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b")})},
	}}
	nested := func(n providers.Nesting) *providers.Attribute {
		return &providers.Attribute{Optional: true, Nested: &providers.Nested{Nesting: n, Object: port, Block: n == providers.NestingList, MinItems: 1, MaxItems: 1}}
	}
	object := providers.Object{
		Description: "everything",
		Attributes: map[string]*providers.Attribute{
			"required": {Type: cty.String, Required: true, Description: "d", ForceNew: true, Completable: true, Tier: providers.TierFree, Normalise: providers.NormalisePath},
			"optional": {Type: cty.String, Optional: true, Deprecated: "use required", Enum: []string{"a", "b"}, Default: cty.StringVal("a"), Tier: providers.TierApproval},
			"secret":   {Type: cty.Tuple([]cty.Type{cty.Bool, cty.Set(cty.Number)}), Optional: true, Sensitive: true},
			"id":       {Type: cty.String, Computed: true, Stable: true},
			"sum":      {Type: cty.String, Computed: true, DependsOn: []string{"optional"}},
			"never":    {Type: cty.String, Computed: true, DependsOn: []string{}},
			"any":      {Type: cty.DynamicPseudoType, Optional: true, Default: cty.ObjectVal(map[string]cty.Value{"x": cty.True})},
			"single":   nested(providers.NestingSingle),
			"list":     nested(providers.NestingList),
			"set":      nested(providers.NestingSet),
			"map":      nested(providers.NestingMap),
		},
		ExactlyOneOf: [][]string{{"optional", "secret"}},
		AtMostOneOf:  [][]string{{"single", "list"}, {"set", "map"}},
		AtLeastOneOf: [][]string{{"any", "map"}},
	}
	return &providers.Schema{
		Provider: &port,
		Resources: map[string]*providers.ResourceType{"thing": {
			Object: object, Version: 3, CustomPlan: true, CustomValidate: true, Restartable: true, Watchable: true, CheckInterval: "30s",
			Identity:   providers.Identity{Space: "path", Attributes: []string{"required"}},
			PlanAlways: []string{"any"},
		}},
		Data:         map[string]*providers.DataType{"thing": {Object: port, CustomValidate: true}},
		Asserts:      map[string]*providers.AssertType{"thing_is": {Object: port, Targets: []string{"thing"}}},
		Capabilities: providers.Capabilities{Plan: true, Import: true, Data: true, Check: true, Diagnose: true, Watch: true, Recover: true, Upgrade: true},
	}
}

// A field of the contract that is new must be set above, so that the round trip
// misses it until it is converted.
func TestEverythingIsThere(t *testing.T) {
	set := map[string]bool{}
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				look(v.Elem())
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				look(v.MapIndex(key))
			}
		case reflect.Struct:
			if !strings.HasSuffix(v.Type().PkgPath(), "/providers") {
				return // a value or a type
			}
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				set[name] = set[name] || !v.Field(i).IsZero()
				look(v.Field(i))
			}
		}
	}
	look(reflect.ValueOf(everything()))
	for name, is := range set {
		if !is {
			t.Errorf("%s is not tested: set it in everything, and convert it", name)
		}
	}
}

func TestSchemaRoundTrip(t *testing.T) {
	want := everything()
	if err := want.Check(); err != nil {
		t.Fatal(err)
	}
	sent, err := EncodeSchema(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := gproto.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var received proto.Schema
	if err := gproto.Unmarshal(b, &received); err != nil {
		t.Fatal(err)
	}
	got, err := DecodeSchema(&received)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		for name, a := range want.Resources["thing"].Attributes {
			if b := got.Resources["thing"].Attributes[name]; !reflect.DeepEqual(a, b) {
				t.Errorf("attribute %s:\nsent     %#v\nreceived %#v", name, a, b)
			}
		}
		t.Errorf("sent\n%#v\nreceived\n%#v", want, got)
	}
}

func TestEmptySchema(t *testing.T) {
	sent, err := EncodeSchema(&providers.Schema{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeSchema(sent)
	if err != nil || got.Provider != nil || len(got.Resources) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := DecodeSchema(nil); err != nil {
		t.Error(err)
	}
}

func TestSchemaThatCannotBeSent(t *testing.T) {
	with := func(a providers.Attribute) *providers.Schema {
		return &providers.Schema{Resources: map[string]*providers.ResourceType{"thing": {
			Object: providers.Object{Attributes: map[string]*providers.Attribute{"x": &a}},
		}}}
	}
	for name, a := range map[string]providers.Attribute{
		"no type": {},
		"capsule": {Type: cty.List(cty.Capsule("c", reflect.TypeFor[int]()))},
		"default": {Type: cty.Number, Default: cty.StringVal("x")},
	} {
		if _, err := EncodeSchema(with(a)); err == nil || !strings.Contains(err.Error(), "resource thing: attribute x: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, a := range map[string]*proto.Attribute{
		"no type": {}, "type": {Type: []byte(`"text"`)}, "null": {Type: []byte("null")}, "json": {Type: []byte("{")},
		"tier":    {Type: []byte(`"string"`), Tier: 7},
		"nesting": {Nested: &proto.Nested{Nesting: 9}},
		"inner":   {Nested: &proto.Nested{Nesting: 1, Object: &proto.Object{Attributes: map[string]*proto.Attribute{"y": {}}}}},
		"default": {Type: []byte(`"string"`), Default: []byte{0xc1}},
	} {
		_, err := DecodeSchema(&proto.Schema{Data: map[string]*proto.DataType{"thing": {
			Object: &proto.Object{Attributes: map[string]*proto.Attribute{"x": a}},
		}}})
		if err == nil || !strings.Contains(err.Error(), "data thing: attribute x: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDiagnosticsRoundTrip(t *testing.T) {
	r := hcl.Range{Filename: "a.tmpl", Start: hcl.Pos{Line: 1, Column: 2, Byte: 1}, End: hcl.Pos{Line: 3, Column: 4, Byte: 40}}
	want := diag.Diagnostics{
		{Severity: diag.Error, Summary: "s", Detail: "d", Address: "file.a", Subject: &r, Context: &r},
		{Severity: diag.Warning, Summary: "w", Path: cty.GetAttrPath("a").IndexString("k").IndexInt(7).GetAttr("b").
			Index(cty.ObjectVal(map[string]cty.Value{"x": cty.True})).Index(cty.NumberFloatVal(0.5))},
	}
	got := DecodeDiagnostics(EncodeDiagnostics(want))
	if !reflect.DeepEqual(got[0], want[0]) {
		t.Errorf("got %#v", got[0])
	}
	if !got[1].Path.Equals(want[1].Path) || got[1].Severity != diag.Warning || got[1].Summary != "w" {
		t.Errorf("got %#v", got[1])
	}
	if EncodeDiagnostics(nil) != nil || DecodeDiagnostics(nil) != nil {
		t.Error("none become some")
	}
	if got := DecodeDiagnostics([]*proto.Diagnostic{{Severity: 9, Summary: "new"}}); !got.HasErrors() {
		t.Error("a severity that is not known is no error")
	}
}

// A path that cannot travel whole leads as near as it can.
func TestPathThatEndsEarly(t *testing.T) {
	path := cty.GetAttrPath("a").Index(cty.StringVal("k").Mark("m")).GetAttr("b")
	if got, err := DecodePath(EncodePath(path)); err != nil || !got.Equals(cty.GetAttrPath("a")) {
		t.Errorf("got %#v, %v", got, err)
	}
	bad := &proto.Path{Steps: []*proto.Path_Step{
		{Step: &proto.Path_Step_Attribute{Attribute: "a"}}, {Step: &proto.Path_Step_Element{Element: []byte{0xc1}}},
	}}
	if got, err := DecodePath(bad); err == nil || !got.Equals(cty.GetAttrPath("a")) {
		t.Errorf("got %#v, %v", got, err)
	}
	if _, err := DecodePath(&proto.Path{Steps: []*proto.Path_Step{{}}}); err == nil {
		t.Error("a step of no kind passes")
	}
}
