package providertest

import (
	"context"
	"time"

	"github.com/clockwork-hcl/clockwork/providers"
)

func needRestart(t T, th *thing) {
	t.Helper()
	if !th.rt.Restartable {
		t.Skip("the type is not restartable")
	}
}

// testRestart restarts an object twice: it is the same one afterwards.
func testRestart(t T, th *thing) {
	needRestart(t, th)
	now := th.create(t)
	started := func() string {
		if th.Started == nil {
			return ""
		}
		return th.Started(t)
	}
	for range 2 {
		was, run := now, started()
		now = th.apply(t, providers.Restart, was, plan{})
		if now.state.IsNull() {
			t.Fatal("Apply (restart) returned neither a state nor an error")
		}
		th.wantExists(t, true, "after Apply (restart)")
		if th.Started != nil && started() == run {
			t.Error("Apply (restart) did not restart the object")
		}
		now = th.read(t, now)
		wantSame(t, "after Apply (restart)", providers.Restarted(&th.rt.Object, was.state), now.state)
		th.wantSettled(t, now, th.value(t, th.Config), "after a restart")
	}
	th.destroy(t, now)
}

// testRestartGone restarts what has been removed by hand.
func testRestartGone(t T, th *thing) {
	needRestart(t, th)
	need(t, th.Remove != nil, "Remove")
	made := th.create(t)
	th.Remove(t)
	resp, err := th.tryApply(t.Context(), t, th.request(providers.Restart, made, plan{}))
	switch {
	case err != nil:
		t.Fatalf("Apply (restart): %v", err)
	case !resp.Diagnostics.HasErrors():
		t.Error("Apply (restart) of what is gone reports no error")
	case !resp.State.IsNull():
		t.Error("Apply (restart) of what is gone says that it exists")
	}
	th.wantExists(t, false, "after Apply (restart) of what is gone")
}

// testRestartCancel ends the context of a restart at several instants, before
// it begins as well.
func testRestartCancel(t T, th *thing) {
	needRestart(t, th)
	now := th.create(t)
	for _, delay := range []time.Duration{-1, 0, 100 * time.Microsecond, time.Millisecond, 5 * time.Millisecond} {
		ctx, cancel := context.WithCancel(t.Context())
		if delay < 0 {
			cancel()
		}
		time.AfterFunc(delay, cancel)
		now = th.settle(ctx, t, th.request(providers.Restart, now, plan{}))
		cancel()
		if now.state.IsNull() {
			t.Fatal("an interrupted restart has removed the object")
		}
	}
	th.destroy(t, now)
}
