package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/complete"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/state"
)

const (
	// askedAtOnce is how many questions are with a model at the same time.
	askedAtOnce  = 4
	maxModelName = 100
	maxNamed     = 5 // addresses in a diagnostic
)

// completions is what a planner knows of what models complete.
type completions struct {
	asking     chan struct{} // bounds the questions
	recomplete []atomic.Bool // which of Options.Recomplete were asked for
	answered   atomic.Int64

	leaving sync.Mutex
	notYet  []unasked // leaving guards it
}

// unasked is an instance that was not completed because no more may be asked.
type unasked struct {
	addr addr.Instance
	rng  hcl.Range
	why  string
}

func newCompletions(recomplete int) *completions {
	return &completions{asking: make(chan struct{}, askedAtOnce), recomplete: make([]atomic.Bool, recomplete)}
}

// gap is what an instance lacks that a model may give it, and what for.
type gap struct {
	missing     []eval.Missing
	description string
	outdated    string // the model whose answer was one to another question
}

func (g *gap) names() []string {
	names := make([]string, len(g.missing))
	for i, m := range g.missing {
		names[i] = m.Name
	}
	return names
}

// says is what there is to say when nobody fills the gap.
func says(missing []eval.Missing) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, m := range missing {
		ds = append(ds, m.Says...)
	}
	return ds
}

// decodeIncomplete evaluates an instance's body. The gap is nil when nothing is
// missing.
func (p *planner) decodeIncomplete(in instance) (cty.Value, *gap, diag.Diagnostics) {
	cfg, missing, diags := in.typ.DecodeIncomplete(in.resource.Config, in.base.For(in.rep, cty.NilVal))
	if len(missing) == 0 {
		return cfg, nil, diags
	}
	description, known, ds := purpose(in.scope, in.resource, in.rep, missing)
	if diags = append(diags, ds...); !known {
		diags = append(diags, diag.At(in.resource.Description.Range(), "Description not known yet",
			"This resource lacks %s, which a model could complete from the description; but the description depends on something that does not exist yet. "+
				"Write the argument, or a description that is known before apply.", quotedNames(missing))...)
	}
	return cfg, &gap{missing: missing, description: description}, diags
}

// purpose evaluates the description of an instance that lacks something. Without
// one, what is missing is an error. It may not be known yet, or be wrong, which is
// found when it is evaluated to be remembered.
func purpose(scope *eval.Scope, r *config.Resource, rep eval.Repetition, missing []eval.Missing) (text string, known bool, diags diag.Diagnostics) {
	if r.Description == nil {
		return "", true, says(missing)
	}
	v, _, ok := scope.Eval(r.Description, cty.String, rep, cty.NilVal)
	switch {
	case !ok:
		return "", false, nil
	case v.IsMarked():
		return "", true, diag.At(r.Description.Range(), "Description is sensitive",
			"This resource lacks %s, which a model could complete from the description; but nothing sensitive is sent to a model. "+
				"Write the argument, or take the secret out of the description.", quotedNames(missing))
	case !v.IsKnown():
		return "", false, nil
	case v.IsNull() || !complete.Describes(v.AsString()):
		return "", true, says(missing)
	}
	return v.AsString(), true, nil
}

func quotedNames(missing []eval.Missing) string {
	names := make([]string, len(missing))
	for i, m := range missing {
		names[i] = fmt.Sprintf("%q", m.Name)
	}
	return strings.Join(names, ", ")
}

// validateIncomplete evaluates a body to check it. What a model will complete is
// not known.
func validateIncomplete(scope *eval.Scope, b *block, base eval.Base, rep eval.Repetition) (cty.Value, diag.Diagnostics) {
	cfg, missing, diags := b.typ.DecodeIncomplete(b.resource.Config, base.For(rep, cty.NilVal))
	if len(missing) == 0 {
		return cfg, diags
	}
	_, _, ds := purpose(scope, b.resource, rep, missing)
	r := complete.Resource{Object: b.typ.Object(), Config: cfg}
	return r.Unknown((&gap{missing: missing}).names()), append(diags, ds...)
}

// decodeCompleted evaluates the body of an instance with what was completed
// before, which may be nil. exists says that there is an object already.
func decodeCompleted(in instance, completed *state.Completed, exists bool) (cty.Value, diag.Diagnostics) {
	cfg, missing, diags := in.typ.DecodeIncomplete(in.resource.Config, in.base.For(in.rep, cty.NilVal))
	if len(missing) == 0 {
		return cfg, diags
	}
	missing = wanted(in, missing, exists)
	r := resourceOf(in, cfg, &gap{missing: missing})
	var stored map[string]json.RawMessage
	if completed != nil {
		stored = completed.Values
	}
	values, ok := r.Decode(stored, r.Missing)
	if !ok {
		return cfg, append(diags, says(missing)...)
	}
	return complete.Fill(cfg, values), diags
}

