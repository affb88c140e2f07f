package convert

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

// Types holds the codecs for everything that a schema describes. It never
// changes once made.
type Types struct {
	provider                 *Codec
	resources, data, asserts map[string]*Codec
}

// NewTypes makes the codecs of a schema.
func NewTypes(s *providers.Schema) *Types {
	t := &Types{
		resources: make(map[string]*Codec, len(s.Resources)),
		data:      make(map[string]*Codec, len(s.Data)),
		asserts:   make(map[string]*Codec, len(s.Asserts)),
	}
	object := s.Provider
	if object == nil {
		object = new(providers.Object)
	}
	t.provider = NewCodec(object.Type())
	for name, r := range s.Resources {
		t.resources[name] = NewCodec(r.Type())
	}
	for name, d := range s.Data {
		t.data[name] = NewCodec(d.Type())
	}
	for name, a := range s.Asserts {
		t.asserts[name] = NewCodec(a.Type())
	}
	return t
}

// Codec returns the codec for objects of a kind and type. A type that the
// schema does not have is an error.
func (t *Types) Codec(kind providers.Kind, typeName string) (*Codec, error) {
	var codec *Codec
	var what string
	switch kind {
	case providers.KindProvider:
		return t.provider, nil
	case providers.KindResource:
		codec, what = t.resources[typeName], "resource"
	case providers.KindData:
		codec, what = t.data[typeName], "data"
	case providers.KindAssert:
		codec, what = t.asserts[typeName], "assert"
	default:
		return nil, fmt.Errorf("there is no kind %d of types", kind)
	}
	if codec == nil {
		return nil, fmt.Errorf("the provider has no %s type %q", what, typeName)
	}
	return codec, nil
}

// EncodeDynamic encodes a value whose type the other side does not know.
func EncodeDynamic(v cty.Value) ([]byte, error) { return dynamic.Encode(nil, v) }

// DecodeDynamic decodes what EncodeDynamic encoded.
func DecodeDynamic(b []byte) (cty.Value, error) { return dynamic.Decode(b) }

var dynamic = NewCodec(cty.DynamicPseudoType)

// encodeType writes a type in cty's JSON form.
func encodeType(ty cty.Type) (b []byte, err error) {
	// cty panics on a capsule type inside another type.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("encode a type: %v", r)
		}
	}()
	return ty.MarshalJSON()
}

func decodeType(b []byte) (ty cty.Type, err error) {
	if nesting(b) > 2*maxDepth { // an object takes two levels of JSON
		return cty.NilType, errors.New("decode a type: it is nested too deeply")
	}
	defer func() {
		if r := recover(); r != nil {
			ty, err = cty.NilType, fmt.Errorf("decode a type: %v", r)
		}
	}()
	if err := json.Unmarshal(b, &ty); err != nil {
		return cty.NilType, fmt.Errorf("decode a type: %w", err)
	}
	if ty == cty.NilType {
		return cty.NilType, fmt.Errorf("decode a type: there is none")
	}
	return ty, nil
}

// nesting returns how deep brackets are inside each other, at most: those in
// texts count as well, which does no harm.
func nesting(b []byte) int {
	deepest, depth := 0, 0
	for _, c := range b {
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}
