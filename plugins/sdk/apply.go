package sdk

import (
	"context"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// lookAgain is how long is spent on finding out what a change that failed has
// left, when its own time may be over.
const lookAgain = 3 * time.Second

func (w *works[S, C]) resource(name string) (*resource[C], error) {
	r := w.resources[name]
	if r == nil || r.schema == nil {
		return nil, fmt.Errorf("the provider has no resource type %q", name)
	}
	return r, nil
}

// Validate implements providers.Provider.
func (w *works[S, C]) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	var d *declared
	var obj *providers.Object
	switch req.Kind {
	case providers.KindProvider:
		d, obj = &w.settings, w.schema.Provider
	case providers.KindResource:
		if r := w.resources[req.Type]; r != nil && r.schema != nil {
			d, obj = &r.declared, &r.schema.Object
		}
	case providers.KindData:
		if t := w.data[req.Type]; t != nil {
			d, obj = &t.declared, &w.schema.Data[req.Type].Object
		}
	case providers.KindAssert:
		if a := w.asserts[req.Type]; a != nil {
			d, obj = &a.declared, &w.schema.Asserts[req.Type].Object
		}
	}
	if d == nil {
		return providers.ValidateResponse{}, fmt.Errorf("the provider has no type %q", req.Type)
	}
	r := &request[C]{call: &Call[C]{}, obj: obj, extra: []secretIn{{obj, req.Config}}}
	return providers.ValidateResponse{Diagnostics: r.say(nil, "", d.validate(req.Config))}, nil
}

// Read implements providers.Provider.
func (w *works[S, C]) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	obj := &t.schema.Object
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	r, err := w.begin(ctx, req.Target, &t.declared, obj, req.State)
	defer r.done()
	summary := "Cannot read " + req.Type
	if err != nil {
		resp.Diagnostics = r.say(err, summary, nil)
		return resp, nil
	}
	r.call.private = req.Private
	a := t.read(ctx, r.call, req.State)
	if a.err == nil {
		resp.State, resp.Private = speller{read: true}.object(obj, req.State, a.state), r.call.Private()
	}
	resp.Diagnostics = r.say(a.err, summary, a.mistakes)
	return resp, nil
}

// Apply implements providers.Provider.
func (w *works[S, C]) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	obj := &t.schema.Object
	left := req.Prior // as long as nothing is done
	if req.Action == Create {
		left = cty.NullVal(t.model.ty)
	}
	untouched := providers.ApplyResponse{State: left, Private: req.Private}
	summary := fmt.Sprintf("Cannot %s %s", req.Action, req.Type)
	if ctx.Err() != nil {
		untouched.Diagnostics = diagnose(ctx.Err(), summary)
		return untouched, nil
	}
	r, err := w.begin(ctx, req.Target, &t.declared, obj, req.Config, req.Prior, req.Planned)
	defer r.done()
	if err == nil && (req.Action == Create || req.Action == Update) {
		// The core has no other occasion when values have become known in between.
		err = t.validate(req.Config).Err()
	}
	if err != nil {
		untouched.Diagnostics = r.say(err, summary, nil)
		return untouched, nil
	}
	c := r.call
	c.Intent, c.private, c.config, c.tell = req.Intent, req.Private, req.Config, req.Progress

	var a answer
	switch req.Action {
	case Create:
		c.private = nil
		a = t.create(ctx, c, req.Planned, req.Replaces)
	case Delete:
		if a.err = t.remove(ctx, c, req.Prior); a.err == nil {
			return providers.ApplyResponse{State: cty.NullVal(t.model.ty), Diagnostics: r.say(nil, "", nil)}, nil
		}
	case Update:
		if t.update == nil {
			return providers.ApplyResponse{}, fmt.Errorf("%s cannot be changed in place", req.Type)
		}
		a = t.update(ctx, c, req.Prior, req.Planned)
	case Restart:
		if t.restart == nil {
			return providers.ApplyResponse{}, fmt.Errorf("%s cannot be restarted", req.Type)
		}
		a = t.restart(ctx, c, req.Prior)
	}
	if a.err == nil && a.state.IsNull() {
		a.err = fmt.Errorf("the provider's method to %s %s returned neither an object nor an error; please report it to its authors", req.Action, req.Type)
	}
	resp := providers.ApplyResponse{State: speller{}.object(obj, req.Planned, a.state), Tainted: c.tainted}
	switch {
	case req.Action == Create:
		resp.Tainted = !a.state.IsNull() // if there is an error
	case a.state.IsNull():
		resp.State = w.look(ctx, t, c, req)
	}
	resp.Private = c.Private()
	r.extra = append(r.extra, secretIn{obj, resp.State})
	resp.Diagnostics = r.say(a.err, summary, a.mistakes)
	resp.Tainted = resp.Tainted && resp.Diagnostics.HasErrors()
	return resp, nil
}

