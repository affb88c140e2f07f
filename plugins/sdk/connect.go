package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// configuration is one configuration of the provider, with its client once that
// was needed.
type configuration[S, C any] struct {
	setup    Setup
	raw      cty.Value
	settings S
	problem  error // why there are no settings: they are not known yet

	turn   chan struct{} // held by who looks at what follows
	client *C
	users  int
	old    bool // another one has its name: it is closed when nobody uses it
}

// Configure implements providers.Provider. Connect is called later.
func (w *works[S, C]) Configure(ctx context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	cfg := &configuration[S, C]{
		setup: Setup{Project: req.Project, Configuration: req.Name}, raw: req.Config, turn: make(chan struct{}, 1),
	}
	var err error
	cfg.settings, err = decode[S](w.settings.model, req.Config, &decoder{validating: true})
	if _, unknown := err.(incomplete); unknown {
		cfg.problem, err = err, nil
	}
	if err != nil {
		hide := &redactor{}
		hide.add(w.schema.Provider, req.Config)
		return providers.ConfigureResponse{Diagnostics: hide.diagnostics(diagnose(err, "Invalid configuration of the provider"))}, nil
	}
	if err := take(ctx, w.lock); err != nil {
		return providers.ConfigureResponse{}, err
	}
	was := w.configurations[req.Name]
	same := was != nil && was.setup == cfg.setup && was.raw.RawEquals(cfg.raw)
	if !same { // else the one that there is has its client
		w.configurations[req.Name] = cfg
	}
	give(w.lock)
	if was != nil && !same {
		was.retire() // without the lock: it may be connecting
	}
	return providers.ConfigureResponse{}, nil
}

func take(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func give(turn chan struct{}) { <-turn }

// errNotKnown is why there is no client where settings are unknown.
var errNotKnown = errors.New("the provider's configuration depends on something that is not known yet")

// connect returns the client of a configuration, and what to call when it is
// not needed any more.
func (w *works[S, C]) connect(ctx context.Context, name string) (*configuration[S, C], *C, func(), error) {
	if err := take(ctx, w.lock); err != nil {
		return nil, nil, nil, err
	}
	cfg := w.configurations[name]
	give(w.lock)
	if cfg == nil {
		return nil, nil, nil, fmt.Errorf("the configuration %q of the provider was never made known; this is a mistake in Clockwork", name)
	}
	if cfg.problem != nil {
		return cfg, nil, nil, errNotKnown
	}
	if err := take(ctx, cfg.turn); err != nil {
		return cfg, nil, nil, err
	}
	defer give(cfg.turn)
	if cfg.client == nil {
		var client C
		if w.spec.Connect != nil {
			var err error
			if client, err = w.spec.Connect(ctx, cfg.setup, cfg.settings); err != nil {
				return cfg, nil, nil, err
			}
		}
		cfg.client = &client
	}
	cfg.users++
	return cfg, cfg.client, cfg.leave, nil
}

// leave ends one use of the client.
func (cfg *configuration[S, C]) leave() {
	_ = take(context.Background(), cfg.turn)
	defer give(cfg.turn)
	if cfg.users--; cfg.old && cfg.users == 0 {
		_ = cfg.close() // nobody is there to be told
	}
}

// retire closes the client once nobody uses it.
func (cfg *configuration[S, C]) retire() {
	_ = take(context.Background(), cfg.turn)
	defer give(cfg.turn)
	if cfg.old = true; cfg.users == 0 {
		_ = cfg.close()
	}
}

// close closes the client; the turn is held.
func (cfg *configuration[S, C]) close() error {
	client := cfg.client
	cfg.client = nil
	if client == nil {
		return nil
	}
	if c, ok := any(*client).(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Close implements providers.Provider: it closes the clients.
func (w *works[S, C]) Close() error {
	_ = take(context.Background(), w.lock)
	defer give(w.lock)
	var errs []error
	for _, cfg := range w.configurations {
		_ = take(context.Background(), cfg.turn)
		errs = append(errs, cfg.close())
		give(cfg.turn)
	}
	return errors.Join(errs...)
}

// request is one request under way: what is said of it is collected here.
type request[C any] struct {
	call  *Call[C]
	done  func()
	obj   *providers.Object
	extra []secretIn // where secrets may be
}

type secretIn struct {
	obj *providers.Object
	v   cty.Value
}

// begin begins a request about an object of type d. The error is what Connect
// returned; the request is good for say even so.
func (w *works[S, C]) begin(ctx context.Context, t providers.Target, d *declared, obj *providers.Object, values ...cty.Value) (*request[C], error) {
	r := &request[C]{call: &Call[C]{Type: t.Type, Address: t.Address, about: d.model}, done: func() {}, obj: obj}
	for _, v := range values {
		r.extra = append(r.extra, secretIn{obj, v})
	}
	r.call.hide = func(text string) string { return r.redactor().hide(text) }
	cfg, client, done, err := w.connect(ctx, t.Configuration)
	if cfg != nil {
		r.call.Setup = cfg.setup
		r.extra = append(r.extra, secretIn{w.schema.Provider, cfg.raw})
	}
	if err != nil {
		ds := diagnose(err, "Cannot connect")
		for i := range ds {
			ds[i].Path = nil // one of the provider's configuration, which is not what is asked about
		}
		return r, ds
	}
	r.call.Client, r.done = *client, done
	return r, nil
}

func (r *request[C]) redactor() *redactor {
	hide := &redactor{}
	for _, in := range r.extra {
		hide.add(in.obj, in.v)
	}
	return hide
}

// say makes the diagnostics of a request: what went wrong, what the provider
// warned of, and what it did wrong itself. They have no secrets, and no paths
// that lead nowhere.
func (r *request[C]) say(err error, summary string, mistakes diag.Diagnostics) diag.Diagnostics {
	r.call.mu.Lock()
	ds := append(diag.Diagnostics(nil), r.call.warnings...)
	r.call.mu.Unlock()
	ds = append(ds, diagnose(err, summary)...)
	ds = append(ds, mistakes...)
	if len(ds) == 0 {
		return nil
	}
	for i := range ds {
		if !leads(r.obj, ds[i].Path) {
			ds[i].Detail += " (The provider says that this is about " + pathText(ds[i].Path) + ", which does not exist.)"
			ds[i].Path = nil
		}
	}
	return r.redactor().diagnostics(ds)
}

// leads tells whether a path leads to an attribute, or into one.
func leads(obj *providers.Object, path cty.Path) bool {
	for len(path) > 0 {
		step, ok := path[0].(cty.GetAttrStep)
		if !ok || obj.Attributes[step.Name] == nil {
			return false
		}
		a := obj.Attributes[step.Name]
		if path = path[1:]; a.Nested == nil {
			_, err := path.Apply(cty.UnknownVal(a.Type))
			return err == nil || a.Type.HasDynamicTypes()
		}
		if obj = &a.Nested.Object; a.Nested.Nesting != providers.NestingSingle && len(path) > 0 {
			if _, ok := path[0].(cty.IndexStep); !ok {
				return false
			}
			path = path[1:]
		}
	}
	return true
}
