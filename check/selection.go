package check

import (
	"strings"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// block is an assert block in its place.
type block struct {
	module *config.Module
	assert *config.Assert
}

// blocksOf returns the assert blocks of m and of the modules it calls.
func blocksOf(m *config.Module) []block {
	var out []block
	for _, a := range m.Asserts {
		out = append(out, block{m, a})
	}
	for _, child := range m.Children {
		out = append(out, blocksOf(child)...)
	}
	return out
}

// self is the address of the block, without the word "assert" and without
// keys; it is that of a resource in form.
func (b block) self() addr.Instance {
	return addr.Resource{Module: plan.StaticModule(b.module), Type: b.assert.Type, Name: b.assert.Name}.Instance(addr.NoKey)
}

// target is the address, without keys, of what the block is about.
func (b block) target() (addr.Instance, bool) {
	t, diags := plan.TargetOfAssert(b.module, b.assert)
	if t == nil || diags.HasErrors() {
		return addr.Instance{}, false
	}
	return addr.Resource{Module: plan.StaticModule(b.module), Type: t.Resource.Type, Name: t.Resource.Name}.Instance(addr.NoKey), true
}

// selection is which asserts to run; an empty one is all.
type selection []*selector

// selector is one address that the user gave.
type selector struct {
	text   string
	assert bool // of an assert; else of a resource or module
	target addr.Target
	found  bool // it named something
}

func newSelection(addresses []string) (selection, diag.Diagnostics) {
	var out selection
	var diags diag.Diagnostics
	for _, text := range addresses {
		s, err := parseSelector(text)
		if err != nil {
			diags = append(diags, diag.Errorf("Invalid address",
				"%v. Give the address of a resource, an instance or a module, or of an assert, such as assert.TYPE.NAME.", err)...)
		}
		out = append(out, s)
	}
	return out, diags
}

func parseSelector(text string) (*selector, error) {
	s := &selector{text: text}
	var err error
	if path, rest, ok := cutAssert(text); ok {
		s.assert = true
		s.target, err = addr.ParseTarget(path + rest)
	} else {
		s.target, err = addr.ParseTarget(text)
	}
	return s, err
}

// cutAssert takes the word "assert" out of an assert's address. path is that
// of its module, with a dot at the end.
func cutAssert(text string) (path, rest string, ok bool) {
	const word = "assert."
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return "", "", false
		}
		at += i
		path, rest = text[:at], text[at+len(word):]
		if path == "" {
			return path, rest, true
		}
		// The word may also be inside of a module's key.
		if bare, dotted := strings.CutSuffix(path, "."); dotted {
			if t, err := addr.ParseTarget(bare); err == nil && t.Resource == (addr.Resource{}) {
				return path, rest, true
			}
		}
		at += len(word)
	}
}

// may tells whether instances of b can be what s names.
func (s *selector) may(b block) bool {
	t := addr.Target{Module: s.target.Module.Static()}
	if s.target.Resource != (addr.Resource{}) {
		t.Resource = plan.StaticResource(s.target.Resource)
	}
	if s.assert || t.Resource == (addr.Resource{}) {
		return t.Contains(b.self())
	}
	about, ok := b.target()
	return ok && t.Contains(about)
}

// names tells whether j is what s names.
func (s *selector) names(j *job) bool {
	if j.unknown != "" { // it may be
		return s.may(j.block)
	}
	if s.assert || s.target.Resource == (addr.Resource{}) {
		self := j.self()
		self.Module, self.Key = j.module, j.rep.Key
		return s.target.Contains(self)
	}
	return j.about && s.target.Contains(j.target)
}

// keyed tells whether s names certain instances.
func (s *selector) keyed() bool {
	return s.target.HasKey || s.target.Module != s.target.Module.Static()
}

func (sel selection) may(b block) bool {
	out := len(sel) == 0
	for _, s := range sel {
		if s.may(b) {
			s.found = s.found || !s.keyed()
			out = true
		}
	}
	return out
}

func (sel selection) names(j *job) bool {
	out := len(sel) == 0
	for _, s := range sel {
		if s.names(j) {
			s.found, out = true, true
		}
	}
	return out
}

// missing complains about addresses that named nothing among all blocks, and
// jobs, the instances of those that were looked at.
func (sel selection) missing(all []block, jobs []*job) diag.Diagnostics {
	var diags diag.Diagnostics
	var there []string
	for _, s := range sel {
		if s.found {
			continue
		}
		if there == nil {
			there = addresses(all, jobs)
		}
		diags = append(diags, diag.Errorf("Nothing to check",
			"There is no assert with the address %s, and none that is about it.%s Run clockwork assert without addresses to see what there is.",
			s.text, diag.DidYouMean(s.text, there))...)
	}
	return diags
}

func addresses(all []block, jobs []*job) []string {
	var out []string
	for _, b := range all {
		self := b.self()
		out = append(out, plan.AssertAddress(self.Module, b.assert, addr.NoKey))
		if self.Module != addr.Root {
			out = append(out, string(self.Module))
		}
		if about, ok := b.target(); ok {
			out = append(out, about.String())
		}
	}
	for _, j := range jobs {
		out = append(out, j.address())
		if j.about {
			out = append(out, j.target.String())
		}
	}
	return out
}
