package providertest

import (
	"context"
	"errors"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func testDiagnose(t T, th *thing) {
	d, ok := th.p.(providers.Diagnoser)
	if !ok || !th.schema.Capabilities.Diagnose {
		t.Skip("the provider is no Diagnoser")
	}
	diagnose := func(state cty.Value) {
		t.Helper()
		resp, err := call(t.Context(), t, "Diagnose", func(ctx context.Context) (providers.DiagnoseResponse, error) {
			return d.Diagnose(ctx, providers.DiagnoseRequest{Target: th.target, State: state})
		})
		if err != nil {
			t.Fatalf("Diagnose: %v", err)
		}
		checkDiagnostics(t, "Diagnose", &th.rt.Object, resp.Diagnostics)
		if resp.Summary == "" {
			t.Error("Diagnose returned no summary")
		}
		said := resp.Logs
		for fact, value := range resp.Facts {
			said = append(said, fact, value)
		}
		for _, s := range append(said, resp.Summary) {
			if contains(s) {
				t.Error("Diagnose tells a secret")
			}
		}
	}
	made := th.create(t)
	diagnose(made.state)
	if th.Remove != nil {
		th.Remove(t)
		diagnose(made.state)
	}
	th.destroy(t, made)
}

func testWatch(t T, th *thing) {
	if !th.rt.Watchable {
		t.Skip("the type is not watchable")
	}
	w, ok := th.p.(providers.Watcher)
	if !ok {
		t.Fatal("the type is watchable, but the provider is no Watcher")
	}
	need(t, th.Remove != nil, "Remove")
	made := th.create(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, ended := make(chan providers.Event, 1000), make(chan error, 1)
	go func() {
		ended <- w.Watch(ctx, providers.WatchRequest{
			Configuration: configuration,
			Resources:     []providers.WatchTarget{{Target: th.target, State: made.state}},
		}, func(e providers.Event) { events <- e })
	}()
	next := func(when string) providers.Event {
		t.Helper()
		select {
		case e := <-events:
			if contains(e.Message) || contains(e.Kind) {
				t.Error("Watch tells a secret")
			}
			if e.Kind != providers.Resync && e.Kind != providers.Late && e.Address != th.target.Address {
				t.Errorf("Watch reports %q, which nobody asked about", e.Address)
			}
			return e
		case err := <-ended:
			t.Fatalf("Watch ended %s: %v", when, err)
		case <-time.After(callTimeout):
			t.Fatalf("Watch reports nothing %s", when)
		}
		return providers.Event{}
	}
	if first := next("at the start"); first.Kind != providers.Resync {
		t.Errorf("Watch reports %q first, not %q", first.Kind, providers.Resync)
	}
	if th.Drift != nil {
		th.Drift(t)
		next("after a change by hand")
		for quiet := false; !quiet; { // one change may be told more than once
			select {
			case <-events:
			case <-time.After(300 * time.Millisecond):
				quiet = true
			}
		}
	}
	th.Remove(t)
	next("after a removal by hand")
	cancel()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Watch returned an error when its context ended: %v", err)
		}
	case <-time.After(promptly):
		t.Error("Watch did not return when its context ended")
	}
	th.destroy(t, made)
}

func testData(t T, c *core, d Data) {
	dt := c.schema.Data[d.Type]
	reader, ok := c.p.(providers.DataReader)
	if dt == nil || !ok {
		t.Fatalf("the provider has no data source %q", d.Type)
	}
	one := d.New(t, c.env())
	value := func(attrs Attrs) cty.Value {
		t.Helper()
		v, err := Value(&dt.Object, attrs)
		if err != nil {
			t.Fatalf("the case does not conform to the schema: %v", err)
		}
		return v
	}
	read := func(attrs Attrs) providers.DataResponse {
		t.Helper()
		config := providers.Propose(&dt.Object, cty.NilVal, value(attrs)) // for the defaults
		config = stored(config)                                           // what is computed is null
		resp, err := call(t.Context(), t, "Data", func(ctx context.Context) (providers.DataResponse, error) {
			return reader.Data(ctx, providers.DataRequest{
				Target: providers.Target{Configuration: configuration, Type: d.Type, Address: "data." + d.Type + ".x"},
				Config: config,
			})
		})
		if err != nil {
			t.Fatalf("Data: %v", err)
		}
		checkDiagnostics(t, "Data", &dt.Object, resp.Diagnostics)
		return resp
	}
	c.validate(t, providers.KindData, d.Type, &dt.Object, value(nil))
	resp := read(one.Config)
	noErrors(t, "Data", resp.Diagnostics)
	checkState(t, "Data", dt.Type(), resp.State)
	for _, wants := range []Attrs{one.Config, one.Want} {
		want := value(wants)
		for name := range wants {
			if !want.GetAttr(name).RawEquals(resp.State.GetAttr(name)) {
				t.Errorf("Data returned another %s than expected", name)
			}
		}
	}
	if again := read(one.Config); !again.State.RawEquals(resp.State) {
		t.Error("Data returned something else the second time")
	}
	if one.Missing != nil && !read(one.Missing).Diagnostics.HasErrors() {
		t.Error("Data reports no error for what does not exist")
	}
	for _, bad := range one.Invalid {
		t.Run(bad.Name, func(t T) {
			wantRefused(t, bad, c.validate(t, providers.KindData, d.Type, &dt.Object, value(bad.Config)))
		})
	}
}

