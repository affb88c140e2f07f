package conformance

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Config makes of the file what the suite is told, for a provider with the given
// schema and a project with the given name and folder. Everything in the file is
// evaluated once, so that mistakes are found before anything is run.
func (f *File) Config(schema *providers.Schema, project providers.Project) (providertest.Config, diag.Diagnostics) {
	if ds := f.others(func(kind, typeName string) bool {
		if kind == "data" {
			return schema.Data[typeName] != nil
		}
		return schema.Resources[typeName] != nil
	}); ds.HasErrors() {
		return providertest.Config{Project: project}, ds
	}
	b := builder{schema: schema, trial: providertest.Env{Project: project, Name: "cwtest-trial"},
		cfg: providertest.Config{Project: project, Partial: f.Partial}, resources: map[string]*block{}}
	for _, blk := range f.blocks {
		if blk.Type == "resource" {
			b.resources[blk.name()] = blk
		}
	}
	for _, blk := range f.blocks {
		switch blk.Type {
		case "provider":
			b.provider(blk)
		case "resource":
			b.resource(blk)
		case "data":
			b.data(blk)
		case "assert":
			b.assert(blk)
		case "upgrade":
			b.upgrade(blk)
		}
	}
	return b.cfg, b.diags
}

type builder struct {
	schema    *providers.Schema
	trial     providertest.Env
	cfg       providertest.Config
	resources map[string]*block
	diags     diag.Diagnostics
}

func (b *builder) report(ds diag.Diagnostics) bool {
	b.diags = append(b.diags, ds...)
	return !ds.HasErrors()
}

// known tells whether the schema has the type that a block is about.
func known[T any](b *builder, blk *block, what string, types map[string]T) (T, bool) {
	t, ok := types[blk.Labels[0]]
	if !ok {
		b.report(diag.At(blk.LabelRanges[0], "Unknown type", "The provider has no %s %q.%s", what, blk.Labels[0],
			diag.DidYouMean(blk.Labels[0], slices.Sorted(maps.Keys(types)))))
	}
	return t, ok
}

func (b *builder) provider(blk *block) {
	attrs, ds := decode(b.schema.Provider, blk.Body, evalContext(b.trial), true)
	if b.report(ds) {
		b.cfg.Provider = attrs
	}
}

func (b *builder) resource(blk *block) {
	t, ok := known(b, blk, "resource type", b.schema.Resources)
	if !ok {
		return
	}
	if blk.inner("config") == nil {
		b.report(blk.missing(`block "config", which is what a valid object looks like`))
		return
	}
	if (blk.attrs["foreign"] == nil) != (blk.attrs["intact"] == nil) {
		b.report(blk.missing(`pair of "foreign", which makes something that is in the way, and "intact", which looks whether it is as it was: it has only one of them`))
		return
	}
	if _, ds := newCase(&t.Object, blk, b.trial); !b.report(ds) {
		return
	}
	b.cfg.Resources = append(b.cfg.Resources, providertest.Resource{Type: blk.Labels[0], Name: blk.name(), Alone: blk.alone,
		New: func(tb testing.TB, env providertest.Env) providertest.Case {
			tb.Helper()
			c, ds := newCase(&t.Object, blk, env)
			if err := errorOf(ds); err != nil {
				tb.Fatal(err)
			}
			c.before(tb)
			return c.Case
		}})
}

// prepared is a case with what comes before it.
type prepared struct {
	providertest.Case
	first *command
}

func (p prepared) before(t testing.TB) {
	t.Helper()
	if p.first != nil {
		p.first.do(t)
	}
}

// newCase evaluates a block about a resource for one object.
func newCase(obj *providers.Object, blk *block, env providertest.Env) (prepared, diag.Diagnostics) {
	e := evaluator{ctx: evalContext(env), obj: obj, dir: env.Project.Dir}
	var p prepared
	c := &p.Case
	c.Config = e.whole(blk.inner("config"))
	c.Update, c.Replace = e.part(c.Config, blk.inner("update")), e.part(c.Config, blk.inner("replace"))
	c.Invalid = e.invalid(c.Config, blk)
	c.ImportID = e.text(blk.attrs["import_id"])
	p.first = e.command(blk, "before")
	if exists := e.command(blk, "exists"); exists != nil {
		c.Exists = exists.holds
	}
	if drift := e.command(blk, "drift"); drift != nil {
		c.Drift = func(t testing.TB) { t.Helper(); drift.do(t) }
	}
	if remove := e.command(blk, "remove"); remove != nil {
		c.Remove = func(t testing.TB) { t.Helper(); remove.do(t) }
	}
	if started := e.command(blk, "started"); started != nil {
		c.Started = func(t testing.TB) string { t.Helper(); return started.do(t) }
	}
	if foreign, intact := e.command(blk, "foreign"), e.command(blk, "intact"); foreign != nil && intact != nil {
		c.Foreign = func(t testing.TB) func() bool {
			t.Helper()
			foreign.do(t)
			return func() bool { t.Helper(); return intact.holds(t) }
		}
	}
	return p, e.diags
}

