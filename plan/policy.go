package plan

import (
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
)

// HealMode says how far healing may go by itself.
type HealMode string

// The modes, from the least to the most.
const (
	HealOff     HealMode = "off"     // failures are reported, and nothing is planned
	HealSuggest HealMode = "suggest" // what would be done is reported
	HealApprove HealMode = "approve" // a person is asked first
	HealAuto    HealMode = "auto"
)

// Rung is one thing to try against a failure.
type Rung string

// The rungs.
const (
	RungRestart  Rung = "restart"
	RungRecreate Rung = "recreate"
	RungRollback Rung = "rollback"
	RungAI       Rung = "ai"
	RungEscalate Rung = "escalate"
)

// ManualStop says what to do about what a person has stopped.
type ManualStop string

// The answers to a manual stop.
const (
	ManualStopHeal ManualStop = "heal"
	ManualStopHold ManualStop = "hold"
)

// Policy is a remediation policy: what may be done about a failure.
type Policy struct {
	// Name is the block's, "" for the policy that is built in. Module is where
	// the block is.
	Name   string
	Module addr.Module

	Mode HealMode
	// Ladder is what to try, in order. The last rung is RungEscalate.
	Ladder []Rung
	// Attempts is how often a ladder's rungs are tried within Window.
	Attempts int
	Window   time.Duration
	// Verify is how long a rung has to show that it helped; 0 when nothing is said.
	Verify       time.Duration
	Backoff      Backoff
	OnManualStop ManualStop
	AI           *AIPolicy // nil when there is no ai block
	Notify       []Notify
}

// Backoff is how long to wait between attempts: Initial at first, then Factor
// times as long each time, and never more than Max.
type Backoff struct {
	Initial time.Duration
	Factor  float64
	Max     time.Duration
}

// PolicyDefaults is what holds where a policy says nothing.
type PolicyDefaults struct {
	Attempts int // 0 means DefaultAttempts
}

// What holds where nothing else is said.
const (
	DefaultAttempts       = 3
	defaultWindow         = 30 * time.Minute
	defaultBackoffInitial = time.Second
	defaultBackoffFactor  = 2
	defaultBackoffMax     = 5 * time.Minute
)

// What the arguments may be.
const (
	// MaxAttempts is how many attempts there can be.
	MaxAttempts = 100

	minWindow  = time.Minute
	maxWindow  = 30 * 24 * time.Hour
	minVerify  = time.Second
	maxVerify  = time.Hour
	minBackoff = 100 * time.Millisecond
	maxBackoff = 24 * time.Hour
	maxFactor  = 100
)

// builtinPolicy is the policy where there is no block.
func builtinPolicy(defaults PolicyDefaults) Policy {
	p := Policy{
		Mode: HealAuto, Ladder: []Rung{RungRestart, RungRecreate, RungRollback, RungEscalate},
		Attempts: defaults.Attempts, Window: defaultWindow, OnManualStop: ManualStopHeal,
		Backoff: Backoff{Initial: defaultBackoffInitial, Factor: defaultBackoffFactor, Max: defaultBackoffMax},
	}
	if p.Attempts == 0 {
		p.Attempts = DefaultAttempts
	}
	return p
}

// PolicyOf returns the policy that holds for a resource of s: the one that its
// monitor block names; else the one called "default" of its module, or of the
// nearest module that calls it; else the one that is built in. False says that
// something of it is wrong, is not known, or refers to something that failed;
// then that is as if it were not set. But what it lets be done is never more for that:
// then no AI may do anything, and with a mode that cannot be told nobody may.
func PolicyOf(s *eval.Scope, r *config.Resource, defaults PolicyDefaults) (Policy, diag.Diagnostics, bool) {
	name := config.DefaultPolicy
	if r.Monitor != nil && r.Monitor.Policy != nil {
		name = r.Monitor.Policy.Name
	}
	in, block := s.Module.ResolvePolicy(name)
	if block == nil {
		return builtinPolicy(defaults), nil, true
	}
	p, diags, ok := evalPolicy(s.Ancestor(in), block, defaults)
	if !ok {
		p.AI = nil
	}
	return p, diags, ok
}

// CheckPolicy evaluates a remediation block of s as far as that can be done, and
// compares what it allows with what the graph's resources are.
func (g *Graph) CheckPolicy(s *eval.Scope, b *config.Remediation) diag.Diagnostics {
	p, diags, _ := evalPolicy(s, b, PolicyDefaults{})
	if p.AI == nil {
		return diags
	}
	types := map[string]*providers.ResourceType{}
	resources := map[string]bool{}
	for _, b := range g.blocks {
		if b.addr.Mode == addr.Managed {
			resources[b.addr.Type+"."+b.addr.Name] = true
			if b.typ != nil {
				types[b.addr.Type] = b.typ.Resource
			}
		}
	}
	r := settingsReader{scope: s}
	r.checkAI(p.AI, types, resources)
	return append(diags, r.diags...)
}

// checkPolicies checks all policies, as far as their values are known.
func (p *planner) checkPolicies() diag.Diagnostics {
	var diags diag.Diagnostics
	var visit func(m *config.Module)
	visit = func(m *config.Module) {
		if len(m.Remediations) > 0 {
			scopes, _ := p.Eval.Scopes(m)
			for _, s := range scopes {
				for _, name := range sortedKeys(m.Remediations) {
					diags = append(diags, p.Graph.CheckPolicy(s, m.Remediations[name])...)
				}
			}
		}
		for _, name := range sortedKeys(m.Children) {
			visit(m.Children[name])
		}
	}
	visit(p.Config.Root)
	return diags
}

