package views

import (
	"fmt"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// sign is how an action is shown: its symbol (three wide), the parts of the
// symbol's colour, and what it means.
type sign struct {
	action plan.Action
	symbol string
	color  string
	means  string
}

// signOf returns the sign of an action.
func signOf(a plan.Action) sign {
	switch a {
	case plan.Create:
		return sign{a, "  +", green, "create"}
	case plan.Update:
		return sign{a, "  ~", yellow, "update in-place"}
	case plan.Restart:
		return sign{a, "  @", yellow, "restart"}
	case plan.DeleteThenCreate:
		return sign{a, "-/+", red, "destroy and then create replacement"}
	case plan.CreateThenDelete:
		return sign{a, "+/-", green, "create replacement and then destroy"}
	case plan.Delete:
		return sign{a, "  -", red, "destroy"}
	case plan.Read:
		return sign{a, " <=", cyan, "read (data sources)"}
	case plan.Forget:
		return sign{a, "  .", red, "forget"}
	}
	return sign{a, "   ", "", "nothing"}
}

// because says why something is destroyed or read late, or returns "".
func because(c *plan.Change) string {
	switch c.Reason {
	case plan.ReasonNoResourceConfig:
		return "because " + clean(c.Address.Resource.String()) + " is not in configuration"
	case plan.ReasonNoModule:
		return "because " + clean(string(c.Address.Module)) + " is not in configuration"
	case plan.ReasonWrongRepetition:
		if _, ok := c.Address.Key.IsInt(); ok {
			return "because the resource does not use count"
		}
		if _, ok := c.Address.Key.IsString(); ok {
			return "because the resource does not use for_each"
		}
		return "because the resource uses count or for_each"
	case plan.ReasonCountIndex:
		return "because index " + c.Address.Key.String() + " is out of range for count"
	case plan.ReasonEachKey:
		return "because key " + clean(c.Address.Key.String()) + " is not in for_each"
	case plan.ReasonDisabled:
		return "because lifecycle.enabled is false"
	case plan.ReasonDeposed:
		return "left over from a replacement that was not finished"
	case plan.ReasonConfigUnknown:
		return "because its configuration refers to values not yet known"
	case plan.ReasonDependencyPending:
		return "because it depends on something that changes"
	}
	return ""
}

// blockHeader returns what stands in front of the brace: resource "file" "a".
func blockHeader(r addr.Resource) string {
	word := "resource"
	if r.Mode == addr.Data {
		word = "data"
	}
	return word + " " + quote(r.Type) + " " + quote(r.Name)
}

// objectName returns the address of an object, fit to print.
func objectName(k state.ObjectKey) string {
	if k.Deposed == "" {
		return clean(k.Instance.String())
	}
	return clean(k.Instance.String()) + " (deposed object " + clean(k.Deposed) + ")"
}

// planTotals returns "1 to add, 0 to change, 0 to destroy.".
func planTotals(c plan.Counts) string {
	s := fmt.Sprintf("%d to add, %d to change, %d to destroy", c.Add, c.Change, c.Destroy)
	if c.Forget > 0 {
		s += fmt.Sprintf(", %d to forget", c.Forget)
	}
	return s + "."
}
