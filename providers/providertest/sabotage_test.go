package providertest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/providers/memory/memorytest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// whole is all that the memory provider can do.
type whole interface {
	providers.Provider
	providers.Planner
	providers.Importer
	providers.DataReader
	providers.Checker
	providers.Diagnoser
	providers.Watcher
	providers.Recoverer
	providers.Upgrader
}

// saboteur is a memory provider of which one method is broken. A nil field is
// the honest method.
type saboteur struct {
	whole
	store *memory.Store

	schema    func(*providers.Schema)
	validate  func(providers.ValidateRequest) (providers.ValidateResponse, error)
	read      func(context.Context, providers.ReadRequest, providers.ReadResponse) (providers.ReadResponse, error)
	before    func(context.Context, *providers.ApplyRequest) *providers.ApplyResponse
	apply     func(providers.ApplyRequest, providers.ApplyResponse) providers.ApplyResponse
	plan      func(providers.PlanRequest, providers.PlanResponse) providers.PlanResponse
	recover   func(providers.RecoverRequest, providers.RecoverResponse) providers.RecoverResponse
	imports   func(providers.ImportResponse) providers.ImportResponse
	check     func(providers.CheckRequest, providers.CheckResponse) providers.CheckResponse
	data      func(providers.DataResponse) providers.DataResponse
	diagnose  func(providers.DiagnoseResponse) providers.DiagnoseResponse
	watch     func(context.Context, providers.WatchRequest, func(providers.Event)) error
	upgrade   func(providers.UpgradeResponse) providers.UpgradeResponse
	configure func(providers.ConfigureResponse) providers.ConfigureResponse
}

func (s *saboteur) Schema(ctx context.Context) (*providers.Schema, error) {
	got, err := s.whole.Schema(ctx)
	if s.schema != nil {
		copied := *got
		copied.Resources = map[string]*providers.ResourceType{}
		for name, rt := range got.Resources {
			r := *rt
			r.Attributes = map[string]*providers.Attribute{}
			for name, a := range rt.Attributes {
				c := *a
				r.Attributes[name] = &c
			}
			copied.Resources[name] = &r
		}
		got = &copied
		s.schema(got)
	}
	return got, err
}

func (s *saboteur) Configure(ctx context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	resp, err := s.whole.Configure(ctx, req)
	if s.configure != nil {
		resp = s.configure(resp)
	}
	return resp, err
}

func (s *saboteur) Validate(ctx context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	if s.validate != nil && req.Kind == providers.KindResource {
		return s.validate(req)
	}
	return s.whole.Validate(ctx, req)
}

func (s *saboteur) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp, err := s.whole.Read(ctx, req)
	if s.read != nil {
		return s.read(ctx, req, resp)
	}
	return resp, err
}

func (s *saboteur) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	if s.before != nil {
		if resp := s.before(ctx, &req); resp != nil {
			return *resp, nil
		}
	}
	resp, err := s.whole.Apply(ctx, req)
	if s.apply != nil && err == nil {
		resp = s.apply(req, resp)
	}
	return resp, err
}

func (s *saboteur) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	resp, err := s.whole.Plan(ctx, req)
	if s.plan != nil {
		resp = s.plan(req, resp)
	}
	return resp, err
}

func (s *saboteur) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	resp, err := s.whole.Recover(ctx, req)
	if s.recover != nil {
		resp = s.recover(req, resp)
	}
	return resp, err
}

func (s *saboteur) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	resp, err := s.whole.Import(ctx, req)
	if s.imports != nil {
		resp = s.imports(resp)
	}
	return resp, err
}

func (s *saboteur) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	resp, err := s.whole.Check(ctx, req)
	if s.check != nil {
		resp = s.check(req, resp)
	}
	return resp, err
}

func (s *saboteur) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	resp, err := s.whole.Data(ctx, req)
	if s.data != nil {
		resp = s.data(resp)
	}
	return resp, err
}

