package vet

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/completion/redact"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// gate is one gate. It denies by an error. early says that a model is told of it at
// once, so that it can correct itself: of what needs no plan, and is no attempt at
// something else.
type gate struct {
	name  string
	ask   func(context.Context, *vetting) (Outcome, error)
	early bool
}

// gates are all there are, in the order in which they are asked.
func gates() []gate {
	return []gate{
		{"answer", answerIsRead, true},
		{"target", targetIsFixed, true},
		{"tier", attributesMayChange, true},
		{"fit", valuesFit, true},
		{"bounds", valuesAreInBounds, true},
		{"image", imagesAreListed, true},
		{"program", programStays, false},
		{"plan", planIsMade, false},
		{"diff", planChangesNothingElse, false},
		{"secrets", nothingSecretIsIn, false},
		{"host", hostStaysOut, false},
		{"repetition", notTriedBefore, true},
		{"budget", budgetIsLeft, false},
		{"state", nothingHasMoved, false},
		{"approval", personApproves, false},
	}
}

// vetting is what gates know of the answer so far.
type vetting struct {
	Request
	secrets  *redact.Redactor
	answer   Answer
	typ      *plan.Type
	config   cty.Value // the target's, without what lies over it
	changes  []proposed
	overlay  []state.Overlay
	made     *plan.Plan
	hash     string
	approved bool // by a person, whatever needs an approval
}

func begin(r Request) *vetting { return &vetting{Request: r, secrets: redact.New(r.Secrets)} }

// Vet asks all gates about an answer. It never changes anything.
func Vet(ctx context.Context, r Request) Verdict { return vet(ctx, r, gates()) }

func vet(ctx context.Context, r Request, gates []gate) Verdict {
	v := begin(r)
	out := Verdict{}
	worst := Allow
	for _, g := range gates {
		said := asked(ctx, g, v)
		out.Gates = append(out.Gates, said)
		if worst = min(worst, said.Outcome); worst == Deny {
			break
		}
	}
	if worst == NeedsApproval && v.approved {
		worst = Allow
	}
	out.Outcome, out.Answer, out.Overlay, out.Proposed, out.Hash = worst, v.answer, v.overlay, v.made, v.hash
	if len(gates) == 0 || v.made == nil {
		out.Outcome = Deny
	}
	if out.Outcome == Allow {
		out.Vetted = &Plan{v.made}
	}
	return out
}

// asked asks one gate. What goes wrong in it is a no.
func asked(ctx context.Context, g gate, v *vetting) (said Gate) {
	defer func() {
		if p := recover(); p != nil {
			said = Gate{Name: g.name, Outcome: Deny, Reason: "the gate itself failed; this is a mistake in Clockwork"}
		}
	}()
	outcome, err := g.ask(ctx, v)
	said = Gate{Name: g.name, Outcome: outcome}
	switch {
	case err != nil:
		if said.Outcome != NeedsApproval {
			said.Outcome = Deny
		}
		// It names what the model named.
		said.Reason = v.secrets.Text(err.Error())
	case outcome != Allow:
		said.Outcome, said.Reason = Deny, "it gave no reason"
	}
	return said
}

// Check tells a model what is wrong with an answer, as far as that can be said
// without a plan. What it accepts is not allowed for that.
func Check(ctx context.Context, r Request) error {
	v := begin(r)
	for _, g := range gates() {
		if !g.early {
			continue
		}
		if said := asked(ctx, g, v); said.Outcome == Deny {
			return errors.New(said.Reason)
		}
		if v.answer.Verdict != Fix {
			return nil
		}
	}
	return nil
}

func answerIsRead(_ context.Context, v *vetting) (Outcome, error) {
	a, err := Decode(v.Request.Answer, v.Evidence)
	v.answer = a
	return Allow, err
}

// targetIsFixed: the code has chosen what may change, and it is deployed. All
// paths begin there, so nothing else can be named.
func targetIsFixed(ctx context.Context, v *vetting) (Outcome, error) {
	if v.answer.Verdict != Fix {
		return Deny, fmt.Errorf("the answer is %q, so there is nothing to do", v.answer.Verdict)
	}
	if v.Input.State == nil || v.Input.State.Objects[state.ObjectKey{Instance: v.Target}] == nil || v.Target.Mode != addr.Managed {
		return Deny, fmt.Errorf("%s is not deployed", v.Target)
	}
	typ, cfg, ds := plan.Configuration(ctx, v.Input, v.Target)
	if ds.HasErrors() {
		return Deny, fmt.Errorf("the configuration of %s cannot be read", v.Target)
	}
	v.typ, v.config = typ, cfg
	changes, err := v.proposals(v.answer.Changes)
	if err != nil {
		return Deny, err
	}
	v.changes, v.overlay = changes, v.merged(changes)
	return Allow, nil
}

