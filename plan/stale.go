package plan

import (
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// CheckStale refuses a plan that was made from another state or another
// configuration than those at hand.
func (p *Plan) CheckStale(cfg *config.Config, st *state.State) diag.Diagnostics {
	switch {
	case p.Lineage != st.Lineage:
		return diag.Errorf("Plan is for another state",
			"This plan was made from a state that has nothing to do with this project's (lineage %q, here it is %q). Make a new plan here.", p.Lineage, st.Lineage)
	case p.Serial != st.Serial:
		return diag.Errorf("Plan is stale",
			"The state has changed since this plan was made: it was made from serial %d, and now it is %d. Make a new plan.", p.Serial, st.Serial)
	case p.ConfigHash != cfg.Hash:
		return diag.Errorf("Plan is stale",
			"The configuration has changed since this plan was made. Make a new plan.")
	}
	return nil
}
