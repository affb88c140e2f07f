package applecontainer

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// New makes a provider of Apple's containers. It is safe for concurrent use,
// and starts nothing before a container needs it.
func New() providers.Provider { return newOn(runtime.GOOS) }

// newOn makes one as on another system.
func newOn(goos string) *provider {
	p := &provider{schema: schema(), goos: goos, configs: map[string]*configuration{}}
	p.ty = p.schema.Resources[containerType].Type()
	p.schema.Capabilities = providers.CapabilitiesOf(p)
	return p
}

type provider struct {
	schema *providers.Schema
	ty     cty.Type // of a container
	goos   string

	mu      sync.RWMutex
	configs map[string]*configuration
}

// configuration is one configuration of the provider.
type configuration struct {
	*cli
	project providers.Project
}

// scope is what a call is about.
type scope struct {
	*configuration
	target providers.Target
	ty     cty.Type
}

func (p *provider) Schema(context.Context) (*providers.Schema, error) { return p.schema, nil }

func (p *provider) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	if !filepath.IsAbs(req.Project.Dir) {
		return providers.ConfigureResponse{}, fmt.Errorf("applecontainer provider: the project's folder %q is not an absolute path", req.Project.Dir)
	}
	c := &cli{goos: p.goos, dir: req.Project.Dir, slots: make(chan struct{}, atOnce)}
	if known(req.Config) {
		command := req.Config.GetAttr("command")
		c.command, c.later = textOf(command), !command.IsKnown()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.configs[req.Name] = &configuration{cli: c, project: req.Project}
	return providers.ConfigureResponse{}, nil
}

func (p *provider) Close() error { return nil }

// scope finds what a call about a container is about.
func (p *provider) scope(t providers.Target) (scope, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c := p.configs[t.Configuration]
	switch {
	case c == nil:
		return scope{}, fmt.Errorf("applecontainer provider: configuration %q was never configured", t.Configuration)
	case t.Type != containerType:
		return scope{}, fmt.Errorf("applecontainer provider: there is no type %q", t.Type)
	}
	return scope{configuration: c, target: t, ty: p.ty}, nil
}

// Plan says that there can be no container, before anything is done, and what
// its id will be. It looks for the command only where one is to be made: what
// exists has been read already.
func (p *provider) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.PlanResponse{}, err
	}
	resp := providers.PlanResponse{Planned: req.Proposed}
	if req.Prior.IsNull() {
		if resp.Diagnostics = s.ready(ctx); resp.Diagnostics.HasErrors() {
			return resp, nil
		}
	}
	if name := req.Proposed.GetAttr("name"); known(name) {
		attrs := req.Proposed.AsValueMap()
		attrs["id"] = name
		resp.Planned = cty.ObjectVal(attrs)
	}
	return resp, nil
}

func (p *provider) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	if resp.Diagnostics = s.unsupported(); resp.Diagnostics != nil {
		return resp, nil
	}
	f, err := s.find(ctx, textOf(req.State.GetAttr("name")))
	switch {
	case err != nil:
		resp.Diagnostics = s.failure(ctx, "Cannot read container", "Looking for the container", err)
	case !isOurs(f, req.Private):
		resp.State = cty.NullVal(s.ty)
	default:
		resp.State = s.describe(f, req.State)
	}
	return resp, nil
}

func (p *provider) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	c := change{scope: s, ApplyRequest: req, left: req.Prior}
	if req.Action == providers.Create {
		c.left = cty.NullVal(s.ty)
	}
	if ds := s.unsupported(); ds != nil {
		return c.failed(ds), nil
	}
	if ctx.Err() != nil {
		return c.failed(interrupted(req.Action)), nil
	}
	switch req.Action {
	case providers.Create:
		return c.create(ctx)
	case providers.Update, providers.Restart:
		return c.update(ctx)
	}
	return c.remove(ctx)
}
