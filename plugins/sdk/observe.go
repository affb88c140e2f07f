package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// maxLogs is how many lines of logs are kept of a diagnosis, and maxLine how
// many bytes of each.
const (
	maxLogs = 100
	maxLine = 1000
)

// Data implements providers.DataReader.
func (w *works[S, C]) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	t := w.data[req.Type]
	if t == nil {
		return providers.DataResponse{}, fmt.Errorf("the provider has no data source %q", req.Type)
	}
	obj := &w.schema.Data[req.Type].Object
	resp := providers.DataResponse{State: cty.NullVal(t.model.ty)}
	r, err := w.begin(ctx, req.Target, &t.declared, obj, req.Config)
	defer r.done()
	if err != nil {
		resp.Diagnostics = r.say(err, "", nil)
		return resp, nil
	}
	a := t.read(ctx, r.call, req.Config)
	if a.err == nil {
		resp.State = speller{}.object(obj, unsetAsUnknown(obj, req.Config), a.state)
	}
	r.extra = append(r.extra, secretIn{obj, a.state})
	resp.Diagnostics = r.say(a.err, "Cannot read "+req.Type, a.mistakes)
	return resp, nil
}

// Check implements providers.Checker.
func (w *works[S, C]) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	a := w.asserts[req.Assert]
	if a == nil {
		return providers.CheckResponse{}, fmt.Errorf("the provider has no assert %q", req.Assert)
	}
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.CheckResponse{}, err
	}
	if req.State.IsNull() {
		return providers.CheckResponse{Message: "it was never applied"}, nil
	}
	r, err := w.begin(ctx, req.Target, &a.declared, &w.schema.Asserts[req.Assert].Object, req.Config)
	defer r.done()
	r.extra = append(r.extra, secretIn{&t.schema.Object, req.State})
	var v Verdict
	if err == nil {
		v, err = a.check(ctx, r.call, t.model, req.Config, req.State)
	}
	if err != nil && ctx.Err() != nil {
		return providers.CheckResponse{}, ctx.Err()
	}
	resp := providers.CheckResponse{Outcome: v.outcome, Diagnostics: r.say(err, "Cannot check "+req.Assert, nil)}
	if err != nil {
		resp.Outcome = providers.Unknown
		v.message = resp.Diagnostics[len(resp.Diagnostics)-1].Detail
	}
	if v.message == "" {
		v.message = "the provider does not say more"
	}
	resp.Message = shorten(r.redactor().hide(v.message), maxMessage)
	return resp, nil
}

// Diagnose implements providers.Diagnoser.
func (w *works[S, C]) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	r, err := w.begin(ctx, req.Target, &t.declared, &t.schema.Object, req.State)
	defer r.done()
	var d Diagnosis
	if err == nil {
		d, err = w.diagnosis(ctx, t, r.call, req.State)
	}
	resp := providers.DiagnoseResponse{Diagnostics: r.say(err, "Cannot diagnose "+req.Type, nil)}
	hide := r.redactor()
	if d.Summary == "" {
		d.Summary = "It cannot be told what is the matter with it."
	}
	resp.Summary = hide.hide(d.Summary)
	for name, value := range d.Facts {
		if resp.Facts == nil {
			resp.Facts = map[string]string{}
		}
		resp.Facts[hide.hide(name)] = hide.hide(value)
	}
	for _, line := range d.Logs[max(0, len(d.Logs)-maxLogs):] {
		resp.Logs = append(resp.Logs, shorten(hide.hide(line), maxLine))
	}
	return resp, nil
}

// diagnosis asks the type, or looks at least whether the object is there.
func (w *works[S, C]) diagnosis(ctx context.Context, t *resource[C], c *Call[C], state cty.Value) (Diagnosis, error) {
	if t.diagnose != nil {
		return t.diagnose(ctx, c, state)
	}
	a := t.read(ctx, c, state)
	switch {
	case a.err != nil:
		return Diagnosis{}, a.err
	case a.state.IsNull():
		return Diagnosis{Summary: "It is gone.", Facts: map[string]string{"exists": "false"}}, nil
	}
	return Diagnosis{Summary: "It is there.", Facts: map[string]string{"exists": "true"}}, nil
}

