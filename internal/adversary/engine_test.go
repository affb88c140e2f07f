package adversary

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
)

// engine is what a container engine has, and what it says of a container. It
// counts what it is asked to do.
type engine struct {
	// well tells whether a container does what it is for; nil says that none does.
	well func(container cty.Value) bool
	// What is said of any container.
	says  string // by its assert
	found providers.DiagnoseResponse

	mu      sync.Mutex
	objects map[string]cty.Value // by address
	applied []string
}

// real is what of the docker provider reaches no engine.
type real interface {
	providers.Provider
	providers.Planner
}

// provider is the docker provider, with another engine.
type provider struct {
	real
	engine *engine
}

func (e *engine) provider() providers.Provider {
	return &provider{docker.New().(real), e}
}

func (p *provider) Read(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	p.engine.mu.Lock()
	defer p.engine.mu.Unlock()
	now, there := p.engine.objects[req.Address]
	if !there {
		now = cty.NullVal(req.State.Type())
	}
	return providers.ReadResponse{State: now, Private: req.Private}, nil
}

func (p *provider) Apply(_ context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	e := p.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	e.applied = append(e.applied, fmt.Sprintf("%s %s", req.Action, req.Address))
	if req.Action == providers.Delete {
		delete(e.objects, req.Address)
		return providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}, nil
	}
	now, err := cty.Transform(req.Planned, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		switch ty := v.Type(); {
		case v.IsKnown():
			return v, nil
		case ty == cty.String:
			return cty.StringVal("made"), nil
		case ty == cty.Number:
			return cty.Zero, nil
		case ty.IsMapType():
			return cty.MapValEmpty(ty.ElementType()), nil
		case ty.IsListType():
			return cty.ListValEmpty(ty.ElementType()), nil
		default:
			return cty.NullVal(ty), nil
		}
	})
	if err != nil {
		return providers.ApplyResponse{State: cty.NullVal(req.Planned.Type())}, err
	}
	if e.objects == nil {
		e.objects = map[string]cty.Value{}
	}
	e.objects[req.Address] = now
	return providers.ApplyResponse{State: now}, nil
}

func (p *provider) Check(_ context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	p.engine.mu.Lock()
	defer p.engine.mu.Unlock()
	if now, there := p.engine.objects[req.Address]; there && p.engine.well != nil && p.engine.well(now) {
		return providers.CheckResponse{Outcome: providers.Pass}, nil
	}
	return providers.CheckResponse{Outcome: providers.Fail, Message: p.engine.says}, nil
}

func (p *provider) Diagnose(context.Context, providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	p.engine.mu.Lock()
	defer p.engine.mu.Unlock()
	found := p.engine.found
	found.Facts, found.Logs = maps.Clone(found.Facts), slices.Clone(found.Logs)
	return found, nil
}

// calls are what was applied so far.
func (e *engine) calls() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.applied)
}

// world is all that there is, as text.
func (e *engine) world(t testing.TB) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]json.RawMessage{}
	for address, v := range e.objects {
		raw, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			t.Fatal(err)
		}
		all[address] = raw
	}
	raw, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// schemaOf is the real schema of a type.
func schemaOf(t testing.TB, typ string) *providers.Object {
	t.Helper()
	s, err := docker.New().Schema(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return &s.Resources[typ].Object
}