// proposals are the changes of an answer, each where it belongs in the schema.
func (v *vetting) proposals(changes []Change) ([]proposed, error) {
	var out []proposed
	for _, c := range changes {
		path, err := plan.ParseAttributePath(c.Path)
		if err != nil {
			return nil, err
		}
		at, err := plan.ConfigAt(v.typ.Object(), v.config, path)
		switch {
		case err != nil:
			return nil, err
		case !at.IsWhollyKnown():
			return nil, fmt.Errorf("what is configured for %s is not known yet", path.Attribute())
		}
		value, err := at.Decode(c.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Attribute(), err)
		}
		for _, other := range out {
			if path.Within(other.AttributePath) || other.Within(path) {
				return nil, fmt.Errorf("%s and %s are one inside the other", other, path.Attribute())
			}
		}
		out = append(out, proposed{path, at, value, c.Value})
	}
	return out, nil
}

// valuesFit: with what is proposed it is still one of its type, by all that the schema
// says.
func valuesFit(_ context.Context, v *vetting) (Outcome, error) {
	if _, _, ended := plan.LayOver(v.typ, v.config, v.overlay); len(ended) > 0 {
		return Deny, fmt.Errorf("%s: %s", attributeIn(ended[0].Path), ended[0].Why)
	}
	return Allow, nil
}

// attributeIn names the attribute in a path. A key is the model's word.
func attributeIn(text string) string {
	path, err := plan.ParseAttributePath(text)
	if err != nil {
		return "the path"
	}
	return path.Attribute()
}

// attributesMayChange: an attribute that is never changed by a model is not, and
// what the policy does not list is for a person to allow. What lies over the
// configuration already counts: many small steps are one large one.
func attributesMayChange(_ context.Context, v *vetting) (Outcome, error) {
	ai := v.Policy.AI
	if ai == nil {
		return Deny, errors.New("the policy has no ai block")
	}
	out := Allow
	var why error
	for _, c := range v.changes {
		switch {
		case v.typ.Object().TierAt(c.names()...) == providers.TierNever:
			return Deny, fmt.Errorf("%s is never changed by an AI", c)
		case slices.ContainsFunc(ai.Allow, func(p plan.AllowPattern) bool { return p.Matches(v.Target.Resource, c.Attribute()) }):
		default:
			out, why = NeedsApproval, fmt.Errorf("the policy does not allow %s", c)
		}
	}
	if len(v.changes) > ai.MaxChanges || len(v.overlay) > ai.MaxChanges {
		return Deny, fmt.Errorf("with this %d attributes would differ from the configuration, and the policy's max_changes is %d",
			max(len(v.overlay), len(v.changes)), ai.MaxChanges)
	}
	return out, why
}

