package plugins

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/providers"
)

// ErrClosed is what a Manager returns once it is closed.
var ErrClosed = errors.New("providers are no longer started, because the program is ending")

// ManagerOptions say where providers come from.
type ManagerOptions struct {
	// Builtins make the built-in providers, by source ("clockwork/file").
	Builtins map[string]func() providers.Provider
	// Self is the executable that serves a built-in provider when it is started
	// with the arguments "plugin-serve NAME"; by default the running one.
	Self string
	// Places are where third parties' providers are looked for.
	Places Places
	// Lock says which of them may be started. Without one, none may but those
	// that an override names.
	Lock *LockFile
	// Environment names, by source, variables of the environment that a provider
	// gets beside what all get and its own, NAME_...; "*" stands for the rest of a
	// name. Those under "" are for all providers.
	Environment map[string][]string
	// Logger gets, at its debug level, what happens to processes and what they
	// write. By default it is lost.
	Logger *slog.Logger
	// InProcess makes the built-in providers run in this process.
	InProcess bool
	// AutoMTLS says whether the connection to a built-in provider has
	// certificates as one to a third party's has: by default only on Windows.
	AutoMTLS *bool
	// StartTimeout is how long a provider may take to start, by default 30
	// seconds, and CloseGrace how long it may take to end, by default 10.
	StartTimeout, CloseGrace time.Duration
	// Timeout is how long a provider may take for anything: to start, to answer, to
	// tell of its progress while it changes something, and to end. By default a
	// request may take 10 minutes, and a change an hour.
	Timeout time.Duration
}

// Manager starts providers when they are needed, and ends them all. It
// implements providers.Factory.
type Manager struct {
	opts ManagerOptions
	ctx  context.Context // ends when the manager is closed
	stop context.CancelFunc

	secrets conceal.Set

	mu      sync.Mutex
	closed  bool
	started map[string]*started
	schemas map[string]*builtinSchema
}

// started is a provider that has been started, or is being so.
type started struct {
	done     chan struct{} // closed when the rest is set
	provider providers.Provider
	err      error
}

// builtinSchema is the schema of a built-in provider.
type builtinSchema struct {
	once   sync.Once
	schema *providers.Schema
	err    error
}

// NewManager returns a manager, which starts nothing yet.
func NewManager(opts ManagerOptions) *Manager {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	all := cmp.Or(opts.Timeout, defaultChangeTimeout)
	opts.StartTimeout = cmp.Or(opts.StartTimeout, min(all, defaultStartTimeout))
	opts.CloseGrace = cmp.Or(opts.CloseGrace, min(all, defaultCloseGrace))
	if opts.AutoMTLS == nil {
		// Without unix sockets, everybody on the machine can connect.
		opts.AutoMTLS = new(runtime.GOOS == "windows")
	}
	m := &Manager{opts: opts, started: make(map[string]*started), schemas: make(map[string]*builtinSchema)}
	m.ctx, m.stop = context.WithCancel(context.Background())
	for source := range opts.Builtins {
		m.schemas[source] = &builtinSchema{}
	}
	return m
}

// Schema implements providers.Factory. For a built-in provider no process is
// started.
func (m *Manager) Schema(ctx context.Context, source string) (*providers.Schema, error) {
	s := m.schemas[source]
	if s == nil {
		p, err := m.Provider(ctx, source)
		if err != nil {
			return nil, err
		}
		return p.Schema(ctx)
	}
	s.once.Do(func() {
		p := m.opts.Builtins[source]()
		schema, err := p.Schema(m.ctx)
		err = errors.Join(err, p.Close())
		if err != nil {
			s.err = fmt.Errorf("the schema of provider %s: %w", source, err)
			return
		}
		filled := *schema
		filled.Capabilities = providers.CapabilitiesOf(p)
		s.schema = &filled
	})
	return s.schema, s.err
}

// Label is what messages call a provider: its source, and the version of one that
// is not built in.
func (m *Manager) Label(source string) string {
	if m.opts.Lock != nil {
		if p, ok := m.opts.Lock.Providers[source]; ok {
			return source + " " + p.Version
		}
	}
	return source
}

// Conceal keeps texts out of the log, and out of errors, whatever providers
// write.
func (m *Manager) Conceal(secrets ...string) { m.secrets.Add(secrets...) }

// Provider implements providers.Factory: it starts the provider, unless that
// has been done, and waits until it is ready. The provider is the manager's to
// close. A provider that could not be started, or whose process has ended,
// stays so: see Restart.
func (m *Manager) Provider(ctx context.Context, source string) (providers.Provider, error) {
	s, err := m.start(source)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.done:
		return s.provider, s.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for provider %s: %w", source, ctx.Err())
	}
}

