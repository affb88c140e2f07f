package memory

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	itemType  = "memory_item"
	shelfType = "memory_shelf"
)

// schema describes the provider. It is built once for each provider.
func schema() *providers.Schema {
	return &providers.Schema{
		Provider: &providers.Object{
			Description: "A world in memory.",
			Attributes: map[string]*providers.Attribute{
				"namespace": {Type: cty.String, Optional: true, Default: cty.StringVal(DefaultNamespace),
					Description: "Where names are unique."},
			},
		},
		Resources: map[string]*providers.ResourceType{
			itemType:  itemSchema(),
			shelfType: shelfSchema(),
		},
		Data: map[string]*providers.DataType{
			itemType: {Object: providers.Object{
				Description: "An item that something else made.",
				Attributes: map[string]*providers.Attribute{
					"name":     {Type: cty.String, Required: true, Description: "The item's name."},
					"value":    {Type: cty.String, Computed: true, Description: "What the item holds."},
					"tags":     {Type: cty.Map(cty.String), Computed: true, Description: "The item's tags."},
					"id":       {Type: cty.String, Computed: true, Description: "The item's id."},
					"revision": {Type: cty.Number, Computed: true, Description: "How often the item has changed."},
				},
			}},
		},
		Asserts: map[string]*providers.AssertType{
			"item_exists": {
				Object:  providers.Object{Description: "The item exists and is ready."},
				Targets: []string{itemType},
			},
			"item_value": {
				Object: providers.Object{
					Description: "The item holds what is expected.",
					Attributes: map[string]*providers.Attribute{
						"equals":  {Type: cty.String, Optional: true, Description: "The whole value."},
						"matches": {Type: cty.String, Optional: true, Description: "A regular expression that is found in the value."},
					},
					ExactlyOneOf: [][]string{{"equals", "matches"}},
				},
				Targets: []string{itemType},
			},
		},
	}
}

func itemSchema() *providers.ResourceType {
	return &providers.ResourceType{
		Version:        1, // 0 had "labels" in place of "tags"
		CustomPlan:     true,
		CustomValidate: true,
		Restartable:    true,
		Watchable:      true,
		CheckInterval:  "30s",
		Object: providers.Object{
			Description: "An item.",
			Attributes: map[string]*providers.Attribute{
				"name": {Type: cty.String, Required: true, ForceNew: true, Description: "Unique in the namespace."},
				"shelf": {Type: cty.String, Optional: true, ForceNew: true,
					Description: "The name of the shelf that it lies on."},
				"kind": {Type: cty.String, Optional: true, Default: cty.StringVal("plain"), Enum: []string{"plain", "fragile"},
					Description: "What sort of item it is. What is plain can be made fragile, but not the other way.",
					Tier:        providers.TierApproval},
				"value": {Type: cty.String, Optional: true, Tier: providers.TierFree,
					Description: "What it holds."},
				"limit": {Type: cty.String, Optional: true, Normalise: providers.NormaliseBytes, Tier: providers.TierFree,
					Description: `How much it may use, such as "64MiB".`},
				"tags":   {Type: cty.Map(cty.String), Optional: true, Description: "Names and values, to find it by."},
				"secret": {Type: cty.String, Optional: true, Sensitive: true, Description: "What nobody may see."},
				"part": {Optional: true, Description: "What it is made of.", Nested: &providers.Nested{
					Nesting: providers.NestingList, Block: true, MaxItems: 100,
					Object: providers.Object{
						Description: "One part.",
						Attributes: map[string]*providers.Attribute{
							"name": {Type: cty.String, Required: true, Description: "Unique in the item."},
							"size": {Type: cty.String, Optional: true, Normalise: providers.NormaliseBytes,
								Description: `How large it is, such as "1KiB".`},
							"weight": {Type: cty.Number, Optional: true, Default: cty.NumberIntVal(1),
								Description: "How heavy it is.", Tier: providers.TierFree},
							"id": {Type: cty.String, Computed: true, DependsOn: []string{"name"},
								Description: "Unique in the world."},
						},
					},
				}},
				"id":       {Type: cty.String, Computed: true, Stable: true, Description: "Unique in the world."},
				"revision": {Type: cty.Number, Computed: true, Description: "Grows by one with each change."},
				"checksum": {Type: cty.String, Computed: true, DependsOn: []string{"value"},
					Description: "The SHA-256 of the value, in hex; null without one."},
			},
		},
	}
}

func shelfSchema() *providers.ResourceType {
	return &providers.ResourceType{
		Watchable: true,
		Object: providers.Object{
			Description: "A shelf for items. It can be removed only when it is empty.",
			Attributes: map[string]*providers.Attribute{
				"name": {Type: cty.String, Required: true, ForceNew: true, Description: "Unique in the namespace."},
				"capacity": {Type: cty.Number, Optional: true, Default: cty.NumberIntVal(0),
					Description: "How many items it can hold; 0 means any number.", Tier: providers.TierFree},
				"id": {Type: cty.String, Computed: true, Stable: true, Description: "Unique in the world."},
			},
		},
	}
}
