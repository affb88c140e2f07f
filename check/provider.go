package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// provider asks the provider of the target's object.
func (c *checker) provider(ctx context.Context, j *job, object *state.Object, a arguments) finding {
	t := j.typ.Provider
	// lost says that there was no answer, doubt why the provider could not be
	// asked at all.
	doubt := func(ds diag.Diagnostics) finding {
		c.warn(ds.WithAddress(j.address()))
		return unknown(firstError(ds))
	}
	lost := func(private secrets, err error) finding {
		found := doubt(private.hideIn(diag.FromError("Provider did not answer", err)))
		found.lost = ctx.Err() == nil
		return found
	}
	if object.Provider.Source != t.Source {
		return unknown(fmt.Sprintf("it was applied with another provider, %s; apply it first", object.Provider.Source))
	}
	key := state.ObjectKey{Instance: j.target}
	value, _, ds := c.run.DecodeState(ctx, key, object)
	if ds.HasErrors() {
		return doubt(ds)
	}
	// The run's context: what comes of it is shared with other asserts.
	p, name, ds := c.run.Provider(c.ctx, object.Provider)
	if ds.HasErrors() {
		return doubt(ds)
	}
	checker, ok := p.(providers.Checker)
	if !ok {
		return unknown(fmt.Sprintf("the provider %s cannot check anything", t.Source))
	}
	private := secretsIn(a.Value, value)
	bare, _ := a.UnmarkDeep()
	world, _ := value.UnmarkDeep()
	vresp, err := p.Validate(ctx, providers.ValidateRequest{Kind: providers.KindAssert, Type: t.Name, Config: bare})
	if err != nil {
		return lost(private, err)
	}
	if ds := t.Locate(private.hideIn(vresp.Diagnostics), j.assert.Config, j.assert.Range).WithAddress(j.address()); len(ds) > 0 {
		c.report(ds)
		if ds.HasErrors() {
			return unknown("its arguments are not right: " + firstError(ds))
		}
	}
	resp, err := checker.Check(ctx, providers.CheckRequest{
		Target: providers.Target{Configuration: name, Type: j.target.Type, Address: j.target.String()},
		Assert: t.Name, Config: bare, State: world,
	})
	if err != nil {
		return lost(private, err)
	}
	ds = t.Locate(private.hideIn(resp.Diagnostics), j.assert.Config, j.assert.Range)
	message := private.hide(resp.Message)
	if ds.HasErrors() {
		found := doubt(ds)
		if message != "" {
			found.message = message
		}
		return found
	}
	c.warn(ds.WithAddress(j.address()))
	switch resp.Outcome {
	case providers.Pass, providers.Fail:
		return finding{outcome: resp.Outcome, message: message}
	}
	return unknown(message)
}

// hideIn returns diagnostics without the secrets.
func (s secrets) hideIn(ds diag.Diagnostics) diag.Diagnostics {
	ds = slices.Clone(ds)
	for i := range ds {
		ds[i].Summary, ds[i].Detail = s.hide(ds[i].Summary), s.hide(ds[i].Detail)
	}
	return ds
}
