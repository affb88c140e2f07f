package plugins

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Executable says which program to start as a provider.
type Executable struct {
	Path string
	// Name is what messages call it; by default the file's name.
	Name string
	// Environment names variables that it gets, as for a Manager.
	Environment []string
	// Timeout is how long it may take for one request, by default as for a
	// Manager.
	Timeout time.Duration
	// Logger gets what it writes, as for a Manager.
	Logger *slog.Logger
}

// Start starts an executable as a Manager starts a third party's provider, but
// without a lock file that allows it: for its author, who tests it. Closing the
// provider ends the process.
func (e Executable) Start(ctx context.Context) (providers.Provider, error) {
	path, err := filepath.Abs(e.Path)
	if err != nil {
		return nil, fmt.Errorf("find the executable %s: %w", e.Path, err)
	}
	if e.Name == "" {
		e.Name = filepath.Base(path)
	}
	if e.Logger == nil {
		e.Logger = slog.New(slog.DiscardHandler)
	}
	r, err := launch(ctx, spec{
		source: e.Name, name: nameOf(path), path: path, env: e.Environment, autoMTLS: true, timeout: defaultStartTimeout, grace: defaultCloseGrace,
		answer: cmp.Or(e.Timeout, defaultTimeout), change: cmp.Or(e.Timeout, defaultChangeTimeout),
		log: e.Logger.With("provider", e.Name), secrets: new(conceal.Set),
	})
	if err != nil {
		return nil, err // not as an interface that holds a nil
	}
	return r, nil
}
