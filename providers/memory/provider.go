package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Options say how a provider is made.
type Options struct {
	// Store is the world. Nil makes a new one, which only this provider sees.
	Store *Store
}

// New makes a provider. It is safe for concurrent use, and has every optional
// capability.
func New(opts Options) providers.Provider {
	p := &provider{store: opts.Store, schema: schema(), types: map[string]cty.Type{}}
	if p.store == nil {
		p.store = &Store{}
	}
	p.schema.Capabilities = providers.CapabilitiesOf(p)
	for name, t := range p.schema.Resources {
		p.types[name] = t.Type()
	}
	return p
}

type provider struct {
	store  *Store
	schema *providers.Schema
	types  map[string]cty.Type // of the resources

	mu         sync.RWMutex
	namespaces map[string]string // by configuration
}

func (p *provider) Schema(context.Context) (*providers.Schema, error) { return p.schema, nil }

func (p *provider) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	namespace := DefaultNamespace
	if v := req.Config.GetAttr("namespace"); v.IsKnown() && !v.IsNull() {
		namespace = v.AsString()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.namespaces == nil {
		p.namespaces = map[string]string{}
	}
	p.namespaces[req.Name] = namespace
	return providers.ConfigureResponse{}, nil
}

func (p *provider) Close() error { return nil }

// namespace returns where a configuration keeps its objects. A configuration
// that was never made known is a bug of the caller.
func (p *provider) namespace(configuration string) (string, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	ns, ok := p.namespaces[configuration]
	if !ok {
		return "", fmt.Errorf("memory provider: configuration %q was never configured", configuration)
	}
	return ns, nil
}

// call is one request about one object, begun in the world.
type call struct {
	store *Store
	key   key
	fault *Fault
	leave func()
}

// begin finds out what t and name are about, and begins a call of op.
func (p *provider) begin(ctx context.Context, op Op, configuration, name string) (*call, error) {
	ns, err := p.namespace(configuration)
	if err != nil {
		return nil, err
	}
	fault, leave, err := p.store.enter(ctx, op, name)
	if err != nil {
		leave()
		return nil, err
	}
	return &call{store: p.store, key: key{ns, name}, fault: fault, leave: leave}, nil
}

// failed tells whether the call is to fail at a moment, and how.
func (c *call) failed(when When) (diag.Diagnostics, error, bool) {
	if c.fault == nil || c.fault.When != when {
		return nil, nil, false
	}
	if c.fault.Err != nil {
		return nil, c.fault.Err, true
	}
	detail := c.fault.Message
	if detail == "" {
		detail = "The store was told to fail."
	}
	return diag.Errorf("Store failure", "%s Try again.", detail), nil, true
}

// refused is failed for a call that has no middle.
func (c *call) refused() (diag.Diagnostics, error, bool) {
	if ds, err, failed := c.failed(Before); failed {
		return ds, err, true
	}
	return c.failed(HalfWay)
}

// attrDiag is an error about one attribute.
func attrDiag(attribute, summary, detail string, args ...any) diag.Diagnostics {
	ds := diag.Errorf(summary, detail, args...)
	ds[0].Path = cty.GetAttrPath(attribute)
	return ds
}