func (b *builder) data(blk *block) {
	t, ok := known(b, blk, "data source", b.schema.Data)
	if !ok {
		return
	}
	if blk.inner("config") == nil {
		b.report(blk.missing(`block "config", which is what is looked up`))
		return
	}
	read := func(env providertest.Env) (providertest.DataCase, *command, diag.Diagnostics) {
		e := evaluator{ctx: evalContext(env), obj: &t.Object, dir: env.Project.Dir}
		var c providertest.DataCase
		c.Config = e.whole(blk.inner("config"))
		c.Missing = e.part(c.Config, blk.inner("missing"))
		c.Invalid = e.invalid(c.Config, blk)
		if want := blk.inner("want"); want != nil {
			e.obj = settable(&t.Object)
			c.Want = e.part(nil, want)
		}
		return c, e.command(blk, "before"), e.diags
	}
	if _, _, ds := read(b.trial); !b.report(ds) {
		return
	}
	b.cfg.Data = append(b.cfg.Data, providertest.Data{Type: blk.Labels[0], Name: blk.name(),
		New: func(tb testing.TB, env providertest.Env) providertest.DataCase {
			tb.Helper()
			c, before, ds := read(env)
			if err := errorOf(ds); err != nil {
				tb.Fatal(err)
			}
			prepared{first: before}.before(tb)
			return c
		}})
}

func (b *builder) assert(blk *block) {
	t, ok := known(b, blk, "assert", b.schema.Asserts)
	if !ok {
		return
	}
	e := evaluator{ctx: evalContext(b.trial), obj: &t.Object, dir: b.trial.Project.Dir}
	name := e.text(blk.attrs["resource"])
	switch about := b.resources[name]; {
	case name == "":
		b.report(blk.missing(`"resource", which names the case that it is about`))
		return
	case about == nil:
		b.report(diag.At(blk.attrs["resource"].Range(), "Unknown case", "There is no case %q of a resource in the file.%s", name,
			diag.DidYouMean(name, slices.Sorted(maps.Keys(b.resources)))))
		return
	case blk.attrs["break"] == nil && about.attrs["remove"] == nil:
		b.report(blk.missing(`"break", which makes the assert fail; the resource has no "remove" either`))
		return
	}
	if _, _, _, ds := newAssert(&t.Object, blk, b.trial); !b.report(append(e.diags, ds...)) {
		return
	}
	b.cfg.Asserts = append(b.cfg.Asserts, asserting(&t.Object, blk, name))
}

// newAssert evaluates a block about an assert for one object.
func newAssert(obj *providers.Object, blk *block, env providertest.Env) (config providertest.Attrs, broken *command, invalid []providertest.Invalid, ds diag.Diagnostics) {
	e := evaluator{ctx: evalContext(env), obj: obj, dir: env.Project.Dir}
	config = e.whole(blk.inner("config"))
	if blk.inner("config") == nil { // then nothing is required
		config = e.whole(&hclsyntax.Block{Body: &hclsyntax.Body{SrcRange: blk.Range(), EndRange: blk.CloseBraceRange}})
	}
	return config, e.command(blk, "break"), e.invalid(config, blk), e.diags
}

func asserting(obj *providers.Object, blk *block, resource string) providertest.Assert {
	// What was evaluated for the trial is evaluated for each object.
	of := func(c providertest.Case) (providertest.Attrs, *command, []providertest.Invalid) {
		// It went well before, and only the name is another.
		config, broken, invalid, _ := newAssert(obj, blk, c.Env)
		return config, broken, invalid
	}
	a := providertest.Assert{Type: blk.Labels[0], Name: blk.name(), Resource: resource,
		Config:  func(c providertest.Case) providertest.Attrs { config, _, _ := of(c); return config },
		Invalid: func(_ testing.TB, c providertest.Case) []providertest.Invalid { _, _, invalid := of(c); return invalid },
	}
	if blk.attrs["break"] != nil {
		a.Break = func(t testing.TB, c providertest.Case) {
			t.Helper()
			_, broken, _ := of(c)
			broken.do(t)
		}
	}
	return a
}

