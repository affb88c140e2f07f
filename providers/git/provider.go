package git

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// minimum is the oldest git that does all that is asked of it.
const minimum = "2.30"

// New makes a git provider. It is safe for concurrent use, and holds nothing
// open between calls.
func New() providers.Provider {
	p := &provider{schema: schema(), projects: map[string]string{}}
	p.schema.Capabilities = providers.CapabilitiesOf(p)
	p.ty = p.schema.Resources[repositoryType].Type()
	return p
}

type provider struct {
	schema *providers.Schema
	ty     cty.Type

	mu       sync.RWMutex
	projects map[string]string // the project's folder, by configuration
}

func (p *provider) Schema(context.Context) (*providers.Schema, error) { return p.schema, nil }

func (p *provider) Configure(_ context.Context, req providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	if !filepath.IsAbs(req.Project.Dir) {
		return providers.ConfigureResponse{}, fmt.Errorf("git provider: the project's folder %q is not an absolute path", req.Project.Dir)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.projects[req.Name] = filepath.Clean(req.Project.Dir)
	return providers.ConfigureResponse{}, nil
}

func (p *provider) Close() error { return nil }

// project returns the folder of the project that a target is in.
func (p *provider) project(t providers.Target) (string, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	dir, ok := p.projects[t.Configuration]
	switch {
	case !ok:
		return "", fmt.Errorf("git provider: configuration %q was never configured", t.Configuration)
	case t.Type != repositoryType:
		return "", fmt.Errorf("git provider: there is no type %q", t.Type)
	}
	return dir, nil
}

func (p *provider) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.ReadResponse{}, err
	}
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	abs, ds := placeOf(project, req.State)
	if resp.Diagnostics = ds; ds.HasErrors() {
		return resp, nil
	}
	resp.State, resp.Diagnostics = describe(ctx, project, abs, req.State, readPrivate(req.Private))
	return resp, ctx.Err()
}

// Validate checks what can be checked without looking at anything.
func (p *provider) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	var ds diagnostics
	if !known(req.Config) {
		return providers.ValidateResponse{}, nil
	}
	check := func(attribute string, f func(text string) diagnostics) {
		if req.Config.Type().HasAttribute(attribute) && known(req.Config.GetAttr(attribute)) {
			ds = append(ds, f(text(req.Config, attribute))...)
		}
	}
	check("ref", checkRef)
	if req.Kind == providers.KindResource {
		check("url", checkURL)
		check("path", checkPath)
		ds = append(ds, checkDepth(req.Config)...)
	}
	return providers.ValidateResponse{Diagnostics: ds}, nil
}

// depthOf is the depth of an object; 0 for all of the history.
func depthOf(object cty.Value) (int64, bool) {
	v := object.GetAttr("depth")
	if !known(v) {
		return 0, true
	}
	n, exact := v.AsBigFloat().Int64()
	return n, exact == 0 && n > 0 && n < 1<<31
}

func checkDepth(object cty.Value) diagnostics {
	if _, ok := depthOf(object); !ok {
		return about("depth", "Not a depth", "A depth is a whole number of commits, 1 or more. Correct it, or leave it out to have all of the history.")
	}
	return nil
}

// Apply makes one change.
func (p *provider) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	c := &change{ApplyRequest: req, project: project, object: req.Planned, left: req.Prior}
	switch req.Action {
	case providers.Create:
		c.left = cty.NullVal(p.ty)
		c.Private = nil
	case providers.Delete:
		c.object = req.Prior
	}
	abs, ds := placeOf(project, c.object)
	if ctx.Err() != nil {
		ds = append(ds, interrupted(req.Action)...)
	}
	if req.Action != providers.Delete {
		ds = append(ds, checkURL(text(c.object, "url"))...)
		if known(c.object.GetAttr("ref")) {
			ds = append(ds, checkRef(text(c.object, "ref"))...)
		}
		ds = append(ds, checkDepth(c.object)...)
	}
	if ds.HasErrors() {
		return c.failed(ds), nil
	}
	c.abs, c.location, c.was = abs, location(project, text(c.object, "url")), readPrivate(c.Private)
	switch req.Action {
	case providers.Create:
		return c.create(ctx), nil
	case providers.Update:
		return c.update(ctx), nil
	}
	return c.delete(ctx), nil
}

// change is one change under way.
type change struct {
	providers.ApplyRequest
	project  string
	abs      string
	object   cty.Value // what is planned, or deleted
	location string    // of the remote
	was      private   // what is remembered of it
	left     cty.Value // what is there when nothing was done
}

// failed is the answer when nothing was done.
func (c *change) failed(ds diagnostics) providers.ApplyResponse {
	return providers.ApplyResponse{State: c.left, Private: c.Private, Diagnostics: ds}
}

// done is the answer when all was.
func (c *change) done(p private) providers.ApplyResponse {
	now := objects.Edit(c.object)
	now.Set("abs_path", cty.StringVal(c.abs))
	now.Set("commit", cty.StringVal(p.Commit))
	now.Set("branch", textOrNull(p.branch()))
	now.Set("local_changes", texts(nil))
	return providers.ApplyResponse{State: now.Value(), Private: p.bytes()}
}
