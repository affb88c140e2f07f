package check

import (
	"context"
	"sync/atomic"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// finding is what came of one check.
type finding struct {
	outcome providers.Outcome
	message string
	lost    bool // the provider did not answer
}

func passed(message string) finding  { return finding{outcome: providers.Pass, message: message} }
func failed(message string) finding  { return finding{outcome: providers.Fail, message: message} }
func unknown(message string) finding { return finding{outcome: providers.Unknown, message: message} }

const (
	notApplied = "it is not applied yet"
	notKnown   = "it depends on a value that is known only after apply"
)

// prepared is a job whose arguments have been evaluated.
type prepared struct {
	settings  plan.AssertSettings
	arguments arguments
	detail    string
	// unknown is why it cannot be checked.
	unknown string
}

// result runs one job, and takes no longer than its timeout allows.
func (c *checker) result(j *job) Result {
	start := c.now()
	r := Result{Address: j.address(), Type: j.assert.Type, Name: j.assert.Name + j.rep.Key.String()}
	if j.about {
		r.Target = j.target.String()
	}
	p, found := c.find(c.ctx, j)
	r.Detail, r.Severity = p.detail, p.settings.Severity.String()
	r.Outcome, r.Message = found.outcome, bounded(found.message)
	r.Elapsed = c.now().Sub(start)
	return r
}

// find evaluates the arguments of a job, and runs it. What hangs in an earlier
// run is not run again: it would be left behind once more.
func (c *checker) find(ctx context.Context, j *job) (prepared, finding) {
	if j.unknown != "" {
		return prepared{}, unknown(j.unknown)
	}
	if j.behind == nil {
		j.behind = new(atomic.Int32)
	}
	if j.behind.Load() > 0 {
		return prepared{}, unknown(stillHangs)
	}
	// What the arguments refer to may be a data source, which may hang.
	p, why := leaving(j.behind, ctx, plan.DefaultAssertTimeout, func(context.Context) prepared { return c.prepare(j) })
	if why != "" {
		return p, unknown(why)
	}
	if p.unknown != "" {
		return p, unknown(p.unknown)
	}
	found, why := leaving(j.behind, ctx, p.settings.Timeout, func(ctx context.Context) finding { return c.check(ctx, j, p) })
	if why != "" {
		return p, unknown(why)
	}
	return p, found
}

// prepare evaluates the arguments of a job. What is wrong with them is the
// configuration's fault.
func (c *checker) prepare(j *job) prepared {
	settings, diags, ok := plan.AssertSettingsOf(j.scope, j.assert, j.rep)
	p := prepared{settings: settings}
	refs, ds := config.BodyReferences(j.assert.Config)
	diags = append(diags, ds...)
	base, baseOK := j.scope.Base(refs)
	if baseOK {
		v, ds := j.typ.Arguments(j.assert, base.For(j.rep, cty.NilVal))
		diags = append(diags, ds...)
		p.arguments = arguments{v}
	}
	c.report(diags.WithAddress(j.address()))
	switch {
	case diags.HasErrors():
		p.unknown = "its arguments are not right: " + firstError(diags)
	case !baseOK:
		p.unknown = "something that it refers to could not be evaluated"
	case !ok:
		p.unknown = notKnown
	}
	if baseOK && !diags.HasErrors() && j.typ.Provider == nil {
		p.detail = detail(j.assert.Type, p.arguments)
	}
	return p
}

// firstError returns the summary of the first error.
func firstError(ds diag.Diagnostics) string {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return d.Summary
		}
	}
	return ""
}

// check looks at the world.
func (c *checker) check(ctx context.Context, j *job, p prepared) finding {
	var object *state.Object
	if j.about {
		if object = c.run.State.Objects[state.ObjectKey{Instance: j.target}]; object == nil {
			return unknown(notApplied)
		}
	}
	if j.assert.Type == "condition" && j.typ.Provider == nil {
		return condition(p.arguments)
	}
	if !p.arguments.IsWhollyKnown() {
		return unknown(notKnown)
	}
	if j.typ.Provider != nil {
		return c.provider(ctx, j, object, p.arguments)
	}
	switch j.assert.Type {
	case "command":
		return command(ctx, c.run.Config.Dir, p.settings.Timeout, p.arguments)
	case "port_accessible":
		return port(ctx, p.settings.Timeout, p.arguments)
	case "healthcheck":
		return healthcheck(ctx, c.run.Config.Dir, c.run.Version, p.settings.Timeout, p.arguments)
	case "dns_resolves":
		return dns(ctx, p.arguments)
	case "tls_certificate":
		return certificate(ctx, c.run.Config.Dir, p.settings.Timeout, c.now(), p.arguments)
	}
	return unknown("this version of Clockwork cannot check it")
}

// detail returns what tells an assert of a core type from others about the
// same target.
func detail(typ string, a arguments) string {
	switch typ {
	case "command":
		return commandDetail(a)
	case "port_accessible":
		return protocolPortDetail(a)
	case "healthcheck":
		return healthcheckDetail(a)
	case "dns_resolves":
		return dnsDetail(a)
	case "tls_certificate":
		return certificateDetail(a)
	}
	return ""
}

// condition looks at an expression's value.
func condition(a arguments) finding {
	v, _ := a.GetAttr("condition").Unmark()
	switch {
	case !v.IsKnown():
		return unknown(notKnown)
	case v.True():
		return passed("")
	case a.secret("error_message"):
		return failed("the condition is not met; its error_message is sensitive, so it is not shown")
	case a.text("error_message") == "":
		return failed("the condition is not met")
	}
	return failed(a.text("error_message"))
}
