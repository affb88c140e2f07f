package sdk_test

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// BenchmarkRead is what the SDK costs for an object of 18 attributes, of which
// some are nested, above what its Read method does.
func BenchmarkRead(b *testing.B) {
	s := newShelves()
	p := newShop(s)
	schema, err := p.Schema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Configure(b.Context(), providers.ConfigureRequest{Name: "c", Config: cty.ObjectVal(map[string]cty.Value{
		"currency": cty.StringVal("EUR"), "token": cty.NullVal(cty.String)})}); err != nil {
		b.Fatal(err)
	}
	obj := &schema.Resources["shop_thing"].Object
	config, err := providertest.Value(obj, shopConfig(s, nil).Resources[0].New(b, providertest.Env{Name: "n"}).Config)
	if err != nil {
		b.Fatal(err)
	}
	target := providers.Target{Configuration: "c", Type: "shop_thing"}
	made, err := p.Apply(b.Context(), providers.ApplyRequest{Target: target, Action: providers.Create, Config: config,
		Planned: providers.Propose(obj, cty.NilVal, config), Prior: cty.NullVal(obj.Type()), Progress: func(string) {}})
	if err != nil || made.Diagnostics.HasErrors() {
		b.Fatal(err, made.Diagnostics)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Read(b.Context(), providers.ReadRequest{Target: target, State: made.State}); err != nil {
			b.Fatal(err)
		}
	}
}
