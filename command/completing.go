package command

import (
	"context"
	"sync"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/diag"
)

// completing is what asks a model, made when something is to be asked: most plans have
// nothing to complete, and then no setting of it is looked at, and no key read.
type completing struct {
	make func() (ask.Completer, diag.Diagnostics)

	once      sync.Once
	completer ask.Completer
	err       *ask.Error
	diags     diag.Diagnostics // warnings
}

// Ask implements ask.Completer.
func (c *completing) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	c.once.Do(c.begin)
	if c.err != nil {
		return ask.Reply{}, c.err
	}
	return c.completer.Ask(ctx, q)
}

func (c *completing) begin() {
	made, ds := c.make()
	switch {
	case ds.HasErrors():
		c.err = &ask.Error{Reason: ask.NotPermitted, Detail: ds[0].Detail}
	case made == nil && len(ds) > 0:
		c.err = &ask.Error{Reason: ask.NotConfigured, Detail: ds[0].Detail}
	case made == nil:
		c.err = &ask.Error{Reason: ask.NotConfigured}
	default:
		c.completer, c.diags = made, ds
	}
}

// warnings are what there is to say of the settings, once nothing is asked any more.
func (c *completing) warnings() diag.Diagnostics { return c.diags }

// completing returns what asks the project's model.
func (p *project) completing() *completing {
	return &completing{make: func() (ask.Completer, diag.Diagnostics) { return p.env.runCompleter(p.settings, p.config) }}
}

// modelName is what the model is called that completes, "" when none is set up.
func (p *project) modelName() string {
	if name := p.settings.get(settingModel); name != "" {
		return name
	}
	return completionBlock(p.config).Model
}
