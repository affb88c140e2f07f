package check

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// job is one thing to check: one instance of a block, about one instance of
// its target.
type job struct {
	block
	module addr.Module // instance
	scope  *eval.Scope
	rep    eval.Repetition
	typ    plan.AssertType

	// about says that there is a target. Its key is missing if it is not known
	// which instance it is.
	about  bool
	target addr.Instance

	// unknown is why it cannot be checked, if it was not even found out what
	// there is to check; module and target may lack keys then.
	unknown string

	// behind counts the runs that hang and were left behind.
	behind *atomic.Int32
}

func (j *job) address() string { return plan.AssertAddress(j.module, j.assert, j.rep.Key) }

// jobs returns what is to be checked, in order. What is wrong with single
// blocks is reported, and unknown; the diagnostics returned are about wanted.
func (c *checker) jobs(wanted selection) ([]*job, diag.Diagnostics) {
	all := blocksOf(c.run.Config.Root)
	var blocks []block
	for _, b := range all {
		if wanted.may(b) {
			blocks = append(blocks, b)
		}
	}
	found := make([][]*job, len(blocks))
	parallel.Each(c.parallelism, len(blocks), func(i int) { found[i] = c.expand(blocks[i]) })
	var out []*job
	looked := slices.Concat(found...)
	for _, j := range looked {
		if wanted.names(j) {
			out = append(out, j)
		}
	}
	slices.SortFunc(out, order)
	return out, wanted.missing(all, looked)
}

// expand returns the instances of a block.
func (c *checker) expand(b block) []*job {
	whole := &job{block: b, module: plan.StaticModule(b.module)}
	whole.target, whole.about = b.target()
	jobs, why := within(c.ctx, plan.DefaultAssertTimeout, func(ctx context.Context) []*job {
		typ, diags := plan.ResolveAssert(ctx, c.run.Schemas, b.module, b.assert)
		c.report(diags)
		if diags.HasErrors() || typ.Decoder == nil {
			return []*job{whole.because("its type is not known")}
		}
		scopes, ok := c.run.Eval.Scopes(b.module)
		var out []*job
		for _, s := range scopes {
			out = append(out, c.expandIn(s, job{block: b, module: s.Instance, scope: s, typ: typ})...)
		}
		if !ok {
			out = append(out, whole.because("it is not known which instances its module has"))
		}
		return out
	})
	if why != "" {
		return []*job{whole.because(why)}
	}
	return jobs
}

// because returns a copy of j that cannot be checked.
func (j job) because(why string) *job {
	j.unknown = why
	return &j
}

// expandIn returns the instances of a block in one module instance.
func (c *checker) expandIn(s *eval.Scope, j job) []*job {
	var there instances
	if t := j.typ.Target; t != nil {
		j.about = true
		j.target = addr.Resource{Module: s.Instance, Type: t.Resource.Type, Name: t.Resource.Name}.Instance(addr.NoKey)
		there = newInstances(c.run.Instances(j.target.Resource))
	}
	reps, diags, ok := s.Expand(nil, j.assert.ForEach, j.address())
	if !ok {
		v, _, evaluated := s.Eval(j.assert.ForEach, cty.DynamicPseudoType, eval.Repetition{}, cty.NilVal)
		if evaluated && !v.IsWhollyKnown() {
			return []*job{j.because("its for_each depends on what is not applied yet")}
		}
		c.report(diags.WithAddress(j.address()))
		return []*job{j.because("its for_each could not be evaluated")}
	}
	var out []*job
	for _, rep := range reps {
		j.rep = rep
		out = append(out, c.expandTarget(s, j, there)...)
	}
	return out
}

// instances are those of a target.
type instances struct {
	keys []addr.Key
	has  map[addr.Key]bool
	all  bool // there may be no others
}

func newInstances(keys []addr.Key, all bool) instances {
	i := instances{keys: keys, has: make(map[addr.Key]bool, len(keys)), all: all}
	for _, key := range keys {
		i.has[key] = true
	}
	return i
}

// expandTarget returns j for each instance of its target.
func (c *checker) expandTarget(s *eval.Scope, j job, there instances) []*job {
	t := j.typ.Target
	if t == nil {
		return []*job{&j}
	}
	at := func(key addr.Key) *job {
		one := j
		one.target.Key = key
		return &one
	}
	if t.Key == nil {
		var out []*job
		for _, key := range there.keys {
			out = append(out, at(key))
		}
		if !there.all {
			out = append(out, j.because("it is not known which instances its target has"))
		}
		return out
	}
	key, known, diags := t.InstanceKey(s, j.rep)
	c.report(diags.WithAddress(j.address()))
	switch {
	case !known:
		return []*job{j.because("it is not known which instance of its target is meant")}
	case there.has[key] || !there.all:
		return []*job{at(key)}
	case len(there.keys) == 0 && t.Resource.Lifecycle.Enabled != nil:
		return nil // switched off
	}
	c.report(diag.At(t.Key.Range(), "No such instance",
		"There is no %s, neither in the configuration nor in state. Write the key of an instance that there is, or leave the key out to check all.",
		j.target.Resource.Instance(key)).WithAddress(j.address()))
	return []*job{at(key).because(fmt.Sprintf("there is no %s", j.target.Resource.Instance(key)))}
}
