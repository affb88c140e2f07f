package providers

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestTierAt(t *testing.T) {
	attribute := func(tier Tier) *Attribute { return &Attribute{Type: cty.String, Optional: true, Tier: tier} }
	nested := func(tier Tier, attrs map[string]*Attribute) *Attribute {
		return &Attribute{Optional: true, Tier: tier, Nested: &Nested{Nesting: NestingMap, Object: Object{Attributes: attrs}}}
	}
	secret := attribute(TierFree)
	secret.Sensitive = true
	computed := &Attribute{Type: cty.String, Computed: true, Tier: TierFree}
	o := &Object{Attributes: map[string]*Attribute{
		"free": attribute(TierFree), "approval": attribute(TierApproval), "never": attribute(TierNever), "secret": secret, "computed": computed,
		"all":     nested(TierFree, map[string]*Attribute{"free": attribute(TierFree), "approval": attribute(TierApproval), "computed": computed}),
		"some":    nested(TierFree, map[string]*Attribute{"free": attribute(TierFree), "never": attribute(TierNever)}),
		"forgot":  nested(TierApproval, map[string]*Attribute{"free": attribute(TierFree), "nobody": {Type: cty.String, Required: true}}),
		"hides":   nested(TierFree, map[string]*Attribute{"free": attribute(TierFree), "secret": secret}),
		"outside": nested(TierNever, map[string]*Attribute{"free": attribute(TierFree)}),
		"deep":    nested(TierFree, map[string]*Attribute{"x": nested(TierApproval, map[string]*Attribute{"free": attribute(TierFree)})}),
		"deeper":  nested(TierFree, map[string]*Attribute{"x": nested(TierFree, map[string]*Attribute{"never": attribute(TierNever)})}),
	}}
	for path, want := range map[string]Tier{
		"free": TierFree, "approval": TierApproval, "never": TierNever, "secret": TierNever, "computed": TierNever,
		"all": TierApproval, "all.free": TierFree, "all.approval": TierApproval, "all.computed": TierNever,
		"some": TierNever, "some.free": TierFree, "some.never": TierNever,
		"forgot": TierNever, "forgot.free": TierApproval, "forgot.nobody": TierNever,
		"hides": TierNever, "hides.free": TierFree, "hides.secret": TierNever,
		"outside": TierNever, "outside.free": TierNever,
		"deep": TierApproval, "deep.x": TierApproval, "deep.x.free": TierApproval, "deeper": TierNever, "deeper.x": TierNever,
		"": TierNever, "there.is.none": TierNever, "free.x": TierNever, "all.x": TierNever,
	} {
		if got := o.TierAt(strings.Split(path, ".")...); got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
	if o.TierAt() != TierNever {
		t.Error("nothing has a tier")
	}
}
