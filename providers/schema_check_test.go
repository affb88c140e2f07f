package providers

import (
	"reflect"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// sound is a schema with nothing wrong, for each case to spoil.
func sound() *Schema {
	return &Schema{
		Provider: &Object{Attributes: map[string]*Attribute{"host": {Type: cty.String, Optional: true}}},
		Resources: map[string]*ResourceType{"thing": {
			CustomPlan: true, Watchable: true, CheckInterval: "30s",
			Object: Object{
				Attributes: map[string]*Attribute{
					"name":    {Type: cty.String, Required: true, Completable: true, Tier: TierFree},
					"id":      {Type: cty.String, Computed: true, Stable: true},
					"sum":     {Type: cty.String, Computed: true, DependsOn: []string{"content"}},
					"content": {Type: cty.String, Optional: true},
					"source":  {Type: cty.String, Optional: true},
					"colour":  {Type: cty.String, Optional: true, Enum: []string{"red", "blue"}, Default: cty.StringVal("red")},
					"vars":    {Type: cty.DynamicPseudoType, Optional: true},
					"ports": {Optional: true, Nested: &Nested{
						Nesting: NestingList, MinItems: 1, MaxItems: 3,
						Object: Object{Attributes: map[string]*Attribute{"count": {Type: cty.Number, Required: true}}},
					}},
				},
				ExactlyOneOf: [][]string{{"content", "source"}},
			},
		}},
		Data:         map[string]*DataType{"thing": {Object: Object{Attributes: map[string]*Attribute{"name": {Type: cty.String, Required: true}}}}},
		Asserts:      map[string]*AssertType{"thing_exists": {Targets: []string{"thing"}}},
		Capabilities: Capabilities{Plan: true, Data: true, Check: true, Watch: true},
	}
}

func TestCheckSound(t *testing.T) {
	if err := sound().Check(); err != nil {
		t.Fatal(err)
	}
	if err := (&Schema{Provider: &Object{}}).Check(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckProblems(t *testing.T) {
	attribute := func(a Attribute) func(*Schema) {
		return func(s *Schema) { s.Resources["thing"].Attributes["x"] = &a }
	}
	nested := func(n Nested) func(*Schema) { return attribute(Attribute{Optional: true, Nested: &n}) }
	str := cty.String
	for name, tc := range map[string]struct {
		spoil func(*Schema)
		want  string
	}{
		"no provider": {func(s *Schema) { s.Provider = nil }, "provider: the schema has no Provider"},
		"type name":   {func(s *Schema) { s.Data["Thing"] = &DataType{} }, "data Thing: a name must begin"},
		"version":     {func(s *Schema) { s.Resources["thing"].Version = -1 }, "resource thing: its version is negative"},
		"interval":    {func(s *Schema) { s.Resources["thing"].CheckInterval = "soon" }, `"soon" is no duration`},
		"zero":        {func(s *Schema) { s.Resources["thing"].CheckInterval = "0s" }, `"0s" is no duration`},
		"plan":        {func(s *Schema) { s.Capabilities.Plan = false }, "no Plan method"},
		"watch":       {func(s *Schema) { s.Capabilities.Watch = false }, "no Watch method"},
		"data":        {func(s *Schema) { s.Capabilities.Data = false }, "no Data method"},
		"check":       {func(s *Schema) { s.Capabilities.Check = false }, "no Check method"},
		"target":      {func(s *Schema) { s.Asserts["thing_exists"].Targets = []string{"no"} }, `target "no" is no resource type`},
		"reserved":    {func(s *Schema) { s.Resources["thing"].Attributes["for_each"] = &Attribute{Type: str, Optional: true} }, "attribute for_each: the language keeps"},
		"assert": {func(s *Schema) {
			s.Asserts["thing_exists"].Attributes = map[string]*Attribute{"timeout": {Type: str, Optional: true}}
		}, "attribute timeout: the language keeps"},
		"provider":        {func(s *Schema) { s.Provider.Attributes["alias"] = &Attribute{Type: str, Optional: true} }, "attribute alias: the language keeps"},
		"attr name":       {func(s *Schema) { s.Provider.Attributes["a-b"] = &Attribute{Type: str, Optional: true} }, "attribute a-b: a name must begin"},
		"nothing set":     {attribute(Attribute{Type: str}), "attribute x: it must be required"},
		"required":        {attribute(Attribute{Type: str, Required: true, Computed: true}), "cannot be optional or computed"},
		"completable":     {attribute(Attribute{Type: str, Optional: true, Completable: true}), "so it must be required"},
		"completed never": {attribute(Attribute{Type: str, Required: true, Completable: true}), "its tier is never"},
		"completed secret": {attribute(Attribute{Type: str, Required: true, Completable: true, Sensitive: true, Tier: TierFree}),
			"it is sensitive, so it cannot be completed"},
		"completed map": {attribute(Attribute{Type: cty.Map(str), Required: true, Completable: true, Tier: TierFree}), "must be a string, a number"},
		"completed nested": {attribute(Attribute{Required: true, Completable: true, Tier: TierFree, Nested: &Nested{Nesting: NestingSet}}),
			"must be a string, a number"},
		"completed groups": {func(s *Schema) {
			s.Resources["thing"].Attributes["content"].Completable, s.Resources["thing"].Attributes["content"].Tier = true, TierFree
			s.Resources["thing"].AtMostOneOf = [][]string{{"content", "colour"}}
		}, "in one group of attributes only"},
		"completed inside": {nested(Nested{Nesting: NestingMap, Object: Object{Attributes: map[string]*Attribute{
			"y": {Type: str, Required: true, Completable: true, Tier: TierFree}}}}), "only a resource's own attributes"},
		"completed assert": {func(s *Schema) {
			s.Asserts["thing_exists"].Attributes = map[string]*Attribute{"y": {Type: str, Required: true, Completable: true, Tier: TierFree}}
		}, "only a resource's own attributes"},
		"tier":         {attribute(Attribute{Type: str, Optional: true, Tier: 9}), "no tier 9"},
		"stable":       {attribute(Attribute{Type: str, Optional: true, Stable: true}), "only what is computed"},
		"stable on":    {attribute(Attribute{Type: str, Computed: true, Stable: true, DependsOn: []string{"name"}}), "cannot depend on others"},
		"depends":      {attribute(Attribute{Type: str, Computed: true, DependsOn: []string{"y"}}), `depends on "y"`},
		"no type":      {attribute(Attribute{Optional: true}), "neither a type nor"},
		"both":         {attribute(Attribute{Optional: true, Type: str, Nested: &Nested{Nesting: NestingMap}}), "a type and is nested"},
		"capsule":      {attribute(Attribute{Optional: true, Type: cty.Tuple([]cty.Type{cty.Capsule("c", reflect.TypeFor[int]())})}), "capsule"},
		"dynamic":      {attribute(Attribute{Optional: true, Type: cty.Map(cty.DynamicPseudoType)}), "make it dynamic as a whole"},
		"optional":     {attribute(Attribute{Optional: true, Type: cty.ObjectWithOptionalAttrs(map[string]cty.Type{"a": str}, []string{"a"})}), "optional attributes"},
		"normaliser":   {attribute(Attribute{Optional: true, Type: str, Normalise: "odd"}), `no normaliser "odd"`},
		"enum":         {attribute(Attribute{Optional: true, Type: cty.Number, Enum: []string{"a"}}), "only a string can have an enum"},
		"default":      {attribute(Attribute{Required: true, Type: str, Default: cty.StringVal("a")}), "only what is optional"},
		"default type": {attribute(Attribute{Optional: true, Type: str, Default: cty.True}), "its default is bool, not string"},
		"default null": {attribute(Attribute{Optional: true, Type: str, Default: cty.NullVal(str)}), "its default is null"},
		"default ?":    {attribute(Attribute{Optional: true, Type: str, Default: cty.UnknownVal(str)}), "not wholly known"},
		"default enum": {attribute(Attribute{Optional: true, Type: str, Default: cty.StringVal("a"), Enum: []string{"b"}}), "not in its enum"},
		"nesting":      {nested(Nested{}), "no nesting 0"},
		"bounds":       {nested(Nested{Nesting: NestingSet, MinItems: 3, MaxItems: 2}), "at least 3 and at most 2"},
		"normalised":   {attribute(Attribute{Optional: true, Normalise: NormaliseUnsorted, Nested: &Nested{Nesting: NestingMap}}), "unsorted list"},
		"negative":     {nested(Nested{Nesting: NestingSet, MinItems: -1}), "negative"},
		"single":       {nested(Nested{Nesting: NestingSingle, MaxItems: 2}), "bounds above one"},
		"inner":        {nested(Nested{Nesting: NestingMap, Object: Object{Attributes: map[string]*Attribute{"y": {Type: str}}}}), "attribute x: attribute y: it must be"},
		"nested any":   {nested(Nested{Nesting: NestingMap, Object: Object{Attributes: map[string]*Attribute{"y": {Type: cty.DynamicPseudoType, Optional: true}}}}), "none of their attributes"},
		"group size":   {func(s *Schema) { s.Resources["thing"].AtMostOneOf = [][]string{{"source"}} }, "two attributes to choose"},
		"group name":   {func(s *Schema) { s.Resources["thing"].AtMostOneOf = [][]string{{"source", "no"}} }, `no attribute "no"`},
		"group member": {func(s *Schema) { s.Resources["thing"].AtLeastOneOf = [][]string{{"source", "name"}} }, `"name" is not optional`},
	} {
		t.Run(name, func(t *testing.T) {
			s := sound()
			tc.spoil(s)
			err := s.Check()
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestMayBeCompleted(t *testing.T) {
	for _, ty := range []cty.Type{cty.String, cty.Number, cty.Bool, cty.List(cty.String), cty.Set(cty.Number)} {
		if !(&Attribute{Type: ty, Required: true, Completable: true, Tier: TierApproval}).MayBeCompleted() {
			t.Errorf("%s may not be completed", ty.FriendlyName())
		}
	}
	for name, a := range map[string]Attribute{
		"not completable": {Type: cty.String, Tier: TierFree},
		"never":           {Type: cty.String, Completable: true},
		"sensitive":       {Type: cty.String, Completable: true, Tier: TierFree, Sensitive: true},
		"nested":          {Completable: true, Tier: TierFree, Nested: &Nested{Nesting: NestingMap}},
		"map":             {Type: cty.Map(cty.String), Completable: true, Tier: TierFree},
		"list of lists":   {Type: cty.List(cty.List(cty.String)), Completable: true, Tier: TierFree},
		"dynamic":         {Type: cty.DynamicPseudoType, Completable: true, Tier: TierFree},
	} {
		if a.MayBeCompleted() {
			t.Errorf("%s: it may be completed", name)
		}
	}
}

func TestUnderstands(t *testing.T) {
	for _, tc := range []struct {
		n         Normaliser
		good, bad string
	}{
		{NormaliseBytes, "64MiB", "plenty"},
		{NormaliseMode, "0644", "rw-r--r--"},
		{NormaliseDuration, "1m30s", "90"},
		{NormaliseJSON, `{"a":1}`, `{"a":}`},
	} {
		if !tc.n.Understands(cty.StringVal(tc.good)) || tc.n.Understands(cty.StringVal(tc.bad)) || tc.n.Understands(cty.True) {
			t.Errorf("%s takes what it cannot compare, or refuses what it can", tc.n)
		}
	}
	if !NormalisePath.Understands(cty.StringVal("any text")) || !NormaliseUnsorted.Understands(cty.ListValEmpty(cty.String)) {
		t.Error("what can mean anything is refused")
	}
}
