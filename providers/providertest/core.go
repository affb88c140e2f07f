package providertest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

const configuration = "providertest"

// core plays the core's part against one running provider.
type core struct {
	cfg    Config
	p      providers.Provider
	schema *providers.Schema
	serial *atomic.Int64 // makes names and intents unique in the run
}

// start starts and configures a provider, and closes it with the test.
func start(t testing.TB, cfg Config, serial *atomic.Int64) *core {
	t.Helper()
	p := cfg.New(t)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	c := &core{cfg: cfg, p: p, serial: serial}
	var err error
	if c.schema, err = call(t.Context(), t, "Schema", p.Schema); err != nil {
		t.Fatalf("Schema: %v", err)
	}
	if c.schema == nil || c.schema.Provider == nil {
		t.Fatal("Schema returned no schema, or one without Provider, which describes the provider's own configuration")
	}
	config, err := Value(c.schema.Provider, cfg.Provider)
	if err != nil {
		t.Fatalf("the test's Config.Provider does not conform to the schema: %v", err)
	}
	config = providers.Propose(c.schema.Provider, cty.NilVal, config) // for the defaults
	c.validate(t, providers.KindProvider, "", c.schema.Provider, config)
	resp, err := call(t.Context(), t, "Configure", func(ctx context.Context) (providers.ConfigureResponse, error) {
		return p.Configure(ctx, providers.ConfigureRequest{Name: configuration, Project: cfg.Project, Config: config})
	})
	if err != nil {
		t.Fatalf("Configure: %v", err)
	}
	checkDiagnostics(t, "Configure", c.schema.Provider, resp.Diagnostics)
	noErrors(t, "Configure", resp.Diagnostics)
	return c
}

// env gives a place of its own to a case.
func (c *core) env() Env {
	return Env{Project: c.cfg.Project, Name: fmt.Sprintf("cwtest-%d-%d", os.Getpid(), c.serial.Add(1))}
}