func (b *builder) upgrade(blk *block) {
	t, ok := known(b, blk, "resource type", b.schema.Resources)
	if !ok {
		return
	}
	e := evaluator{ctx: evalContext(b.trial), obj: settable(&t.Object), dir: b.trial.Project.Dir}
	u := providertest.Upgrade{Type: blk.Labels[0], State: e.text(blk.attrs["state"]), Want: e.part(nil, blk.inner("want"))}
	if expr := blk.attrs["version"]; expr != nil {
		v, hdiags := expr.Value(e.ctx)
		e.report(diag.FromHCL(hdiags))
		n, err := convert.Convert(v, cty.Number)
		if err != nil || n.IsNull() || !n.IsKnown() || !n.AsBigFloat().IsInt() {
			e.report(diag.At(expr.Range(), "Not a version", "A version is a whole number from 0 on."))
		} else {
			version, _ := n.AsBigFloat().Int64()
			u.Version = int(version)
		}
	}
	if u.State == "" || u.Want == nil {
		e.report(blk.missing(`"state", which is the stored object in JSON, and block "want", which is what becomes of it`))
	}
	if b.report(e.diags) {
		b.cfg.Upgrades = append(b.cfg.Upgrades, u)
	}
}

// settable is obj with everything optional, for what a provider is expected to
// return.
func settable(obj *providers.Object) *providers.Object {
	out := &providers.Object{Attributes: map[string]*providers.Attribute{}}
	for name, a := range obj.Attributes {
		free := *a
		free.Required, free.Computed, free.Optional = false, false, true
		if free.Nested != nil {
			n := *free.Nested
			n.Object = *settable(&n.Object)
			n.MinItems, n.MaxItems = 0, 0
			free.Nested = &n
		}
		out.Attributes[name] = &free
	}
	return out
}

// evaluator evaluates what is in a block.
type evaluator struct {
	ctx   *hcl.EvalContext
	obj   *providers.Object
	dir   string
	diags diag.Diagnostics
}

func (e *evaluator) report(ds diag.Diagnostics) { e.diags = append(e.diags, ds...) }

func (e *evaluator) whole(b *hclsyntax.Block) providertest.Attrs {
	if b == nil {
		return nil
	}
	attrs, ds := decode(e.obj, b.Body, e.ctx, true)
	e.report(ds)
	return over(nil, attrs)
}

func (e *evaluator) part(base providertest.Attrs, b *hclsyntax.Block) providertest.Attrs {
	if b == nil {
		return nil
	}
	attrs, ds := decode(e.obj, b.Body, e.ctx, false)
	e.report(ds)
	if base == nil {
		return attrs // also what is to be null
	}
	return over(base, attrs)
}

func (e *evaluator) invalid(base providertest.Attrs, b *block) (all []providertest.Invalid) {
	for _, inner := range b.blocks["invalid"] {
		bad := providertest.Invalid{Name: inner.Labels[0], Config: e.part(base, inner)}
		if bad.Name == "" {
			bad.Name = "invalid"
		} else {
			var err error
			if bad.Path, err = Path(inner.Labels[0]); err != nil {
				e.report(diag.At(inner.LabelRanges[0], "Not an attribute", "%s. Correct it.", err))
				continue
			}
		}
		all = append(all, bad)
	}
	return all
}

func (e *evaluator) text(expr hclsyntax.Expression) string {
	if expr == nil {
		return ""
	}
	v, hdiags := expr.Value(e.ctx)
	e.report(diag.FromHCL(hdiags))
	if hdiags.HasErrors() {
		return ""
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() || !s.IsKnown() {
		e.report(diag.At(expr.Range(), "Not a text", "A text is wanted here."))
		return ""
	}
	return s.AsString()
}

func (e *evaluator) command(b *block, name string) *command {
	expr := b.attrs[name]
	if expr == nil {
		return nil
	}
	c, ds := commandOf(name, expr, e.ctx, e.dir)
	e.report(ds)
	return c
}
