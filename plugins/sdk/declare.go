package sdk

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// ResourceType is a declared type of resource of a provider with clients of
// type C. Resource makes it.
type ResourceType[C any] struct{ r *resource[C] }

// resource is a type of resource with its struct out of sight: objects go in and
// come out as the core knows them. A function that is nil is not there.
type resource[C any] struct {
	declared
	schema *providers.ResourceType

	create   func(ctx context.Context, c *Call[C], planned, replaces cty.Value) answer
	read     func(ctx context.Context, c *Call[C], state cty.Value) answer
	update   func(ctx context.Context, c *Call[C], prior, planned cty.Value) answer
	remove   func(ctx context.Context, c *Call[C], prior cty.Value) error
	restart  func(ctx context.Context, c *Call[C], prior cty.Value) answer
	plan     func(ctx context.Context, c *Call[C], prior, proposed cty.Value) planned
	find     func(ctx context.Context, c *Call[C], id string) answer
	diagnose func(ctx context.Context, c *Call[C], state cty.Value) (Diagnosis, error)
	watch    func(ctx context.Context, c *Call[C], objects []providers.WatchTarget, tell func(address, kind, message string)) error
	recover  func(ctx context.Context, c *Call[C], req providers.RecoverRequest) answer
	upgrades []Upgrade
}

// declared is what types of resources, data sources and asserts have in common.
type declared struct {
	name, doc string
	model     *model
	check     ConfigValidator // or nil
	options   options
	problems  []error
}

func (d *declared) fail(format string, args ...any) {
	d.problems = append(d.problems, fmt.Errorf(format, args...))
}

// declare makes what is declared by M and options.
func declare[M any](name, doc string, on kind, given []Option) declared {
	d := declared{name: name, doc: doc}
	d.problems = d.options.take(given, on)
	raw := reflect.TypeFor[M]() == reflect.TypeFor[cty.Value]()
	switch {
	case raw && d.options.attributes == nil:
		d.fail("its methods take a cty.Value, so its attributes must be declared with the option Attributes")
	case raw:
		d.model = explicitModel(d.options.attributes)
	case d.options.attributes != nil:
		d.fail("its attributes are declared twice, with the option Attributes and by %s; for the former, its methods take a cty.Value",
			reflect.TypeFor[M]())
	default:
		var err error
		if d.model, err = modelOf(reflect.TypeFor[M]()); err != nil {
			d.problems = append(d.problems, err)
		}
	}
	if d.model == nil { // something wrong, which is said
		d.model = explicitModel(nil)
	}
	return d
}

// object is the schema of it.
func (d *declared) object() providers.Object {
	o := d.model.root.object
	o.Description = d.doc
	o.ExactlyOneOf, o.AtMostOneOf, o.AtLeastOneOf = d.options.object.ExactlyOneOf, d.options.object.AtMostOneOf, d.options.object.AtLeastOneOf
	return o
}

// validates tells whether there is more to check than the schema says.
func (d *declared) validates() bool { return d.model.validates || d.check != nil }

func (d *declared) validate(config cty.Value) diag.Diagnostics {
	ds := d.model.validate(config)
	if d.check != nil {
		ds = append(ds, diagnose(d.check.ValidateConfig(config), "Invalid configuration")...)
	}
	return ds
}

// answer is what comes of a method that returns an object.
type answer struct {
	state    cty.Value // null for none; conforms to the type, wholly known
	err      error
	mistakes diag.Diagnostics // of the provider
}

// planned is what comes of a Plan.
type planned struct {
	state    cty.Value
	replace  []string
	err      error
	mistakes diag.Diagnostics
}

// answerOf turns what a method has returned into an answer.
func answerOf[M any](d *declared, method string, m *M, err error) answer {
	a := answer{state: cty.NullVal(d.model.ty), err: err}
	if m == nil {
		return a
	}
	e := &encoder{typeName: d.name, method: method}
	a.state = encode(d.model, m, e)
	a.mistakes = e.problems
	return a
}

