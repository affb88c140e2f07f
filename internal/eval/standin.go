package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
)

// standIn is a real provider without its outside world: schemas, what they check
// and what the provider plans are its own; what is there is what was applied, and
// what the case has observed.
type standIn struct {
	providers.Provider
	source string
	// observed are attributes of the object at an address that are not as they were
	// applied.
	target   string
	observed map[string]json.RawMessage
}

// Read returns what was applied, as it is now.
func (s *standIn) Read(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	if req.Address != s.target || len(s.observed) == 0 || req.State.IsNull() {
		return resp, nil
	}
	values := req.State.AsValueMap()
	for name, raw := range s.observed {
		was, there := values[name]
		if !there {
			return resp, fmt.Errorf("what is observed has %q, which %s has not", name, req.Type)
		}
		v, err := ctyjson.Unmarshal(raw, was.Type())
		if err != nil {
			return resp, fmt.Errorf("what is observed of %s: %w", name, err)
		}
		values[name] = v
	}
	resp.State = cty.ObjectVal(values)
	return resp, nil
}

// Configure has the provider look for an engine where there is none, which is as if
// it did not answer: no reason against a plan.
func (s *standIn) Configure(ctx context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	if s.source == "docker" {
		values := req.Config.AsValueMap()
		values["host"] = cty.StringVal("unix://" + filepath.Join(req.Project.Dir, "no-engine.sock"))
		req.Config = cty.ObjectVal(values)
	}
	return s.Provider.Configure(ctx, req)
}

// Plan asks the provider, but for git's, which would ask the remote.
func (s *standIn) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	if s.source == "git" {
		return providers.PlanResponse{Planned: req.Proposed}, nil
	}
	return s.Provider.(providers.Planner).Plan(ctx, req)
}

// Apply makes what was planned come true, in memory only.
func (s *standIn) Apply(_ context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	if req.Action == providers.Delete {
		return providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}, nil
	}
	made, err := cty.Transform(req.Planned, func(path cty.Path, v cty.Value) (cty.Value, error) {
		switch {
		case v.IsKnown():
			return v, nil
		case v.Type() == cty.String && len(path) == 1:
			return cty.StringVal(strings.Repeat("c10c", 10)), nil // an id, as engines and git give them
		}
		return cty.NullVal(v.Type()), nil
	})
	return providers.ApplyResponse{State: made, Private: req.Private}, err
}

// factory starts the stand-ins of one case.
type factory struct {
	c        *Case
	builtins map[string]func() providers.Provider

	mu      sync.Mutex
	started map[string]*standIn
	broken  bool // what is observed is there
}

// Schema implements providers.Factory.
func (f *factory) Schema(ctx context.Context, source string) (*providers.Schema, error) {
	p, err := f.Provider(ctx, source)
	if err != nil {
		return nil, err
	}
	schema, err := p.Schema(ctx)
	if err != nil {
		return nil, err
	}
	with := *schema
	with.Capabilities = providers.CapabilitiesOf(p.(*standIn).Provider)
	return &with, nil
}

// Provider implements providers.Factory.
func (f *factory) Provider(_ context.Context, source string) (providers.Provider, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := strings.TrimPrefix(source, "clockwork/")
	if f.started[name] == nil {
		start := f.builtins[name]
		if start == nil {
			return nil, fmt.Errorf("there is no provider %s", source)
		}
		s := &standIn{Provider: start(), source: name, target: f.c.Target}
		if f.broken {
			s.observed = f.c.Observed
		}
		f.started[name] = s
	}
	return f.started[name], nil
}

func (f *factory) close() {
	for _, s := range f.started {
		_ = s.Close() // it has opened nothing
	}
}
