package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// AttributePath is where in a resource's configuration a value is: an attribute,
// perhaps one inside it, perhaps one element of a map. Elements of lists and sets
// have none, because others can come before them.
type AttributePath []PathStep

// PathStep is an attribute's name, or the key of a map's element.
type PathStep struct {
	Name  string
	Key   string
	IsKey bool
}

// MaxPathLength is how many bytes a path may have as text.
const MaxPathLength = 512

var pathName = regexp.MustCompile(`^[a-z][a-z0-9_]*`)

// ParseAttributePath reads a path as it is written in a configuration: memory,
// healthcheck.interval, networks["app"]. Keys are JSON strings. The error says what
// is wrong, and quotes little.
func ParseAttributePath(text string) (AttributePath, error) {
	if len(text) > MaxPathLength {
		return nil, fmt.Errorf("a path has at most %d bytes", MaxPathLength)
	}
	var path AttributePath
	for rest := text; rest != "" || path == nil; {
		key := strings.HasPrefix(rest, "[")
		if !key && path != nil {
			var dot bool
			if rest, dot = strings.CutPrefix(rest, "."); !dot {
				return nil, fmt.Errorf("after %q comes a dot, a bracket, or nothing", path)
			}
		}
		if !key {
			name := pathName.FindString(rest)
			if name == "" {
				return nil, errors.New("a path is made of names of attributes, in lower case, and keys such as [\"name\"]")
			}
			path, rest = append(path, PathStep{Name: name}), rest[len(name):]
			continue
		}
		if path == nil {
			return nil, errors.New("a path begins with the name of an attribute")
		}
		d := json.NewDecoder(strings.NewReader(rest[1:]))
		var step PathStep
		if token, err := d.Token(); err == nil {
			step.Key, step.IsKey = token.(string)
		}
		end := 1 + int(d.InputOffset())
		if !step.IsKey || end >= len(rest) || rest[end] != ']' {
			return nil, fmt.Errorf("after %q, a key is a string in double quotes between brackets", path)
		}
		path, rest = append(path, step), rest[end+1:]
	}
	return path, nil
}

// String returns the path as it is written.
func (p AttributePath) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.IsKey:
			b.WriteString("[" + quotedKey(s.Key) + "]")
		case i > 0:
			b.WriteString("." + s.Name)
		default:
			b.WriteString(s.Name)
		}
	}
	return b.String()
}

// quotedKey writes a key as JSON does, but without the escapes meant for HTML.
func quotedKey(key string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(key) // a string can always be written
	return strings.TrimSuffix(b.String(), "\n")
}

// Attribute returns the path without keys, as policies name attributes:
// "healthcheck.interval".
func (p AttributePath) Attribute() string {
	var names []string
	for _, s := range p {
		if !s.IsKey {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ".")
}

// Within tells whether p is q, or inside what q names.
func (p AttributePath) Within(q AttributePath) bool {
	if len(p) < len(q) {
		return false
	}
	for i := range q {
		if p[i] != q[i] {
			return false
		}
	}
	return true
}

// PathOf is the path of a value that providers.Changed names: as far as it has
// names and keys of maps.
func PathOf(p cty.Path) AttributePath {
	var out AttributePath
	for _, step := range p {
		switch step := step.(type) {
		case cty.GetAttrStep:
			out = append(out, PathStep{Name: step.Name})
		case cty.IndexStep:
			if step.Key.Type() != cty.String || step.Key.IsMarked() || !step.Key.IsKnown() || step.Key.IsNull() {
				return out
			}
			out = append(out, PathStep{Key: step.Key.AsString(), IsKey: true})
		}
	}
	return out
}
