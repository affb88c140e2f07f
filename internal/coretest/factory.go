package coretest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/clockwork-hcl/clockwork/providers"
)

// factory gives a project's providers in this process.
type factory struct {
	builtin map[string]func() providers.Provider

	mu      sync.Mutex
	started map[string]providers.Provider
}

// providers returns a factory that has started nothing yet; what it starts is
// closed with the test.
func (p *Project) providers() providers.Factory {
	f := &factory{builtin: p.Builtin, started: map[string]providers.Provider{}}
	p.Cleanup(func() {
		for name, provider := range f.started {
			if err := provider.Close(); err != nil {
				p.Errorf("closing the provider %s: %v", name, err)
			}
		}
	})
	return f
}

// Schema implements providers.Factory.
func (f *factory) Schema(ctx context.Context, source string) (*providers.Schema, error) {
	provider, err := f.Provider(ctx, source)
	if err != nil {
		return nil, err
	}
	s, err := provider.Schema(ctx)
	if err != nil {
		return nil, err
	}
	with := *s
	with.Capabilities = providers.CapabilitiesOf(provider)
	return &with, nil
}

// Provider implements providers.Factory.
func (f *factory) Provider(_ context.Context, source string) (providers.Provider, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := strings.TrimPrefix(source, "clockwork/")
	if f.started[name] == nil {
		start := f.builtin[name]
		if start == nil {
			return nil, fmt.Errorf("there is no provider %s", source)
		}
		f.started[name] = start()
	}
	return f.started[name], nil
}
