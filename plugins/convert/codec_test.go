package convert

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctymsgpack "github.com/zclconf/go-cty/cty/msgpack"
)

// gen makes random types and values. Its choices come from bytes, so that a
// fuzzer can steer them, and are all zero when these run out.
type gen struct {
	data []byte
}

func (g *gen) n(max int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b) % max
}

func (g *gen) typ(depth int, dynamic bool) cty.Type {
	kinds := 9
	if depth <= 0 {
		kinds = 4
	}
	switch g.n(kinds) {
	case 0:
		return cty.String
	case 1:
		return cty.Number
	case 2:
		return cty.Bool
	case 3:
		if dynamic {
			return cty.DynamicPseudoType
		}
		return cty.String
	case 4:
		return cty.List(g.typ(depth-1, dynamic))
	case 5:
		return cty.Set(g.typ(depth-1, dynamic))
	case 6:
		return cty.Map(g.typ(depth-1, dynamic))
	case 7:
		etys := make([]cty.Type, g.n(4))
		for i := range etys {
			etys[i] = g.typ(depth-1, dynamic)
		}
		return cty.Tuple(etys)
	}
	atys := map[string]cty.Type{}
	for range g.n(5) {
		atys[g.name()] = g.typ(depth-1, dynamic)
	}
	return cty.Object(atys)
}

func (g *gen) name() string {
	return [...]string{"a", "b", "size", "name", "ports", "é", "a_rather_long_name_of_an_attribute"}[g.n(7)]
}

// concrete replaces what is dynamic in ty by types that a value could have.
func (g *gen) concrete(ty cty.Type, depth int) cty.Type {
	switch {
	case ty == cty.DynamicPseudoType:
		return g.typ(depth, false)
	case ty.IsListType():
		return cty.List(g.concrete(ty.ElementType(), depth))
	case ty.IsSetType():
		return cty.Set(g.concrete(ty.ElementType(), depth))
	case ty.IsMapType():
		return cty.Map(g.concrete(ty.ElementType(), depth))
	case ty.IsTupleType():
		var etys []cty.Type
		for _, ety := range ty.TupleElementTypes() {
			etys = append(etys, g.concrete(ety, depth))
		}
		return cty.Tuple(etys)
	case ty.IsObjectType():
		atys := map[string]cty.Type{}
		for name, aty := range ty.AttributeTypes() {
			atys[name] = g.concrete(aty, depth)
		}
		return cty.Object(atys)
	}
	return ty
}

func (g *gen) value(ty cty.Type) cty.Value {
	switch g.n(12) {
	case 10:
		return cty.NullVal(ty)
	case 11:
		return g.unknown(ty)
	}
	switch {
	case ty == cty.String:
		return cty.StringVal([...]string{"", "x", "grüße", "a\x00b", strings.Repeat("s", 31), strings.Repeat("l", 32),
			strings.Repeat("m", 255), strings.Repeat("n", 256), strings.Repeat("o", 1<<16)}[g.n(9)])
	case ty == cty.Number:
		return g.number()
	case ty == cty.Bool:
		return cty.BoolVal(g.n(2) == 1)
	case ty.IsListType(), ty.IsSetType():
		elems := make([]cty.Value, g.length())
		for i := range elems {
			elems[i] = g.value(ty.ElementType())
		}
		switch {
		case ty.IsSetType() && len(elems) == 0:
			return cty.SetValEmpty(ty.ElementType())
		case ty.IsSetType():
			return cty.SetVal(elems)
		case len(elems) == 0:
			return cty.ListValEmpty(ty.ElementType())
		}
		return cty.ListVal(elems)
	case ty.IsMapType():
		elems := map[string]cty.Value{}
		for i := range g.length() {
			elems[fmt.Sprint(g.name(), i)] = g.value(ty.ElementType())
		}
		if len(elems) == 0 {
			return cty.MapValEmpty(ty.ElementType())
		}
		return cty.MapVal(elems)
	case ty.IsTupleType():
		elems := []cty.Value{}
		for _, ety := range ty.TupleElementTypes() {
			elems = append(elems, g.value(ety))
		}
		return cty.TupleVal(elems)
	case ty.IsObjectType():
		attrs := map[string]cty.Value{}
		for name, aty := range ty.AttributeTypes() {
			attrs[name] = g.value(aty)
		}
		return cty.ObjectVal(attrs)
	}
	return cty.NullVal(ty)
}

// length is short, but now and then needs the longer forms of a count.
func (g *gen) length() int { return [...]int{0, 1, 2, 3, 1, 2, 0, 17}[g.n(8)] }