// Start begins to start a provider and returns at once. What goes wrong is told
// by Provider.
func (m *Manager) Start(source string) { _, _ = m.start(source) }

// Restart starts a provider anew that could not be started, or whose process has
// ended. It has to be configured again. One that is well is returned as it is.
func (m *Manager) Restart(ctx context.Context, source string) (providers.Provider, error) {
	m.mu.Lock()
	if s := m.started[source]; s != nil && s.broken() {
		delete(m.started, source)
		if s.provider != nil {
			defer s.provider.Close() // cleans up; the process is gone
		}
	}
	m.mu.Unlock()
	return m.Provider(ctx, source)
}

// broken tells whether the provider was started and is of no use.
func (s *started) broken() bool {
	select {
	case <-s.done:
	default:
		return false
	}
	if s.err != nil {
		return true
	}
	r, ok := s.provider.(*running)
	if !ok {
		return false
	}
	select {
	case <-r.Done():
		return true
	default:
		return false
	}
}

func (m *Manager) start(source string) (*started, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	s := m.started[source]
	if s == nil {
		s = &started{done: make(chan struct{})}
		m.started[source] = s
		go func() {
			defer close(s.done)
			s.provider, s.err = m.launch(source)
		}()
	}
	return s, nil
}

func (m *Manager) launch(name string) (providers.Provider, error) {
	source, err := ParseSource(name)
	if err != nil {
		return nil, err
	}
	s := spec{
		source: name, name: source.Name, env: slices.Concat(m.opts.Environment[name], m.opts.Environment[""]), autoMTLS: true, timeout: m.opts.StartTimeout, grace: m.opts.CloseGrace,
		answer: cmp.Or(m.opts.Timeout, defaultTimeout), change: cmp.Or(m.opts.Timeout, defaultChangeTimeout),
		log: m.opts.Logger.With("provider", name), secrets: &m.secrets,
	}
	if source.Builtin() {
		build := m.opts.Builtins[name]
		switch {
		case build == nil:
			return nil, fmt.Errorf("there is no built-in provider %s; there are %s",
				name, strings.Join(slices.Sorted(maps.Keys(m.opts.Builtins)), ", "))
		case m.opts.InProcess:
			return build(), nil
		}
		if s.path, err = m.self(); err != nil {
			return nil, err
		}
		s.args, s.builtin, s.autoMTLS = []string{ServeCommand, source.Name}, true, *m.opts.AutoMTLS
	} else if path, ok, err := m.opts.Places.override(source); err != nil {
		return nil, err
	} else if ok {
		s.path, s.source = path, m.Label(name)
	} else if s.path, s.checksum, err = m.opts.Lock.executable(source, m.opts.Places); err != nil {
		return nil, err
	} else {
		s.source = m.Label(name)
	}
	r, err := launch(m.ctx, s)
	switch {
	case m.ctx.Err() != nil && err != nil:
		return nil, ErrClosed
	case err != nil:
		return nil, err // not as an interface that holds a nil
	}
	return r, nil
}

// ServeCommand is the hidden command with which the program serves a built-in
// provider, whose name follows.
const ServeCommand = "plugin-serve"

func (m *Manager) self() (string, error) {
	if m.opts.Self != "" {
		return m.opts.Self, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find our own executable, which serves the built-in providers: %w", err)
	}
	return path, nil
}

// Close ends all providers at once, and waits until every process is gone. One
// that does not end by itself within the grace is killed; requests that still
// run then fail. Nothing can be started any more.
func (m *Manager) Close() error {
	m.mu.Lock()
	m.closed = true
	all := slices.Collect(maps.Values(m.started))
	m.mu.Unlock()
	m.stop()
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, s := range all {
		wg.Go(func() {
			<-s.done
			if s.provider != nil {
				errs[i] = s.provider.Close()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Kill ends all providers at once, without asking them, and waits until every
// process is gone: for a person who does not want to wait. What they were in the
// middle of is cut short. Close is to be called afterwards as ever.
func (m *Manager) Kill() {
	m.mu.Lock()
	m.closed = true
	all := slices.Collect(maps.Values(m.started))
	m.mu.Unlock()
	m.stop() // which kills those that are being started
	for _, s := range all {
		<-s.done
		if r, ok := s.provider.(*running); ok {
			_ = r.process.Kill(context.Background())
			<-r.process.exited
		}
	}
}
