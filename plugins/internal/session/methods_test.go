package session_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

var bg = context.Background()

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func equal(t *testing.T, got, want cty.Value) {
	t.Helper()
	if got == cty.NilVal || want == cty.NilVal {
		if got != want {
			t.Fatalf("got %#v, want %#v", got, want)
		}
		return
	}
	if !got.RawEquals(want) {
		t.Fatalf("got %#v, want %#v", got, want)
	}
}

func TestSchema(t *testing.T) {
	s := must[*providers.Schema](t)(open(t, &able{}).Schema(bg))
	want := providers.Capabilities{Plan: true, Import: true, Data: true, Check: true, Diagnose: true, Watch: true, Recover: true, Upgrade: true}
	if s.Capabilities != want {
		t.Errorf("capabilities: %+v", s.Capabilities)
	}
	if got := s.Resources["thing"].Type(); !got.Equals(thingType) {
		t.Errorf("type: %#v", got)
	}
}

func TestConfigure(t *testing.T) {
	a := &able{}
	p := open(t, a)
	config := cty.ObjectVal(map[string]cty.Value{"any": cty.UnknownVal(cty.Map(cty.String)).RefineNotNull()})
	req := providers.ConfigureRequest{Name: "fake.eu", Project: providers.Project{Name: "p", Dir: "/p"}, Config: config}
	must[providers.ConfigureResponse](t)(p.Configure(bg, req))
	equal(t, a.configured.Config, config)
	a.configured.Config, req.Config = cty.NilVal, cty.NilVal
	if a.configured != req {
		t.Errorf("got %+v, want %+v", a.configured, req)
	}
}

func TestValidate(t *testing.T) {
	a := &able{}
	p := open(t, a)
	any := cty.ObjectVal(map[string]cty.Value{"any": cty.ListVal([]cty.Value{cty.NumberIntVal(1), cty.UnknownVal(cty.Number)})})
	for _, req := range []providers.ValidateRequest{
		{Kind: providers.KindResource, Type: "thing", Config: named("n")},
		{Kind: providers.KindData, Type: "thing", Config: named("n")},
		{Kind: providers.KindAssert, Type: "looks", Config: any},
		{Kind: providers.KindProvider, Config: any},
	} {
		must[providers.ValidateResponse](t)(p.Validate(bg, req))
		equal(t, a.validated.Config, req.Config)
		if a.validated.Kind != req.Kind || a.validated.Type != req.Type {
			t.Errorf("got %+v, want %+v", a.validated, req)
		}
	}
}

func TestRead(t *testing.T) {
	a := &able{}
	p := open(t, a)
	for name, answer := range map[string]cty.Value{
		"unchanged": full("a"), "drifted": full("b"), "gone": cty.NullVal(thingType), "nothing": cty.NilVal,
	} {
		t.Run(name, func(t *testing.T) {
			a.read = func(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
				equal(t, req.State, full("a"))
				if req.Target != target("a") || string(req.Private) != "private" {
					t.Errorf("got %+v", req)
				}
				return providers.ReadResponse{State: answer, Private: []byte("new"), Diagnostics: diag.Warningf("w", "d")}, nil
			}
			res := must[providers.ReadResponse](t)(p.Read(bg, providers.ReadRequest{Target: target("a"), State: full("a"), Private: []byte("private")}))
			equal(t, res.State, answer)
			if string(res.Private) != "new" || len(res.Diagnostics) != 1 {
				t.Errorf("got %+v", res)
			}
		})
	}
}

func TestApply(t *testing.T) {
	a := &able{}
	p := open(t, a)
	planned := cty.ObjectVal(func() map[string]cty.Value {
		m := named("n").AsValueMap()
		m["sha256"] = cty.UnknownVal(cty.String)
		return m
	}())
	a.apply = func(_ context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
		equal(t, req.Config, named("n"))
		equal(t, req.Prior, cty.NullVal(thingType))
		equal(t, req.Replaces, full("old"))
		equal(t, req.Planned, planned)
		if req.Action != providers.Create || req.Intent != "i-1" || req.Target != target("n") || string(req.Private) != "p" {
			t.Errorf("got %+v", req)
		}
		req.Progress("half")
		req.Progress("done\xff")
		return providers.ApplyResponse{
			State: full("n"), Private: []byte("q"), Tainted: true,
			Diagnostics: diag.Diagnostics{{Summary: "broken", Detail: "name \xff", Path: cty.GetAttrPath("tags").IndexString("a")}},
		}, nil
	}
	var progress []string
	res := must[providers.ApplyResponse](t)(p.Apply(bg, providers.ApplyRequest{
		Target: target("n"), Action: providers.Create, Intent: "i-1",
		Config: named("n"), Prior: cty.NullVal(thingType), Planned: planned, Private: []byte("p"), Replaces: full("old"),
		Progress: func(m string) { progress = append(progress, m) },
	}))
	equal(t, res.State, full("n"))
	if want := []string{"half", "done\uFFFD"}; !slices.Equal(progress, want) {
		t.Errorf("progress: %q", progress)
	}
	if string(res.Private) != "q" || !res.Tainted {
		t.Errorf("got %+v", res)
	}
	want := diag.Diagnostics{{Summary: "broken", Detail: "name \uFFFD", Path: cty.GetAttrPath("tags").IndexString("a")}}
	if !reflect.DeepEqual(res.Diagnostics, want) {
		t.Errorf("got %#v", res.Diagnostics)
	}
}

