package sdk_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
	"github.com/clockwork-hcl/clockwork/providers"
)

// handler is one that does nothing, for any struct.
type handler[M any] struct{}

func (handler[M]) Create(context.Context, *sdk.Call[struct{}], M) (*M, error) { return nil, nil }
func (handler[M]) Read(context.Context, *sdk.Call[struct{}], M) (*M, error)   { return nil, nil }
func (handler[M]) Delete(context.Context, *sdk.Call[struct{}], M) error       { return nil }

// updating is one that updates, too.
type updating[M any] struct{ handler[M] }

func (updating[M]) Update(context.Context, *sdk.Call[struct{}], M, M) (*M, error) { return nil, nil }

func declaring[M any](opts ...sdk.Option) *sdk.Provider {
	return sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{
		sdk.Resource("acme_thing", "A thing.", updating[M]{}, opts...),
	}})
}

type recursive struct {
	Again sdk.Optional[[]recursive] `cw:"again,optional"`
}

type documented struct {
	A string `cw:"a,required" doc:"Twice."`
}

func (documented) Docs() map[string]string {
	return map[string]string{"a": "Twice.", "b": "Not there."}
}

// Every mistake that can be made with a struct is found at start, and said with
// the struct, the field and the tag.
func TestDeclarationMistakes(t *testing.T) {
	type port struct {
		Host string `cw:"host,required"`
	}
	type bad struct {
		Host string `cw:"host"`
	}
	type inner struct {
		Host string `cw:"Host,required"`
	}
	cases := []struct {
		name     string
		provider *sdk.Provider
		want     string
	}{
		{"no struct", declaring[string](), "string: attributes are declared by the fields of a struct"},
		{"unknown option", declaring[struct {
			A string `cw:"a,requird"`
		}](), `field A, tag cw:"a,requird": there is no option "requird". Did you mean "required"?`},
		{"option twice", declaring[struct {
			A string `cw:"a,required,required"`
		}](), `"required" is there twice`},
		{"option with a value", declaring[struct {
			A string `cw:"a,required=yes"`
		}](), `"required" takes no value`},
		{"option without a value", declaring[struct {
			A string `cw:"a,required,tier"`
		}](), `"tier" needs a value: write tier=VALUE`},
		{"tier", declaring[struct {
			A string `cw:"a,required,tier=never"`
		}](), `"never" is no tier: write tier=free or tier=approval`},
		{"quote", declaring[struct {
			A string `cw:"a,optional,default='a"`
		}](), "a quote is not closed"},
		{"no tag", declaring[struct{ A string }](), `field A: it has no cw tag; write cw:"-" if it is not an attribute`},
		{"not exported", declaring[struct {
			a string `cw:"a,required"`
		}](), `field a, tag cw:"a,required": it is not exported`},
		{"twice", declaring[struct {
			A string `cw:"a,required"`
			B string `cw:"a,required"`
		}](), `there is another attribute "a" in the struct`},
		{"nothing said", declaring[bad](), "struct sdk_test.bad, field Host, tag cw:\"host\": say whether it is required, optional or computed"},
		{"too much said", declaring[struct {
			A sdk.String `cw:"a,required,computed"`
		}](), "it is required, so it cannot be optional or computed"},
		{"plain optional", declaring[struct {
			A string `cw:"a,optional"`
		}](), "it is null where the user leaves it out, which a string cannot be: make it an sdk.Optional[string], or give it a default"},
		{"plain optional list", declaring[struct {
			A []string `cw:"a,optional"`
		}](), "make it an sdk.Optional[[]string]"},
		{"plain optional secret", declaring[struct {
			A sdk.Secret[string] `cw:"a,optional"`
		}](), "make it an sdk.Optional[sdk.Secret[string]]"},
		{"plain computed", declaring[struct {
			A string `cw:"a,computed"`
		}](), "it is unknown until the object exists: make it an sdk.Computed[string], or an sdk.Value[string] if it may be null"},
		{"optional computed", declaring[struct {
			A sdk.Optional[string] `cw:"a,optional,computed"`
		}](), "make it an sdk.Computed[string]"},
		{"optional required", declaring[struct {
			A sdk.Optional[string] `cw:"a,required"`
		}](), "it always has a value, so it is never null: make it a plain string"},
		{"computed that is not", declaring[struct {
			A sdk.Computed[string] `cw:"a,required"`
		}](), "sdk.Computed is for what the provider computes"},
		{"sensitive string", declaring[struct {
			A string `cw:"a,required,sensitive"`
		}](), "it is sensitive, so make it an sdk.Secret[string]"},
		{"wrapped twice", declaring[struct {
			A sdk.Optional[sdk.Computed[string]] `cw:"a,optional"`
		}](), "sdk.Optional holds another sdk.Computed"},
		{"wrapped value", declaring[struct {
			A sdk.Optional[cty.Value] `cw:"a,optional"`
		}](), "a cty.Value can be null and unknown by itself"},
		{"pointer", declaring[struct {
			A *string `cw:"a,optional"`
		}](), "a pointer does not say what nil means: use sdk.Optional[string]"},
		{"channel", declaring[struct {
			A chan int `cw:"a,required"`
		}](), "a chan int cannot be an attribute"},
		{"bytes", declaring[struct {
			A []byte `cw:"a,required"`
		}](), "bytes cannot be an attribute"},
		{"duration", declaring[struct {
			A time.Duration `cw:"a,required"`
		}](), "make it a string with normalise=duration"},
		{"keys", declaring[struct {
			A map[int]string `cw:"a,required"`
		}](), "the keys of a map must be strings, not int"},
		{"deep structs", declaring[struct {
			A [][]port `cw:"a,required"`
		}](), "structs can be in a slice or a map, but not wrapped and no deeper"},
		{"recursive", declaring[recursive](), "struct sdk_test.recursive: it holds itself"},
		{"block of strings", declaring[struct {
			A []string `cw:"a,required,block"`
		}](), "block, min and max are for structs"},
		{"bounds", declaring[struct {
			A []port `cw:"a,required,min=3,max=2"`
		}](), `it has at least 3 and at most 2 items (struct struct`},
		{"no bound", declaring[struct {
			A []port `cw:"a,required,max=0"`
		}](), `"0" is no whole number from 1 on`},
		{"set of one", declaring[struct {
			A string `cw:"a,required,set"`
		}](), "only a slice can be a set"},
		{"unordered set", declaring[struct {
			A []string `cw:"a,required,set,unordered"`
		}](), "only a slice, that is not a set anyway, can be unordered"},
		{"unordered otherwise", declaring[struct {
			A []string `cw:"a,required,unordered,normalise=case"`
		}](), "it is unordered, which is a normalise of its own"},
		{"default of another type", declaring[struct {
			A int `cw:"a,optional,default=many"`
		}](), `its default cannot be used: "many" is no number`},
		{"default of a list", declaring[struct {
			A []string `cw:"a,optional,default=x"`
		}](), "only text, numbers and bools can have one"},
		{"default of a bool", declaring[struct {
			A bool `cw:"a,optional,default=yes"`
		}](), `"yes" is neither true nor false`},
		{"docs", declaring[documented](), `method Docs: it describes "b", which is no attribute`},
		{"docs twice", declaring[documented](), `it describes "a", which has a doc tag as well`},

		// What the contract does not allow is said with the field as well.
		{"name", declaring[inner](), `resource acme_thing: attribute Host: a name must begin with a small letter and have only small letters, digits and underscores (struct sdk_test.inner, field Host, tag cw:"Host,required")`},
		{"reserved", declaring[struct {
			A string `cw:"count,required"`
		}](), `attribute count: the language keeps this name for itself (struct struct`},
		{"nested name", declaring[struct {
			A []inner `cw:"a,required"`
		}](), `attribute a: attribute Host: a name must begin with a small letter and have only small letters, digits and underscores (struct sdk_test.inner, field Host`},
		{"normaliser", declaring[struct {
			A string `cw:"a,required,normalise=size"`
		}](), `there is no normaliser "size" (struct`},
		{"from", declaring[struct {
			A sdk.Computed[string] `cw:"a,computed,from=b"`
		}](), `it depends on "b", which is no attribute beside it (struct`},
		{"enum", declaring[struct {
			A string `cw:"a,optional,default=c,enum=a|b"`
		}](), `its default is not in its enum (struct`},

		// And what is wrong with the rest.
		{"options", declaring[port](sdk.Targets("acme_thing")), "resource acme_thing: the option Targets has no meaning here"},
		{"group", declaring[port](sdk.ExactlyOneOf("host", "name")), `there is no attribute "name"`},
		{"identity", declaring[port](sdk.Identity("", "name")), `its identity is "name", which is no attribute that is a string`},
		{"interval", declaring[port](sdk.CheckEvery(-time.Second)), "its check interval"},
		{"explicit and a struct", declaring[port](sdk.Attributes(map[string]*providers.Attribute{})), "its attributes are declared twice"},
		{"raw without attributes", declaring[cty.Value](), "must be declared with the option Attributes"},
		{"no Update", sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{
			sdk.Resource("acme_thing", "", handler[port]{})}}),
			"has no method Update, so a change of it must replace the object: add the option replace, or the method"},
		{"type's name", sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{
			sdk.Resource("thing", "", updating[port]{})}}), "its name must begin with that of the provider, as acme_thing"},
		{"type twice", sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{
			sdk.Resource("acme_thing", "", updating[port]{}), sdk.Resource("acme_thing", "", updating[port]{})}}), "it is declared twice"},
		{"provider's name", sdk.New(sdk.Spec[struct{}, struct{}]{Name: "ac-me"}), `provider "ac-me": its name must begin with a small letter`},
		{"no Connect", sdk.New(sdk.Spec[struct{}, *port]{Name: "acme"}), "it has no Connect, so nothing makes a *sdk_test.port"},
		{"not made", sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: make([]sdk.ResourceType[struct{}], 1)}), "was not made by sdk.Resource"},
		{"settings", sdk.New(sdk.Spec[bad, struct{}]{Name: "acme"}), "provider acme: struct sdk_test.bad, field Host"},
		{"target", sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Asserts: []sdk.AssertType[struct{}]{
			sdk.Assert("ok", "", func(context.Context, *sdk.Call[struct{}], struct{}, port) (sdk.Verdict, error) {
				return sdk.Verdict{}, nil
			})}}),
			"assert ok: its function takes a sdk_test.port, which no type of resource has for its struct"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.provider.Problems()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says\n%v\nnot\n%s", err, c.want)
			}
			if _, schemaErr := c.provider.Schema(t.Context()); schemaErr == nil {
				t.Error("and yet there is a schema")
			}
		})
	}
}

