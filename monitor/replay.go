package monitor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// Replayed is what the gates make now of an answer that is on record.
type Replayed struct {
	Time time.Time `json:"time"` // when it was vetted
	Then Vetted    `json:"then"`
	Now  Vetted    `json:"now"`
}

// Replay passes the answers that are on record of an incident through the gates
// again, with a project as it is now: as if the model had just given them, but
// without a look at the world, and without the budget, since nobody is asked.
// Where what an answer changed is in force now, the resource is taken as it was
// before. Nothing is changed.
func Replay(ctx context.Context, in plan.Input, store *state.Store, i incident.Incident) ([]Replayed, error) {
	target, err := addr.ParseInstance(i.Target)
	if err != nil {
		return nil, fmt.Errorf("%s is no resource, so no model was asked about it", i.Target)
	}
	policy, err := PolicyFor(ctx, in, target)
	if err != nil {
		return nil, err
	}
	run, ds := plan.NewRun(ctx, in, false)
	if ds.HasErrors() {
		return nil, onlyErrors(ds)
	}
	run.UseState(ctx)
	m := &Monitor{opts: Options{Secret: []byte(rand.Text())}}
	req := vet.Request{Target: target, Policy: policy, Input: in, Serial: in.State.Serial, ConfigHash: in.Config.Hash, Hash: m.hashOf,
		Secrets: secretsOf(ctx, run, map[string]plan.Policy{"": policy}), Spent: func() error { return nil },
		Options: plan.Options{SkipRefresh: true}}
	var out []Replayed
	var last Answered
	var before trials
	approved := false
	for _, e := range i.Events {
		switch e.Kind {
		case incident.Attempted:
			approved = false
		case incident.Approved:
			approved = true
		case incident.Answered:
			var a Answered
			if json.Unmarshal(e.Data, &a) == nil {
				last = a
			}
		case incident.Vetted:
			var then Vetted
			if json.Unmarshal(e.Data, &then) != nil {
				continue
			}
			req.Answer, req.Evidence, req.Approved = objectIn(last.Answer), then.Given, ""
			req.Input.State = beforeIt(store, in.State, target, i.ID, then.Serial)
			req.Origin = state.Origin{Model: then.Model, Time: e.Time, Incident: i.ID, Cause: then.Cause}
			req.Failed = before.failed
			v := vet.Vet(ctx, req)
			if approved && v.Outcome == vet.NeedsApproval {
				req.Approved = v.Hash
				v = vet.Vet(ctx, req)
			}
			out = append(out, Replayed{e.Time, then, vettedOf(v, req, then.Cause, then.Model)})
		}
		before.take(e)
	}
	return out, nil
}

// beforeIt is the state in which a target is as it was before an incident's change
// of it, as far as that is still known.
func beforeIt(store *state.Store, now *state.State, target addr.Instance, id string, serial uint64) *state.State {
	key := state.ObjectKey{Instance: target}
	object := now.Objects[key]
	if object == nil || !slices.ContainsFunc(object.Overlay, func(o state.Overlay) bool { return o.Origin.Incident == id }) {
		return now
	}
	then, err := store.ReadHistory(serial)
	if err != nil || then.Objects[key] == nil {
		return now
	}
	out := *now
	out.Objects = maps.Clone(now.Objects)
	out.Objects[key] = then.Objects[key]
	return &out
}

// Differs tells whether the gates judge in another way now.
func (r Replayed) Differs() bool {
	return r.Then.Outcome != r.Now.Outcome || !slices.EqualFunc(r.Then.Gates, r.Now.Gates, func(a, b GateSaid) bool {
		return a.Name == b.Name && a.Outcome == b.Outcome
	})
}

// PolicyFor is the policy that holds for an instance.
func PolicyFor(ctx context.Context, in plan.Input, target addr.Instance) (plan.Policy, error) {
	set, ds := check.NewSet(ctx, in, check.SetOptions{})
	if set == nil {
		return plan.Policy{}, onlyErrors(ds)
	}
	for _, c := range set.Checks() {
		if c.HasTarget && c.Target == target {
			return c.Policy, nil
		}
	}
	return plan.Policy{}, fmt.Errorf("no assert of the project is about %s any more, so no policy holds for it", target)
}
