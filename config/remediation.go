package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

// DefaultPolicy is the name of the policy that holds where none is named.
const DefaultPolicy = "default"

var monitorSchema = &hcl.BodySchema{Attributes: attributes("interval", "remediation", "enabled")}

func decodeMonitor(b *hcl.Block) (*Monitor, diag.Diagnostics) {
	content, diags := closed(b.Body, monitorSchema)
	m := &Monitor{Interval: expr(content, "interval"), Enabled: expr(content, "enabled"), Range: header(b)}
	if attr := content.Attributes["remediation"]; attr != nil {
		ref, ds := decodePolicyRef(attr.Expr)
		m.Policy, diags = ref, append(diags, ds...)
	}
	return m, diags
}

func decodePolicyRef(e hcl.Expression) (*PolicyRef, diag.Diagnostics) {
	t, hdiags := hcl.AbsTraversalForExpr(e)
	if !hdiags.HasErrors() && len(t) == 2 && t.RootName() == "remediation" {
		if name, ok := t[1].(hcl.TraverseAttr); ok {
			return &PolicyRef{Name: name.Name, Range: e.Range()}, nil
		}
	}
	return nil, diag.At(e.Range(), "Invalid policy reference",
		"A remediation policy is named by the word remediation and its name. Write remediation.NAME, without quotes.")
}

// ResolvePolicy finds the policy that a name means in m, and the module that
// declares it: m itself, or the nearest of those that call it.
func (m *Module) ResolvePolicy(name string) (in *Module, policy *Remediation) {
	for at := m; at != nil; at = at.Parent {
		if policy := at.Remediations[name]; policy != nil {
			return at, policy
		}
	}
	return nil, nil
}

// checkPolicy checks that the policy exists that a monitor block names.
func (m *Module) checkPolicy(monitor *Monitor) diag.Diagnostics {
	if monitor == nil || monitor.Policy == nil {
		return nil
	}
	ref := monitor.Policy
	if _, policy := m.ResolvePolicy(ref.Name); policy != nil {
		return nil
	}
	known := map[string]bool{}
	for at := m; at != nil; at = at.Parent {
		for name := range at.Remediations {
			known[name] = true
		}
	}
	return diag.At(ref.Range, "Reference to undeclared remediation policy",
		"There is no remediation policy %q in %s, nor in a module that calls it.%s Declare it with a remediation block, or correct the name.",
		ref.Name, m, didYouMean(ref.Name, known))
}

var remediationSchema = &hcl.BodySchema{
	Attributes: attributes("mode", "ladder", "attempts", "window", "verify", "backoff", "on_manual_stop"),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "ai"}, {Type: "notify"}},
}

func decodeRemediation(b *hcl.Block) (*Remediation, diag.Diagnostics) {
	content, diags := closed(b.Body, remediationSchema)
	if ds := checkName("the name of a remediation policy", b.Labels[0], b.LabelRanges[0]); ds != nil {
		return nil, append(diags, ds...)
	}
	r := &Remediation{
		Name: b.Labels[0], Range: header(b),
		Mode:         expr(content, "mode"),
		Ladder:       expr(content, "ladder"),
		Attempts:     expr(content, "attempts"),
		Window:       expr(content, "window"),
		Verify:       expr(content, "verify"),
		Backoff:      expr(content, "backoff"),
		OnManualStop: expr(content, "on_manual_stop"),
	}
	names := map[string]hcl.Range{}
	for _, inner := range content.Blocks {
		if inner.Type == "ai" {
			if r.AI != nil {
				diags = append(diags, duplicateBlock(inner.Type, inner.TypeRange, r.AI.Range)...)
				continue
			}
			var ds diag.Diagnostics
			r.AI, ds = decodeAI(inner)
			diags = append(diags, ds...)
			continue
		}
		n, ds := decodeNotify(inner)
		diags = append(diags, ds...)
		if first, twice := names[n.Name]; twice && n.Name != "" {
			diags = append(diags, diag.At(n.Range, "Duplicate name",
				"The notify block at %s has the name %q already. Give one of the two another.", place(first), n.Name)...)
		}
		names[n.Name] = n.Range
		r.Notify = append(r.Notify, n)
	}
	return r, diags
}

var aiSchema = &hcl.BodySchema{Attributes: attributes("allow", "bounds", "images", "max_changes", "budget", "send")}

func decodeAI(b *hcl.Block) (*RemediationAI, diag.Diagnostics) {
	content, diags := closed(b.Body, aiSchema)
	return &RemediationAI{
		Allow:      expr(content, "allow"),
		Bounds:     expr(content, "bounds"),
		Images:     expr(content, "images"),
		MaxChanges: expr(content, "max_changes"),
		Budget:     expr(content, "budget"),
		Send:       expr(content, "send"),
		Range:      b.TypeRange,
	}, diags
}

var notifySchema = &hcl.BodySchema{Attributes: attributes("name", "webhook", "secret", "headers", "command", "smtp", "on")}

func decodeNotify(b *hcl.Block) (*Notify, diag.Diagnostics) {
	content, diags := closed(b.Body, notifySchema)
	n := &Notify{
		Webhook: expr(content, "webhook"),
		Secret:  expr(content, "secret"),
		Headers: expr(content, "headers"),
		Command: expr(content, "command"),
		SMTP:    expr(content, "smtp"),
		On:      expr(content, "on"),
		Range:   header(b),
	}
	var ds diag.Diagnostics
	n.Name, ds = staticString(content, "name")
	diags = append(diags, ds...)
	first := ""
	for _, name := range []string{"webhook", "command", "smtp"} {
		attr := content.Attributes[name]
		switch {
		case attr == nil:
		case first == "":
			first = name
		default:
			diags = append(diags, diag.At(attr.NameRange, "Conflicting arguments",
				"A notify block tells one receiver, and has %s already. Write another notify block for %s.", first, name)...)
		}
	}
	if first == "" && !diags.HasErrors() {
		diags = append(diags, diag.At(n.Range, "Missing required argument",
			"A notify block says whom to tell. Set one of webhook, command and smtp.")...)
	}
	for _, name := range []string{"secret", "headers"} {
		if attr := content.Attributes[name]; attr != nil && n.Webhook == nil && first != "" {
			diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
				"The argument %s goes with webhook, and this notify block has %s. Remove it.", name, first)...)
		}
	}
	return n, diags
}