func TestPlan(t *testing.T) {
	a := &able{}
	p := open(t, a)
	replace := []cty.Path{cty.GetAttrPath("name"), cty.GetAttrPath("vars").IndexInt(3), cty.GetAttrPath("tags").IndexString("k")}
	a.plan = func(req providers.PlanRequest) providers.PlanResponse {
		equal(t, req.Config, named("c"))
		equal(t, req.Prior, full("p"))
		return providers.PlanResponse{Planned: req.Proposed, Replace: replace}
	}
	proposed := cty.UnknownVal(thingType)
	res := must[providers.PlanResponse](t)(p.(providers.Planner).Plan(bg, providers.PlanRequest{
		Target: target("a"), Config: named("c"), Prior: full("p"), Proposed: proposed,
	}))
	equal(t, res.Planned, proposed)
	if len(res.Replace) != 3 {
		t.Fatalf("got %#v", res.Replace)
	}
	for i := range replace {
		if !res.Replace[i].Equals(replace[i]) {
			t.Errorf("got %#v, want %#v", res.Replace[i], replace[i])
		}
	}
}

func TestCapabilities(t *testing.T) {
	a := &able{}
	p := open(t, a)

	imported := must[providers.ImportResponse](t)(p.(providers.Importer).Import(bg, providers.ImportRequest{Target: target("i"), ID: "id"}))
	equal(t, imported.State, named("id"))
	if a.imported.ID != "id" || a.imported.Target != target("i") || string(imported.Private) != "p" {
		t.Errorf("got %+v, %+v", a.imported, imported)
	}

	read := must[providers.DataResponse](t)(p.(providers.DataReader).Data(bg, providers.DataRequest{Target: target("d"), Config: named("d")}))
	equal(t, read.State, named("d"))
	if a.dataSource.Target != target("d") {
		t.Errorf("got %+v", a.dataSource)
	}

	diagnosed := must[providers.DiagnoseResponse](t)(p.(providers.Diagnoser).Diagnose(bg, providers.DiagnoseRequest{Target: target("x"), State: full("x")}))
	equal(t, a.diagnosed.State, full("x"))
	want := providers.DiagnoseResponse{Summary: "it is dead", Facts: map[string]string{"exit_code": "137"}, Logs: []string{"a", "b\uFFFD"}}
	if !reflect.DeepEqual(diagnosed, want) {
		t.Errorf("got %+v", diagnosed)
	}

	recovered := must[providers.RecoverResponse](t)(p.(providers.Recoverer).Recover(bg, providers.RecoverRequest{
		Target: target("r"), Action: providers.Delete, Intent: "i", Prior: full("r"), Planned: cty.NullVal(thingType), Private: []byte("x"),
	}))
	equal(t, recovered.State, cty.NullVal(thingType))
	equal(t, a.recovered.Prior, full("r"))
	if !recovered.Tainted || a.recovered.Intent != "i" || a.recovered.Action != providers.Delete || string(a.recovered.Private) != "x" {
		t.Errorf("got %+v, %+v", a.recovered, recovered)
	}

	upgraded := must[providers.UpgradeResponse](t)(p.(providers.Upgrader).Upgrade(bg, providers.UpgradeRequest{Type: "thing", Version: 3, State: []byte("{}")}))
	equal(t, upgraded.State, named("{}"))
	if a.upgraded.Version != 3 || a.upgraded.Type != "thing" {
		t.Errorf("got %+v", a.upgraded)
	}
}

