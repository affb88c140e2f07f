package command

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// Diagnose is `clockwork diagnose`.
func Diagnose(env *Env) cli.Command {
	asJSON := false
	c := &base{
		env:      env,
		name:     "diagnose",
		usage:    "[options] ADDRESS",
		synopsis: "Ask a provider what is the matter",
		about: `
Asks the provider of a resource what it finds: of a container its state, exit
code, health, networks and the end of its log; of a file what is at its path; of
a checkout its HEAD and what was changed. The monitor asks the same. Nothing is
changed, and sensitive values are not shown.`,
		examples: []example{
			{"clockwork diagnose docker_container.web", "What is the matter with it"},
			{"clockwork diagnose -json docker_container.web", "For a program"},
		},
		least: 1, most: 1,
	}
	c.options.Bool(&asJSON, "json", "Print one JSON document, for programs to read.")
	c.run = func(ctx context.Context, words []string) int {
		target, err := addr.ParseInstance(words[0])
		if err != nil {
			return env.fail(invalidAddress(err))
		}
		n := needs{config: true, providers: true, state: true}
		return env.withProject(ctx, n, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
			if st := p.store.State(); st.Objects[state.ObjectKey{Instance: target}] == nil {
				return exitError, notInState(target.String(), keysOf(st))
			}
			set, ds := check.NewSet(ctx, p.planInput(), check.SetOptions{})
			if set == nil {
				return exitError, ds
			}
			found, err := set.Diagnose(ctx, target)
			if err != nil {
				return exitError, diag.FromError("Nothing could be found out", err)
			}
			if asJSON {
				out, err := json.MarshalIndent(map[string]any{"format_version": 1, "address": target.String(),
					"summary": found.Summary, "facts": found.Facts, "logs": found.Logs}, "", "  ")
				if err != nil {
					return exitError, diag.FromError("Cannot print what was found", err)
				}
				env.term().Print(string(out) + "\n")
				return exitOK, found.Diagnostics
			}
			env.term().Print(diagnosis(found))
			return exitOK, found.Diagnostics
		})
	}
	return c
}

func diagnosis(found providers.DiagnoseResponse) string {
	var w strings.Builder
	w.WriteString(printable(found.Summary) + "\n")
	wide := 0
	for name := range found.Facts {
		wide = max(wide, len(name))
	}
	for _, name := range slices.Sorted(maps.Keys(found.Facts)) {
		fmt.Fprintf(&w, "  %-*s  %s\n", wide, name, printable(found.Facts[name]))
	}
	if len(found.Logs) > 0 {
		w.WriteString("\nThe end of its log:\n")
		for _, line := range found.Logs {
			w.WriteString("  " + printable(line) + "\n")
		}
	}
	return w.String()
}
