package apply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// TestRunVetted: what the gates let through is applied once, and remembered; what they
// did not see is not.
func TestRunVetted(t *testing.T) {
	p := coretest.New(t, "resource \"memory_item\" \"a\" {\n  name  = \"a\"\n  limit = \"64KiB\"\n}\n")
	p.Run(plan.Options{})
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	a := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
	v := vet.Vet(t.Context(), vet.Request{
		Answer: []byte(`{"verdict":"fix","cause":"too little","evidence":[],"confidence":1,"changes":[{"path":"limit","value":"128KiB"}]}`),
		Target: a, Input: in, Serial: in.State.Serial, ConfigHash: in.Config.Hash, Spent: func() error { return nil },
		Origin: state.Origin{Model: "m", Time: time.Unix(1_700_000_000, 0).UTC()}, Hash: coretest.Summary,
		Policy: plan.Policy{Mode: plan.HealAuto, AI: &plan.AIPolicy{MaxChanges: 1, Allow: []plan.AllowPattern{{Type: "memory_item", Name: "a", Attribute: "limit"}}}},
	})
	if v.Vetted == nil {
		t.Fatalf("%+v", v.Gates)
	}
	from := apply.Input{Input: in, Store: store}
	for name, nothing := range map[string]*vet.Plan{"nil": nil, "made up": {}} {
		if _, diags := apply.RunVetted(t.Context(), from, nothing, apply.Options{}); !strings.Contains(diags.Error(), "was not vetted") {
			t.Errorf("%s: %v", name, diags)
		}
	}
	if _, diags := apply.RunVetted(t.Context(), from, v.Vetted, apply.Options{}); diags.HasErrors() {
		t.Fatal(diags)
	}
	if o, attributes := objectOf(p, a); attributes["limit"] != "128KiB" || len(o.Overlay) != 1 || o.Overlay[0].Origin.Model != "m" {
		t.Errorf("%v, %+v", attributes, o.Overlay)
	}
	if _, diags := apply.RunVetted(t.Context(), from, v.Vetted, apply.Options{}); !diags.HasErrors() {
		t.Error("the same was applied twice")
	}
}
