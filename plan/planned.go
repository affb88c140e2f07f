package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
)

// checkPlanned checks that a provider's plan changes only what it may: what
// the user set stays as proposed, and so does what is not computed. What it says
// must be replaced must be there.
func checkPlanned(t *Type, cfg, proposed, planned cty.Value, replace []cty.Path) error {
	if planned == cty.NilVal || planned.IsNull() || planned.Type().TestConformance(t.Type()) != nil {
		return fmt.Errorf("is not an object of the type %s", t.Name)
	}
	for _, path := range replace {
		if _, err := path.Apply(planned); err != nil {
			if _, err := path.Apply(cty.UnknownVal(t.Type())); err != nil {
				return fmt.Errorf("is to be replaced for %q, which it does not have", strings.TrimPrefix(eval.PathString(path), "."))
			}
		}
	}
	return checkPlannedObject(t.Object(), cfg, proposed, planned, "")
}

func checkPlannedObject(obj *providers.Object, cfg, proposed, planned cty.Value, within string) error {
	switch {
	case !proposed.IsKnown() || proposed.RawEquals(planned):
		return nil
	case proposed.IsNull() || planned.IsNull() || !planned.IsKnown():
		return fmt.Errorf("changes %q, which is not computed", strings.TrimSuffix(within, "."))
	}
	for _, name := range slices.Sorted(maps.Keys(obj.Attributes)) {
		a := obj.Attributes[name]
		was, is := proposed.GetAttr(name), planned.GetAttr(name)
		set := cty.DynamicVal // where it cannot be told what belongs to what
		if !cfg.IsNull() && cfg.IsKnown() {
			set = cfg.GetAttr(name)
		}
		switch {
		case was.RawEquals(is):
		case a.Nested != nil && a.Computed && set.IsNull():
		case a.Nested != nil:
			if err := checkPlannedNested(a.Nested, set, was, is, within+name); err != nil {
				return err
			}
		case !a.Computed:
			return fmt.Errorf("changes %q, which is not computed", within+name)
		case !set.IsNull() && set.IsWhollyKnown():
			return fmt.Errorf("changes %q, which the configuration sets", within+name)
		}
	}
	return nil
}

// checkPlannedNested does so for objects inside. Those of a set cannot be told
// apart when something in them is computed: they are counted.
func checkPlannedNested(n *providers.Nested, cfg, proposed, planned cty.Value, name string) error {
	if !proposed.IsKnown() {
		return nil
	}
	changed := fmt.Errorf("changes %q, which is not computed", name)
	if !planned.IsKnown() || proposed.IsNull() || planned.IsNull() {
		return changed
	}
	if n.Nesting == providers.NestingSingle {
		return checkPlannedObject(&n.Object, cfg, proposed, planned, name+".")
	}
	if !proposed.Length().RawEquals(planned.Length()) {
		return changed
	}
	if n.Nesting == providers.NestingSet {
		if proposed.IsWhollyKnown() && !computesAnything(&n.Object) {
			return changed
		}
		return nil
	}
	for it := proposed.ElementIterator(); it.Next(); {
		key, was := it.Element()
		if planned.HasIndex(key).False() {
			return changed
		}
		set := cty.DynamicVal
		if !cfg.IsNull() && cfg.IsKnown() && cfg.HasIndex(key).True() {
			set = cfg.Index(key)
		}
		if err := checkPlannedObject(&n.Object, set, was, planned.Index(key), name+"."); err != nil {
			return err
		}
	}
	return nil
}

func computesAnything(obj *providers.Object) bool {
	for _, a := range obj.Attributes {
		if a.Computed || a.Nested != nil && computesAnything(&a.Nested.Object) {
			return true
		}
	}
	return false
}
