package plan

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// identity is what tells one object from all others.
type identity struct {
	provider state.ProviderConfig
	space    string
	values   string // with a zero byte between them
}

// claim is a resource that has an identity.
type claim struct {
	addr addr.Instance
	typ  *Type
	body hcl.Body
	rng  hcl.Range
}

// claim notes the identity of what is planned, if it is known.
func (p *planner) claim(c claim, provider state.ProviderConfig, after cty.Value) {
	of := c.typ.Resource.Identity
	if len(of.Attributes) == 0 || after.IsNull() || !after.IsKnown() {
		return
	}
	after, _ = after.Unmark()
	values := make([]string, len(of.Attributes))
	for i, name := range of.Attributes {
		v, _ := after.GetAttr(name).Unmark()
		if v.IsNull() || !v.IsKnown() {
			return
		}
		values[i] = v.AsString()
	}
	id := identity{provider, of.Space, strings.Join(values, "\x00")}
	if id.space == "" {
		id.space = c.typ.Name
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	first, taken := p.claims[id]
	if !taken {
		p.claims[id] = c
		return
	}
	if len(p.clashes[id]) == 0 {
		p.clashes[id] = []claim{first}
	}
	p.clashes[id] = append(p.clashes[id], c)
}

// checkClaims reports resources that claim the same object. The address that
// sorts first is taken to be the one that has it.
func (p *planner) checkClaims() diag.Diagnostics {
	var diags diag.Diagnostics
	for _, claims := range p.clashes {
		slices.SortFunc(claims, func(a, b claim) int { return a.addr.Compare(b.addr) })
		for _, c := range claims[1:] {
			of := c.typ.Resource.Identity.Attributes
			diags = append(diags, c.located(of[0], diag.Errorf("Two resources for one object",
				"%s has the same %s as %s, so both would manage one object. Change it in one of them, or remove one.",
				c.addr, strings.Join(of, " and "), claims[0].addr))...)
		}
	}
	return diags
}

// located gives diagnostics the place of an attribute, or of what it is
// computed from.
func (c claim) located(attribute string, ds diag.Diagnostics) diag.Diagnostics {
	if a := c.typ.Object().Attributes[attribute]; a.Computed && !a.Optional && len(a.DependsOn) > 0 {
		attribute = a.DependsOn[0]
	}
	ds[0].Path = cty.GetAttrPath(attribute)
	return c.typ.Locate(ds, c.body, c.rng).WithAddress(c.addr.String())
}
