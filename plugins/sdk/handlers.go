package sdk

import (
	"context"

	"github.com/zclconf/go-cty/cty"
)

// ResourceHandler makes resources of one type real. M is the struct that
// declares the type's attributes, C what the provider's Connect returns.
//
// The methods are called from many goroutines at once, and return soon after
// their context ends. Whatever they get is as M says: a plain string is there,
// and known.
//
// A handler may have more methods, each of which is an interface of its own:
// Update (Updater), Plan (Planner), Import (Importer), Diagnose (Diagnoser),
// Watch (Watcher), Recover (Recoverer), Restart (Restarter), Upgrades
// (Upgrader) and ValidateConfig (ConfigValidator). A method of such a name with
// another signature is a mistake that is found at start.
type ResourceHandler[C, M any] interface {
	// Create makes the object and returns it with everything set that the
	// provider computes; want is good to return. What somebody else has made is
	// neither taken over nor touched: that is an error, beside nil.
	//
	// Beside an error, what it returns is what came to be in spite of it, and
	// is replaced by the next apply; nil says that nothing did.
	Create(ctx context.Context, c *Call[C], want M) (*M, error)

	// Read returns what there is now of an object, or nil when it is gone. That
	// it cannot be looked at is an error, and never nil alone: nothing is taken
	// to be gone because a network is down.
	Read(ctx context.Context, c *Call[C], was M) (*M, error)

	// Delete removes the object. One that is gone already is no error.
	Delete(ctx context.Context, c *Call[C], was M) error
}

// Updater changes objects in place. A type of which every attribute that can be
// set has the option replace does without.
type Updater[C, M any] interface {
	// Update makes the object as wanted, and returns it. Beside an error, what
	// it returns is what there is now; nil has Read find that out.
	Update(ctx context.Context, c *Call[C], was, want M) (*M, error)
}

// Planner has more to say of a change than the tags: what the provider computes
// and already knows, or a replacement that is needed only sometimes. It is not
// asked while something in M is unknown that cannot be; an sdk.Value can.
type Planner[C, M any] interface {
	Plan(ctx context.Context, c *Call[C], p *Plan[M]) error
}

// Plan is what a Planner gets to see, and may change.
type Plan[M any] struct {
	// Was is what there is; nil before a create.
	Was *M
	// Want is what is planned. A Planner may set in it what is computed and
	// what the user has not set, and nothing else.
	Want *M

	replace []string
}

// Replace says that the change of an attribute, named by its path, cannot be
// made in place.
func (p *Plan[M]) Replace(path string) { p.replace = append(p.replace, path) }

// Importer takes over what exists.
type Importer[C, M any] interface {
	// Import finds an object by an id in the provider's own words, and returns
	// it, or nil when there is none.
	Import(ctx context.Context, c *Call[C], id string) (*M, error)
}

// Diagnoser says what is the matter with an object. The monitor asks before it
// heals, and a person by clockwork diagnose.
type Diagnoser[C, M any] interface {
	Diagnose(ctx context.Context, c *Call[C], was M) (Diagnosis, error)
}

// Diagnosis is what a Diagnoser finds.
type Diagnosis struct {
	// Summary is a sentence: "The entry is missing."
	Summary string
	// Facts are names and values: "exit_code", "137".
	Facts map[string]string
	// Logs are the last lines of a log. The SDK keeps the last 100.
	Logs []string
}

// Watcher tells at once when something happens to objects.
type Watcher[C, M any] interface {
	// Watch calls w.Resync once it is set up, and again whenever something may
	// have been missed; and w.Changed for each change of one of w.Objects. It
	// returns when its context ends, or with an error.
	Watch(ctx context.Context, c *Call[C], w *Watch[M]) error
}

// Watched is an object to watch.
type Watched[M any] struct {
	Address string
	State   M
}

// Watch is what a Watcher watches, and where it tells what it has seen. Its
// methods may be called from many goroutines.
type Watch[M any] struct {
	Objects []Watched[M]
	tell    func(address, kind, message string)
}

// Resync says that everything must be looked at: at first, and whenever
// something may have been missed.
func (w *Watch[M]) Resync() { w.tell("", "", "") }

// Changed says that something happened to the object with an address: a kind in
// the provider's own words, such as "stopped", and a short message.
func (w *Watch[M]) Changed(address, kind, message string) { w.tell(address, kind, message) }

// Recoverer finds what an apply that was cut short has left behind. A type
// whose creation is more than one step wants it.
type Recoverer[C, M any] interface {
	// Recover returns what there is, or nil. Of a create, only what carries
	// lost.Intent counts: what somebody else has made is not ours. Call.Taint
	// says that it is half made.
	Recover(ctx context.Context, c *Call[C], lost Lost[M]) (*M, error)
}

// Lost is a change whose end was never seen.
type Lost[M any] struct {
	Action Action
	Intent string
	Was    *M // nil for a create
	Want   *M // nil for a delete
}

// Restarter begins the work of objects anew, without changing anything that a
// user can set. A monitor tries it first.
type Restarter[C, M any] interface {
	// Restart returns the object. Beside an error, what it returns is what there
	// is now; nil has Read find that out.
	Restart(ctx context.Context, c *Call[C], was M) (*M, error)
}

// Upgrader reads objects that an older version of the provider has stored.
type Upgrader interface {
	// Upgrades returns a function for each version that there was, which makes
	// of the attributes of that version those of the next: the first one of
	// those of version 0. So the version of the schema is their number. A
	// function never changes again once it is released.
	//
	// Attributes are as encoding/json reads them, numbers as json.Number.
	// Those that today's schema does not have are dropped at the end, and those
	// that are missing are null, or their default.
	Upgrades() []Upgrade
}

// Upgrade changes the attributes of one version to those of the next, in place.
type Upgrade func(attributes map[string]any) error

// ConfigValidator checks configurations as a whole, null and unknown values
// included. It is for attributes that are declared explicitly. The types in a
// struct have a simpler way, a method Validate() error of their own: it is
// called with what is set and known, and its error is shown where that stands.
// One of the struct itself is called once all its plain attributes are known.
type ConfigValidator interface {
	ValidateConfig(config cty.Value) error
}