func (c *core) validate(t testing.TB, kind providers.Kind, typeName string, obj *providers.Object, config cty.Value) diag.Diagnostics {
	t.Helper()
	what := "Validate"
	resp, err := call(t.Context(), t, what, func(ctx context.Context) (providers.ValidateResponse, error) {
		return c.p.Validate(ctx, providers.ValidateRequest{Kind: kind, Type: typeName, Config: config})
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	checkDiagnostics(t, what, obj, resp.Diagnostics)
	return resp.Diagnostics
}

func noErrors(t testing.TB, what string, ds diag.Diagnostics) {
	t.Helper()
	if ds.HasErrors() {
		t.Fatalf("%s reports errors where there should be none: %v", what, ds)
	}
}

// object is one resource object as the core remembers it.
type object struct {
	state   cty.Value
	private []byte
}

// thing is one case in the hands of the core.
type thing struct {
	*core
	Case
	resource Resource
	target   providers.Target
	rt       *providers.ResourceType
	ty       cty.Type
}

func (c *core) thing(t testing.TB, r Resource) *thing {
	t.Helper()
	rt := c.schema.Resources[r.Type]
	if rt == nil {
		t.Fatalf("the provider has no resource type %q", r.Type)
	}
	env := c.env()
	th := &thing{core: c, Case: r.New(t, env), resource: r, rt: rt, ty: rt.Type()}
	th.Env = env
	th.target = providers.Target{Configuration: configuration, Type: r.Type, Address: r.Type + "." + env.Name}
	for _, attrs := range []Attrs{th.Config, th.Update, th.Replace} {
		for name, v := range attrs {
			if a := rt.Attributes[name]; a != nil && a.Sensitive && !holdsCanary(v) {
				t.Fatalf("the case's %s is sensitive, so its value must contain providertest.Canary", name)
			}
		}
	}
	return th
}

// on is the same thing in the hands of another provider of the same world.
func (th *thing) on(c *core) *thing {
	other := *th
	other.core = c
	return &other
}

func (th *thing) value(t testing.TB, attrs Attrs) cty.Value {
	t.Helper()
	v, err := Value(&th.rt.Object, attrs)
	if err != nil {
		t.Fatalf("the case's configuration does not conform to the schema: %v", err)
	}
	return v
}

// plan is what the core would do.
type plan struct {
	config, planned cty.Value
	changed, forced []cty.Path
}

func (p plan) noop() bool { return len(p.changed) == 0 && len(p.forced) == 0 }

// plan plans config against what is there; a zero object is nothing.
func (th *thing) plan(t testing.TB, was object, config cty.Value) plan {
	t.Helper()
	p, ds := th.tryPlan(t, was, config)
	noErrors(t, "Plan", ds)
	return p
}

func (th *thing) tryPlan(t testing.TB, was object, config cty.Value) (plan, diag.Diagnostics) {
	t.Helper()
	prior := was.state
	if prior == cty.NilVal {
		prior = cty.NullVal(th.ty)
	}
	p := plan{config: config, planned: providers.Propose(&th.rt.Object, prior, config)}
	var ds diag.Diagnostics
	if th.rt.CustomPlan {
		planner, ok := th.p.(providers.Planner)
		if !ok {
			t.Fatal("the type has CustomPlan, but the provider is no Planner")
		}
		proposed := p.planned
		resp, err := call(t.Context(), t, "Plan", func(ctx context.Context) (providers.PlanResponse, error) {
			return planner.Plan(ctx, providers.PlanRequest{
				Target: th.target, Config: config, Prior: prior, Proposed: proposed, Private: was.private})
		})
		if err != nil {
			t.Fatalf("Plan: %v", err)
		}
		checkDiagnostics(t, "Plan", &th.rt.Object, resp.Diagnostics)
		if ds = resp.Diagnostics; ds.HasErrors() {
			return p, ds
		}
		checkPlanned(t, &th.rt.Object, config, proposed, resp.Planned)
		p.planned = resp.Planned
		if !prior.IsNull() {
			p.forced = resp.Replace
		}
		for _, path := range resp.Replace {
			if err := checkPath(&th.rt.Object, path); err != nil || len(path) == 0 {
				t.Errorf("Plan returned a path in Replace that does not exist: %v", err)
			}
		}
	}
	p.changed = providers.Changed(&th.rt.Object, prior, p.planned)
	p.forced = append(p.forced, providers.ForcesReplacement(&th.rt.Object, prior, p.planned)...)
	return p, ds
}

func (th *thing) intent() string { return fmt.Sprintf("intent-%d", th.serial.Add(1)) }

// request makes the request for one change.
func (th *thing) request(action providers.Action, was object, p plan) providers.ApplyRequest {
	req := providers.ApplyRequest{
		Target: th.target, Action: action, Intent: th.intent(),
		Config: cty.NullVal(th.ty), Prior: cty.NullVal(th.ty), Planned: cty.NullVal(th.ty),
		Private: was.private, Progress: func(string) {},
	}
	if action != providers.Create {
		req.Prior = was.state
	}
	switch action {
	case providers.Create, providers.Update:
		req.Config, req.Planned = p.config, p.planned
	case providers.Restart:
		req.Planned = providers.Restarted(&th.rt.Object, was.state)
	}
	return req
}

// tryApply asks for one change and checks the answer by every rule, but
// whether it succeeded.
func (th *thing) tryApply(ctx context.Context, t testing.TB, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	t.Helper()
	what := "Apply (" + req.Action.String() + ")"
	if tell := req.Progress; tell != nil {
		req.Progress = func(message string) {
			if contains(message) {
				t.Errorf("%s tells a secret in its progress", what)
			}
			tell(message)
		}
	}
	resp, err := call(ctx, t, what, func(ctx context.Context) (providers.ApplyResponse, error) {
		return th.p.Apply(ctx, req)
	})
	if err != nil {
		return resp, err
	}
	checkDiagnostics(t, what, &th.rt.Object, resp.Diagnostics)
	checkState(t, what, th.ty, resp.State)
	if resp.Diagnostics.HasErrors() {
		return resp, nil
	}
	if resp.Tainted {
		t.Errorf("%s returned no error, and yet calls the object tainted", what)
	}
	if req.Action == providers.Delete {
		if !resp.State.IsNull() {
			t.Errorf("%s returned a state; after a delete it must be null", what)
		}
	} else {
		checkKept(t, what, req.Planned, resp.State)
	}
	return resp, nil
}

func (th *thing) apply(t testing.TB, action providers.Action, was object, p plan) object {
	t.Helper()
	resp, err := th.tryApply(t.Context(), t, th.request(action, was, p))
	if err != nil {
		t.Fatalf("Apply (%s): %v", action, err)
	}
	noErrors(t, "Apply ("+action.String()+")", resp.Diagnostics)
	return object{resp.State, resp.Private}
}

// create makes the object of the case's Config.
func (th *thing) create(t testing.TB) object {
	t.Helper()
	made := th.apply(t, providers.Create, object{}, th.plan(t, object{}, th.value(t, th.Config)))
	if made.state.IsNull() {
		t.Fatal("Apply (create) returned neither a state nor an error")
	}
	return made
}

// read looks at what is there, which may be a null state.
func (th *thing) read(t testing.TB, was object) object {
	t.Helper()
	resp, err := call(t.Context(), t, "Read", func(ctx context.Context) (providers.ReadResponse, error) {
		return th.p.Read(ctx, providers.ReadRequest{Target: th.target, State: was.state, Private: was.private})
	})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	checkDiagnostics(t, "Read", &th.rt.Object, resp.Diagnostics)
	noErrors(t, "Read", resp.Diagnostics)
	checkState(t, "Read", th.ty, resp.State)
	return object{resp.State, resp.Private}
}

// destroy deletes what a test has made, and looks that it is gone.
func (th *thing) destroy(t testing.TB, was object) {
	t.Helper()
	th.apply(t, providers.Delete, was, plan{})
	th.wantExists(t, false, "after Apply (delete)")
	if left := th.read(t, was); !left.state.IsNull() {
		t.Error("Read still finds the object after Apply (delete)")
	}
}

func (th *thing) wantExists(t testing.TB, want bool, when string) {
	t.Helper()
	if th.Exists == nil {
		return
	}
	if got := th.Exists(t); got != want {
		t.Errorf("the object exists: %v, but should be: %v, %s", got, want, when)
	}
}

// wantSettled wants a plan without changes.
func (th *thing) wantSettled(t testing.TB, was object, config cty.Value, when string) {
	t.Helper()
	if p := th.plan(t, was, config); !p.noop() {
		t.Errorf("the plan %s shows changes where there should be none, in %s", when, pathTexts(append(p.changed, p.forced...)))
	}
}

// wantSame wants what is read to be what was returned before.
func wantSame(t testing.TB, when string, want, got cty.Value) {
	t.Helper()
	if got.IsNull() && !want.IsNull() {
		t.Errorf("%s, Read finds nothing", when)
	} else if p, differs := firstDifference(nil, want, got); differs {
		t.Errorf("%s, Read returns another %s", when, pathText(p))
	}
}

func need(t T, have bool, what string) {
	t.Helper()
	if !have {
		t.Skipf("the case has no %s", what)
	}
}