// wanted leaves out what lifecycle says to ignore, of an object that exists.
func wanted(in instance, missing []eval.Missing, exists bool) []eval.Missing {
	l := &in.resource.Lifecycle
	if !exists || !l.IgnoreAll && len(l.IgnoreChanges) == 0 {
		return missing
	}
	return slices.DeleteFunc(slices.Clone(missing), func(m eval.Missing) bool {
		for _, t := range l.IgnoreChanges {
			if name, _ := stepOf(t[0]); len(t) == 1 && name == m.Name {
				return true
			}
		}
		return l.IgnoreAll
	})
}

func resourceOf(in instance, cfg cty.Value, g *gap) *complete.Resource {
	subject := in.addr.Resource
	subject.Module = subject.Module.Static()
	return &complete.Resource{Address: in.addr.String(), Subject: subject.String(), Source: in.typ.Source, Type: in.typ.Name, Object: in.typ.Object(),
		Description: g.description, Config: cfg, Missing: g.names()}
}

// complete fills a gap: with what a model said before, as long as that is an
// answer to the same question, or else by asking it. It returns the whole
// configuration, and what is to be remembered.
func (p *planner) complete(ctx context.Context, in instance, meta state.Object, cfg cty.Value, g *gap, was prior) (cty.Value, *state.Completed, bool) {
	var stored *state.Completed
	if o := p.stateObject(state.ObjectKey{Instance: in.addr}); o != nil {
		stored = o.Completed
	}
	g = &gap{missing: wanted(in, g.missing, !was.value.IsNull()), description: g.description}
	if len(g.missing) == 0 {
		return cfg, stored, true // it stays as it is
	}
	r := resourceOf(in, cfg, g)
	if values, kept := p.kept(in.addr, r, stored); kept != nil {
		return complete.Fill(cfg, values), kept, true
	}
	if stored != nil && len(p.recompletes(in.addr)) == 0 {
		g.outdated = stored.Origin.Model
	}
	values, made, ds := p.ask(ctx, in, meta, r, g)
	p.report(in.errorsOf(ds))
	if made == nil {
		return cfg, nil, false
	}
	return complete.Fill(cfg, values), made, true
}

// kept returns what is stored, if that still holds: what the user has written
// since is left out. Where nobody can be asked it holds whatever has changed.
func (p *planner) kept(a addr.Instance, r *complete.Resource, stored *state.Completed) (map[string]cty.Value, *state.Completed) {
	if stored == nil || len(p.recompletes(a)) > 0 {
		return nil, nil
	}
	values, ok := r.Decode(stored.Values, r.Missing)
	same := ok && r.Inputs(slices.Collect(maps.Keys(stored.Values))) == stored.Inputs
	switch {
	case !ok || !same && p.Completer != nil:
		return nil, nil
	case !same || len(values) == len(stored.Values):
		return values, stored
	}
	left := make(map[string]json.RawMessage, len(values))
	for name := range values {
		left[name] = stored.Values[name]
	}
	return values, &state.Completed{Values: left, Inputs: r.Inputs(r.Missing), Origin: stored.Origin}
}

// recompletes returns which of Options.Recomplete name an instance.
func (p *planner) recompletes(a addr.Instance) []int {
	var out []int
	for i, t := range p.opts.Recomplete {
		if t.Contains(a) {
			out = append(out, i)
		}
	}
	return out
}

// ask asks a model. What it returns is nil when that failed, which the
// diagnostics say, unless ctx ended.
func (p *planner) ask(ctx context.Context, in instance, meta state.Object, r *complete.Resource, g *gap) (map[string]cty.Value, *state.Completed, diag.Diagnostics) {
	for _, i := range p.recompletes(in.addr) {
		p.recomplete[i].Store(true)
	}
	if p.Completer == nil {
		return nil, nil, notSetUp(g, "")
	}
	check := p.checkCompleted(ctx, in, meta)
	if check != nil {
		// What the user wrote must be right, or the model would be asked in vain.
		if ds := p.validate(ctx, desired{addr: in.addr, typ: in.typ, meta: meta}, r.Unknown(r.Missing)); ds.HasErrors() {
			return nil, nil, ds
		}
	}
	q := r.Question(check)
	q.Secrets = p.Secrets(ctx, r.Config)
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	case <-ctx.Done():
		return nil, nil, nil
	}
	if p.opts.Hook != nil {
		p.opts.Hook.PreComplete(r.Address)
		defer p.opts.Hook.PostComplete(r.Address)
	}
	reply, err := p.Completer.Ask(ctx, q)
	if ctx.Err() != nil {
		return nil, nil, nil
	}
	var values map[string]cty.Value
	if err == nil {
		values, err = r.Answer(reply.Answer)
	}
	var failed *ask.Error
	if errors.As(err, &failed) && failed.Reason == ask.UsedUp {
		p.leave(unasked{in.addr, in.resource.Range, failed.Detail})
		return nil, nil, nil
	}
	var encoded map[string]json.RawMessage
	if err == nil {
		encoded, err = complete.Encode(values)
	}
	if err != nil {
		return nil, nil, notCompleted(in, g, err)
	}
	p.answered.Add(1)
	return values, &state.Completed{Values: encoded, Inputs: r.Inputs(r.Missing),
		Origin: state.Origin{Model: modelName(reply.Model), Time: p.opts.Now.UTC().Round(0)}}, nil
}

