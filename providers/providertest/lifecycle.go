package providertest

import (
	"context"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func testValidate(t T, th *thing) {
	check := func(t testing.TB, attrs Attrs) diag.Diagnostics {
		config := th.value(t, attrs)
		return th.validate(t, providers.KindResource, th.target.Type, &th.rt.Object, config)
	}
	for name, attrs := range map[string]Attrs{"Config": th.Config, "Update": th.Update, "Replace": th.Replace} {
		if attrs != nil {
			noErrors(t, "Validate of the case's "+name, check(t, attrs))
		}
	}
	for _, bad := range th.Invalid {
		t.Run(bad.Name, func(t T) { wantRefused(t, bad, check(t, bad.Config)) })
	}
	if len(th.Invalid) > 0 && !th.rt.CustomValidate {
		t.Error("validation refuses more than the schema says, but the type has no CustomValidate, so the core would not call it")
	}
}

func wantRefused(t testing.TB, bad Invalid, ds diag.Diagnostics) {
	t.Helper()
	if !ds.HasErrors() {
		t.Fatal("Validate accepts an invalid configuration")
	}
	if bad.Path == nil {
		return
	}
	for _, d := range ds {
		if d.Severity == diag.Error && d.Path.Equals(bad.Path) {
			return
		}
	}
	t.Errorf("Validate reports no error at %s, but %v", pathText(bad.Path), ds)
}

// testNull gives configurations with nothing, or no object at all; errors are
// right, panics are not.
func testNull(t T, th *thing) {
	th.validate(t, providers.KindResource, th.target.Type, &th.rt.Object, th.value(t, nil))
	for name := range th.Config {
		attrs := Attrs{}
		for other, v := range th.Config {
			if other != name {
				attrs[other] = v
			}
		}
		config := th.value(t, attrs)
		th.validate(t, providers.KindResource, th.target.Type, &th.rt.Object, config)
		if th.rt.Attributes[name].Optional { // the core plans nothing without what is required
			th.tryPlan(t, object{}, config)
		}
	}
}

// testUnknown makes each attribute unknown, one at a time and all at once, in
// what is validated and planned, with nothing there and with something.
func testUnknown(t T, th *thing) {
	made := th.create(t)
	defer th.destroy(t, made)
	try := func(what string, attrs Attrs) {
		config := th.value(t, attrs)
		noErrors(t, "Validate with unknown "+what, th.validate(t, providers.KindResource, th.target.Type, &th.rt.Object, config))
		for _, was := range []object{{}, made} {
			_, ds := th.tryPlan(t, was, config)
			noErrors(t, "Plan with unknown "+what, ds)
		}
	}
	all := Attrs{}
	for name := range th.Config {
		attrs := Attrs{}
		for other, v := range th.Config {
			attrs[other] = v
		}
		all[name] = cty.DynamicVal
		attrs[name] = cty.DynamicVal
		try(name, attrs)
		if v := th.Config[name]; v.CanIterateElements() && v.LengthInt() > 0 && !v.Type().IsSetType() {
			attrs[name] = unknownInside(v)
			try("inside "+name, attrs)
		}
	}
	try("everything", all)
}

// unknownInside makes the leaves of a value unknown.
func unknownInside(v cty.Value) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.Type().IsPrimitiveType() {
			return cty.UnknownVal(v.Type()), nil
		}
		return v, nil
	})
	if err != nil {
		return cty.DynamicVal
	}
	return out
}

func testCreate(t T, th *thing) {
	th.wantExists(t, false, "before Apply (create)")
	made := th.create(t)
	th.wantExists(t, true, "after Apply (create)")
	now := th.read(t, made)
	wantSame(t, "after Apply (create)", made.state, now.state)
	th.wantSettled(t, now, th.value(t, th.Config), "after a create")
	th.destroy(t, now)
}

// testCreateUnplanned leaves everything computed to Apply, as when the
// configuration became known only after the plan.
func testCreateUnplanned(t T, th *thing) {
	made := th.apply(t, providers.Create, object{}, th.unplanned(t))
	now := th.read(t, made)
	wantSame(t, "after Apply (create)", made.state, now.state)
	th.wantSettled(t, now, th.value(t, th.Config), "after a create")
	th.destroy(t, now)
}

// unplanned is a plan to create that Plan was not asked about.
func (th *thing) unplanned(t testing.TB) plan {
	t.Helper()
	config := th.value(t, th.Config)
	return plan{config: config, planned: providers.Propose(&th.rt.Object, cty.NilVal, config)}
}

func testUpdate(t T, th *thing) {
	need(t, th.Update != nil, "Update")
	made := th.create(t)
	p := th.plan(t, made, th.value(t, th.Update))
	switch {
	case len(p.forced) > 0:
		t.Errorf("the case's Update forces a replacement by %s", pathTexts(p.forced))
	case p.noop():
		t.Error("the case's Update is no change")
	}
	updated := th.apply(t, providers.Update, made, p)
	th.wantExists(t, true, "after Apply (update)")
	if len(providers.Changed(&th.rt.Object, made.state, updated.state)) == 0 {
		t.Error("Apply (update) returned the same state as before")
	}
	now := th.read(t, updated)
	wantSame(t, "after Apply (update)", updated.state, now.state)
	th.wantSettled(t, now, p.config, "after an update")
	th.destroy(t, now)
}

