package plan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// checkVariables evaluates the validations of all modules' variables. Where the
// configuration is not made real, only what the user gave is checked.
func (p *planner) checkVariables() diag.Diagnostics {
	if p.opts.Mode == Normal {
		return CheckVariables(p.Eval, p.Config)
	}
	return checkModuleVariables(p.Eval, p.Config.Root)
}

// CheckVariables evaluates the validation rules of all variables, of every
// module instance.
func CheckVariables(ev *eval.Evaluator, cfg *config.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	var visit func(m *config.Module)
	visit = func(m *config.Module) {
		if _, ok := ev.Scopes(m); !ok {
			return
		}
		diags = append(diags, checkModuleVariables(ev, m)...)
		for _, name := range sortedKeys(m.Children) {
			visit(m.Children[name])
		}
	}
	visit(cfg.Root)
	return diags
}

func checkModuleVariables(ev *eval.Evaluator, m *config.Module) diag.Diagnostics {
	var diags diag.Diagnostics
	scopes, _ := ev.Scopes(m)
	for _, name := range sortedKeys(m.Variables) {
		for _, s := range scopes {
			diags = append(diags, s.CheckRules(m.Variables[name].Validations, eval.Repetition{}, cty.NilVal, "Invalid value for variable")...)
		}
	}
	return diags
}
