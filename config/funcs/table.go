package funcs

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty/function"
)

// Options says what the functions of a table may see of the world.
type Options struct {
	// BaseDir is the folder that relative paths resolve against, for the file
	// functions and abspath; "" is the working directory.
	BaseDir string

	// Pure makes timestamp, uuid and bcrypt return unknown values, because what
	// they return while planning would not be what they return while applying.
	Pure bool

	// PlanTime is what plantimestamp returns; the zero time makes that unknown.
	PlanTime time.Time
}

// core is the namespace that names each function a second time.
const core = "core::"

// Functions returns the functions for an evaluation context, by name and by
// name in the namespace core. The map is the caller's own. The functions may be
// called from several goroutines at once.
func Functions(opts Options) map[string]function.Function {
	t := allButTemplates(opts)
	addTemplates(t, opts)
	return t
}

// allButTemplates returns the functions that may be called inside a template.
func allButTemplates(opts Options) table {
	t := maps.Clone(fixed())
	addFiles(t, opts.BaseDir)
	addTimes(t, opts)
	return t
}

// Names returns the names of all functions, sorted, without the namespace core.
func Names() []string {
	var names []string
	for name := range Functions(Options{}) {
		if !strings.HasPrefix(name, core) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// fixed is the functions that do not depend on options. They are made once, at
// the first use, and copied into each table.
var fixed = sync.OnceValue(makeFixed)

func makeFixed() table {
	t := make(table, 256)
	addNumbers(t)
	addStrings(t)
	addCollections(t)
	addSets(t)
	addConversions(t)
	addEncodings(t)
	addHashes(t)
	addNetworks(t)
	return t
}

// table is a table of functions in the making.
type table map[string]function.Function

// add puts a function into the table under both its names.
func (t table) add(name string, f function.Function) {
	t[name] = f
	t[core+name] = f
}
