package addr

import (
	"cmp"
	"strconv"
	"strings"
)

// Key is the key of one instance of a thing with count or for_each. The zero
// Key means that the thing has neither.
type Key struct {
	kind keyKind
	n    int
	s    string
}

type keyKind uint8

const (
	noKey keyKind = iota
	intKey
	stringKey
)

// NoKey is the key of a thing that has neither count nor for_each.
var NoKey = Key{}

// IntKey is a key from count.
func IntKey(n int) Key { return Key{kind: intKey, n: n} }

// StringKey is a key from for_each.
func StringKey(s string) Key { return Key{kind: stringKey, s: s} }

// IsInt returns the number of a count key.
func (k Key) IsInt() (int, bool) { return k.n, k.kind == intKey }

// IsString returns the text of a for_each key.
func (k Key) IsString() (string, bool) { return k.s, k.kind == stringKey }

// String returns the key as it is written behind a name: "", "[0]" or `["a"]`.
func (k Key) String() string {
	switch k.kind {
	case intKey:
		return "[" + strconv.Itoa(k.n) + "]"
	case stringKey:
		return "[" + quote(k.s) + "]"
	}
	return ""
}

// Compare orders keys: none, then numbers by value, then strings.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.n, o.n), strings.Compare(k.s, o.s))
}

// Module is the canonical text of a module instance's path, such as
// `module.web["a"].module.db`; the root module is "".
type Module string

// Root is the root module.
const Root Module = ""

// Child returns the instance key of the call name inside m.
func (m Module) Child(name string, key Key) Module {
	return m.join(Module("module." + name + key.String()))
}

// join returns the path of a module that is at inner inside m.
func (m Module) join(inner Module) Module {
	if m == Root || inner == Root {
		return m + inner
	}
	return m + "." + inner
}

// Static returns the path without its instance keys: the same for all
// instances of a module.
func (m Module) Static() Module {
	if strings.IndexByte(string(m), '[') < 0 {
		return m
	}
	var sb strings.Builder
	inKey, inQuotes := false, false
	for i := 0; i < len(m); i++ {
		switch c := m[i]; {
		case inQuotes && c == '\\':
			i++
		case inKey && c == '"':
			inQuotes = !inQuotes
		case inQuotes:
		case c == '[':
			inKey = true
		case c == ']':
			inKey = false
		case !inKey:
			sb.WriteByte(c)
		}
	}
	return Module(sb.String())
}

// Mode tells managed resources from data sources.
type Mode uint8

// The modes.
const (
	Managed Mode = iota
	Data
)

// Resource is a resource or data block in one module instance.
type Resource struct {
	Module Module
	Mode   Mode
	Type   string
	Name   string
}

// Instance is one instance of a resource.
type Instance struct {
	Resource
	Key Key
}

// Instance returns the instance of r that has the given key.
func (r Resource) Instance(key Key) Instance { return Instance{Resource: r, Key: key} }

// String returns the canonical text form.
func (r Resource) String() string {
	s := r.Type + "." + r.Name
	if r.Mode == Data {
		s = "data." + s
	}
	if r.Module != Root {
		s = string(r.Module) + "." + s
	}
	return s
}

// String returns the canonical text form.
func (i Instance) String() string { return i.Resource.String() + i.Key.String() }

// Compare orders resources: by module, mode, type, then name.
func (r Resource) Compare(o Resource) int {
	return cmp.Or(strings.Compare(string(r.Module), string(o.Module)), cmp.Compare(r.Mode, o.Mode),
		strings.Compare(r.Type, o.Type), strings.Compare(r.Name, o.Name))
}

// Compare orders instances by resource, then key.
func (i Instance) Compare(o Instance) int {
	if c := i.Resource.Compare(o.Resource); c != 0 {
		return c
	}
	return i.Key.Compare(o.Key)
}

// quote writes s as an HCL quoted string: a "${" or "%{" inside is escaped.
func quote(s string) string {
	q := strconv.Quote(s)
	q = strings.ReplaceAll(q, "${", "$${")
	return strings.ReplaceAll(q, "%{", "%%{")
}