// checkCompleted returns what the provider has against a completed configuration,
// as an error for the model to read; nil for a type of which the schema says all.
func (p *planner) checkCompleted(ctx context.Context, in instance, meta state.Object) func(cty.Value) error {
	if !in.typ.Resource.CustomValidate {
		return nil
	}
	return func(cfg cty.Value) error {
		var wrong []error
		for _, d := range p.validate(ctx, desired{addr: in.addr, typ: in.typ, meta: meta}, cfg) {
			if d.Severity == diag.Error {
				wrong = append(wrong, fmt.Errorf("%s: %s. %s", strings.TrimPrefix(eval.PathString(d.Path), "."), d.Summary, d.Detail))
			}
		}
		return errors.Join(wrong...)
	}
}

func (c *completions) leave(u unasked) {
	c.leaving.Lock()
	defer c.leaving.Unlock()
	c.notYet = append(c.notYet, u)
}

// checkAsked says, once, what is not completed because no more may be asked.
func (p *planner) checkAsked() diag.Diagnostics {
	p.leaving.Lock()
	defer p.leaving.Unlock()
	left := p.notYet
	if len(left) == 0 {
		return nil
	}
	slices.SortFunc(left, func(a, b unasked) int { return a.addr.Compare(b.addr) })
	var names []string
	for _, u := range left[:min(len(left), maxNamed)] {
		names = append(names, u.addr.String())
	}
	list := strings.Join(names, ", ")
	if more := len(left) - len(names); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return diag.At(left[0].rng, "Too much to ask a model", "%s Completed: %d. Not completed: %d (%s). Nothing of this plan is kept. "+
		"Write the missing arguments; or set CW_COMPLETION_MAX_CALLS, or max_calls in the completion block, to more; "+
		"or apply a part at a time with -target: what is applied is not asked for again.",
		left[0].why, p.answered.Load(), len(left), list)
}

// notSetUp is the ordinary error for what is missing, with a hint.
func notSetUp(g *gap, hint string) diag.Diagnostics {
	if hint == "" {
		hint = "To let a model complete what is missing from the description, set CW_MODEL, and CW_API_KEY for a service that wants a key " +
			"or CW_BASE_URL for a server of your own. Then plan again."
	}
	if g.outdated != "" {
		hint = fmt.Sprintf("What %s completed was for another description, or for other arguments. %s", g.outdated, hint)
	}
	ds := says(g.missing)
	ds[len(ds)-1].Detail += " " + hint // once is enough
	return ds
}

// notCompleted says why a model gave no answer, and what to do.
func notCompleted(in instance, g *gap, err error) diag.Diagnostics {
	var failed *ask.Error
	if errors.As(err, &failed) && failed.Reason == ask.NotConfigured {
		return notSetUp(g, failed.Detail)
	}
	rng := in.resource.Range
	return diag.Diagnostics{{Summary: "Resource could not be completed", Subject: &rng, Detail: fmt.Sprintf(
		"This resource lacks %s, and asking a model for it failed. %s Or write the argument yourself: then nobody is asked.",
		quotedNames(g.missing), sentence(err.Error()))}}
}

// sentence returns text with a full stop behind it.
func sentence(text string) string {
	if text = strings.TrimSpace(text); strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// modelName returns a server's name for a model as it is remembered and shown.
func modelName(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	if name == "" {
		return "a model"
	}
	if runes := []rune(name); len(runes) > maxModelName {
		name = string(runes[:maxModelName])
	}
	return name
}

// checkRecompleted warns of what was to be asked for again and is not a model's to
// complete.
func (p *planner) checkRecompleted() {
	for i, t := range p.opts.Recomplete {
		if !p.recomplete[i].Load() && p.isNamed(t) && !p.Diagnostics().HasErrors() {
			p.report(diag.Warningf("Nothing to complete", "-recomplete=%s names nothing that a model completes: what is there has all its arguments, has no description, "+
				"or is left out by another option. Take an argument out of the configuration to have it completed.", t))
		}
	}
}
