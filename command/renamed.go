package command

import (
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// mostRenames is how many renames are worth listing.
const mostRenames = 10

// renamed warns of a plan that destroys something only to make it again under
// another name, and says how to keep it.
func renamed(made *plan.Plan, schemas views.Schemas) diag.Diagnostics {
	if made.Mode != plan.Normal {
		return nil
	}
	found := views.Renames(made, schemas)
	if len(found) == 0 {
		return nil
	}
	lines := make([]string, 0, mostRenames+1)
	for i, r := range found {
		if i == mostRenames {
			lines = append(lines, fmt.Sprintf("  ... and %d more", len(found)-i))
			break
		}
		lines = append(lines, "  clockwork state mv "+word(r.From)+" "+word(r.To))
	}
	return diag.Warningf("Destroyed, and made again under another name", "This plan destroys what it also creates at another address. "+
		"If a block was only renamed or moved, say so before you apply, and nothing has to be destroyed:\n\n%s", strings.Join(lines, "\n"))
}

// word writes an address as one word of a shell's command line.
func word(a addr.Instance) string {
	s := a.String()
	if strings.ContainsAny(s, "[\"'$`\\ ") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