func testAssert(t T, c *core, a Assert) {
	at := c.schema.Asserts[a.Type]
	checker, ok := c.p.(providers.Checker)
	if at == nil || !ok {
		t.Fatalf("the provider has no assert type %q", a.Type)
	}
	th := c.thing(t, c.find(t, a.Resource))
	value := func(attrs Attrs) cty.Value {
		t.Helper()
		v, err := Value(&at.Object, attrs)
		if err != nil {
			t.Fatalf("the assert's arguments do not conform to the schema: %v", err)
		}
		return v
	}
	var attrs Attrs
	if a.Config != nil {
		attrs = a.Config(th.Case)
	}
	config := stored(providers.Propose(&at.Object, cty.NilVal, value(attrs)))
	check := func(state cty.Value) providers.CheckResponse {
		t.Helper()
		resp, err := call(t.Context(), t, "Check", func(ctx context.Context) (providers.CheckResponse, error) {
			return checker.Check(ctx, providers.CheckRequest{Target: th.target, Assert: a.Type, Config: config, State: state})
		})
		if err != nil {
			t.Fatalf("Check: %v", err)
		}
		checkDiagnostics(t, "Check", &at.Object, resp.Diagnostics)
		if resp.Message == "" || len(resp.Message) > 200 {
			t.Errorf("Check must say what was found in a few words, not %d bytes", len(resp.Message))
		}
		if contains(resp.Message) {
			t.Error("Check tells a secret")
		}
		return resp
	}
	noErrors(t, "Validate of the assert", c.validate(t, providers.KindAssert, a.Type, &at.Object, config))
	c.validate(t, providers.KindAssert, a.Type, &at.Object, value(nil))
	if a.Invalid != nil {
		for _, bad := range a.Invalid(t, th.Case) {
			wantRefused(t, bad, c.validate(t, providers.KindAssert, a.Type, &at.Object, value(bad.Config)))
		}
	}
	if got := check(cty.NullVal(th.ty)); got.Outcome == providers.Pass {
		t.Error("Check passes on what was never applied")
	}
	made := th.create(t)
	if got := check(made.state); got.Outcome != providers.Pass {
		t.Errorf("Check says %s of what is as it should be: %s", got.Outcome, got.Message)
	}
	if a.Break != nil {
		a.Break(t, th.Case)
	} else {
		th.Remove(t)
	}
	if got := check(made.state); got.Outcome != providers.Fail {
		t.Errorf("Check says %s of what is broken: %s", got.Outcome, got.Message)
	}
	th.destroy(t, made)
}

func testUpgrade(t T, c *core, u Upgrade) {
	rt := c.schema.Resources[u.Type]
	upgrader, ok := c.p.(providers.Upgrader)
	if rt == nil || !ok {
		t.Fatalf("the provider has no resource type %q that can be upgraded", u.Type)
	}
	resp, err := call(t.Context(), t, "Upgrade", func(ctx context.Context) (providers.UpgradeResponse, error) {
		return upgrader.Upgrade(ctx, providers.UpgradeRequest{Type: u.Type, Version: u.Version, State: []byte(u.State)})
	})
	if err != nil {
		t.Fatalf("Upgrade: %v", err)
	}
	checkDiagnostics(t, "Upgrade", &rt.Object, resp.Diagnostics)
	noErrors(t, "Upgrade", resp.Diagnostics)
	checkState(t, "Upgrade", rt.Type(), resp.State)
	want, err := Value(&rt.Object, u.Want)
	if err != nil {
		t.Fatalf("the test's Want does not conform to the schema: %v", err)
	}
	wantSame(t, "after Upgrade", want, resp.State)
}