// evalPolicy evaluates a remediation block of s.
func evalPolicy(s *eval.Scope, b *config.Remediation, defaults PolicyDefaults) (Policy, diag.Diagnostics, bool) {
	p := builtinPolicy(defaults)
	p.Name, p.Module = b.Name, s.Instance
	r := settingsReader{scope: s, ok: true}
	modes := []string{string(HealOff), string(HealSuggest), string(HealApprove), string(HealAuto)}
	if x, set := r.part("mode", b.Mode, cty.String); set && !r.choice(x, modes, (*string)(&p.Mode)) || !r.ok {
		p.Mode = HealOff // who wrote one may have meant the least
	}
	r.ladder(b, &p)
	r.number("attempts", b.Attempts, MaxAttempts, &p.Attempts)
	r.duration("window", b.Window, minWindow, maxWindow, &p.Window)
	r.duration("verify", b.Verify, minVerify, maxVerify, &p.Verify)
	r.backoff(b.Backoff, &p.Backoff)
	if x, ok := r.part("on_manual_stop", b.OnManualStop, cty.String); ok {
		r.choice(x, []string{string(ManualStopHeal), string(ManualStopHold)}, (*string)(&p.OnManualStop))
	}
	if b.AI != nil {
		p.AI = r.ai(b.AI)
	}
	for _, n := range b.Notify {
		p.Notify = append(p.Notify, r.notify(n))
	}
	return p, r.diags, r.ok
}

func (r *settingsReader) ladder(b *config.Remediation, p *Policy) {
	parts, ok := r.items("ladder", b.Ladder)
	if !ok {
		r.unusedAI(b, p)
		return
	}
	rungs := []string{string(RungRestart), string(RungRecreate), string(RungRollback), string(RungAI), string(RungEscalate)}
	ladder := []Rung{}
	for i, x := range parts {
		var word string
		if !r.choice(x, rungs, &word) {
			ok = false
			continue
		}
		switch rung := Rung(word); {
		case slices.Contains(ladder, rung):
			r.fail(x.at, "Repeated rung", "The rung %s is on this ladder already, and is tried only once. Keep one.", x.shown(word))
		case rung == RungEscalate && i < len(parts)-1:
			r.fail(x.at, "Rung after escalate", "After people were told, nothing more is tried. Move escalate to the end, or leave it out: a ladder always ends with it.")
		case rung == RungAI && b.AI == nil:
			r.fail(x.at, "Missing ai block", "The rung ai needs an ai block in this policy, which says what the AI may change. Add one, or take the rung out.")
		default:
			ladder = append(ladder, rung)
		}
	}
	if len(ladder) == 0 || ladder[len(ladder)-1] != RungEscalate {
		ladder = append(ladder, RungEscalate)
	}
	p.Ladder = ladder
	if ok {
		r.unusedAI(b, p)
	}
}

// unusedAI warns of an ai block that the ladder does not lead to.
func (r *settingsReader) unusedAI(b *config.Remediation, p *Policy) {
	if b.AI == nil || !r.ok || slices.Contains(p.Ladder, RungAI) {
		return
	}
	rng := b.AI.Range
	r.diags = append(r.diags, diag.Diagnostic{Severity: diag.Warning, Summary: "The ai block is not used", Subject: &rng,
		Detail: `The ladder of this policy has no rung "ai", so the AI is never asked. Add the rung to ladder, or remove the block.`})
}

func (r *settingsReader) backoff(e hcl.Expression, into *Backoff) {
	m, _ := r.members("backoff", e, []string{"initial", "factor", "max"})
	given := *into
	if x, ok := m["initial"]; ok {
		r.durationOf(x.part, minBackoff, maxBackoff, &given.Initial)
	}
	if x, ok := m["max"]; ok {
		r.durationOf(x.part, minBackoff, maxBackoff, &given.Max)
	} else {
		given.Max = max(given.Max, given.Initial)
	}
	if x, ok := m["factor"]; ok {
		if v, ok := r.converted(x.part, cty.Number); ok {
			f, _ := v.AsBigFloat().Float64()
			if f < 1 || f > maxFactor {
				r.fail(x.at, "Number out of range", "The value of %q must be a number from 1 to %d. Change it.", x.name, maxFactor)
			} else {
				given.Factor = f
			}
		}
	}
	if given.Initial > given.Max {
		x := m["max"]
		r.fail(x.at, "Backoff shrinks", "The longest wait, max, is shorter than the first one, initial. Change one of them.")
		return
	}
	*into = given
}

// MonitorSettings are the values of a resource's monitor block.
type MonitorSettings struct {
	// Interval is how often the resource's asserts are checked; 0 when nothing
	// is said.
	Interval time.Duration
	// Enabled says that it is monitored at all; true when nothing is said.
	Enabled bool
}

// MonitorSettingsOf evaluates the monitor block of one instance of a resource
// in s. False is as for PolicyOf.
func MonitorSettingsOf(s *eval.Scope, res *config.Resource, rep eval.Repetition) (MonitorSettings, diag.Diagnostics, bool) {
	out := MonitorSettings{Enabled: true}
	if res.Monitor == nil {
		return out, nil, true
	}
	r := settingsReader{scope: s, rep: rep, ok: true}
	r.duration("interval", res.Monitor.Interval, minInterval, maxInterval, &out.Interval)
	if v, ok := r.value(res.Monitor.Enabled, cty.Bool); ok {
		out.Enabled = v.True()
	}
	return out, r.diags, r.ok
}
