package memory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

type fixture struct {
	t      *testing.T
	store  *memory.Store
	p      providers.Provider
	schema *providers.Schema
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, store: &memory.Store{}}
	f.p = memory.New(memory.Options{Store: f.store})
	var err error
	if f.schema, err = f.p.Schema(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.configure("memory", "")
	f.configure("memory.other", "other")
	return f
}

func (f *fixture) configure(name, namespace string) {
	config := cty.ObjectVal(map[string]cty.Value{"namespace": cty.NullVal(cty.String)})
	if namespace != "" {
		config = cty.ObjectVal(map[string]cty.Value{"namespace": cty.StringVal(namespace)})
	}
	if _, err := f.p.Configure(f.t.Context(), providers.ConfigureRequest{Name: name, Config: config}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) apply(ctx context.Context, action providers.Action, configuration, typ string, prior cty.Value, attrs providertest.Attrs) (providers.ApplyResponse, error) {
	f.t.Helper()
	obj := &f.schema.Resources[typ].Object
	req := providers.ApplyRequest{
		Target: providers.Target{Configuration: configuration, Type: typ, Address: typ + ".x"},
		Action: action, Intent: "intent", Prior: prior, Progress: func(string) {},
	}
	if action != providers.Delete {
		config, err := providertest.Value(obj, attrs)
		if err != nil {
			f.t.Fatal(err)
		}
		req.Config, req.Planned = config, providers.Propose(obj, prior, config)
	}
	return f.p.Apply(ctx, req)
}

func (f *fixture) create(typ, name string) (providers.ApplyResponse, error) {
	f.t.Helper()
	return f.apply(f.t.Context(), providers.Create, "memory", typ, cty.NilVal, providertest.Attrs{"name": cty.StringVal(name)})
}

func TestFaults(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		f := newFixture(t)
		f.store.Inject(memory.Fault{Op: memory.OpCreate, Name: "a", Times: 2, Message: "Not today."})
		for range 2 {
			resp, err := f.create("memory_item", "a")
			if err != nil || !resp.Diagnostics.HasErrors() || !resp.State.IsNull() || !strings.Contains(resp.Diagnostics.Error(), "Not today.") {
				t.Fatalf("got %v, %v, %v", resp.State, resp.Diagnostics, err)
			}
		}
		if resp, _ := f.create("memory_item", "b"); resp.Diagnostics != nil {
			t.Errorf("it strikes another name: %v", resp.Diagnostics)
		}
		if resp, _ := f.create("memory_item", "a"); resp.Diagnostics != nil {
			t.Errorf("it strikes a third time: %v", resp.Diagnostics)
		}
		if n := f.store.Calls()[memory.OpCreate]; n != 4 {
			t.Errorf("%d calls were counted", n)
		}
	})
	t.Run("half way", func(t *testing.T) {
		f := newFixture(t)
		remove := f.store.Inject(memory.Fault{When: memory.HalfWay, Op: memory.OpCreate})
		resp, _ := f.create("memory_item", "a")
		if item, ok := f.store.Item(memory.DefaultNamespace, "a"); !resp.Tainted || resp.State.IsNull() || !ok || item.Ready {
			t.Errorf("got %v, tainted %v; %+v", resp.State, resp.Tainted, item)
		}
		found, err := f.p.(providers.Recoverer).Recover(t.Context(), providers.RecoverRequest{
			Target: providers.Target{Configuration: "memory", Type: "memory_item"},
			Action: providers.Create, Intent: "intent", Prior: cty.NullVal(resp.State.Type()), Planned: resp.State,
		})
		if err != nil || !found.Tainted || found.State.IsNull() {
			t.Errorf("recovered %v, tainted %v (%v)", found.State, found.Tainted, err)
		}
		remove()
		if resp, _ := f.create("memory_item", "b"); resp.Diagnostics != nil {
			t.Errorf("it strikes after it was removed: %v", resp.Diagnostics)
		}
	})
	t.Run("half way through an update", func(t *testing.T) {
		f := newFixture(t)
		made, _ := f.create("memory_item", "a")
		f.store.Inject(memory.Fault{When: memory.HalfWay})
		resp, _ := f.apply(t.Context(), providers.Update, "memory", "memory_item", made.State, providertest.Attrs{
			"name": cty.StringVal("a"), "value": cty.StringVal("new"), "kind": cty.StringVal("fragile")})
		if !resp.Diagnostics.HasErrors() || !resp.State.GetAttr("value").RawEquals(cty.StringVal("new")) ||
			!resp.State.GetAttr("kind").RawEquals(cty.StringVal("plain")) {
			t.Errorf("got %#v, %v", resp.State, resp.Diagnostics)
		}
	})
	t.Run("the answer is lost", func(t *testing.T) {
		f := newFixture(t)
		lost := errors.New("connection reset")
		f.store.Inject(memory.Fault{When: memory.After, Err: lost, Times: 1})
		if _, err := f.create("memory_item", "a"); !errors.Is(err, lost) {
			t.Errorf("got %v", err)
		}
		if _, ok := f.store.Item(memory.DefaultNamespace, "a"); !ok {
			t.Error("it was not made")
		}
	})
	t.Run("down", func(t *testing.T) {
		f := newFixture(t)
		made, _ := f.create("memory_item", "a")
		f.store.SetDown(true)
		if resp, _ := f.create("memory_item", "b"); !resp.Diagnostics.HasErrors() {
			t.Error("a create works")
		}
		check, err := f.p.(providers.Checker).Check(t.Context(), providers.CheckRequest{
			Target: providers.Target{Configuration: "memory", Type: "memory_item"}, Assert: "item_exists",
			Config: cty.EmptyObjectVal, State: made.State})
		if err != nil || check.Outcome != providers.Unknown {
			t.Errorf("a check says %s (%v)", check.Outcome, err)
		}
		f.store.SetDown(false)
		if resp, _ := f.create("memory_item", "b"); resp.Diagnostics != nil {
			t.Errorf("it stays down: %v", resp.Diagnostics)
		}
	})
}

