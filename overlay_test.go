package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/state"
)

// overlay lays a value over an instance's configuration in the state, as an AI's heal
// does: overlay ADDRESS PATH VALUE OVER.
func overlay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: overlay ADDRESS PATH VALUE OVER")
	}
	target, err := addr.ParseTarget(args[0])
	ts.Check(err)
	store, err := state.Open(filepath.Join(ts.Getenv("WORK"), state.Dir), state.Options{Version: "0.1.0"})
	ts.Check(err)
	defer func() { _ = store.Close() }()
	ts.Check(store.Lock(context.Background(), "test", time.Minute))
	key := state.ObjectKey{Instance: target.Resource.Instance(target.Key)}
	o := *store.State().Objects[key]
	o.Overlay = append(o.Overlay, state.Overlay{Path: args[1], Value: json.RawMessage(args[2]), Over: json.RawMessage(args[3]),
		Origin: state.Origin{Model: "gpt-x", Time: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), Incident: "i-7", Cause: "it was too short"}})
	ts.Check(store.Commit(state.Change{Set: map[state.ObjectKey]*state.Object{key: &o}}))
	ts.Check(store.Checkpoint())
}
