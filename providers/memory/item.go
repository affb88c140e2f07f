package memory

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func (c *call) readItem(state cty.Value) cty.Value {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	item := c.store.items[c.key]
	if item == nil {
		return cty.NullVal(state.Type())
	}
	return itemValue(item, state)
}

func (c *call) createItem(req providers.ApplyRequest) (providers.ApplyResponse, error) {
	none := providers.ApplyResponse{State: cty.NullVal(req.Planned.Type())}
	if ds, err, failed := c.failed(Before); failed {
		none.Diagnostics = ds
		return none, err
	}
	item := itemOf(req.Planned)

	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items[c.key] != nil {
		none.Diagnostics = attrDiag("name", "Item already exists",
			"There is already an item named %q that is not managed here. Choose another name, or import it.", item.Name)
		return none, nil
	}
	if item.Shelf != "" {
		at := key{c.key.namespace, item.Shelf}
		shelf := s.shelves[at]
		if shelf == nil {
			none.Diagnostics = attrDiag("shelf", "No such shelf", "There is no shelf named %q. Make it first.", item.Shelf)
			return none, nil
		}
		if shelf.Capacity > 0 && s.itemsOn(at) >= shelf.Capacity {
			none.Diagnostics = attrDiag("shelf", "Shelf is full",
				"Shelf %q holds %d items already. Give it more capacity, or choose another.", item.Shelf, shelf.Capacity)
			return none, nil
		}
	}
	item.ID, item.Revision, item.Intent = s.newID("item"), 1, req.Intent
	ds, err, half := c.failed(HalfWay)
	item.Ready = !half
	s.setItem(c.key, item)
	if !half {
		ds, err, _ = c.failed(After)
	}
	return providers.ApplyResponse{State: itemValue(item, req.Planned), Tainted: half, Diagnostics: ds}, err
}

func (c *call) updateItem(req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.items[c.key]
	if old == nil {
		return providers.ApplyResponse{
			State:       cty.NullVal(req.Planned.Type()),
			Diagnostics: itemGone(c.key.name),
		}, nil
	}
	left := func(ds diag.Diagnostics, err error) (providers.ApplyResponse, error) {
		return providers.ApplyResponse{State: itemValue(old, req.Prior), Private: req.Private, Diagnostics: ds}, err
	}
	if ds, err, failed := c.failed(Before); failed {
		return left(ds, err)
	}
	item := itemOf(req.Planned)
	item.ID, item.Revision, item.Intent, item.Ready = old.ID, old.Revision+1, req.Intent, true
	if ds, err, failed := c.failed(HalfWay); failed {
		old = old.clone()
		old.Value, old.Revision = item.Value, item.Revision
		s.setItem(c.key, old)
		return left(ds, err)
	}
	s.setItem(c.key, item)
	ds, err, _ := c.failed(After)
	return providers.ApplyResponse{State: itemValue(item, req.Planned), Private: req.Private, Diagnostics: ds}, err
}

func (c *call) deleteItem(req providers.ApplyRequest) (providers.ApplyResponse, error) {
	if ds, err, failed := c.refused(); failed {
		return providers.ApplyResponse{State: req.Prior, Private: req.Private, Diagnostics: ds}, err
	}
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	c.store.deleteItem(c.key) // one that is gone is as good as deleted
	ds, err, _ := c.failed(After)
	return providers.ApplyResponse{State: cty.NullVal(req.Prior.Type()), Diagnostics: ds}, err
}

func (c *call) restartItem(req providers.ApplyRequest) (providers.ApplyResponse, error) {
	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items[c.key] == nil {
		return providers.ApplyResponse{State: cty.NullVal(req.Planned.Type()), Diagnostics: itemGone(c.key.name)}, nil
	}
	item := s.items[c.key].clone()
	resp := providers.ApplyResponse{State: itemValue(item, req.Prior), Private: req.Private}
	if ds, err, failed := c.refused(); failed {
		resp.Diagnostics = ds
		return resp, err
	}
	item.Restarts++
	item.Intent = req.Intent
	s.setItem(c.key, item)
	ds, err, _ := c.failed(After)
	resp.Diagnostics = ds
	return resp, err
}

func itemGone(name string) diag.Diagnostics {
	return diag.Errorf("Item is gone", "Item %q has been removed since the plan was made. Plan again.", name)
}
