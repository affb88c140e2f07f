package eval

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// Secrets returns the values known so far that hold something sensitive: of
// variables, locals and outputs, in every instance of every module. Nothing is
// evaluated for it. Nothing else than what has been evaluated can have got into
// another value.
func (ev *Evaluator) Secrets() []cty.Value { return ev.root.secrets(nil) }

func (s *Scope) secrets(out []cty.Value) []cty.Value {
	s.mu.Lock()
	cells := make([]*cell, 0, len(s.cells))
	for _, c := range s.cells {
		if c.known.Load() {
			cells = append(cells, c)
		}
	}
	s.mu.Unlock()
	for _, c := range cells {
		if c.value != cty.NilVal && marks.HoldsSensitive(c.value) {
			out = append(out, c.value)
		}
		for _, child := range c.children {
			out = child.secrets(out)
		}
	}
	return out
}
