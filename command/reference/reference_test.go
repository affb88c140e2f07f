package reference_test

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/command/reference"
	"github.com/clockwork-hcl/clockwork/providers"
)

func schema() *providers.Schema {
	port := providers.Object{Attributes: map[string]*providers.Attribute{
		"host": {Type: cty.Number, Required: true, Description: "On the host.", Tier: providers.TierApproval},
		"id":   {Type: cty.String, Computed: true, Description: "Its id."},
	}}
	return &providers.Schema{
		Provider: &providers.Object{Description: "Things of a server.", Attributes: map[string]*providers.Attribute{
			"token": {Type: cty.String, Required: true, Sensitive: true, Description: "What to log in\nwith."},
		}},
		Resources: map[string]*providers.ResourceType{"acme_thing": {
			Object: providers.Object{
				Description: "# A thing\x1b <b>.",
				Attributes: map[string]*providers.Attribute{
					"name":  {Type: cty.String, Required: true, ForceNew: true, Description: "Its name: `<name>` or a|b."},
					"kind":  {Type: cty.String, Optional: true, Default: cty.StringVal("plain"), Enum: []string{"plain", "fancy"}, Description: "What sort."},
					"limit": {Type: cty.String, Optional: true, Computed: true, Normalise: providers.NormaliseBytes, Tier: providers.TierFree, Description: "How much."},
					"tags":  {Type: cty.Map(cty.List(cty.String)), Optional: true, Deprecated: "Use labels.", Description: "Tags."},
					"a":     {Type: cty.DynamicPseudoType, Optional: true, Description: "This."},
					"b":     {Type: cty.Bool, Optional: true, Completable: true, Description: "Or this."},
					"port": {Optional: true, Normalise: providers.NormaliseUnsorted, Tier: providers.TierApproval, Description: "Ports.",
						Nested: &providers.Nested{Nesting: providers.NestingList, Block: true, MinItems: 1, MaxItems: 2, Object: port}},
					"one": {Optional: true, Description: "One.", Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: providers.Object{}}},
					"id":  {Type: cty.String, Computed: true, Description: "Unique."},
				},
				AtMostOneOf: [][]string{{"a", "b"}},
			},
			Restartable: true, Watchable: true, CheckInterval: "30s",
		}},
		Data: map[string]*providers.DataType{"acme_thing": {Object: providers.Object{Description: "One that is there.",
			Attributes: map[string]*providers.Attribute{"name": {Type: cty.String, Required: true, Description: "Its name."}}}}},
		Asserts:      map[string]*providers.AssertType{"thing_ok": {Object: providers.Object{Description: "It is well."}, Targets: []string{"acme_thing"}}},
		Capabilities: providers.Capabilities{Watch: true, Data: true, Check: true},
	}
}

const page = "# The acme provider\n\nThings of a server.\n\n" + reference.Mark + `

## Reference

### provider "acme"

| argument | type | default | |
|---|---|---|---|
| ~token~ | string | required | What to log in with. Sensitive. |

### resource ~acme_thing~

\# A thing &lt;b>.

~~~hcl fragment
resource "acme_thing" "example" {
  name = "..."
}
~~~

| argument | type | default | |
|---|---|---|---|
| ~name~ | string | required | Its name: ~<name>~ or a\|b. A change replaces the object. |
| ~a~ | any | | This. |
| ~b~ | bool | | Or this. An AI may fill it in. |
| ~kind~ | string | ~"plain"~ | What sort. One of ~"plain"~ and ~"fancy"~. |
| ~limit~ | string | by the provider | How much. ~1GiB~ and ~1024MiB~ are the same. |
| ~one~ | object | | One. |
| ~port~ | blocks | | Ports. The order means nothing. At least 1. At most 2. |
| ~tags~ | map of list of string | | Tags. **Deprecated:** Use labels. |

At most one of ~a~ and ~b~ can be set.

| attribute | type | |
|---|---|---|
| ~id~ | string | Unique. |

In a block ~port~:

| argument | type | default | |
|---|---|---|---|
| ~port.host~ | number | required | On the host. |

| attribute | type | |
|---|---|---|
| ~port.id~ | string | Its id. |

It can be restarted. It is checked every 30s, and whenever something happens to it. An AI may change ~limit~ within the policy, and ~port~ with a human's approval.

### data ~acme_thing~

One that is there.

~~~hcl fragment
data "acme_thing" "example" {
  name = "..."
}
~~~

| argument | type | default | |
|---|---|---|---|
| ~name~ | string | required | Its name. |

### assert ~thing_ok~

It is well.

Its target is a ~acme_thing~.
`

func TestPage(t *testing.T) {
	want := strings.ReplaceAll(page, "~", "`")
	got, err := reference.Page("acme", schema(), "")
	if err != nil || got != want {
		t.Fatalf("it is (%v)\n%s", err, got)
	}
	again, err := reference.Page("acme", schema(), got)
	if err != nil || again != got {
		t.Errorf("made again it is (%v)\n%s", err, again)
	}
	// What people wrote is kept, and what was generated is not.
	before := "# Acme\n\nAs we like it.\n\n" + reference.Mark + "\n\nold\n"
	got, err = reference.Page("acme", schema(), before)
	if err != nil || !strings.HasPrefix(got, "# Acme\n\nAs we like it.\n\n"+reference.Mark+"\n\n## Reference\n") || strings.Contains(got, "\nold\n") {
		t.Errorf("with what people wrote it is (%v)\n%s", err, got)
	}
	if got, err := reference.Page("acme", schema(), "# Acme\n\nNo mark.\n"); err == nil {
		t.Errorf("without a mark it is\n%s", got)
	}
}
