package convert

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

var update = flag.Bool("update", false, "write the bytes anew")

// vectors is what examples/provider-python is tested with, and what
// docs/protocol.md shows.
const vectors = "../../examples/provider-python/tests/values.json"

// vector is a value and its bytes. Unknown is {"unknown": true}, a dynamic value
// an object of a type and a value, and a number a text.
type vector struct {
	Name  string          `json:"name"`
	Type  json.RawMessage `json:"type"`
	Value any             `json:"value"`
	Bytes string          `json:"bytes"`
	// Encoded is set where other bytes are read than are written.
	Encoded string `json:"encoded,omitempty"`
}

// What other languages are told of the form of values is what the codec writes
// and reads.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile(vectors)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("there are only %d", len(all))
	}
	for i := range all {
		v := &all[i]
		t.Run(v.Name, func(t *testing.T) {
			var ty cty.Type
			if err := json.Unmarshal(v.Type, &ty); err != nil {
				t.Fatal(err)
			}
			codec := NewCodec(ty)
			want := valueOf(t, ty, v.Value)
			b, err := codec.Encode(nil, want)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case v.Encoded == "" && *update:
				v.Bytes = hex.EncodeToString(b)
			case v.Encoded == "" && v.Bytes != hex.EncodeToString(b), v.Encoded != "" && v.Encoded != hex.EncodeToString(b):
				t.Errorf("it is written as %x", b)
			}
			b, err = hex.DecodeString(v.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			got, err := codec.Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			// Unknown values may say more of themselves than the vectors can.
			if v.Encoded == "" && !got.RawEquals(want) {
				t.Errorf("it is read as %#v, not %#v", got, want)
			}
			if v.Encoded != "" && got.Type().Equals(want.Type()) && got.IsKnown() != want.IsKnown() {
				t.Errorf("it is read as %#v, not %#v", got, want)
			}
		})
	}
	if *update {
		var out strings.Builder
		out.WriteString("[\n")
		for i, v := range all {
			line, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			out.WriteString("  " + string(line))
			if i < len(all)-1 {
				out.WriteByte(',')
			}
			out.WriteByte('\n')
		}
		out.WriteString("]\n")
		if err := os.WriteFile(vectors, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func valueOf(t *testing.T, ty cty.Type, v any) cty.Value {
	t.Helper()
	if m, ok := v.(map[string]any); ok && m["unknown"] == true {
		return cty.UnknownVal(ty)
	}
	switch {
	case v == nil:
		return cty.NullVal(ty)
	case ty == cty.DynamicPseudoType:
		m := v.(map[string]any)
		b, err := json.Marshal(m["type"])
		if err != nil {
			t.Fatal(err)
		}
		var own cty.Type
		if err := json.Unmarshal(b, &own); err != nil {
			t.Fatal(err)
		}
		return valueOf(t, own, m["value"])
	case ty == cty.String:
		return cty.StringVal(v.(string))
	case ty == cty.Bool:
		return cty.BoolVal(v.(bool))
	case ty == cty.Number:
		return cty.MustParseNumberVal(v.(string))
	case ty.IsObjectType():
		out := map[string]cty.Value{}
		for name, aty := range ty.AttributeTypes() {
			out[name] = valueOf(t, aty, v.(map[string]any)[name])
		}
		return cty.ObjectVal(out)
	case ty.IsMapType():
		out := map[string]cty.Value{}
		for key, e := range v.(map[string]any) {
			out[key] = valueOf(t, ty.ElementType(), e)
		}
		if len(out) == 0 {
			return cty.MapValEmpty(ty.ElementType())
		}
		return cty.MapVal(out)
	}
	var out []cty.Value
	for i, e := range v.([]any) {
		switch {
		case ty.IsTupleType():
			out = append(out, valueOf(t, ty.TupleElementType(i), e))
		default:
			out = append(out, valueOf(t, ty.ElementType(), e))
		}
	}
	switch {
	case ty.IsTupleType():
		return cty.TupleVal(out)
	case ty.IsSetType() && len(out) == 0:
		return cty.SetValEmpty(ty.ElementType())
	case ty.IsSetType():
		return cty.SetVal(out)
	case len(out) == 0:
		return cty.ListValEmpty(ty.ElementType())
	}
	return cty.ListVal(out)
}

// The table in docs/protocol.md is made of vectors.
func TestVectorsInTheDocument(t *testing.T) {
	text, err := os.ReadFile(vectors)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, v := range all {
		known[string(v.Type)+" "+v.Bytes] = true
	}
	document, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]*)` \\| .* \\| `([0-9a-f ]+)` \\|$").FindAllStringSubmatch(string(document), -1)
	if len(rows) < 20 {
		t.Fatalf("the document shows only %d values", len(rows))
	}
	for _, row := range rows {
		if !known[row[1]+" "+strings.ReplaceAll(row[2], " ", "")] {
			t.Errorf("the document shows %s of the type %s, which is among the vectors with other bytes or not at all", row[2], row[1])
		}
	}
}

// What could not be kept as it is is refused.
func TestDecodeRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		ty        cty.Type
		bytes     string
		wantError string
	}{
		"no UTF-8":          {cty.String, "\xa2\xff\xfe", "a string is not UTF-8"},
		"no UTF-8 in a key": {cty.Map(cty.Bool), "\x81\xa1\xff\xc3", "a string is not UTF-8"},
		"inside":            {cty.List(cty.String), "\x92\xa1a\xa1\xff", "[1]: a string is not UTF-8"},
		"not a number":      {cty.Number, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01", "NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := NewCodec(tc.ty).Decode([]byte(tc.bytes))
			if err == nil || !strings.Contains(err.Error(), tc.wantError) {
				t.Errorf("got %#v and the error %v, want one with %q", v, err, tc.wantError)
			}
		})
	}
}
