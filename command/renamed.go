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
	var lines []string
	said := map[[2]string]bool{}
	for _, r := range found {
		from, to := moveFor(r)
		if said[[2]string{from, to}] {
			continue
		}
		said[[2]string{from, to}] = true
		lines = append(lines, "  clockwork state mv "+word(from)+" "+word(to))
	}
	if n := len(lines) - mostRenames; n > 0 {
		lines = append(lines[:mostRenames], fmt.Sprintf("  ... and %d more", n))
	}
	return diag.Warningf("Destroyed, and made again under another name", "This plan destroys what it also creates at another address. "+
		"If a block was only renamed or moved, say so before you apply, and nothing has to be destroyed:\n\n%s", strings.Join(lines, "\n"))
}

// moveFor returns the addresses for state mv that rename all that went the same
// way: a whole module or resource whose block is gone, or else an instance.
func moveFor(r views.Rename) (from, to string) {
	was, is := r.From.Resource, r.To.Resource
	switch {
	case r.From.Key != r.To.Key:
	case r.Reason == plan.ReasonNoModule && was.Name == is.Name && is.Module != addr.Root:
		return string(was.Module), string(is.Module)
	case r.Reason == plan.ReasonNoResourceConfig || r.Reason == plan.ReasonNoModule:
		return was.String(), is.String()
	}
	return r.From.String(), r.To.String()
}

// word writes s as one word of a shell's command line.
func word(s string) string {
	if strings.ContainsAny(s, "[\"'$`\\ ") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
