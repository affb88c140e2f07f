package convert

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctymsgpack "github.com/zclconf/go-cty/cty/msgpack"
)

// fileValue is an object of ten attributes, as a file resource has.
var fileValue = cty.ObjectVal(map[string]cty.Value{
	"path": cty.StringVal("/srv/app/config/file.txt"), "content": cty.StringVal("hello world, this is some content\n"),
	"mode": cty.StringVal("0644"), "owner": cty.NullVal(cty.String), "group": cty.NullVal(cty.String),
	"sha256": cty.StringVal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
	"size":   cty.NumberIntVal(1234), "adopt": cty.False,
	"tags":  cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b"), "c": cty.StringVal("d")}),
	"ports": cty.ListVal([]cty.Value{cty.NumberIntVal(80), cty.NumberIntVal(443)}),
})

func BenchmarkEncode(b *testing.B) {
	codec := NewCodec(fileValue.Type())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.Encode(nil, fileValue); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	codec := NewCodec(fileValue.Type())
	data, err := codec.Encode(nil, fileValue)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

// The same by go-cty's own package, as a yardstick.
func BenchmarkGoCty(b *testing.B) {
	data, err := ctymsgpack.Marshal(fileValue, fileValue.Type())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			ctymsgpack.Marshal(fileValue, fileValue.Type())
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			ctymsgpack.Unmarshal(data, fileValue.Type())
		}
	})
}
