package command

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/state"
)

// replayDocument is what `incidents replay -json` prints.
type replayDocument struct {
	FormatVersion int                `json:"format_version"`
	Incident      string             `json:"incident"`
	Target        string             `json:"target"`
	Differs       bool               `json:"differs"`
	Answers       []monitor.Replayed `json:"answers"`
}

// replay passes the answers on record of an incident through the gates again.
func (c *incidentsCommand) replay(ctx context.Context, i incident.Incident) (int, diag.Diagnostics) {
	loader := newMonitorLoader(c.env, slog.New(slog.DiscardHandler))
	defer loader.close()
	in, ds := loader.load(ctx, i.Project.Folder)
	if ds.HasErrors() {
		return exitError, ds
	}
	in.Completer = nil // nobody is asked
	store, err := state.Open(filepath.Join(i.Project.Folder, state.Dir), state.Options{Version: c.env.Version})
	if err != nil {
		return exitError, diag.FromError("Cannot read the state", err)
	}
	defer store.Close()
	in.State = store.State()
	answers, err := monitor.Replay(ctx, in, store, i)
	if err != nil {
		return exitError, diag.FromError("Cannot replay the incident", err)
	}
	doc := replayDocument{FormatVersion: 1, Incident: i.ID, Target: i.Target, Answers: append([]monitor.Replayed{}, answers...)}
	for _, a := range answers {
		doc.Differs = doc.Differs || a.Differs()
	}
	code := exitOK
	if doc.Differs {
		code = exitChanges
	}
	if c.asJSON {
		if failed, ds := c.json(doc); ds.HasErrors() {
			return failed, ds
		}
		return code, nil
	}
	c.env.term().Print(replayText(doc))
	return code, nil
}

func replayText(doc replayDocument) string {
	var w strings.Builder
	if len(doc.Answers) == 0 {
		return "No answer of a model is on record of this incident.\n"
	}
	for _, a := range doc.Answers {
		fmt.Fprintf(&w, "%s: what %s answered for %s\n", when(a.Time), oneLine(a.Then.Model), oneLine(doc.Target))
		for _, change := range a.Then.Changes {
			w.WriteString("  " + changeText(change) + "\n")
		}
		rows := append([][3]string{{"GATE", "THEN", "NOW"}}, gateRows(a)...)
		rows = append(rows, [3]string{"all", outcomeText(a.Then.Outcome), outcomeText(a.Now.Outcome)})
		wide := 0
		for _, row := range rows {
			wide = max(wide, len(row[0]))
		}
		for _, row := range rows {
			fmt.Fprintf(&w, "  %-*s  %-14s  %s\n", wide, row[0], row[1], row[2])
		}
		for _, g := range a.Now.Gates {
			if g.Reason != "" {
				fmt.Fprintf(&w, "  now %s: %s\n", oneLine(g.Name), oneLine(g.Reason))
			}
		}
	}
	if doc.Differs {
		w.WriteString("Something is judged in another way now.\n")
	} else {
		w.WriteString("All is judged as it was then.\n")
	}
	return w.String()
}

// gateRows are what each gate said then and says now, in the order of the gates.
func gateRows(a monitor.Replayed) [][3]string {
	var rows [][3]string
	at := map[string]int{}
	row := func(name string) *[3]string {
		i, known := at[name]
		if !known {
			i = len(rows)
			at[name] = i
			rows = append(rows, [3]string{oneLine(name), "-", "-"})
		}
		return &rows[i]
	}
	for _, g := range a.Then.Gates {
		row(g.Name)[1] = outcomeText(g.Outcome)
	}
	for _, g := range a.Now.Gates {
		row(g.Name)[2] = outcomeText(g.Outcome)
	}
	return rows
}

func outcomeText(outcome string) string { return strings.ReplaceAll(oneLine(outcome), "_", " ") }
