package vet_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// boxes is a provider whose one type has attributes of every tier, as a container
// has. It counts what it is asked to do.
type boxes struct{ applied *atomic.Int32 }

func (boxes) Schema(context.Context) (*providers.Schema, error) {
	text := func(tier providers.Tier, forceNew bool) *providers.Attribute {
		return &providers.Attribute{Type: cty.String, Optional: true, Tier: tier, ForceNew: forceNew}
	}
	size := text(providers.TierFree, false)
	size.Normalise = providers.NormaliseBytes
	interval := text(providers.TierFree, false)
	interval.Normalise = providers.NormaliseDuration
	timeout := text(providers.TierFree, false)
	timeout.Normalise, timeout.Default = providers.NormaliseDuration, cty.StringVal("60s")
	number := func(required bool) *providers.Attribute {
		return &providers.Attribute{Type: cty.Number, Required: required, Optional: !required, Tier: providers.TierApproval}
	}
	protocol := text(providers.TierApproval, false)
	protocol.Enum = []string{"tcp", "udp"}
	nested := func(tier providers.Tier, nesting providers.Nesting, attrs map[string]*providers.Attribute) *providers.Attribute {
		return &providers.Attribute{Optional: true, Tier: tier, Nested: &providers.Nested{Nesting: nesting, Object: providers.Object{Attributes: attrs}}}
	}
	ports := nested(providers.TierApproval, providers.NestingList, map[string]*providers.Attribute{
		"container": number(true), "host": number(false), "protocol": protocol})
	ports.ForceNew, ports.Normalise = true, providers.NormaliseUnsorted
	healthcheck := nested(providers.TierFree, providers.NestingSingle, map[string]*providers.Attribute{
		"test": text(providers.TierNever, false), "interval": interval})
	healthcheck.ForceNew = true
	return &providers.Schema{Provider: &providers.Object{}, Resources: map[string]*providers.ResourceType{"box_disk": {Object: providers.Object{
		Attributes: map[string]*providers.Attribute{"format": text(providers.TierApproval, true), "id": {Type: cty.String, Computed: true}},
	}}, "box_container": {Restartable: true, Object: providers.Object{
		AtMostOneOf: [][]string{{"networks", "alone"}},
		Attributes: map[string]*providers.Attribute{
			"name":    {Type: cty.String, Required: true, ForceNew: true},
			"image":   text(providers.TierApproval, true),
			"memory":  size,
			"cpus":    {Type: cty.Number, Optional: true, Tier: providers.TierFree},
			"shares":  {Type: cty.Number, Optional: true, Tier: providers.TierFree},
			"restart": text(providers.TierApproval, false),
			"command": text(providers.TierNever, true),
			"env":     {Type: cty.Map(cty.String), Optional: true, ForceNew: true, Tier: providers.TierApproval},
			"token":   {Type: cty.String, Optional: true, Sensitive: true, Tier: providers.TierApproval},
			"pulled":  {Type: cty.String, Optional: true, Computed: true, DependsOn: []string{"image"}},
			"networks": nested(providers.TierApproval, providers.NestingMap, map[string]*providers.Attribute{
				"aliases": {Type: cty.List(cty.String), Optional: true, Tier: providers.TierApproval, Normalise: providers.NormaliseUnsorted}}),
			"alone":       {Type: cty.Bool, Optional: true, Tier: providers.TierApproval},
			"ports":       ports,
			"healthcheck": healthcheck,
			"wait":        nested(providers.TierFree, providers.NestingSingle, map[string]*providers.Attribute{"timeout": timeout}),
			"ulimits":     nested(providers.TierApproval, providers.NestingMap, map[string]*providers.Attribute{"soft": number(true)}),
			"groups":      {Type: cty.Set(cty.String), Optional: true, Tier: providers.TierApproval},
			"forgotten": nested(providers.TierApproval, providers.NestingSingle, map[string]*providers.Attribute{
				"known": text(providers.TierApproval, false), "unknown": {Type: cty.String, Optional: true}}),
			"id": {Type: cty.String, Computed: true},
		}}}}}, nil
}

func (boxes) Configure(context.Context, providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	return providers.ConfigureResponse{}, nil
}