func TestCheck(t *testing.T) {
	a := &able{}
	p := open(t, a).(providers.Checker)
	config := cty.ObjectVal(map[string]cty.Value{"any": cty.StringVal("x")})
	for _, outcome := range []providers.Outcome{providers.Unknown, providers.Pass, providers.Fail} {
		a.check = func(req providers.CheckRequest) providers.CheckResponse {
			equal(t, req.Config, config)
			equal(t, req.State, full("a"))
			if req.Assert != "looks" || req.Target != target("a") {
				t.Errorf("got %+v", req)
			}
			return providers.CheckResponse{Outcome: outcome, Message: "so it is"}
		}
		res := must[providers.CheckResponse](t)(p.Check(bg, providers.CheckRequest{Target: target("a"), Assert: "looks", Config: config, State: full("a")}))
		if res.Outcome != outcome || res.Message != "so it is" {
			t.Errorf("got %+v", res)
		}
	}
	a.check = func(providers.CheckRequest) providers.CheckResponse { return providers.CheckResponse{Outcome: 9} }
	if _, err := p.Check(bg, providers.CheckRequest{Target: target("a"), Assert: "looks"}); err == nil {
		t.Error("an outcome that does not exist passed")
	}
}

func TestUnsupported(t *testing.T) {
	p := open(t, &plain{})
	for name, call := range map[string]func() error{
		"Plan": func() error {
			_, err := p.(providers.Planner).Plan(bg, providers.PlanRequest{Target: target("a")})
			return err
		},
		"Import": func() error {
			_, err := p.(providers.Importer).Import(bg, providers.ImportRequest{Target: target("a")})
			return err
		},
		"Diagnose": func() error {
			_, err := p.(providers.Diagnoser).Diagnose(bg, providers.DiagnoseRequest{Target: target("a")})
			return err
		},
		"Watch": func() error { return p.(providers.Watcher).Watch(bg, providers.WatchRequest{}, nil) },
		"Recover": func() error {
			_, err := p.(providers.Recoverer).Recover(bg, providers.RecoverRequest{Target: target("a"), Action: providers.Create})
			return err
		},
		"Upgrade": func() error {
			_, err := p.(providers.Upgrader).Upgrade(bg, providers.UpgradeRequest{Type: "thing"})
			return err
		},
	} {
		if err := call(); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if s := must[*providers.Schema](t)(p.Schema(bg)); s.Capabilities != (providers.Capabilities{}) {
		t.Errorf("capabilities: %+v", s.Capabilities)
	}
}

// plain is a provider with no optional capability.
type plain struct{ fake }

func (p *plain) Schema(context.Context) (*providers.Schema, error) {
	return &providers.Schema{Provider: &providers.Object{}, Resources: map[string]*providers.ResourceType{"thing": {Object: thing}}}, nil
}

// What does not conform to the schema is an error that names the place, at
// whichever end it comes up, and never a value.
func TestDoesNotConform(t *testing.T) {
	a := &able{}
	p := open(t, a)
	wrong := cty.ObjectVal(func() map[string]cty.Value {
		m := named("secret").AsValueMap()
		m["tags"] = cty.MapVal(map[string]cty.Value{"k": cty.True})
		return m
	}())
	want := func(err error, parts ...string) {
		t.Helper()
		for _, part := range append(parts, "acme/fake") {
			if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "secret") {
				t.Fatalf("got %v, want %q", err, part)
			}
		}
	}
	_, err := p.Read(bg, providers.ReadRequest{Target: target("a"), State: wrong})
	want(err, "Read of thing.a", `.tags["k"]: a string is required`)
	_, err = p.Read(bg, providers.ReadRequest{Target: target("a"), State: named("secret").Mark("m")})
	want(err, "marked")
	_, err = p.Read(bg, providers.ReadRequest{Target: providers.Target{Type: "nothing", Address: "nothing.a"}})
	want(err, `no resource type "nothing"`)

	a.read = func(context.Context, providers.ReadRequest) (providers.ReadResponse, error) {
		return providers.ReadResponse{State: wrong}, nil
	}
	_, err = p.Read(bg, providers.ReadRequest{Target: target("a"), State: full("a")})
	want(err, "a bug in the provider", `.tags["k"]: a string is required`)
}

func TestErrorsTravel(t *testing.T) {
	a := &able{}
	p := open(t, a)
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded, errors.ErrUnsupported} {
		a.read = func(context.Context, providers.ReadRequest) (providers.ReadResponse, error) {
			return providers.ReadResponse{}, cause
		}
		if _, err := p.Read(bg, providers.ReadRequest{Target: target("a")}); !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
	}
}

func TestBadSchema(t *testing.T) {
	for name, tc := range map[string]struct {
		schema func() (*providers.Schema, error)
		want   string
	}{
		"error": {func() (*providers.Schema, error) { return nil, errors.New("no idea") }, "no idea"},
		"nil":   {func() (*providers.Schema, error) { return nil, nil }, "empty"},
		"panic": {func() (*providers.Schema, error) { panic("oh") }, "panicked in Schema: oh"},
		"inconsistent": {func() (*providers.Schema, error) {
			return &providers.Schema{Resources: map[string]*providers.ResourceType{"Bad": {}}}, nil
		}, "resource Bad: a name must"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openRaw(t, &fake{schema: tc.schema})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
		})
	}
}