func (g *gen) number() cty.Value {
	ints := [...]int64{0, 1, -1, 127, 128, 255, 256, -32, -33, -128, -129, 1<<15 - 1, 1 << 16, -1 << 15, 1<<31 - 1, 1 << 32, -1 << 31, -1<<31 - 1, 1<<63 - 1, -1 << 63}
	switch g.n(4) {
	case 0:
		return cty.NumberFloatVal([...]float64{0.5, -1.25, 1e300, 3.0e-10}[g.n(4)])
	case 1:
		return [...]cty.Value{
			cty.MustParseNumberVal("0.1"), cty.MustParseNumberVal("123456789012345678901234567890.125"),
			cty.NumberUIntVal(1<<64 - 1), cty.NumberIntVal(-1 << 63), cty.NumberUIntVal(1 << 63),
			cty.NumberVal(new(big.Float).SetMantExp(big.NewFloat(3), 200)),
		}[g.n(6)]
	}
	return cty.NumberIntVal(ints[g.n(len(ints))])
}

func (g *gen) unknown(ty cty.Type) cty.Value {
	v := cty.UnknownVal(ty)
	if ty == cty.DynamicPseudoType {
		return v
	}
	switch g.n(4) {
	case 1:
		return v.RefineNotNull()
	case 2:
		switch {
		case ty == cty.String:
			return v.Refine().StringPrefixFull("https://").NewValue()
		case ty == cty.Number:
			return v.Refine().NumberRangeInclusive(cty.NumberIntVal(1), cty.MustParseNumberVal("10.5")).NewValue()
		case ty.IsCollectionType():
			return v.Refine().NotNull().CollectionLengthLowerBound(2).CollectionLengthUpperBound(9).NewValue()
		}
	}
	return v
}

// checkRoundTrip sends one random value of a random type there and back, and
// compares with go-cty's own encoding.
func checkRoundTrip(t *testing.T, data []byte) {
	g := &gen{data}
	ty := g.typ(4, true)
	v := g.value(g.concrete(ty, 2))
	codec := NewCodec(ty)

	b, err := codec.Encode(nil, v)
	if err != nil {
		t.Fatalf("encode %#v\nas %#v: %s", v, ty, err)
	}
	back, err := codec.Decode(b)
	if err != nil {
		t.Fatalf("decode %#v\nas %#v: %s", v, ty, err)
	}
	if !back.RawEquals(v) {
		t.Fatalf("sent     %#v\nreceived %#v", v, back)
	}

	wire := ty
	if ty.HasDynamicTypes() {
		wire = cty.DynamicPseudoType
	}
	reference, err := ctymsgpack.Marshal(v, wire)
	if err != nil {
		t.Fatal(err)
	}
	if back, err = ctymsgpack.Unmarshal(reference, wire); err == nil && back.RawEquals(v) && string(reference) != string(b) {
		t.Fatalf("%#v\ngo-cty encodes %x\nwe encode      %x", v, reference, b)
	}
	if back, err = ctymsgpack.Unmarshal(b, wire); err != nil || !back.RawEquals(v) {
		t.Fatalf("go-cty decodes %#v (%v)\ninstead of     %#v", back, err, v)
	}
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		data := make([]byte, 1+r.IntN(120))
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		checkRoundTrip(t, data)
		if t.Failed() {
			t.Fatalf("value %d", i)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{8, 4, 0, 4, 1, 5, 2, 3, 6, 9, 9, 9})
	f.Add([]byte{4, 3, 0, 0, 3, 10, 11, 1, 2})
	f.Fuzz(func(t *testing.T, data []byte) { checkRoundTrip(t, data) })
}

func TestNilVal(t *testing.T) {
	codec := NewCodec(cty.String)
	b, err := codec.Encode([]byte("before"), cty.NilVal)
	if err != nil || string(b) != "before" {
		t.Errorf("got %x, %v", b, err)
	}
	if v, err := codec.Decode(nil); v != cty.NilVal || err != nil {
		t.Errorf("got %#v, %v", v, err)
	}
}

