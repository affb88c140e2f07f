package command

import (
	"context"
	"sync"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/diag"
)

// lazyCompleter makes what asks a model when something is to be asked: most plans
// have nothing to complete, and then no setting of it is looked at.
type lazyCompleter struct{ make func() (ask.Completer, error) }

// newLazyCompleter returns one that calls make once.
func newLazyCompleter(make func() (ask.Completer, diag.Diagnostics)) lazyCompleter {
	return lazyCompleter{sync.OnceValues(func() (ask.Completer, error) {
		c, ds := make()
		if ds.HasErrors() {
			return nil, &ask.Error{Reason: ask.NotPermitted, Detail: ds[0].Detail}
		}
		if c == nil {
			return nil, &ask.Error{Reason: ask.NotConfigured}
		}
		return c, nil
	})}
}

// Ask implements ask.Completer.
func (l lazyCompleter) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	c, err := l.make()
	if err != nil {
		return ask.Reply{}, err
	}
	return c.Ask(ctx, q)
}
