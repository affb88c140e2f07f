package file

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/watch"
	"github.com/clockwork-hcl/clockwork/providers"
)

// New makes a file provider. It is safe for concurrent use. What it holds open
// between calls is the one watcher of folders, once it was needed.
func New() providers.Provider {
	p := &provider{
		schema:   schema(),
		types:    map[string]cty.Type{},
		projects: map[string]string{},
		folders:  newFolders(),
		accounts: &accounts{},
		watching: watch.New(watch.Options{}),
	}
	p.schema.Capabilities = providers.CapabilitiesOf(p)
	for name, t := range p.schema.Resources {
		p.types[name] = t.Type()
	}
	return p
}

type provider struct {
	schema   *providers.Schema
	types    map[string]cty.Type // of the resources
	folders  *folders
	accounts *accounts
	watching *watch.Watcher // serves every Watch

	mu       sync.RWMutex
	projects map[string]string // the project's folder, by configuration
}

func (p *provider) Schema(context.Context) (*providers.Schema, error) { return p.schema, nil }

func (p *provider) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	if !filepath.IsAbs(req.Project.Dir) {
		return providers.ConfigureResponse{}, fmt.Errorf("file provider: the project's folder %q is not an absolute path", req.Project.Dir)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.projects[req.Name] = filepath.Clean(req.Project.Dir)
	return providers.ConfigureResponse{}, nil
}

func (p *provider) Close() error { return p.watching.Close() }

// project returns the folder of the project that a configuration is for.
func (p *provider) project(configuration string) (string, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	dir, ok := p.projects[configuration]
	if !ok {
		return "", fmt.Errorf("file provider: configuration %q was never configured", configuration)
	}
	return dir, nil
}

func (p *provider) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	if err := ctx.Err(); err != nil {
		return providers.ReadResponse{}, err
	}
	abs, ds := placeOf(project, req.State)
	resp := providers.ReadResponse{State: req.State, Private: req.Private, Diagnostics: ds}
	if ds.HasErrors() {
		return resp, nil
	}
	resp.State, resp.Diagnostics, err = p.describe(ctx, req.Type, abs, req.State)
	return resp, err
}

// describe looks at what is at a path, in the words of what is known of it.
func (p *provider) describe(ctx context.Context, typeName, abs string, was cty.Value) (cty.Value, diagnostics, error) {
	switch typeName {
	case fileType, templateType:
		return p.describeFile(ctx, typeName, abs, was)
	case directoryType:
		state, ds := p.describeDirectory(abs, was)
		return state, ds, nil
	}
	return cty.NilVal, nil, unknownType(typeName)
}

func (p *provider) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	object, left := req.Planned, req.Prior
	switch req.Action {
	case providers.Create:
		left = cty.NullVal(req.Planned.Type())
	case providers.Delete:
		object = req.Prior
	}
	abs, ds := placeOf(project, object)
	if ctx.Err() != nil {
		ds = append(ds, interrupted(req.Action)...)
	}
	if ds.HasErrors() {
		return providers.ApplyResponse{State: left, Private: req.Private, Diagnostics: ds}, nil
	}
	change := &change{provider: p, ApplyRequest: req, project: project, abs: abs, left: left}
	switch {
	case req.Type == directoryType && req.Action == providers.Delete:
		return change.deleteDirectory(), nil
	case req.Type == directoryType:
		return change.putDirectory(), nil
	case req.Type != fileType && req.Type != templateType:
		return providers.ApplyResponse{}, unknownType(req.Type)
	case req.Action == providers.Delete:
		return change.deleteFile(), nil
	}
	return change.putFile(ctx), nil
}

// change is one change under way.
type change struct {
	*provider
	providers.ApplyRequest
	project string
	abs     string
	left    cty.Value // what is there when nothing was done
}

// failed is the answer when nothing was done.
func (c *change) failed(ds diagnostics) providers.ApplyResponse {
	return providers.ApplyResponse{State: c.left, Private: c.Private, Diagnostics: ds}
}

func unknownType(name string) error {
	return fmt.Errorf("file provider: there is no type %q", name)
}