func TestEncodeErrors(t *testing.T) {
	object := cty.Object(map[string]cty.Type{
		"name": cty.String, "ports": cty.List(cty.Number), "tags": cty.Map(cty.Bool), "pair": cty.Tuple([]cty.Type{cty.String}),
	})
	value := func(name string, v cty.Value) cty.Value {
		attrs := map[string]cty.Value{}
		for n, ty := range object.AttributeTypes() {
			attrs[n] = cty.NullVal(ty)
		}
		attrs[name] = v
		return cty.ObjectVal(attrs)
	}
	secret := cty.StringVal("secret")
	for want, v := range map[string]cty.Value{
		".name: a string is required":          value("name", cty.True),
		".name: a marked value cannot be sent": value("name", secret.Mark("m")),
		".ports[1]: a marked":                  value("ports", cty.ListVal([]cty.Value{cty.Zero, cty.Zero.Mark("m")})),
		".ports[0]: a number is required":      value("ports", cty.ListVal([]cty.Value{secret})),
		".ports: a list of number is required": value("ports", cty.SetVal([]cty.Value{cty.Zero})),
		`.tags["k"]: a bool is required`:       value("tags", cty.MapVal(map[string]cty.Value{"k": secret})),
		".pair: a tuple of 1 elements":         value("pair", cty.EmptyTupleVal),
		".pair[0]: a string":                   value("pair", cty.TupleVal([]cty.Value{cty.Zero})),
		".name: a string":                      value("name", cty.UnknownVal(cty.Bool)),
		"an object with 4 attributes":          value("more", secret),
		`attribute "`:                          cty.ObjectVal(map[string]cty.Value{"a": secret, "b": secret, "c": secret, "d": secret}),
		"an object with 4 attributes is":       secret,
	} {
		_, err := NewCodec(object).Encode(nil, v)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := NewCodec(cty.Map(cty.DynamicPseudoType)).Encode(nil, secret); err == nil {
		t.Error("a string passes for a map of anything")
	}
}

// Nulls and unknowns of no type conform to any, and come back with the type.
func TestUntyped(t *testing.T) {
	for _, ty := range []cty.Type{cty.String, cty.Object(map[string]cty.Type{"a": cty.DynamicPseudoType}), cty.DynamicPseudoType} {
		for _, v := range []cty.Value{cty.NullVal(cty.DynamicPseudoType), cty.DynamicVal} {
			b, err := NewCodec(ty).Encode(nil, v)
			if err != nil {
				t.Fatal(err)
			}
			got, err := NewCodec(ty).Decode(b)
			if err != nil || got.IsNull() != v.IsNull() || got.IsKnown() != v.IsKnown() || !got.Type().Equals(ty) {
				t.Errorf("%#v as %#v: got %#v, %v", v, ty, got, err)
			}
		}
	}
}

// Attributes may come in any order, as from writers in other languages.
func TestDecodeUnordered(t *testing.T) {
	ty := cty.Object(map[string]cty.Type{"a": cty.String, "b": cty.Number})
	want := cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("x"), "b": cty.NumberIntVal(1)})
	got, err := NewCodec(ty).Decode([]byte("\x82\xa1b\x01\xa1a\xa1x"))
	if err != nil || !got.RawEquals(want) {
		t.Errorf("got %#v, %v", got, err)
	}
	for name, b := range map[string]string{
		"twice":    "\x82\xa1a\xa1x\xa1a\xa1x",
		"unknown":  "\x82\xa1a\xa1x\xa1c\xa1x",
		"short":    "\x82\xa1a\xa1x",
		"few":      "\x81\xa1a\xa1x",
		"none":     "\x80",
		"trailing": "\x82\xa1a\xa1x\xa1b\x01\x01",
		"name":     "\x82\x01\xa1x\xa1b\x01",
	} {
		if got, err := NewCodec(ty).Decode([]byte(b)); err == nil {
			t.Errorf("%s: got %#v", name, got)
		}
	}
}

func TestDecodeDynamicErrors(t *testing.T) {
	nested := strings.Repeat("\x92\xc4\x09\"dynamic\"", 200000)
	for name, b := range map[string]string{
		"depth":     nested,
		"lie":       "\x92\xc4\x11[\"list\",\"string\"]\xdd\xff\xff\xff\xff",
		"disagree":  "\x92\xc4\x12[\"list\",\"dynamic\"]\x92\x92\xc4\x08\"string\"\xa1a\x92\xc4\x06\"bool\"\xc3",
		"bad type":  "\x92\xc4\x02{}\xc0",
		"no type":   "\x91\xc0",
		"ext":       "\xc9\xff\xff\xff\xff\x0c",
		"truncated": "\x92\xc4\x08\"string\"\xdb\x7f\xff\xff\xff",
	} {
		if got, err := DecodeDynamic([]byte(b)); err == nil {
			t.Errorf("%s: got %#v", name, got)
		}
	}
}

// Whatever comes in, decoding ends with a value of the type or an error.
func FuzzDecode(f *testing.F) {
	g := &gen{data: []byte("some value or other, for a start: 0123456789")}
	ty := g.typ(4, true)
	b, err := NewCodec(ty).Encode(nil, g.value(g.concrete(ty, 2)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("some type"), b)
	f.Add([]byte{3}, []byte("\x92\xc4\x08\"string\"\xa1a"))
	f.Add([]byte{1}, []byte("\xc7\x05\x0c\x81\x01\xc2\x00\x00"))
	f.Fuzz(func(t *testing.T, types, b []byte) {
		ty := (&gen{types}).typ(3, true)
		codec := NewCodec(ty)
		v, err := codec.Decode(b)
		if err != nil || v == cty.NilVal {
			return
		}
		if err := conforms(v, ty); err != nil {
			t.Fatalf("%#v is not of type %#v: %v", v, ty, err)
		}
		again, err := codec.Encode(nil, v)
		if err != nil {
			t.Fatalf("encode what was decoded, %#v: %v", v, err)
		}
		if back, err := codec.Decode(again); err != nil || !back.RawEquals(v) {
			t.Fatalf("%#v comes back as %#v, %v", v, back, err)
		}
	})
}
