package memory

import (
	"context"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func (p *provider) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	c, err := p.begin(ctx, OpRead, req.Configuration, req.State.GetAttr("name").AsString())
	if err != nil {
		return providers.ReadResponse{}, err
	}
	defer c.leave()
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	if ds, err, failed := c.refused(); failed {
		resp.Diagnostics = ds
		return resp, err
	}
	resp.State, err = c.read(req.Type, req.State)
	return resp, err
}

// read looks at the world once more within a call.
func (c *call) read(typeName string, state cty.Value) (cty.Value, error) {
	switch typeName {
	case itemType:
		return c.readItem(state), nil
	case shelfType:
		return c.readShelf(state), nil
	}
	return cty.NilVal, unknownType(typeName)
}

func (p *provider) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	object, op := req.Planned, OpCreate
	switch req.Action {
	case providers.Update:
		op = OpUpdate
	case providers.Delete:
		object, op = req.Prior, OpDelete
	case providers.Restart:
		op = OpRestart
	}
	name := object.GetAttr("name").AsString()
	c, err := p.begin(ctx, op, req.Configuration, name)
	if err != nil && ctx.Err() != nil {
		// Nothing was done, so what there was before is what there is.
		left := req.Prior
		if req.Action == providers.Create {
			left = cty.NullVal(req.Planned.Type())
		}
		return providers.ApplyResponse{State: left, Private: req.Private, Diagnostics: diag.Errorf("Interrupted",
			"The %s of %q was interrupted before it began. Apply again.", req.Action, name)}, nil
	}
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	defer c.leave()
	req.Progress(req.Action.String() + " under way")
	switch {
	case req.Type == itemType && req.Action == providers.Create:
		return c.createItem(req)
	case req.Type == itemType && req.Action == providers.Update:
		return c.updateItem(req)
	case req.Type == itemType && req.Action == providers.Delete:
		return c.deleteItem(req)
	case req.Type == itemType && req.Action == providers.Restart:
		return c.restartItem(req)
	case req.Type == shelfType && req.Action == providers.Delete:
		return c.deleteShelf(req)
	case req.Type == shelfType:
		return c.putShelf(req)
	}
	return providers.ApplyResponse{}, unknownType(req.Type)
}

// Import takes the name as the id.
func (p *provider) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	ty, ok := p.types[req.Type]
	if !ok {
		return providers.ImportResponse{}, unknownType(req.Type)
	}
	c, err := p.begin(ctx, OpImport, req.Configuration, req.ID)
	if err != nil {
		return providers.ImportResponse{}, err
	}
	defer c.leave()
	resp := providers.ImportResponse{State: cty.NullVal(ty)}
	if ds, err, failed := c.refused(); failed {
		resp.Diagnostics = ds
		return resp, err
	}
	resp.State, err = c.read(req.Type, nothingOf(ty))
	return resp, err
}

// Recover finds what carries the intent.
func (p *provider) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	object := req.Planned
	if req.Action == providers.Delete {
		object = req.Prior
	}
	c, err := p.begin(ctx, OpRecover, req.Configuration, object.GetAttr("name").AsString())
	if err != nil {
		return providers.RecoverResponse{}, err
	}
	defer c.leave()
	resp := providers.RecoverResponse{State: req.Prior, Private: req.Private}
	if ds, err, failed := c.refused(); failed {
		resp.Diagnostics = ds
		return resp, err
	}
	intent, ready := c.marked(req.Type)
	if req.Action == providers.Create {
		if intent != req.Intent {
			// What has the name, if anything does, is not what was being made.
			return providers.RecoverResponse{State: cty.NullVal(req.Planned.Type())}, nil
		}
		resp.Tainted = !ready
	}
	was := req.Prior
	if intent == req.Intent && req.Action != providers.Delete {
		was = req.Planned
	}
	resp.State, err = c.read(req.Type, was)
	return resp, err
}

// marked returns the intent that an object carries, and whether it is whole.
func (c *call) marked(typeName string) (intent string, ready bool) {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	if item := c.store.items[c.key]; typeName == itemType && item != nil {
		return item.Intent, item.Ready
	}
	if shelf := c.store.shelves[c.key]; typeName == shelfType && shelf != nil {
		return shelf.Intent, true
	}
	return "", false
}

// nothingOf is an object all of whose attributes are null.
func nothingOf(ty cty.Type) cty.Value {
	attrs := map[string]cty.Value{}
	for name, at := range ty.AttributeTypes() {
		attrs[name] = cty.NullVal(at)
	}
	return cty.ObjectVal(attrs)
}

func unknownType(name string) error {
	return fmt.Errorf("memory provider: there is no type %q", name)
}
