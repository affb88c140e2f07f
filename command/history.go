package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/state"
)

// History is `clockwork history`.
func History(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "history",
		synopsis: "List the states that one can go back to",
		about: `
Every command that changes something leaves a copy of the state behind, of which
the last 20 are kept. This lists them, the oldest first: serial, time, the
command that wrote it, and who ran that. Go back to one with rollback.`,
		examples: []example{
			{"clockwork history", "What has been done here"},
			{"clockwork rollback 12", "Make it again as it was at serial 12"},
		},
		run: func(ctx context.Context, _ []string) int {
			return env.withProject(ctx, needs{state: true}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				entries, err := p.store.History()
				if err != nil {
					return exitError, diag.FromError("Cannot read the history", err)
				}
				var ds diag.Diagnostics
				if len(entries) == 0 {
					ds = diag.Warningf("No history", "Nothing has been applied in this project. Run clockwork apply.")
				}
				for _, e := range entries {
					if e.Err != nil {
						ds = append(ds, diag.Warningf("A state in the history cannot be used", "Serial %d: %v. It cannot be gone back to.", e.Serial, e.Err)...)
					}
				}
				env.term().Print(historyTable(entries))
				return exitOK, ds
			})
		},
	}
}

func historyTable(entries []state.HistoryEntry) string {
	if len(entries) == 0 {
		return ""
	}
	var w strings.Builder
	row := func(serial, when, command, who, remark string) {
		line := fmt.Sprintf("%6s  %-19s  %-10s  %-10s  %s", serial, when, command, who, remark)
		w.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("SERIAL", "TIME", "COMMAND", "BY", "")
	for _, e := range entries {
		when, remark := "", ""
		if !e.Time.IsZero() {
			when = e.Time.Local().Format("2006-01-02 15:04:05")
		}
		switch {
		case e.Err != nil:
			remark = "(damaged)"
		case e.Current:
			remark = "(current)"
		}
		row(fmt.Sprint(e.Serial), when, printable(e.Operation), printable(e.Who), remark)
	}
	return w.String()
}