type wrongUpdate struct {
	handler[struct {
		A string `cw:"a,required,replace"`
	}]
}

func (wrongUpdate) Update(context.Context) error { return nil }

type pointerDiagnose struct {
	handler[struct {
		A string `cw:"a,required,replace"`
	}]
}

func (*pointerDiagnose) Diagnose(context.Context, *sdk.Call[struct{}], struct {
	A string `cw:"a,required,replace"`
}) (sdk.Diagnosis, error) {
	return sdk.Diagnosis{}, nil
}

// A method that is not quite what it should be is not just left out.
func TestMisspeltMethods(t *testing.T) {
	declare := func(t sdk.ResourceType[struct{}]) error {
		return sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{t}}).Problems()
	}
	err := declare(sdk.Resource("acme_thing", "", wrongUpdate{}))
	if err == nil || !strings.Contains(err.Error(), "method Update: it is func(context.Context) error, which is not what the SDK looks for: func(context.Context, *sdk.Call[struct {}]") {
		t.Errorf("it says %v", err)
	}
	err = declare(sdk.Resource("acme_thing", "", pointerDiagnose{}))
	if err == nil || !strings.Contains(err.Error(), "method Diagnose: it is a method of the pointer: declare the type with &pointerDiagnose{}") {
		t.Errorf("it says %v", err)
	}
	if err := declare(sdk.Resource("acme_thing", "", &pointerDiagnose{})); err != nil {
		t.Errorf("it says %v", err)
	}
}

