package session_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

// fake is a provider whose methods the tests supply. Those that a test does not
// supply give back what they were given.
type fake struct {
	read   func(context.Context, providers.ReadRequest) (providers.ReadResponse, error)
	apply  func(context.Context, providers.ApplyRequest) (providers.ApplyResponse, error)
	schema func() (*providers.Schema, error)
	closed atomic.Int32

	configured providers.ConfigureRequest
	validated  providers.ValidateRequest
}

var thing = providers.Object{Attributes: map[string]*providers.Attribute{
	"name":    {Type: cty.String, Required: true},
	"content": {Type: cty.String, Optional: true},
	"mode":    {Type: cty.String, Optional: true},
	"owner":   {Type: cty.String, Optional: true},
	"group":   {Type: cty.String, Optional: true},
	"sha256":  {Type: cty.String, Computed: true},
	"size":    {Type: cty.Number, Computed: true},
	"adopt":   {Type: cty.Bool, Optional: true},
	"tags":    {Type: cty.Map(cty.String), Optional: true},
	"vars":    {Type: cty.List(cty.String), Optional: true},
}}

var thingType = thing.Type()

func (f *fake) Schema(context.Context) (*providers.Schema, error) {
	if f.schema != nil {
		return f.schema()
	}
	any := providers.Object{Attributes: map[string]*providers.Attribute{
		"any": {Type: cty.DynamicPseudoType, Optional: true},
	}}
	return &providers.Schema{
		Provider:  &any,
		Resources: map[string]*providers.ResourceType{"thing": {Object: thing}, "any": {Object: any}},
		Data:      map[string]*providers.DataType{"thing": {Object: thing}},
		Asserts:   map[string]*providers.AssertType{"looks": {Object: any}},
	}, nil
}

func (f *fake) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	f.configured = req
	return providers.ConfigureResponse{}, nil
}

func (f *fake) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	f.validated = req
	return providers.ValidateResponse{}, nil
}

func (f *fake) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	if f.read != nil {
		return f.read(ctx, req)
	}
	return providers.ReadResponse{State: req.State, Private: req.Private}, nil
}

func (f *fake) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	if f.apply != nil {
		return f.apply(ctx, req)
	}
	return providers.ApplyResponse{State: req.Planned, Private: req.Private}, nil
}

func (f *fake) Close() error {
	f.closed.Add(1)
	return nil
}

// able is a fake with every optional capability.
type able struct {
	fake
	watch func(context.Context, providers.WatchRequest, func(providers.Event)) error
	plan  func(providers.PlanRequest) providers.PlanResponse
	check func(providers.CheckRequest) providers.CheckResponse

	imported   providers.ImportRequest
	recovered  providers.RecoverRequest
	upgraded   providers.UpgradeRequest
	diagnosed  providers.DiagnoseRequest
	dataSource providers.DataRequest
}

func (f *able) Plan(_ context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	return f.plan(req), nil
}

func (f *able) Import(_ context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	f.imported = req
	return providers.ImportResponse{State: named(req.ID), Private: []byte("p")}, nil
}

func (f *able) Data(_ context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	f.dataSource = req
	return providers.DataResponse{State: req.Config}, nil
}

func (f *able) Check(_ context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	return f.check(req), nil
}

func (f *able) Diagnose(_ context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	f.diagnosed = req
	return providers.DiagnoseResponse{
		Summary: "it is dead", Facts: map[string]string{"exit_code": "137"}, Logs: []string{"a", "b\xff"},
	}, nil
}

func (f *able) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	return f.watch(ctx, req, notify)
}

func (f *able) Recover(_ context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	f.recovered = req
	return providers.RecoverResponse{State: req.Planned, Tainted: true}, nil
}

func (f *able) Upgrade(_ context.Context, req providers.UpgradeRequest) (providers.UpgradeResponse, error) {
	f.upgraded = req
	return providers.UpgradeResponse{State: named(string(req.State))}, nil
}

// named returns a thing of which nothing but the name is set.
func named(name string) cty.Value {
	attrs := map[string]cty.Value{}
	for n, ty := range thingType.AttributeTypes() {
		attrs[n] = cty.NullVal(ty)
	}
	attrs["name"] = cty.StringVal(name)
	return cty.ObjectVal(attrs)
}

// full returns a thing with ten attributes set.
func full(name string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"name": cty.StringVal(name), "content": cty.StringVal("hello world, this is some content\n"),
		"mode": cty.StringVal("0644"), "owner": cty.NullVal(cty.String), "group": cty.NullVal(cty.String),
		"sha256": cty.StringVal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
		"size":   cty.NumberIntVal(1234), "adopt": cty.False,
		"tags": cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b"), "c": cty.StringVal("d")}),
		"vars": cty.ListVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")}),
	})
}

func target(name string) providers.Target {
	return providers.Target{Configuration: "fake", Type: "thing", Address: "thing." + name}
}

func open(t testing.TB, p providers.Provider) providers.Provider {
	t.Helper()
	return plugintest.OverGRPC(t, "acme/fake", p)
}
