package apply_test

import (
	"context"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// plain is a provider that relies on its schema: what has a default is never null.
type plain struct {
	providers.Provider
	told map[string]cty.Value
}

func (plain) Schema(context.Context) (*providers.Schema, error) {
	object := func() providers.Object {
		return providers.Object{Attributes: map[string]*providers.Attribute{
			"limit": {Type: cty.Number, Optional: true, Default: cty.NumberIntVal(7)},
			"found": {Type: cty.String, Computed: true},
		}}
	}
	settings := object()
	delete(settings.Attributes, "found")
	return &providers.Schema{
		Provider: &settings, Data: map[string]*providers.DataType{"plain_thing": {Object: object()}},
		Capabilities: providers.Capabilities{Data: true},
	}, nil
}

func (p plain) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	p.told["settings"] = req.Config
	return providers.ConfigureResponse{}, nil
}

func (plain) Validate(context.Context, providers.ValidateRequest) (providers.ValidateResponse, error) {
	return providers.ValidateResponse{}, nil
}

func (p plain) Data(_ context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	p.told["data"] = req.Config
	return providers.DataResponse{State: cty.ObjectVal(map[string]cty.Value{
		"limit": req.Config.GetAttr("limit"), "found": cty.StringVal("x"),
	})}, nil
}

func (plain) Close() error { return nil }

// A provider and a data source are told the defaults of what is not set.
func TestDefaults(t *testing.T) {
	told := map[string]cty.Value{}
	p := coretest.With(t, map[string]func() providers.Provider{
		"plain": func() providers.Provider { return plain{told: told} },
	}, "data \"plain_thing\" \"a\" {}\noutput \"o\" {\n  value = data.plain_thing.a.limit\n}\n")
	p.Plan(plan.Options{})
	for _, what := range []string{"settings", "data"} {
		if v := told[what]; v == cty.NilVal || !v.GetAttr("limit").RawEquals(cty.NumberIntVal(7)) {
			t.Errorf("the %s are %#v", what, v)
		}
	}
	if found := told["data"].GetAttr("found"); !found.IsNull() {
		t.Errorf("what is computed is %#v", found)
	}
}