// merged is what lies over the configuration already, as far as it still holds, with
// what is proposed.
func (v *vetting) merged(changes []proposed) []state.Overlay {
	var out []state.Overlay
	_, kept, _ := plan.LayOver(v.typ, v.config, v.Input.State.Objects[state.ObjectKey{Instance: v.Target}].Overlay)
	for _, e := range kept {
		path, err := plan.ParseAttributePath(e.Path)
		if err == nil && !slices.ContainsFunc(changes, func(c proposed) bool { return path.Within(c.AttributePath) }) {
			out = append(out, e)
		}
	}
	for _, c := range changes {
		out = append(out, state.Overlay{Path: c.AttributePath.String(), Value: c.raw, Over: configured(c.at), Origin: v.Origin})
	}
	slices.SortFunc(out, func(a, b state.Overlay) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// configured writes what the user has somewhere.
func configured(at plan.Configured) json.RawMessage {
	if !at.IsNull() {
		if raw, err := ctyjson.Marshal(at.Value, at.Type()); err == nil {
			return raw
		}
	}
	return json.RawMessage("null")
}

// imagesAreListed: an image comes from a repository that the policy lists. Without
// a digest a person approves it, because what a tag means can change after this.
func imagesAreListed(_ context.Context, v *vetting) (Outcome, error) {
	out := Allow
	var why error
	for _, c := range v.changes {
		if !isImage(v.typ.Name, c.AttributePath) {
			continue
		}
		if c.value.IsNull() || c.value.Type() != cty.String {
			return Deny, fmt.Errorf("%s is not the name of an image", c)
		}
		named, err := parseImage(c.value.AsString())
		if err != nil {
			return Deny, fmt.Errorf("%s: %w", c, err)
		}
		if !slices.ContainsFunc(v.Policy.AI.Images, func(name string) bool { return repository(name) == named.repository }) {
			return Deny, fmt.Errorf("%s: the policy does not list its repository in images", c)
		}
		if !named.digest {
			out, why = NeedsApproval, fmt.Errorf("%s has no digest, and what its tag means can change", c)
		}
	}
	return out, why
}

// planIsMade: a real plan, by the same planner as ever, limited to the target.
func planIsMade(ctx context.Context, v *vetting) (Outcome, error) {
	opts := v.Options
	opts.FromModel = true
	opts.Targets = []addr.Target{{Module: v.Target.Module, Resource: v.Target.Resource, Key: v.Target.Key, HasKey: v.Target.Key != addr.NoKey}}
	opts.Overlays = map[addr.Instance][]state.Overlay{v.Target: v.overlay}
	opts.Mode, opts.Excludes, opts.Replaces, opts.Restarts, opts.Recomplete = plan.Normal, nil, nil, nil, nil
	in := v.Input
	in.Completer = nil
	made, ds := plan.Make(ctx, in, opts)
	if ds.HasErrors() {
		return Deny, fmt.Errorf("it cannot be planned: %s", firstError(ds))
	}
	if v.Hash == nil {
		return Deny, errors.New("plans cannot be told from each other")
	}
	v.made, v.hash = made, v.Hash(made)
	return Allow, nil
}

func firstError(ds diag.Diagnostics) string {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return d.Summary // the detail may quote values
		}
	}
	return ""
}

// notTriedBefore: what did not help in this incident is not tried again, nor the same
// written in another way.
func notTriedBefore(_ context.Context, v *vetting) (Outcome, error) {
	now, _, _ := plan.LayOver(v.typ, v.config, v.overlay)
	now, _ = now.UnmarkDeep()
	for _, failed := range v.Failed {
		changes, err := v.proposals(failed)
		if err != nil {
			continue // the configuration is another now, and has no place for it
		}
		then, _, _ := plan.LayOver(v.typ, v.config, v.merged(changes))
		then, _ = then.UnmarkDeep()
		if !slices.ContainsFunc(providers.Changed(v.typ.Object(), then, now), func(p cty.Path) bool { return !sameAt(p, then, now) }) {
			return Deny, errors.New("the same was tried before in this incident, and did not help")
		}
	}
	return Allow, nil
}

// sameAt tells whether two configurations have the very same somewhere. A set whose
// elements hold what only a provider knows is never what a provider would call the same.
func sameAt(p cty.Path, a, b cty.Value) bool {
	x, errX := p.Apply(a)
	y, errY := p.Apply(b)
	return errX == nil && errY == nil && x.RawEquals(y)
}

func budgetIsLeft(_ context.Context, v *vetting) (Outcome, error) {
	if v.Spent == nil {
		return Deny, errors.New("nobody knows what is left of the budget")
	}
	return Allow, v.Spent()
}

// nothingHasMoved: what the model was told still holds.
func nothingHasMoved(_ context.Context, v *vetting) (Outcome, error) {
	switch {
	case v.Serial != v.Input.State.Serial:
		return Deny, errors.New("the state has changed since the model was asked")
	case v.ConfigHash != v.Input.Config.Hash:
		return Deny, errors.New("the configuration has changed since the model was asked")
	}
	return Allow, nil
}

// personApproves: where a person has to say yes, they have said it to this plan.
func personApproves(_ context.Context, v *vetting) (Outcome, error) {
	approved := v.hash != "" && subtle.ConstantTimeCompare([]byte(v.Approved), []byte(v.hash)) == 1
	switch {
	case v.Approved != "" && !approved:
		return Deny, errors.New("another plan was approved")
	case v.Policy.Mode == plan.HealSuggest:
		return NeedsApproval, errors.New("the policy's mode is suggest")
	case v.Policy.Mode != plan.HealAuto && v.Policy.Mode != plan.HealApprove:
		return Deny, errors.New("the policy forbids to heal it")
	case approved:
		v.approved = true
		return Allow, nil
	case v.Policy.Mode == plan.HealApprove:
		return NeedsApproval, errors.New("the policy's mode is approve")
	}
	return Allow, nil
}