// look finds out what a change that failed has left. Where that cannot be told,
// it is what there was.
func (w *works[S, C]) look(ctx context.Context, t *resource[C], c *Call[C], req providers.ApplyRequest) cty.Value {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAgain)
	defer cancel()
	found := make(chan answer, 1)
	go func() { found <- t.read(ctx, c, req.Prior) }()
	select {
	case a := <-found:
		if a.err != nil || len(a.mistakes) > 0 {
			return req.Prior
		}
		return speller{read: true}.object(&t.schema.Object, req.Prior, a.state)
	case <-ctx.Done(): // whatever the method does about it
		return req.Prior
	}
}

// Plan implements providers.Planner.
func (w *works[S, C]) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.PlanResponse{}, err
	}
	resp := providers.PlanResponse{Planned: req.Proposed}
	if t.plan == nil {
		return resp, nil
	}
	r, err := w.begin(ctx, req.Target, &t.declared, &t.schema.Object, req.Config, req.Prior, req.Proposed)
	defer r.done()
	if ds, ok := err.(diag.Diagnostics); ok {
		if !isUnknownSetup(w, req.Configuration) {
			resp.Diagnostics = r.say(ds, "", nil)
		}
		return resp, nil
	}
	r.call.private, r.call.config = req.Private, req.Config
	p := t.plan(ctx, r.call, req.Prior, req.Proposed)
	resp.Planned = p.state
	for _, text := range p.replace {
		path, err := parsePath(text)
		if err != nil || !leads(&t.schema.Object, path) {
			p.mistakes = append(p.mistakes, diag.Errorf("Mistake in the provider",
				"The provider's method Plan of %s says that %q forces a replacement, which is no attribute. Please report it to the provider's authors.", req.Type, text)...)
			continue
		}
		resp.Replace = append(resp.Replace, path)
	}
	resp.Diagnostics = r.say(p.err, "Cannot plan "+req.Type, p.mistakes)
	return resp, nil
}

// isUnknownSetup tells whether a configuration has settings that are not known
// yet, so that nobody can be asked.
func isUnknownSetup[S, C any](w *works[S, C], name string) bool {
	_ = take(context.Background(), w.lock)
	defer give(w.lock)
	cfg := w.configurations[name]
	return cfg != nil && cfg.problem != nil
}

// Import implements providers.Importer.
func (w *works[S, C]) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.ImportResponse{}, err
	}
	resp := providers.ImportResponse{State: cty.NullVal(t.model.ty)}
	if t.find == nil {
		resp.Diagnostics = diag.Errorf("Cannot import", "The provider cannot import a %s. Let Clockwork make it instead.", req.Type)
		return resp, nil
	}
	r, err := w.begin(ctx, req.Target, &t.declared, &t.schema.Object)
	defer r.done()
	if err != nil {
		resp.Diagnostics = r.say(err, "", nil)
		return resp, nil
	}
	a := t.find(ctx, r.call, req.ID)
	resp.State, resp.Private = a.state, r.call.Private()
	if a.err != nil {
		resp.State = cty.NullVal(t.model.ty)
	}
	r.extra = append(r.extra, secretIn{&t.schema.Object, a.state})
	resp.Diagnostics = r.say(a.err, "Cannot import "+req.Type, a.mistakes)
	return resp, nil
}

// Recover implements providers.Recoverer.
func (w *works[S, C]) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.RecoverResponse{}, err
	}
	obj := &t.schema.Object
	resp := providers.RecoverResponse{State: req.Prior, Private: req.Private}
	if req.Action == Create {
		resp.State = cty.NullVal(t.model.ty)
	}
	r, err := w.begin(ctx, req.Target, &t.declared, obj, req.Prior, req.Planned)
	defer r.done()
	if err != nil {
		resp.Diagnostics = r.say(err, "", nil)
		return resp, nil
	}
	r.call.Intent, r.call.private = req.Intent, req.Private
	var a answer
	switch {
	case t.recover != nil:
		a = t.recover(ctx, r.call, req)
	case req.Prior.IsNull():
		r.call.Warn(Errorf("Interrupted create cannot be looked up",
			"The provider cannot find a %s whose creation was cut short. Look whether it exists, and remove it by hand.", req.Type))
		a.state = req.Prior
	default:
		a = t.read(ctx, r.call, req.Prior)
	}
	if a.err == nil {
		spell, was := speller{read: true}, req.Prior
		if req.Action != Delete && !req.Planned.IsNull() {
			if want := unsetAsUnknown(obj, req.Planned); req.Prior.IsNull() || spell.agrees(obj, want, a.state) {
				was = want // it was done
			}
		}
		resp.State = spell.object(obj, was, a.state)
		resp.Private, resp.Tainted = r.call.Private(), r.call.tainted && !a.state.IsNull()
	}
	resp.Diagnostics = r.say(a.err, "Cannot find out about "+req.Type, a.mistakes)
	return resp, nil
}

// unsetAsUnknown is a plan as it was before it was stored: what is computed and
// null was not known.
func unsetAsUnknown(obj *providers.Object, v cty.Value) cty.Value {
	attrs := v.AsValueMap()
	for name, a := range obj.Attributes {
		if a.Computed && attrs[name].IsNull() {
			attrs[name] = cty.UnknownVal(a.ValueType())
		}
	}
	return cty.ObjectVal(attrs)
}