func (s *saboteur) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	resp, err := s.whole.Diagnose(ctx, req)
	if s.diagnose != nil {
		resp = s.diagnose(resp)
	}
	return resp, err
}

func (s *saboteur) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	if s.watch != nil {
		return s.watch(ctx, req, notify)
	}
	return s.whole.Watch(ctx, req, notify)
}

func (s *saboteur) Upgrade(ctx context.Context, req providers.UpgradeRequest) (providers.UpgradeResponse, error) {
	resp, err := s.whole.Upgrade(ctx, req)
	if s.upgrade != nil {
		resp = s.upgrade(resp)
	}
	return resp, err
}

// set returns an object with one attribute changed.
func set(v cty.Value, name string, to cty.Value) cty.Value {
	if v.IsNull() || !v.Type().HasAttribute(name) {
		return v
	}
	attrs := v.AsValueMap()
	attrs[name] = to
	return cty.ObjectVal(attrs)
}

func created(req providers.ApplyRequest) bool { return req.Action == providers.Create }

// sabotage is one thing done wrong, and a subtest that must find it.
type sabotage struct {
	caught  string
	breakIt func(*saboteur)
}

func sabotages() map[string]sabotage {
	return map[string]sabotage{
		"schema without a description": {"schema", func(s *saboteur) {
			s.schema = func(sc *providers.Schema) { sc.Resources["memory_shelf"].Attributes["id"].Description = "" }
		}},
		"schema that contradicts itself": {"schema", func(s *saboteur) {
			s.schema = func(sc *providers.Schema) { sc.Resources["memory_shelf"].Attributes["name"].Computed = true }
		}},
		"schema that changes": {"schema", func(s *saboteur) {
			var n atomic.Int64
			s.schema = func(sc *providers.Schema) {
				if n.Add(1) > 1 {
					sc.Resources["memory_shelf"].Attributes["id"].Stable = false
				}
			}
		}},
		"type without a case": {"schema", func(s *saboteur) {
			s.schema = func(sc *providers.Schema) { sc.Resources["memory_box"] = sc.Resources["memory_shelf"] }
		}},
		"configuration that fails": {"schema", func(s *saboteur) {
			s.configure = func(providers.ConfigureResponse) providers.ConfigureResponse {
				return providers.ConfigureResponse{Diagnostics: diag.Errorf("No", "It is not possible. Stop.")}
			}
		}},
		"validation that accepts everything": {"resource/memory_item/validate", func(s *saboteur) {
			s.validate = func(providers.ValidateRequest) (providers.ValidateResponse, error) {
				return providers.ValidateResponse{}, nil
			}
		}},
		"validation that refuses what is unknown": {"resource/memory_item/unknown", func(s *saboteur) {
			s.validate = func(req providers.ValidateRequest) (r providers.ValidateResponse, _ error) {
				if !req.Config.IsWhollyKnown() {
					r.Diagnostics = diag.Errorf("Unknown", "A value is not known. Give one.")
				}
				return r, nil
			}
		}},
		"validation that panics on null": {"resource/memory_item/null", func(s *saboteur) {
			s.validate = func(req providers.ValidateRequest) (r providers.ValidateResponse, _ error) {
				if v := req.Config.GetAttr("name"); v.IsKnown() {
					_ = v.AsString()
				}
				return r, nil
			}
		}},
		"validation with a path that does not exist": {"resource/memory_item/validate", func(s *saboteur) {
			s.validate = func(req providers.ValidateRequest) (r providers.ValidateResponse, _ error) {
				r.Diagnostics = diag.Errorf("Wrong", "It is wrong. Correct it.")
				r.Diagnostics[0].Path = cty.GetAttrPath("part").GetAttr("name")
				return r, nil
			}
		}},
		"a secret in a diagnostic": {"resource/memory_item/create", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				if v := req.Planned; created(req) && req.Type == "memory_item" && !v.GetAttr("secret").IsNull() {
					r.Diagnostics = diag.Warningf("Made", "It was made with the secret %s.", v.GetAttr("secret").AsString())
				}
				return r
			}
		}},
		"a secret in the progress": {"resource/memory_item/create", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if v := req.Planned; created(*req) && req.Type == "memory_item" && !v.GetAttr("secret").IsNull() {
					req.Progress("with " + v.GetAttr("secret").AsString())
				}
				return nil
			}
		}},
		"a secret among the facts": {"resource/memory_item/diagnose", func(s *saboteur) {
			s.diagnose = func(r providers.DiagnoseResponse) providers.DiagnoseResponse {
				r.Facts["secret"] = providertest.Canary
				return r
			}
		}},
		"a plan that changes what the user set": {"resource/memory_item/create", func(s *saboteur) {
			s.plan = func(_ providers.PlanRequest, r providers.PlanResponse) providers.PlanResponse {
				r.Planned = set(r.Planned, "kind", cty.StringVal("odd"))
				return r
			}
		}},
		"a plan that is never settled": {"resource/memory_item/create", func(s *saboteur) {
			s.plan = func(_ providers.PlanRequest, r providers.PlanResponse) providers.PlanResponse {
				r.Planned = set(r.Planned, "revision", cty.UnknownVal(cty.Number))
				return r
			}
		}},
		"a plan that always replaces": {"resource/memory_item/update", func(s *saboteur) {
			s.plan = func(_ providers.PlanRequest, r providers.PlanResponse) providers.PlanResponse {
				r.Replace = []cty.Path{cty.GetAttrPath("value")}
				return r
			}
		}},
		"a plan that panics on what is unknown": {"resource/memory_item/unknown", func(s *saboteur) {
			s.plan = func(req providers.PlanRequest, r providers.PlanResponse) providers.PlanResponse {
				_ = req.Proposed.GetAttr("name").AsString()
				return r
			}
		}},
		"an apply that needs what only a plan can know": {"resource/memory_item/create_unplanned", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if created(*req) && req.Type == "memory_item" && !req.Planned.GetAttr("value").IsNull() {
					_ = req.Planned.GetAttr("checksum").AsString()
				}
				return nil
			}
		}},
		"a create that makes nothing": {"resource/memory_shelf/create", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if !created(*req) {
					return nil
				}
				return &providers.ApplyResponse{State: set(set(set(req.Planned, "id", cty.StringVal("x")),
					"revision", cty.Zero), "checksum", cty.NullVal(cty.String))}
			}
		}},
		"a state with something unknown": {"resource/memory_shelf/create", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				r.State = set(r.State, "id", cty.UnknownVal(cty.String))
				return r
			}
		}},
		"a state with a mark": {"resource/memory_shelf/create", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				r.State = set(r.State, "id", cty.StringVal("x").Mark("m"))
				return r
			}
		}},
		"a state that is not as planned": {"resource/memory_item/create", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				r.State = set(r.State, "limit", cty.StringVal("67108864"))
				return r
			}
		}},
		"a state with what nobody asked for": {"resource/memory_item_fragile/create", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				r.State = set(r.State, "value", cty.StringVal("by default"))
				return r
			}
		}},
		"a state of the wrong type": {"resource/memory_shelf/create", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				r.State = cty.EmptyObjectVal
				return r
			}
		}},
		"a failed create that claims an object": {"resource/memory_shelf/foreign", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				if created(req) && r.State.IsNull() {
					r.State = set(req.Planned, "id", cty.StringVal("x"))
				}
				return r
			}
		}},
		"an error without a detail": {"resource/memory_shelf/foreign", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				for i := range r.Diagnostics {
					r.Diagnostics[i].Detail = ""
				}
				return r
			}
		}},
		"a create over what is foreign": {"resource/memory_shelf/foreign", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if created(*req) && req.Type == "memory_shelf" {
					s.store.RemoveShelf("suite", req.Planned.GetAttr("name").AsString())
				}
				return nil
			}
		}},
		"an update that does nothing": {"resource/memory_item/update", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action != providers.Update {
					return nil
				}
				return &providers.ApplyResponse{State: req.Prior}
			}
		}},
		"an update that only says so": {"resource/memory_shelf/update", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action != providers.Update || req.Type != "memory_shelf" {
					return nil
				}
				return &providers.ApplyResponse{State: req.Planned}
			}
		}},
		"a restart that only says so": {"resource/memory_item/restart", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action != providers.Restart {
					return nil
				}
				return &providers.ApplyResponse{State: req.Prior}
			}
		}},
		"a restart that makes another": {"resource/memory_item/restart", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action == providers.Restart {
					s.store.EditItem("suite", req.Prior.GetAttr("name").AsString(), func(i *memory.Item) { i.ID += "x" })
				}
				return nil
			}
		}},
		"a restart of nothing": {"resource/memory_item/restart_gone", func(s *saboteur) {
			s.apply = func(req providers.ApplyRequest, r providers.ApplyResponse) providers.ApplyResponse {
				if req.Action == providers.Restart && r.State.IsNull() {
					return providers.ApplyResponse{State: req.Prior}
				}
				return r
			}
		}},
		"a restart that loses the object": {"resource/memory_item/restart_cancel", func(s *saboteur) {
			s.before = func(ctx context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action != providers.Restart || ctx.Err() == nil {
					return nil
				}
				s.store.RemoveItem("suite", req.Prior.GetAttr("name").AsString())
				return &providers.ApplyResponse{State: cty.NullVal(req.Prior.Type()), Diagnostics: diag.Errorf("Interrupted", "It was interrupted. Apply again.")}
			}
		}},
		"a delete that does nothing": {"resource/memory_shelf/create", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action != providers.Delete {
					return nil
				}
				return &providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}
			}
		}},
		"a delete that must find something": {"resource/memory_shelf/delete_gone", func(s *saboteur) {
			s.before = func(_ context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if req.Action != providers.Delete || req.Type != "memory_shelf" {
					return nil
				}
				if _, ok := s.store.Shelf("suite", req.Prior.GetAttr("name").AsString()); ok {
					return nil
				}
				return &providers.ApplyResponse{State: req.Prior, Diagnostics: diag.Errorf("Gone", "It is gone. Forget it.")}
			}
		}},
		"a read that believes the state": {"resource/memory_item/drift", func(s *saboteur) {
			s.read = func(_ context.Context, req providers.ReadRequest, r providers.ReadResponse) (providers.ReadResponse, error) {
				if !r.State.IsNull() {
					r.State = req.State
				}
				return r, nil
			}
		}},
		"a read that never sees a loss": {"resource/memory_item/vanished", func(s *saboteur) {
			s.read = func(_ context.Context, req providers.ReadRequest, r providers.ReadResponse) (providers.ReadResponse, error) {
				if r.State.IsNull() {
					r.State = req.State
				}
				return r, nil
			}
		}},
		"a read that calls a loss an error": {"resource/memory_item/vanished", func(s *saboteur) {
			s.read = func(_ context.Context, req providers.ReadRequest, r providers.ReadResponse) (providers.ReadResponse, error) {
				if r.State.IsNull() {
					r.Diagnostics = diag.Errorf("Gone", "It is gone. Make it again.")
				}
				return r, nil
			}
		}},
		"a read with another spelling": {"resource/memory_item/create", func(s *saboteur) {
			s.read = func(_ context.Context, req providers.ReadRequest, r providers.ReadResponse) (providers.ReadResponse, error) {
				if req.Type == "memory_item" {
					r.State = set(r.State, "limit", cty.StringVal("67108864"))
				}
				return r, nil
			}
		}},
		"an import of what is not there": {"resource/memory_item/import", func(s *saboteur) {
			s.imports = func(r providers.ImportResponse) providers.ImportResponse {
				if r.State.IsNull() {
					r.Diagnostics = diag.Errorf("None", "There is none. Correct the id.")
				}
				return r
			}
		}},
		"an import that loses something": {"resource/memory_item/import", func(s *saboteur) {
			s.imports = func(r providers.ImportResponse) providers.ImportResponse {
				r.State = set(r.State, "value", cty.NullVal(cty.String))
				return r
			}
		}},
		"a call that ignores its context": {"resource/memory_item/cancel_slow", func(s *saboteur) {
			s.before = func(ctx context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if _, soon := ctx.Deadline(); soon && created(*req) && ctx.Err() == nil {
					if deadline, _ := ctx.Deadline(); time.Until(deadline) < time.Second {
						select {} // for ever
					}
				}
				return nil
			}
		}},
		"an interrupted create that lies": {"resource/memory_shelf/cancel_before", func(s *saboteur) {
			s.before = func(ctx context.Context, req *providers.ApplyRequest) *providers.ApplyResponse {
				if ctx.Err() == nil {
					return nil
				}
				req.Progress = func(string) {}
				if _, err := s.whole.Apply(context.WithoutCancel(ctx), *req); err != nil {
					panic(err)
				}
				return &providers.ApplyResponse{State: cty.NullVal(req.Planned.Type()), Diagnostics: diag.Errorf("Interrupted", "It was interrupted. Apply again.")}
			}
		}},
		"a recovery that finds nothing": {"resource/memory_item/recover_create", func(s *saboteur) {
			s.recover = func(req providers.RecoverRequest, r providers.RecoverResponse) providers.RecoverResponse {
				if req.Action == providers.Create {
					r.State = cty.NullVal(req.Planned.Type())
				}
				return r
			}
		}},
		"a recovery that finds everything": {"resource/memory_item/recover_create_never", func(s *saboteur) {
			s.recover = func(req providers.RecoverRequest, r providers.RecoverResponse) providers.RecoverResponse {
				if req.Action == providers.Create && r.State.IsNull() {
					r.State = set(set(req.Planned, "id", cty.StringVal("x")), "revision", cty.Zero)
				}
				return r
			}
		}},
		"a recovery that takes what is foreign": {"resource/memory_shelf/recover_create_foreign", func(s *saboteur) {
			s.recover = func(req providers.RecoverRequest, r providers.RecoverResponse) providers.RecoverResponse {
				if req.Type == "memory_shelf" && req.Action == providers.Create && r.State.IsNull() {
					if shelf, ok := s.store.Shelf("suite", req.Planned.GetAttr("name").AsString()); ok {
						r.State = set(set(req.Planned, "id", cty.StringVal(shelf.ID)), "capacity", cty.NumberIntVal(int64(shelf.Capacity)))
					}
				}
				return r
			}
		}},
		"a recovery that believes the plan": {"resource/memory_item/recover_update_never", func(s *saboteur) {
			s.recover = func(req providers.RecoverRequest, r providers.RecoverResponse) providers.RecoverResponse {
				if req.Action == providers.Update {
					r.State = req.Planned
				}
				return r
			}
		}},
		"a recovery that has a delete done": {"resource/memory_item/recover_delete_never", func(s *saboteur) {
			s.recover = func(req providers.RecoverRequest, r providers.RecoverResponse) providers.RecoverResponse {
				if req.Action == providers.Delete {
					r.State = cty.NullVal(req.Prior.Type())
				}
				return r
			}
		}},
		"two calls that get in each other's way": {"resource/memory_item/concurrent", func(s *saboteur) {
			var mu sync.Mutex
			last := cty.NilVal
			s.read = func(_ context.Context, req providers.ReadRequest, r providers.ReadResponse) (providers.ReadResponse, error) {
				mu.Lock()
				last = r.State
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				return providers.ReadResponse{State: last, Private: r.Private}, nil
			}
		}},
		"a check that always passes": {"assert/item_value", func(s *saboteur) {
			s.check = func(_ providers.CheckRequest, r providers.CheckResponse) providers.CheckResponse {
				r.Outcome = providers.Pass
				return r
			}
		}},
		"a check that never fails": {"assert/item_exists", func(s *saboteur) {
			s.check = func(_ providers.CheckRequest, r providers.CheckResponse) providers.CheckResponse {
				if r.Outcome == providers.Fail {
					r.Outcome = providers.Unknown
				}
				return r
			}
		}},
		"a check that tells everything": {"assert/item_exists", func(s *saboteur) {
			s.check = func(_ providers.CheckRequest, r providers.CheckResponse) providers.CheckResponse {
				r.Message += providertest.Canary
				return r
			}
		}},
		"data that is missing but fine": {"data/memory_item", func(s *saboteur) {
			s.data = func(r providers.DataResponse) providers.DataResponse {
				r.Diagnostics = nil
				return r
			}
		}},
		"data with something unknown": {"data/memory_item", func(s *saboteur) {
			s.data = func(r providers.DataResponse) providers.DataResponse {
				r.State = set(r.State, "id", cty.UnknownVal(cty.String))
				return r
			}
		}},
		"a watch that does not begin": {"resource/memory_item/watch", func(s *saboteur) {
			s.watch = func(_ context.Context, req providers.WatchRequest, notify func(providers.Event)) error { return nil }
		}},
		"a watch without a resync": {"resource/memory_item/watch", func(s *saboteur) {
			s.watch = func(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
				return s.whole.Watch(ctx, req, func(e providers.Event) {
					if e.Kind == providers.Resync {
						e = providers.Event{Address: req.Resources[0].Address, Kind: "changed"}
					}
					notify(e)
				})
			}
		}},
		"a watch of somebody else": {"resource/memory_item/watch", func(s *saboteur) {
			s.watch = func(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
				return s.whole.Watch(ctx, req, func(e providers.Event) {
					if e.Address != "" {
						e.Address = "memory_item.other"
					}
					notify(e)
				})
			}
		}},
		"an upgrade that loses something": {"upgrade/memory_item", func(s *saboteur) {
			s.upgrade = func(r providers.UpgradeResponse) providers.UpgradeResponse {
				r.State = set(r.State, "tags", cty.NullVal(cty.Map(cty.String)))
				return r
			}
		}},
	}
}

