package docker

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// New makes a Docker provider. It is safe for concurrent use; engines are
// dialled when they are first needed.
func New() providers.Provider {
	p := &provider{
		resources: map[string]resourceType{
			containerType:    containers{},
			"docker_image":   imageType{},
			"docker_network": networkType{},
			"docker_volume":  volumeType{},
		},
		data:    dataTypes(),
		configs: map[string]*configuration{},
	}
	p.schema = &providers.Schema{
		Provider:  settingsObject(),
		Resources: map[string]*providers.ResourceType{},
		Data:      map[string]*providers.DataType{},
		Asserts:   assertTypes(),
	}
	for name, t := range p.resources {
		p.schema.Resources[name] = t.schema()
	}
	for name, t := range p.data {
		p.schema.Data[name] = &providers.DataType{Object: t.object, CustomValidate: t.validate != nil}
	}
	p.schema.Capabilities = providers.CapabilitiesOf(p)
	return p
}

// resourceType is what each type of resource does. The methods are called with
// what the contract in package providers says of their namesakes; what they
// return in an error is that the call itself did not work.
type resourceType interface {
	schema() *providers.ResourceType
	// validate must not reach out. Any value may be unknown.
	validate(config cty.Value) diagnostics
	plan(ctx context.Context, s scope, req providers.PlanRequest) (providers.PlanResponse, error)
	read(ctx context.Context, s scope, req providers.ReadRequest) (providers.ReadResponse, error)
	create(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error)
	update(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error)
	remove(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error)
	recover(ctx context.Context, s scope, req providers.RecoverRequest) (providers.RecoverResponse, error)
	// load imports.
	load(ctx context.Context, s scope, id string) (providers.ImportResponse, error)
}

// restarter is a resourceType whose schema says Restartable.
type restarter interface {
	restart(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error)
}

// dataType is one type of data source.
type dataType struct {
	object   providers.Object
	validate func(config cty.Value) diagnostics // nil when the schema says everything
	read     func(ctx context.Context, s scope, config cty.Value) (cty.Value, diagnostics, error)
}

type provider struct {
	schema    *providers.Schema
	resources map[string]resourceType
	data      map[string]dataType

	mu      sync.RWMutex
	configs map[string]*configuration
}

// configuration is one configuration of the provider.
type configuration struct {
	engine  *engine
	project providers.Project
	names   *names
	images  *claims
}

// scope is what a call is about.
type scope struct {
	*configuration
	target providers.Target
}

func (p *provider) Schema(context.Context) (*providers.Schema, error) { return p.schema, nil }

func (p *provider) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	if !filepath.IsAbs(req.Project.Dir) {
		return providers.ConfigureResponse{}, fmt.Errorf("docker provider: the project's folder %q is not an absolute path", req.Project.Dir)
	}
	set, ds := settingsOf(req.Config, req.Project.Dir)
	if ds.HasErrors() {
		return providers.ConfigureResponse{Diagnostics: ds}, nil
	}
	p.mu.Lock()
	old := p.configs[req.Name]
	if old != nil && old.project == req.Project && reflect.DeepEqual(old.engine.settings, set) {
		p.mu.Unlock()
		return providers.ConfigureResponse{Diagnostics: ds}, nil // what uses it goes on
	}
	made := &configuration{engine: newEngine(set), project: req.Project, names: &names{}, images: &claims{}}
	if old != nil { // a plan comes before its apply
		made.names, made.images = old.names, old.images
	}
	p.configs[req.Name] = made
	p.mu.Unlock()
	if old != nil {
		old.engine.close()
	}
	return providers.ConfigureResponse{Diagnostics: ds}, nil
}

func (p *provider) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.configs {
		c.engine.close()
	}
	return nil
}

func (p *provider) scope(t providers.Target) (scope, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	c := p.configs[t.Configuration]
	if c == nil {
		return scope{}, fmt.Errorf("docker provider: configuration %q was never configured", t.Configuration)
	}
	return scope{configuration: c, target: t}, nil
}

// at finds what a request about a resource is about.
func (p *provider) at(t providers.Target) (scope, resourceType, error) {
	s, err := p.scope(t)
	if err != nil {
		return s, nil, err
	}
	r := p.resources[t.Type]
	if r == nil {
		return s, nil, fmt.Errorf("docker provider: there is no type %q", t.Type)
	}
	return s, r, nil
}

func (p *provider) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	if !known(req.Config) {
		return providers.ValidateResponse{}, nil
	}
	switch req.Kind {
	case providers.KindProvider:
		return providers.ValidateResponse{Diagnostics: checkSettings(req.Config)}, nil
	case providers.KindAssert:
		return providers.ValidateResponse{Diagnostics: checkAssert(req.Type, req.Config)}, nil
	case providers.KindData:
		if t := p.data[req.Type]; t.validate != nil {
			return providers.ValidateResponse{Diagnostics: t.validate(req.Config)}, nil
		}
	case providers.KindResource:
		if r := p.resources[req.Type]; r != nil {
			return providers.ValidateResponse{Diagnostics: r.validate(req.Config)}, nil
		}
	}
	return providers.ValidateResponse{}, nil
}

func (p *provider) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	s, r, err := p.at(req.Target)
	if err != nil {
		return providers.PlanResponse{}, err
	}
	return r.plan(ctx, s, req)
}

func (p *provider) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	s, r, err := p.at(req.Target)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	return r.read(ctx, s, req)
}

func (p *provider) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s, r, err := p.at(req.Target)
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	if ctx.Err() != nil {
		return unchanged(req, interrupted(req.Action)), nil
	}
	switch req.Action {
	case providers.Create:
		return r.create(ctx, s, req)
	case providers.Update:
		return r.update(ctx, s, req)
	case providers.Restart:
		if r, ok := r.(restarter); ok {
			return r.restart(ctx, s, req)
		}
		return providers.ApplyResponse{}, fmt.Errorf("docker provider: a %s cannot be restarted", req.Type)
	}
	return r.remove(ctx, s, req)
}

// unchanged is the answer to an Apply that did nothing.
func unchanged(req providers.ApplyRequest, ds diagnostics) providers.ApplyResponse {
	left := req.Prior
	if req.Action == providers.Create {
		left = cty.NullVal(req.Planned.Type())
	}
	return providers.ApplyResponse{State: left, Private: req.Private, Diagnostics: ds}
}

func (p *provider) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	s, r, err := p.at(req.Target)
	if err != nil {
		return providers.RecoverResponse{}, err
	}
	return r.recover(ctx, s, req)
}

func (p *provider) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	s, r, err := p.at(req.Target)
	if err != nil {
		return providers.ImportResponse{}, err
	}
	return r.load(ctx, s, req.ID)
}

func (p *provider) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.DataResponse{}, err
	}
	t, ok := p.data[req.Type]
	if !ok {
		return providers.DataResponse{}, fmt.Errorf("docker provider: there is no data source %q", req.Type)
	}
	state, ds, err := t.read(ctx, s, req.Config)
	return providers.DataResponse{State: state, Diagnostics: ds}, err
}