func testDrift(t T, th *thing) {
	need(t, th.Drift != nil, "Drift")
	made := th.create(t)
	th.Drift(t)
	now := th.read(t, made)
	if now.state.IsNull() {
		t.Fatal("after a change by hand, Read finds nothing")
	}
	p := th.plan(t, now, th.value(t, th.Config))
	if p.noop() {
		t.Fatal("a change by hand is not seen: the plan shows no changes")
	}
	if len(p.forced) > 0 {
		now = th.replace(t, now, p)
	} else {
		now = th.apply(t, providers.Update, now, p)
	}
	healed := th.read(t, now)
	wantSame(t, "after drift was healed", now.state, healed.state)
	th.wantSettled(t, healed, p.config, "after drift was healed")
	th.destroy(t, healed)
}

func testVanished(t T, th *thing) {
	need(t, th.Remove != nil, "Remove")
	made := th.create(t)
	th.Remove(t)
	th.wantExists(t, false, "after it was removed by hand")
	if now := th.read(t, made); !now.state.IsNull() {
		t.Fatal("Read still finds what was removed by hand")
	}
	made = th.create(t)
	th.wantExists(t, true, "after it was created again")
	th.destroy(t, made)
}

// replace deletes, then creates anew.
func (th *thing) replace(t testing.TB, was object, p plan) object {
	t.Helper()
	th.apply(t, providers.Delete, was, plan{})
	th.wantExists(t, false, "after Apply (delete)")
	fresh := th.plan(t, object{}, p.config)
	return th.apply(t, providers.Create, object{}, fresh)
}

func testReplace(t T, th *thing) {
	need(t, th.Replace != nil, "Replace")
	made := th.create(t)
	p := th.plan(t, made, th.value(t, th.Replace))
	if len(p.forced) == 0 {
		t.Error("the case's Replace does not force a replacement")
	}
	made = th.replace(t, made, p)
	now := th.read(t, made)
	wantSame(t, "after a replacement", made.state, now.state)
	th.wantSettled(t, now, p.config, "after a replacement")
	th.destroy(t, now)
}

func testDeleteGone(t T, th *thing) {
	need(t, th.Remove != nil, "Remove")
	made := th.create(t)
	th.Remove(t)
	th.destroy(t, made)
	th.destroy(t, made) // and once more, for good measure
}

// testForeign has something else in the place of the object.
func testForeign(t T, th *thing) {
	need(t, th.Foreign != nil, "Foreign")
	intact := th.Foreign(t)
	p, ds := th.tryPlan(t, object{}, th.value(t, th.Config))
	if !ds.HasErrors() {
		resp, err := th.tryApply(t.Context(), t, th.request(providers.Create, object{}, p))
		if err != nil {
			t.Fatalf("Apply (create): %v", err)
		}
		if !resp.Diagnostics.HasErrors() {
			t.Fatal("Apply (create) took over what somebody else had made")
		}
		if !resp.State.IsNull() {
			t.Error("Apply (create) failed because of something foreign, but claims to have made an object")
		}
	}
	if !intact() {
		t.Error("Apply (create) touched what somebody else had made")
	}
}

func testImport(t T, th *thing) {
	need(t, th.ImportID != "", "ImportID")
	if found := th.importIt(t); !found.state.IsNull() {
		t.Fatal("Import finds what does not exist")
	}
	th.create(t)
	found := th.importIt(t)
	if found.state.IsNull() {
		t.Fatal("Import does not find what exists")
	}
	now := th.read(t, found)
	wantSame(t, "after Import", found.state, now.state)
	th.wantSettled(t, now, th.value(t, th.Config), "after an import")
	th.destroy(t, now)
}

func (th *thing) importIt(t testing.TB) object {
	t.Helper()
	importer, ok := th.p.(providers.Importer)
	if !ok {
		t.Fatal("the case has an ImportID, but the provider is no Importer")
	}
	resp, err := call(t.Context(), t, "Import", func(ctx context.Context) (providers.ImportResponse, error) {
		return importer.Import(ctx, providers.ImportRequest{Target: th.target, ID: th.ImportID})
	})
	if err != nil {
		t.Fatalf("Import: %v", err)
	}
	checkDiagnostics(t, "Import", &th.rt.Object, resp.Diagnostics)
	noErrors(t, "Import", resp.Diagnostics)
	checkState(t, "Import", th.ty, resp.State)
	return object{resp.State, resp.Private}
}

const atOnce = 24

// testConcurrent lives many lives at once.
func testConcurrent(t T, th *thing) {
	if th.resource.Alone {
		t.Skip("there can be one such object only")
	}
	var things []*thing
	for range atOnce {
		things = append(things, th.thing(t, th.resource))
	}
	together(t, atOnce, func(t testing.TB, i int) {
		th := things[i]
		made := th.create(t)
		now := th.read(t, made)
		wantSame(t, "among many", made.state, now.state)
		if th.Update != nil {
			now = th.apply(t, providers.Update, now, th.plan(t, now, th.value(t, th.Update)))
			wantSame(t, "among many", now.state, th.read(t, now).state)
		}
		th.destroy(t, now)
	})
}