// Watch implements providers.Watcher: each type watches its own.
func (w *works[S, C]) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	byType := map[string][]providers.WatchTarget{}
	for _, o := range req.Resources {
		if t := w.resources[o.Type]; t != nil && t.watch != nil {
			byType[o.Type] = append(byType[o.Type], o)
		}
	}
	var first sync.Once
	resync := func() { notify(providers.Event{Kind: providers.Resync}) }
	errs := make(chan error, len(byType))
	for name, objects := range byType {
		go func() { errs <- w.watch(ctx, w.resources[name], req.Configuration, objects, &first, notify) }()
	}
	if len(byType) == 0 {
		first.Do(resync)
	}
	for range byType {
		if err := <-errs; err != nil && ctx.Err() == nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

func (w *works[S, C]) watch(ctx context.Context, t *resource[C], configuration string, objects []providers.WatchTarget, first *sync.Once, notify func(providers.Event)) error {
	r, err := w.begin(ctx, providers.Target{Configuration: configuration, Type: t.name}, &t.declared, &t.schema.Object)
	defer r.done()
	if err != nil {
		return err
	}
	for _, o := range objects {
		r.extra = append(r.extra, secretIn{&t.schema.Object, o.State})
	}
	hide := r.redactor()
	var mu sync.Mutex
	return t.watch(ctx, r.call, objects, func(address, kind, message string) {
		mu.Lock()
		defer mu.Unlock()
		did := false
		// Whoever watches is told first that it is watched.
		first.Do(func() { did = true; notify(providers.Event{Kind: providers.Resync}) })
		switch {
		case address == "" && did:
		case address == "":
			notify(providers.Event{Kind: providers.Resync})
		default:
			notify(providers.Event{Address: address, Kind: hide.hide(kind), Message: hide.hide(message)})
		}
	})
}

// Upgrade implements providers.Upgrader.
func (w *works[S, C]) Upgrade(_ context.Context, req providers.UpgradeRequest) (providers.UpgradeResponse, error) {
	t, err := w.resource(req.Type)
	if err != nil {
		return providers.UpgradeResponse{}, err
	}
	resp := providers.UpgradeResponse{State: cty.NullVal(t.model.ty)}
	if req.Version < 0 || req.Version > len(t.upgrades) {
		resp.Diagnostics = diag.Errorf("Unknown version", "Version %d of %s is not known: this provider knows up to %d. Use the version of the provider that wrote it.",
			req.Version, req.Type, len(t.upgrades))
		return resp, nil
	}
	attributes := map[string]any{}
	read := json.NewDecoder(bytes.NewReader(req.State))
	read.UseNumber()
	if err := read.Decode(&attributes); err != nil {
		return resp, fmt.Errorf("read the attributes of version %d of %s: %w", req.Version, req.Type, err)
	}
	for i, upgrade := range t.upgrades[req.Version:] {
		if err := upgrade(attributes); err != nil {
			r := &request[C]{call: &Call[C]{}, obj: &t.schema.Object}
			resp.Diagnostics = r.say(err, fmt.Sprintf("Cannot upgrade from version %d", req.Version+i), nil)
			return resp, nil
		}
	}
	resp.State, err = stored(&t.schema.Object, attributes)
	if err != nil {
		return resp, fmt.Errorf("what the provider made of version %d of %s cannot be used: %w", req.Version, req.Type, err)
	}
	return resp, nil
}

// stored makes an object of attributes as they are in JSON.
func stored(obj *providers.Object, attributes map[string]any) (cty.Value, error) {
	attrs := map[string]cty.Value{}
	var errs []error
	for name, a := range obj.Attributes {
		ty := a.ValueType()
		attrs[name] = cty.NullVal(ty)
		if attributes[name] == nil {
			if a.Default != cty.NilVal {
				attrs[name] = a.Default
			}
			continue
		}
		text, err := json.Marshal(attributes[name])
		if err == nil {
			attrs[name], err = ctyjson.Unmarshal(text, ty)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return cty.ObjectVal(attrs), errors.Join(errs...)
}