func TestHold(t *testing.T) {
	f := newFixture(t)
	gate, release := f.store.Hold(memory.OpCreate, "a")
	done := make(chan error, 1)
	go func() {
		_, err := f.create("memory_item", "a")
		done <- err
	}()
	<-gate.Reached()
	if _, ok := f.store.Item(memory.DefaultNamespace, "a"); ok {
		t.Error("it went past the gate")
	}
	if _, err := f.create("memory_item", "b"); err != nil { // another is not held
		t.Error(err)
	}
	if f.store.Busiest() != 2 {
		t.Errorf("%d calls were under way at once", f.store.Busiest())
	}
	release()
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, ok := f.store.Item(memory.DefaultNamespace, "a"); !ok {
		t.Error("it was not made after the release")
	}
}

func TestInterruptedCallDoesNothing(t *testing.T) {
	f := newFixture(t)
	f.store.SetLatency("", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	resp, err := f.apply(ctx, providers.Create, "memory", "memory_item", cty.NilVal, providertest.Attrs{"name": cty.StringVal("a")})
	if err != nil || !resp.State.IsNull() || !resp.Diagnostics.HasErrors() || len(f.store.Items(memory.DefaultNamespace)) != 0 {
		t.Errorf("got %#v, %v, %v", resp.State, resp.Diagnostics, err)
	}
}

func TestNamespacesAreApart(t *testing.T) {
	f := newFixture(t)
	for _, configuration := range []string{"memory", "memory.other"} {
		resp, err := f.apply(t.Context(), providers.Create, configuration, "memory_item", cty.NilVal, providertest.Attrs{"name": cty.StringVal("a")})
		if err != nil || resp.Diagnostics != nil {
			t.Fatalf("%s: %v, %v", configuration, resp.Diagnostics, err)
		}
	}
	if got := f.store.Items("other"); len(got) != 1 || got[0] != "a" {
		t.Errorf("in the other namespace: %v", got)
	}
	if _, err := f.apply(t.Context(), providers.Create, "nobody", "memory_item", cty.NilVal, providertest.Attrs{"name": cty.StringVal("a")}); err == nil {
		t.Error("a configuration that was never configured is accepted")
	}
}

func TestShelvesHaveRules(t *testing.T) {
	f := newFixture(t)
	onShelf := func(name string) providers.ApplyResponse {
		resp, err := f.apply(t.Context(), providers.Create, "memory", "memory_item", cty.NilVal,
			providertest.Attrs{"name": cty.StringVal(name), "shelf": cty.StringVal("s")})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if resp := onShelf("a"); !resp.Diagnostics.HasErrors() || !resp.Diagnostics[0].Path.Equals(cty.GetAttrPath("shelf")) {
		t.Errorf("without a shelf: %v", resp.Diagnostics)
	}
	shelf, _ := f.apply(t.Context(), providers.Create, "memory", "memory_shelf", cty.NilVal,
		providertest.Attrs{"name": cty.StringVal("s"), "capacity": cty.NumberIntVal(2)})
	onShelf("a")
	if resp := onShelf("b"); resp.Diagnostics != nil {
		t.Errorf("within its capacity: %v", resp.Diagnostics)
	}
	if resp := onShelf("c"); !resp.Diagnostics.HasErrors() {
		t.Error("it holds more than its capacity")
	}
	shrunk, _ := f.apply(t.Context(), providers.Update, "memory", "memory_shelf", shelf.State,
		providertest.Attrs{"name": cty.StringVal("s"), "capacity": cty.NumberIntVal(1)})
	if !shrunk.Diagnostics.HasErrors() || !shrunk.State.RawEquals(shelf.State) {
		t.Errorf("it shrinks below what it holds: %#v, %v", shrunk.State, shrunk.Diagnostics)
	}
	gone, _ := f.apply(t.Context(), providers.Delete, "memory", "memory_shelf", shelf.State, nil)
	if !gone.Diagnostics.HasErrors() || gone.State.IsNull() {
		t.Error("it is removed though it is not empty")
	}
	f.store.RemoveItem(memory.DefaultNamespace, "a")
	f.store.RemoveItem(memory.DefaultNamespace, "b")
	gone, _ = f.apply(t.Context(), providers.Delete, "memory", "memory_shelf", shelf.State, nil)
	if gone.Diagnostics.HasErrors() || !gone.State.IsNull() {
		t.Errorf("it is not removed though it is empty: %v", gone.Diagnostics)
	}
}

func TestWatchTellsWhenItLostSomething(t *testing.T) {
	f := newFixture(t)
	made, _ := f.create("memory_item", "a")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, proceed := make(chan providers.Event, 10000), make(chan struct{})
	go func() {
		_ = f.p.(providers.Watcher).Watch(ctx, providers.WatchRequest{Configuration: "memory",
			Resources: []providers.WatchTarget{{Target: providers.Target{Type: "memory_item", Address: "memory_item.a"}, State: made.State}},
		}, func(e providers.Event) { events <- e; <-proceed })
	}()
	if e := <-events; e.Kind != providers.Resync {
		t.Fatalf("first came %v", e)
	}
	for range 1000 {
		f.store.EditItem(memory.DefaultNamespace, "a", func(i *memory.Item) { i.Revision++ })
	}
	close(proceed)
	if e := <-events; e.Kind != providers.Resync {
		t.Errorf("after too many changes came %v", e)
	}
}
