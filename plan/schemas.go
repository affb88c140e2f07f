package plan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Schemas keeps what is needed of providers' schemas, prepared once for each
// type. It is safe for concurrent use.
type Schemas struct {
	factory providers.Factory

	mu    sync.Mutex
	types map[schemaKey]*Type
}

type schemaKey struct {
	source string
	kind   providers.Kind
	name   string
}

// Type is one type of a provider's schema, ready to decode bodies.
type Type struct {
	*eval.Decoder
	Source   string
	Name     string
	Provider *providers.Schema
	Resource *providers.ResourceType // nil unless it is a resource type
	Data     *providers.DataType     // nil unless it is a data source
	Assert   *providers.AssertType   // nil unless it is an assert type
}

// plansAlways tells whether the provider must be asked to plan even when
// nothing seems to change.
func (t *Type) plansAlways(config cty.Value) bool {
	return slices.ContainsFunc(t.Resource.PlanAlways, func(name string) bool { return !config.GetAttr(name).IsNull() })
}

// ErrNoType is returned, wrapped, by Schemas.Type for a type that the provider
// does not have.
var ErrNoType = errors.New("the provider has no such type")

// NewSchemas returns an empty store of the schemas of factory.
func NewSchemas(factory providers.Factory) *Schemas {
	return &Schemas{factory: factory, types: map[schemaKey]*Type{}}
}

// Type returns one type of a provider. name is "" for the provider's own
// configuration.
func (s *Schemas) Type(ctx context.Context, source string, kind providers.Kind, name string) (*Type, error) {
	key := schemaKey{source, kind, name}
	s.mu.Lock()
	t := s.types[key]
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	schema, err := s.factory.Schema(ctx, source)
	if err != nil {
		return nil, err
	}
	t = &Type{Source: source, Name: name, Provider: schema}
	var obj *providers.Object
	switch kind {
	case providers.KindResource:
		if t.Resource = schema.Resources[name]; t.Resource != nil {
			obj = &t.Resource.Object
		}
	case providers.KindData:
		if t.Data = schema.Data[name]; t.Data != nil {
			obj = &t.Data.Object
		}
	case providers.KindAssert:
		if t.Assert = schema.Asserts[name]; t.Assert != nil {
			obj = &t.Assert.Object
		}
	default:
		if obj = schema.Provider; obj == nil {
			obj = &providers.Object{}
		}
	}
	if obj == nil {
		return nil, fmt.Errorf("%s: %q: %w", source, name, ErrNoType)
	}
	t.Decoder = eval.NewDecoder(obj)
	if kind == providers.KindResource {
		t.Within(config.MetaArguments())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.types[key]; have != nil {
		return have, nil
	}
	s.types[key] = t
	return t, nil
}

// ofBlock returns the type of a resource or data block.
func (s *Schemas) ofBlock(ctx context.Context, m *config.Module, r *config.Resource) (*Type, diag.Diagnostics) {
	source, ok := m.ProviderSource(r.Provider)
	if !ok {
		return nil, diag.At(r.TypeRange, "Unknown provider",
			"Nothing says which provider %q comes from. Name its source in required_providers in the clockwork block.", r.Provider.Name)
	}
	kind, what := providers.KindResource, "resource type"
	if r.Mode == addr.Data {
		kind, what = providers.KindData, "data source"
	}
	t, err := s.Type(ctx, source, kind, r.Type)
	if errors.Is(err, ErrNoType) {
		schema, serr := s.factory.Schema(ctx, source)
		if serr != nil {
			return nil, diag.FromError("Provider not available", serr)
		}
		names := slices.Collect(maps.Keys(schema.Resources))
		if r.Mode == addr.Data {
			names = slices.Collect(maps.Keys(schema.Data))
		}
		slices.Sort(names)
		return nil, diag.At(r.TypeRange, "Unsupported "+what, "The provider %s has no %s %q.%s It has %s.",
			source, what, r.Type, diag.DidYouMean(r.Type, names), list(names))
	}
	if err != nil {
		return nil, unavailable(source, err)
	}
	return t, nil
}

func unavailable(source string, err error) diag.Diagnostics {
	ds := diag.FromError("Provider not available", err)
	for i := range ds {
		ds[i].Address = fmt.Sprintf("provider[%q]", source)
	}
	return ds
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	out := names[0]
	for _, n := range names[1:] {
		out += ", " + n
	}
	return out
}