// What tags say is in the schema.
func TestSchemaOfTags(t *testing.T) {
	schema, err := newShop(newShelves()).Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	thing := schema.Resources["shop_thing"]
	for name, want := range map[string]*providers.Attribute{
		"name": {Type: cty.String, Required: true, ForceNew: true, Description: "Unique in the world."},
		"count_of": {Type: cty.Number, Optional: true, Default: cty.MustParseNumberVal("1"), Tier: providers.TierFree,
			Description: "How many there are."},
		"price": {Type: cty.Number, Required: true, Tier: providers.TierApproval, Description: "For one."},
		"kind": {Type: cty.String, Optional: true, Default: cty.StringVal("plain"), Enum: []string{"plain", "fancy"},
			Description: "What sort it is."},
		"limit":   {Type: cty.String, Optional: true, Normalise: providers.NormaliseBytes, Description: "How much it may take."},
		"colours": {Type: cty.List(cty.String), Required: true, Normalise: providers.NormaliseUnsorted, Description: "What it comes in."},
		"shops":   {Type: cty.Set(cty.String), Optional: true, Description: "Where to get it."},
		"tags":    {Type: cty.Map(cty.String), Optional: true, Description: "To find it by."},
		"secret":  {Type: cty.String, Optional: true, Sensitive: true, Description: "What nobody may see."},
		"sum":     {Type: cty.String, Computed: true, DependsOn: []string{"text"}, Description: "The SHA-256 of the text, or null."},
		"id":      {Type: cty.String, Computed: true, Stable: true, Description: "Unique in the world."},
		"owner":   {Type: cty.String, Optional: true, Computed: true, Stable: true, Description: "Whose it is; ours unless said."},
	} {
		if got := thing.Attributes[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, not %#v", name, got, want)
		}
	}
	part := thing.Attributes["part"]
	if part.Nested == nil || part.Nested.Nesting != providers.NestingList || !part.Nested.Block || part.Nested.MaxItems != 5 {
		t.Errorf("part is %#v", part.Nested)
	}
	if n := thing.Attributes["slots"].Nested.Nesting; n != providers.NestingMap {
		t.Errorf("slots has the nesting %d", n)
	}
	if n := thing.Attributes["maker"].Nested.Nesting; n != providers.NestingSingle {
		t.Errorf("maker has the nesting %d", n)
	}
	if thing.Version != 2 || !thing.CustomPlan || !thing.CustomValidate || !thing.Restartable || !thing.Watchable || thing.CheckInterval != "30s" {
		t.Errorf("the type is %+v", *thing)
	}
	if got := schema.Asserts["thing_costs"].Targets; !reflect.DeepEqual(got, []string{"shop_thing"}) {
		t.Errorf("the assert is about %q", got)
	}
	if want := (providers.Capabilities{Plan: true, Import: true, Data: true, Check: true, Diagnose: true, Watch: true, Recover: true, Upgrade: true}); schema.Capabilities != want {
		t.Errorf("it can do %+v", schema.Capabilities)
	}
	type port struct {
		Host string `cw:"host,required"`
	}
	small, err := declaring[port]().Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if small.Capabilities != (providers.Capabilities{}) || small.Resources["acme_thing"].CustomValidate {
		t.Errorf("what does little claims %+v", small.Capabilities)
	}
}
