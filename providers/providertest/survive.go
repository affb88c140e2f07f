package providertest

import (
	"context"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// testCancelBefore asks for a change when it is already too late.
func testCancelBefore(t T, th *thing) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := th.plan(t, object{}, th.value(t, th.Config))
	th.settle(ctx, t, th.request(providers.Create, object{}, p))
}

// testCancelDuring ends the context at several instants of a change.
func testCancelDuring(t T, th *thing) {
	for _, delay := range []time.Duration{0, 100 * time.Microsecond, time.Millisecond, 5 * time.Millisecond} {
		ctx, cancel := context.WithCancel(t.Context())
		p := th.plan(t, object{}, th.value(t, th.Config))
		req := th.request(providers.Create, object{}, p)
		time.AfterFunc(delay, cancel)
		made := th.settle(ctx, t, req)
		cancel()
		if made.state.IsNull() {
			continue
		}
		// It exists: interrupt its update, if it has one, and its delete.
		if th.Update != nil {
			p = th.plan(t, made, th.value(t, th.Update))
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(delay, cancel)
			made = th.settle(ctx, t, th.request(providers.Update, made, p))
			cancel()
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(delay, cancel)
		made = th.settle(ctx, t, th.request(providers.Delete, made, plan{}))
		cancel()
		if !made.state.IsNull() {
			th.destroy(t, made)
		}
	}
}

// testCancelSlow ends the context of a change that would take for ever.
func testCancelSlow(t T, th *thing) {
	need(t, th.Slow != nil, "Slow")
	p := th.plan(t, object{}, th.value(t, th.Config))
	req := th.request(providers.Create, object{}, p)
	undo := th.Slow(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	defer undo()
	begun := time.Now()
	resp, err := th.tryApply(ctx, t, req)
	if took := time.Since(begun); took > promptly {
		t.Errorf("Apply returned %s after its context had ended", took)
	}
	undo()
	if left := th.outcome(t, req, resp, err); !left.state.IsNull() {
		th.destroy(t, left)
	}
}

// settle asks for a change that may be interrupted, and returns what exists
// now. Whatever the answer, it must be true.
func (th *thing) settle(ctx context.Context, t testing.TB, req providers.ApplyRequest) object {
	t.Helper()
	resp, err := th.tryApply(ctx, t, req)
	return th.outcome(t, req, resp, err)
}

// outcome finds out what exists after an answer, or after none, and compares
// it with the world.
func (th *thing) outcome(t testing.TB, req providers.ApplyRequest, resp providers.ApplyResponse, err error) object {
	t.Helper()
	left := object{resp.State, resp.Private}
	what := "after Apply (" + req.Action.String() + ") was interrupted"
	switch {
	case err != nil:
		left = th.lost(t, req)
	case resp.State.IsNull() && !resp.Diagnostics.HasErrors() && req.Action != providers.Delete:
		t.Errorf("Apply (%s) returned neither a state nor an error", req.Action)
	}
	th.wantExists(t, !left.state.IsNull(), what)
	if left.state.IsNull() {
		return left
	}
	now := th.read(t, left)
	if !resp.Tainted {
		wantSame(t, what, left.state, now.state)
	}
	return left
}

// lost finds out, as the core does, what came of a change whose answer was
// never seen.
func (th *thing) lost(t testing.TB, req providers.ApplyRequest) object {
	t.Helper()
	r, ok := th.p.(providers.Recoverer)
	if !ok || !th.schema.Capabilities.Recover || req.Action == providers.Restart {
		if req.Action == providers.Create {
			t.Skip("the provider is no Recoverer: what a lost create made is not known")
		}
		return th.read(t, object{req.Prior, req.Private})
	}
	resp, err := call(t.Context(), t, "Recover", func(ctx context.Context) (providers.RecoverResponse, error) {
		return r.Recover(ctx, providers.RecoverRequest{
			Target: th.target, Action: req.Action, Intent: req.Intent,
			Prior: req.Prior, Planned: stored(req.Planned), Private: req.Private,
		})
	})
	if err != nil {
		t.Fatalf("Recover: %v", err)
	}
	checkDiagnostics(t, "Recover", &th.rt.Object, resp.Diagnostics)
	noErrors(t, "Recover", resp.Diagnostics)
	checkState(t, "Recover", th.ty, resp.State)
	if req.Action == providers.Create && resp.State.IsNull() && len(resp.Diagnostics) > 0 {
		t.Skip("the provider warns that it cannot look up what a lost create made")
	}
	if resp.State.IsNull() && resp.Tainted {
		t.Error("Recover calls tainted what it says is not there")
	}
	return object{resp.State, resp.Private}
}

// anew is the same thing in the hands of a provider that has just started, as
// after a crash.
func (th *thing) anew(t testing.TB) *thing {
	t.Helper()
	return th.on(start(t, th.cfg, th.serial))
}

func needRecover(t T, th *thing) {
	t.Helper()
	if !th.schema.Capabilities.Recover {
		t.Skip("the provider is no Recoverer")
	}
}

// testRecoverCreate drops the answer to a create.
func testRecoverCreate(t T, th *thing) {
	recoverCreate(t, th, th.request(providers.Create, object{}, th.plan(t, object{}, th.value(t, th.Config))))
}

// testRecoverCreateUnplanned does so when nothing computed was known beforehand.
func testRecoverCreateUnplanned(t T, th *thing) {
	recoverCreate(t, th, th.request(providers.Create, object{}, th.unplanned(t)))
}

func recoverCreate(t T, th *thing, req providers.ApplyRequest) {
	needRecover(t, th)
	resp, err := th.tryApply(t.Context(), t, req)
	if err != nil {
		t.Fatalf("Apply (create): %v", err)
	}
	noErrors(t, "Apply (create)", resp.Diagnostics)
	th = th.anew(t)
	found := th.lost(t, req)
	if found.state.IsNull() {
		t.Fatal("Recover does not find what was created")
	}
	now := th.read(t, found)
	wantSame(t, "after Recover", found.state, now.state)
	wantSame(t, "after Recover", resp.State, now.state)
	th.wantSettled(t, now, th.value(t, th.Config), "after the answer to a create was lost")
	th.destroy(t, now)
}

// testRecoverCreateNever has the crash come before the create.
func testRecoverCreateNever(t T, th *thing) {
	needRecover(t, th)
	req := th.request(providers.Create, object{}, th.plan(t, object{}, th.value(t, th.Config)))
	th = th.anew(t)
	if found := th.lost(t, req); !found.state.IsNull() {
		t.Fatal("Recover finds what was never created")
	}
	th.wantExists(t, false, "after Recover of what was never created")
	made := th.create(t)
	th.destroy(t, made)
}

// testRecoverCreateForeign has something else in the place of what was never
// created.
func testRecoverCreateForeign(t T, th *thing) {
	needRecover(t, th)
	need(t, th.Foreign != nil, "Foreign")
	req := th.request(providers.Create, object{}, th.plan(t, object{}, th.value(t, th.Config)))
	intact := th.Foreign(t)
	if found := th.anew(t).lost(t, req); !found.state.IsNull() {
		t.Error("Recover takes what somebody else has made for what was being created")
	}
	if !intact() {
		t.Error("Recover touched what somebody else has made")
	}
}

func testRecoverUpdate(t T, th *thing) { recoverUpdate(t, th, true) }

func testRecoverUpdateNever(t T, th *thing) { recoverUpdate(t, th, false) }

func recoverUpdate(t T, th *thing, done bool) {
	needRecover(t, th)
	need(t, th.Update != nil, "Update")
	made := th.create(t)
	req := th.request(providers.Update, made, th.plan(t, made, th.value(t, th.Update)))
	settled := th.value(t, th.Config)
	if done {
		settled = req.Config
		resp, err := th.tryApply(t.Context(), t, req)
		if err != nil {
			t.Fatalf("Apply (update): %v", err)
		}
		noErrors(t, "Apply (update)", resp.Diagnostics)
	}
	th = th.anew(t)
	found := th.lost(t, req)
	if found.state.IsNull() {
		t.Fatal("Recover does not find what was being updated")
	}
	now := th.read(t, found)
	wantSame(t, "after Recover", found.state, now.state)
	th.wantSettled(t, now, settled, "after the answer to an update was lost")
	th.destroy(t, now)
}

func testRecoverDelete(t T, th *thing) { recoverDelete(t, th, true) }

func testRecoverDeleteNever(t T, th *thing) { recoverDelete(t, th, false) }

func recoverDelete(t T, th *thing, done bool) {
	needRecover(t, th)
	made := th.create(t)
	req := th.request(providers.Delete, made, plan{})
	req.Planned = cty.NullVal(th.ty)
	if done {
		if _, err := th.tryApply(t.Context(), t, req); err != nil {
			t.Fatalf("Apply (delete): %v", err)
		}
	}
	th = th.anew(t)
	found := th.lost(t, req)
	if found.state.IsNull() != done {
		t.Fatalf("the object was deleted: %v, but Recover says that it was: %v", done, found.state.IsNull())
	}
	if !done {
		th.wantSettled(t, found, th.value(t, th.Config), "after a delete that never was")
		th.destroy(t, found)
	}
}