// Resource declares a type of resource: its name, such as "acme_thing", a
// sentence about it for the documentation, and the handler that makes its
// objects real. C and M follow from the handler's methods.
//
//	sdk.Resource("acme_thing", "A thing on the server.", things{}, sdk.CheckEvery(30*time.Second))
func Resource[C, M any](name, doc string, handler ResourceHandler[C, M], opts ...Option) ResourceType[C] {
	r := &resource[C]{declared: declare[M](name, doc, aResource, opts)}
	if handler == nil {
		r.fail("it has no handler")
		return ResourceType[C]{r}
	}
	bindCore(r, handler)
	bindMore(r, handler)
	if up, ok := handler.(Upgrader); ok {
		r.upgrades = up.Upgrades()
	}
	r.check, _ = handler.(ConfigValidator)
	r.problems = append(r.problems, misspelt[C, M](handler)...)
	for _, f := range r.model.root.fields {
		if r.update == nil && (f.attr.Required || f.attr.Optional) && !f.attr.ForceNew {
			r.fail("%s: %T has no method Update, so a change of it must replace the object: add the option replace, or the method", f.where, handler)
		}
	}
	r.schema = &providers.ResourceType{
		Object: r.object(), Version: len(r.upgrades),
		CustomPlan: r.plan != nil, PlanAlways: r.model.root.planAlways, CustomValidate: r.validates(),
		Restartable: r.restart != nil, Watchable: r.watch != nil, Identity: r.options.identity,
	}
	if r.options.checkInterval != 0 {
		r.schema.CheckInterval = r.options.checkInterval.String()
	}
	return ResourceType[C]{r}
}

// bindCore ties the methods that make changes.
func bindCore[C, M any](r *resource[C], handler ResourceHandler[C, M]) {
	m := r.model
	r.create = func(ctx context.Context, c *Call[C], planned, replaces cty.Value) answer {
		want, err := decode[M](m, planned, &decoder{})
		if err != nil {
			return answerOf[M](&r.declared, "Create", nil, err)
		}
		if replaces != cty.NilVal && !replaces.IsNull() {
			if old, err := decode[M](m, replaces, &decoder{}); err == nil {
				c.replaces = &old
			}
		}
		made, err := handler.Create(ctx, c, want)
		return answerOf(&r.declared, "Create", made, err)
	}
	r.read = func(ctx context.Context, c *Call[C], state cty.Value) answer {
		was, err := decode[M](m, state, &decoder{})
		if err != nil {
			return answerOf[M](&r.declared, "Read", nil, err)
		}
		found, err := handler.Read(ctx, c, was)
		return answerOf(&r.declared, "Read", found, err)
	}
	r.remove = func(ctx context.Context, c *Call[C], prior cty.Value) error {
		was, err := decode[M](m, prior, &decoder{})
		if err != nil {
			return err
		}
		return handler.Delete(ctx, c, was)
	}
	if h, ok := handler.(Updater[C, M]); ok {
		r.update = func(ctx context.Context, c *Call[C], prior, planned cty.Value) answer {
			was, err := decode[M](m, prior, &decoder{})
			want, err2 := decode[M](m, planned, &decoder{})
			if err = errors.Join(err, err2); err != nil {
				return answerOf[M](&r.declared, "Update", nil, err)
			}
			made, err := h.Update(ctx, c, was, want)
			return answerOf(&r.declared, "Update", made, err)
		}
	}
	if h, ok := handler.(Restarter[C, M]); ok {
		r.restart = func(ctx context.Context, c *Call[C], prior cty.Value) answer {
			was, err := decode[M](m, prior, &decoder{})
			if err != nil {
				return answerOf[M](&r.declared, "Restart", nil, err)
			}
			made, err := h.Restart(ctx, c, was)
			return answerOf(&r.declared, "Restart", made, err)
		}
	}
}

