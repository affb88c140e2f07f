package sdk

import (
	"fmt"
	"path/filepath"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Setup is where a configuration of the provider belongs.
type Setup struct {
	// Project is the project, by its name, and by its folder as an absolute
	// path.
	Project providers.Project
	// Configuration names the configuration among those that the process
	// serves, for log lines: "docker", or "docker.eu".
	Configuration string
}

// Path returns a path of the configuration as an absolute one: a relative path
// begins in the project's folder.
func (s Setup) Path(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(s.Project.Dir, path)
}

// Call is one request about one object. It is of use until the method that gets
// it returns, and may be used by many goroutines.
type Call[C any] struct {
	// Client is what Connect returned for the configuration that the object
	// belongs to.
	Client C
	Setup
	// Type and Address name the object: "acme_thing", "acme_thing.blue[0]".
	Type, Address string
	// Intent is unique to this attempt to create, update or delete, and kept by
	// Clockwork before it is made. A mark on the object that holds it lets
	// Recover find the object after a crash.
	Intent string

	about    *model
	config   cty.Value
	replaces any
	tell     func(string)
	hide     func(string) string

	mu       sync.Mutex
	private  []byte
	tainted  bool
	warnings diag.Diagnostics
}

// Progress tells the user what is being done, in a short line such as "waiting
// for the server". It is for methods that take long.
func (c *Call[C]) Progress(format string, args ...any) {
	if c.tell != nil {
		c.tell(c.hide(fmt.Sprintf(format, args...)))
	}
}

// Warn shows a problem, such as Errorf and At return, that does not stop the
// work.
func (c *Call[C]) Warn(err error) {
	ds := diagnose(err, "Warning")
	for i := range ds {
		ds[i].Severity = diag.Warning
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings = append(c.warnings, ds...)
}

// Private returns what the provider has kept about the object, besides its
// attributes, and SetPrivate keeps something else. Users do not get to see it,
// but it is in the state as it is, and no place for secrets.
func (c *Call[C]) Private() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.private
}

// SetPrivate is described with Private.
func (c *Call[C]) SetPrivate(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.private = b
}

// Taint says that what exists is not fit for use, so that the next apply
// replaces it. It has a meaning where Update, Restart or Recover returns an
// object; what Create returns beside an error is always so.
func (c *Call[C]) Taint() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tainted = true
}

// IsSet tells whether the user has set an attribute, named by its path, rather
// than left it to its default or to the provider. It is for Create, Update and
// Plan; elsewhere nothing is set.
func (c *Call[C]) IsSet(path string) bool {
	steps, err := parsePath(path)
	if err != nil || c.config == cty.NilVal || c.config.IsNull() {
		return false
	}
	v, err := steps.Apply(c.config)
	return err == nil && !v.IsNull()
}

// Replaces returns, in a Create, what the new object takes the place of, where
// the two exist side by side for a while because the user has asked for
// create_before_destroy. M is the type's own struct.
func Replaces[M, C any](c *Call[C]) (m M, ok bool) {
	old, ok := c.replaces.(*M)
	if !ok || old == nil {
		return m, false
	}
	return *old, true
}
