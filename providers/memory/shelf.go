package memory

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func shelfValue(shelf *Shelf) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"name":     cty.StringVal(shelf.Name),
		"capacity": cty.NumberIntVal(int64(shelf.Capacity)),
		"id":       cty.StringVal(shelf.ID),
	})
}

func (c *call) readShelf(state cty.Value) cty.Value {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	shelf := c.store.shelves[c.key]
	if shelf == nil {
		return cty.NullVal(state.Type())
	}
	return shelfValue(shelf)
}

// putShelf creates or updates.
func (c *call) putShelf(req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.shelves[c.key]
	resp := providers.ApplyResponse{State: cty.NullVal(req.Planned.Type())}
	if old != nil && req.Action == providers.Update {
		resp.State = shelfValue(old)
	}
	if ds, err, failed := c.refused(); failed {
		resp.Diagnostics = ds
		return resp, err
	}
	capacity, _ := req.Planned.GetAttr("capacity").AsBigFloat().Int64()
	shelf := &Shelf{Name: c.key.name, Capacity: int(capacity), Intent: req.Intent}
	switch {
	case req.Action == providers.Create && old != nil:
		resp.Diagnostics = attrDiag("name", "Shelf already exists",
			"There is already a shelf named %q that is not managed here. Choose another name, or import it.", c.key.name)
		return resp, nil
	case req.Action == providers.Update && old == nil:
		resp.Diagnostics = diag.Errorf("Shelf is gone",
			"Shelf %q has been removed since the plan was made. Plan again.", c.key.name)
		return resp, nil
	case shelf.Capacity > 0 && s.itemsOn(c.key) > shelf.Capacity:
		resp.Diagnostics = attrDiag("capacity", "Shelf holds more",
			"Shelf %q holds %d items. Remove some first, or give it more capacity.", c.key.name, s.itemsOn(c.key))
		return resp, nil
	case old != nil:
		shelf.ID = old.ID
	default:
		shelf.ID = s.newID("shelf")
	}
	s.setShelf(c.key, shelf)
	ds, err, _ := c.failed(After)
	return providers.ApplyResponse{State: shelfValue(shelf), Diagnostics: ds}, err
}

func (c *call) deleteShelf(req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	ds, err, failed := c.refused()
	if n := s.itemsOn(c.key); !failed && n > 0 && s.shelves[c.key] != nil {
		ds, failed = diag.Errorf("Shelf is not empty",
			"Shelf %q still holds %d items. Remove them first.", c.key.name, n), true
	}
	if failed {
		return providers.ApplyResponse{State: req.Prior, Diagnostics: ds}, err
	}
	s.deleteShelf(c.key)
	ds, err, _ = c.failed(After)
	return providers.ApplyResponse{State: cty.NullVal(req.Prior.Type()), Diagnostics: ds}, err
}