func config(breakIt func(*saboteur)) providertest.Config {
	store := &memory.Store{}
	return memorytest.Config(store, func(testing.TB) providers.Provider {
		s := &saboteur{whole: memory.New(memory.Options{Store: store}).(whole), store: store}
		if breakIt != nil {
			breakIt(s)
		}
		return s
	})
}

func TestSuitePassesTheHonest(t *testing.T) {
	providertest.Run(t, config(nil))
}

// TestSuiteCatchesSabotage breaks a good provider in one way after another, and
// wants the suite to fail, in the test that is about it.
func TestSuiteCatchesSabotage(t *testing.T) {
	for name, s := range sabotages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			match, err := providertest.Matcher("^schema$|^" + strings.ReplaceAll(s.caught, "/", "$/^") + "$")
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			ok, err := providertest.RunOutside(t.Context(), config(s.breakIt), match, func(r providertest.Result) {
				if r.Outcome == providertest.Failed {
					failed = append(failed, r.Name)
				}
			})
			switch {
			case ok || err != nil:
				t.Fatalf("the suite passes (%v)", err)
			case !slices.ContainsFunc(failed, func(name string) bool { return name == s.caught || strings.HasPrefix(name, s.caught+"/") }):
				t.Errorf("the suite fails, but not in %s: %q", s.caught, failed)
			}
		})
	}
}
