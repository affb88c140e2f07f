package memory

import (
	"context"
	"maps"
	"time"
)

// Op names a call of the provider, as far as it touches the world.
type Op string

// The operations.
const (
	OpCreate   Op = "create"
	OpUpdate   Op = "update"
	OpDelete   Op = "delete"
	OpRestart  Op = "restart"
	OpRead     Op = "read"
	OpImport   Op = "import"
	OpData     Op = "data"
	OpCheck    Op = "check"
	OpDiagnose Op = "diagnose"
	OpRecover  Op = "recover"
)

// When says at what moment a fault strikes.
type When uint8

// The moments. HalfWay means for a create that the object exists but is not
// ready, and for an update of an item that only its value has changed; for any
// other call it is Before. After means that all was done, and yet the answer
// is an error.
const (
	Before When = iota
	HalfWay
	After
)

// Fault makes calls fail. The zero value of a field matches everything.
type Fault struct {
	Op   Op
	Name string // of the object
	When When
	// Times is how often it strikes; 0 means for ever.
	Times int
	// Message becomes the detail of the diagnostic.
	Message string
	// Err, when set, is returned as the call's error in place of a diagnostic:
	// the transport failed.
	Err error

	struck int
}

// Inject makes calls fail from now on; the first fault injected that matches
// strikes. The function returned takes it away again.
func (s *Store) Inject(f Fault) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &f
	s.faults = append(s.faults, p)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		p.Times, p.struck = 1, 1
	}
}

// Gate holds calls up. Reached tells that one has come.
type Gate struct {
	op       Op
	name     string
	reached  chan struct{}
	released chan struct{}
}

// Reached is closed when a call first waits at the gate.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Hold makes every call of op about the object name ("" means any) wait, before
// it does anything, until release is called or the call's context ends.
func (s *Store) Hold(op Op, name string) (gate *Gate, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &Gate{op: op, name: name, reached: make(chan struct{}), released: make(chan struct{})}
	s.gates = append(s.gates, g)
	return g, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case <-g.released:
		default:
			close(g.released)
		}
	}
}

// SetLatency makes every call of op take at least d; "" means every op that
// has none of its own.
func (s *Store) SetLatency(op Op, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latency == nil {
		s.latency = map[Op]time.Duration{}
	}
	s.latency[op] = d
}

// SetDown makes the whole world unreachable, as a daemon that is not running:
// every call fails with a diagnostic, and checks are unknown.
func (s *Store) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Calls returns how often each operation was asked for.
func (s *Store) Calls() map[Op]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Busiest returns how many calls were under way at once at most.
func (s *Store) Busiest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busiest
}

// enter begins a call: it counts it, holds it up as asked, and returns the
// fault that is to strike, if any, and how to end the call. The error is that
// of ctx.
func (s *Store) enter(ctx context.Context, op Op, name string) (fault *Fault, leave func(), err error) {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[Op]int{}
	}
	s.calls[op]++
	s.inFlight++
	s.busiest = max(s.busiest, s.inFlight)
	delay, ok := s.latency[op]
	if !ok {
		delay = s.latency[""]
	}
	var gates []*Gate
	for _, g := range s.gates {
		if (g.op == "" || g.op == op) && (g.name == "" || g.name == name) {
			gates = append(gates, g)
			select {
			case <-g.reached:
			default:
				close(g.reached)
			}
		}
	}
	s.mu.Unlock()
	leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	}

	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
		}
	}
	for _, g := range gates {
		select {
		case <-g.released:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, leave, err
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return &Fault{Message: "The store is down."}, leave, nil
	}
	for _, f := range s.faults {
		if (f.Op == "" || f.Op == op) && (f.Name == "" || f.Name == name) && (f.Times == 0 || f.struck < f.Times) {
			f.struck++
			c := *f
			return &c, leave, nil
		}
	}
	return nil, leave, nil
}