// bindMore ties those that look, plan and find.
func bindMore[C, M any](r *resource[C], handler ResourceHandler[C, M]) {
	m := r.model
	if h, ok := handler.(Planner[C, M]); ok {
		r.plan = func(ctx context.Context, c *Call[C], prior, proposed cty.Value) planned {
			return planWith(ctx, &r.declared, h, c, prior, proposed)
		}
	}
	if h, ok := handler.(Importer[C, M]); ok {
		r.find = func(ctx context.Context, c *Call[C], id string) answer {
			found, err := h.Import(ctx, c, id)
			return answerOf(&r.declared, "Import", found, err)
		}
	}
	if h, ok := handler.(Diagnoser[C, M]); ok {
		r.diagnose = func(ctx context.Context, c *Call[C], state cty.Value) (Diagnosis, error) {
			was, err := decode[M](m, state, &decoder{})
			if err != nil {
				return Diagnosis{}, err
			}
			return h.Diagnose(ctx, c, was)
		}
	}
	if h, ok := handler.(Watcher[C, M]); ok {
		r.watch = func(ctx context.Context, c *Call[C], objects []providers.WatchTarget, tell func(string, string, string)) error {
			w := &Watch[M]{tell: tell}
			for _, o := range objects {
				was, err := decode[M](m, o.State, &decoder{})
				if err != nil {
					return err
				}
				w.Objects = append(w.Objects, Watched[M]{o.Address, was})
			}
			return h.Watch(ctx, c, w)
		}
	}
	if h, ok := handler.(Recoverer[C, M]); ok {
		r.recover = func(ctx context.Context, c *Call[C], req providers.RecoverRequest) answer {
			lost := Lost[M]{Action: req.Action, Intent: req.Intent}
			var err error
			if !req.Prior.IsNull() {
				was, e := decode[M](m, req.Prior, &decoder{})
				lost.Was, err = &was, e
			}
			if !req.Planned.IsNull() {
				want, e := decode[M](m, req.Planned, &decoder{unsetIsUnknown: true})
				lost.Want, err = &want, errors.Join(err, e)
			}
			if err != nil {
				return answerOf[M](&r.declared, "Recover", nil, err)
			}
			found, err := h.Recover(ctx, c, lost)
			return answerOf(&r.declared, "Recover", found, err)
		}
	}
}

// planWith asks a Planner, if everything is known that must be for that.
func planWith[C, M any](ctx context.Context, d *declared, h Planner[C, M], c *Call[C], prior, proposed cty.Value) planned {
	out := planned{state: proposed}
	want, err := decode[M](d.model, proposed, &decoder{})
	if _, unknown := err.(incomplete); unknown {
		return out
	}
	p := &Plan[M]{Want: &want}
	if err == nil && !prior.IsNull() {
		was, e := decode[M](d.model, prior, &decoder{})
		p.Was, err = &was, e
	}
	if err == nil {
		err = h.Plan(ctx, c, p)
	}
	if out.err = err; err != nil {
		return out
	}
	e := &encoder{unknown: true, typeName: d.name, method: "Plan"}
	out.state = speller{}.object(&d.model.root.object, proposed, encode(d.model, p.Want, e))
	out.replace, out.mistakes = p.replace, e.problems
	return out
}

// misspelt finds methods of a handler that have the name of an optional one, and
// are none.
func misspelt[C, M any](handler any) []error {
	t := reflect.TypeOf(handler)
	var problems []error
	optional := func(name string, want reflect.Type) {
		where := fmt.Sprintf("%s, method %s", t, name)
		signature := want.Method(0).Type.String()
		if m, ok := t.MethodByName(name); ok && !t.Implements(want) {
			problems = append(problems, fmt.Errorf("%s: it is %s, which is not what the SDK looks for: %s",
				where, withoutReceiver(m.Type), signature))
		} else if _, ok := reflect.PointerTo(t).MethodByName(name); ok && t.Kind() != reflect.Pointer && !t.Implements(want) {
			problems = append(problems, fmt.Errorf("%s: it is a method of the pointer: declare the type with &%s{}", where, t.Name()))
		}
	}
	optional("Update", reflect.TypeFor[Updater[C, M]]())
	optional("Plan", reflect.TypeFor[Planner[C, M]]())
	optional("Import", reflect.TypeFor[Importer[C, M]]())
	optional("Diagnose", reflect.TypeFor[Diagnoser[C, M]]())
	optional("Watch", reflect.TypeFor[Watcher[C, M]]())
	optional("Recover", reflect.TypeFor[Recoverer[C, M]]())
	optional("Restart", reflect.TypeFor[Restarter[C, M]]())
	optional("Upgrades", reflect.TypeFor[Upgrader]())
	optional("ValidateConfig", reflect.TypeFor[ConfigValidator]())
	return problems
}

// withoutReceiver is the type of a method as it is written.
func withoutReceiver(t reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	for i := range t.NumOut() {
		out = append(out, t.Out(i))
	}
	return reflect.FuncOf(in, out, t.IsVariadic())
}
