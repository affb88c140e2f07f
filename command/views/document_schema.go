package views

import (
	"encoding/json"
	"io"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
)

type docSchemas struct {
	FormatVersion   string                 `json:"format_version"`
	ProviderSchemas map[string]docProvider `json:"provider_schemas"`
}

type docProvider struct {
	Provider          *docType           `json:"provider,omitempty"`
	ResourceSchemas   map[string]docType `json:"resource_schemas,omitempty"`
	DataSourceSchemas map[string]docType `json:"data_source_schemas,omitempty"`
	AssertSchemas     map[string]docType `json:"assert_schemas,omitempty"`
}

type docType struct {
	Version int      `json:"version"`
	Targets []string `json:"targets,omitempty"` // of an assert type
	Block   docBlock `json:"block"`
}

type docBlock struct {
	Attributes      map[string]docAttribute   `json:"attributes,omitempty"`
	BlockTypes      map[string]docNestedBlock `json:"block_types,omitempty"`
	Description     string                    `json:"description,omitempty"`
	DescriptionKind string                    `json:"description_kind"`
}

type docNestedBlock struct {
	NestingMode string   `json:"nesting_mode"`
	Block       docBlock `json:"block"`
	MinItems    int      `json:"min_items,omitempty"`
	MaxItems    int      `json:"max_items,omitempty"`
}

type docNested struct {
	Attributes  map[string]docAttribute `json:"attributes"`
	NestingMode string                  `json:"nesting_mode"`
}

type docAttribute struct {
	Type            json.RawMessage `json:"type,omitempty"`
	NestedType      *docNested      `json:"nested_type,omitempty"`
	Description     string          `json:"description,omitempty"`
	DescriptionKind string          `json:"description_kind"`
	Required        bool            `json:"required,omitempty"`
	Optional        bool            `json:"optional,omitempty"`
	Computed        bool            `json:"computed,omitempty"`
	Sensitive       bool            `json:"sensitive,omitempty"`
	Deprecated      bool            `json:"deprecated,omitempty"`
	DeprecatedUse   string          `json:"deprecated_use,omitempty"` // what to use instead
	ForceNew        bool            `json:"force_new,omitempty"`
	Default         any             `json:"default,omitempty"`
	AllowedValues   []string        `json:"allowed_values,omitempty"`
}

// WriteSchemasJSON writes the document of `providers schema -json` for the
// schemas of providers by source.
func WriteSchemasJSON(w io.Writer, schemas map[string]*providers.Schema) error {
	doc := docSchemas{FormatVersion: schemaFormat, ProviderSchemas: map[string]docProvider{}}
	for source, s := range schemas {
		if s == nil {
			continue
		}
		p := docProvider{
			ResourceSchemas: map[string]docType{}, DataSourceSchemas: map[string]docType{}, AssertSchemas: map[string]docType{},
		}
		if s.Provider != nil {
			p.Provider = &docType{Block: newDocBlock(s.Provider)}
		}
		for name, t := range s.Resources {
			p.ResourceSchemas[name] = docType{Version: t.Version, Block: newDocBlock(&t.Object)}
		}
		for name, t := range s.Data {
			p.DataSourceSchemas[name] = docType{Block: newDocBlock(&t.Object)}
		}
		for name, t := range s.Asserts {
			p.AssertSchemas[name] = docType{Targets: t.Targets, Block: newDocBlock(&t.Object)}
		}
		doc.ProviderSchemas[source] = p
	}
	return writeDocument(w, doc, false)
}

func newDocBlock(o *providers.Object) docBlock {
	b := docBlock{Description: o.Description, DescriptionKind: "plain"}
	b.Attributes = docAttributes(o)
	for name, a := range o.Attributes {
		if !isBlock(a) {
			continue
		}
		if b.BlockTypes == nil {
			b.BlockTypes = map[string]docNestedBlock{}
		}
		b.BlockTypes[name] = docNestedBlock{
			NestingMode: nestingWord(a.Nested.Nesting), Block: newDocBlock(&a.Nested.Object),
			MinItems: a.Nested.MinItems, MaxItems: a.Nested.MaxItems,
		}
	}
	return b
}

func docAttributes(o *providers.Object) map[string]docAttribute {
	out := make(map[string]docAttribute, len(o.Attributes))
	for name, a := range o.Attributes {
		if !isBlock(a) {
			out[name] = newDocAttribute(a)
		}
	}
	return out
}

func newDocAttribute(a *providers.Attribute) docAttribute {
	out := docAttribute{
		Description: a.Description, DescriptionKind: "plain",
		Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
		Deprecated: a.Deprecated != "", DeprecatedUse: a.Deprecated,
		ForceNew: a.ForceNew, AllowedValues: a.Enum,
	}
	if a.Default != cty.NilVal {
		out.Default = redacted(a.Default, attribute(a))
	}
	if a.Nested != nil {
		out.NestedType = &docNested{Attributes: docAttributes(&a.Nested.Object), NestingMode: nestingWord(a.Nested.Nesting)}
	} else if ty, err := ctyjson.MarshalType(a.Type); err == nil {
		out.Type = ty
	}
	return out
}

func nestingWord(n providers.Nesting) string {
	switch n {
	case providers.NestingSingle:
		return "single"
	case providers.NestingList:
		return "list"
	case providers.NestingSet:
		return "set"
	case providers.NestingMap:
		return "map"
	}
	return ""
}