func (boxes) Validate(context.Context, providers.ValidateRequest) (providers.ValidateResponse, error) {
	return providers.ValidateResponse{}, nil
}

func (boxes) Read(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	return providers.ReadResponse{State: req.State, Private: req.Private}, nil
}

func (b boxes) Apply(_ context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	n := b.applied.Add(1)
	if req.Action == providers.Delete {
		return providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}, nil
	}
	vals := req.Planned.AsValueMap()
	for _, name := range []string{"id", "pulled"} {
		if vals[name] == cty.NilVal {
			continue // of another type
		}
		if !vals[name].IsKnown() {
			vals[name] = cty.StringVal(fmt.Sprint(n))
		}
	}
	return providers.ApplyResponse{State: cty.ObjectVal(vals)}, nil
}

func (boxes) Close() error { return nil }

const boxProject = `
variable "password" {
  default   = "hunter2-hunter2"
  sensitive = true
}
resource "box_container" "web" {
  name     = "web"
  image    = "nginx:1.25"
  memory   = "128MiB"
  cpus     = 1
  env      = { MODE = "prod" }
  token    = var.password
  networks = { front = {} }
  healthcheck = {
    test     = "true"
    interval = "10s"
  }
}
resource "box_container" "other" { name = "other" }
resource "box_disk" "data" { format = "ext4" }
`

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// world is a project that is deployed, and a request about it that is allowed if
// only the answer is.
type world struct {
	p       *coretest.Project
	store   *state.Store
	applied *atomic.Int32
	vet.Request
}

func newWorld(t testing.TB) *world { return deployed(t, boxProject) }

// deployed is one with another configuration.
func deployed(t testing.TB, main string) *world {
	applied := &atomic.Int32{}
	w := &world{p: coretest.With(t, map[string]func() providers.Provider{"box": func() providers.Provider { return boxes{applied} }},
		main), applied: applied}
	w.p.Run(plan.Options{})
	applied.Store(0)
	w.store = w.p.Open()
	t.Cleanup(func() { _ = w.store.Close() })
	in, ds := w.p.Input(w.store)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	pattern := func(attribute string) plan.AllowPattern {
		return plan.AllowPattern{Type: "box_container", Name: "*", Attribute: attribute}
	}
	null := cty.NullVal(cty.DynamicPseudoType)
	w.Request = vet.Request{
		Target: w.p.Target("box_container.web").Resource.Instance(addr.NoKey), Input: in,
		Serial: in.State.Serial, ConfigHash: in.Config.Hash, Evidence: []string{"e1", "e2"},
		Origin:  state.Origin{Model: "m", Time: time.Unix(1_700_000_000, 0).UTC(), Incident: "i-1"},
		Secrets: []string{"hunter2-hunter2"}, Spent: func() error { return nil },
		Hash: func(p *plan.Plan) string { return "hash of " + coretest.Summary(p) + fmt.Sprint(p.Overlays) },
		Policy: plan.Policy{Mode: plan.HealAuto, AI: &plan.AIPolicy{
			Allow: []plan.AllowPattern{pattern("memory"), pattern("cpus"), pattern("shares"), pattern("image"), pattern("env"), pattern("networks"),
				pattern("healthcheck.interval"), pattern("command"), pattern("token"), pattern("healthcheck"), pattern("wait"), pattern("ports"),
				pattern("ulimits"), pattern("groups"), pattern("forgotten"), pattern("alone"), {Type: "box_disk", Name: "data", Attribute: "format"}},
			Bounds: map[string]plan.Bound{"memory": {Min: cty.StringVal("64MiB"), Max: cty.StringVal("512MiB")},
				"shares": {Min: null, Max: cty.NumberIntVal(2048)}, "ulimits.soft": {Min: null, Max: cty.NumberIntVal(4096)},
				"ports": {Min: cty.NumberIntVal(1), Max: null}},
			Images: []string{"nginx", "registry.example.com:5000/team/app"}, MaxChanges: 2,
		}},
	}
	return w
}

// change is an answer with one change.
func change(path, value string) string {
	return changes(fmt.Sprintf(`{"path": %q, "value": %s}`, path, value))
}

func changes(list string) string {
	return `{"verdict": "fix", "cause": "too little", "evidence": ["e1"], "confidence": 0.5, "changes": [` + list + `]}`
}
