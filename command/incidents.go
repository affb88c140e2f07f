package command

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// Incidents is `clockwork incidents`.
func Incidents(env *Env) cli.Command {
	i := incidentsCommand{env: env}
	c := &base{
		env:      env,
		name:     "incidents",
		usage:    "[options] [list | show ID | replay ID | verify]",
		synopsis: "Tell what the monitor has seen and done",
		about: `
Lists the incidents of all projects that the monitor has recorded, the newest
first, or shows one: what failed, what was found out, what was tried, and how it
ended. The beginning of an ID will do if it is that of one incident only.

replay takes what a model answered in an incident, and says what the gates made
of it then and what they make of it now, with the project as it is. Nobody is
asked, and nothing is changed. It ends with 2 if anything is judged in another
way.

Every entry of the record holds the hash of the one before. verify reads all of
it again, and says whether anything was changed.`,
		examples: []example{
			{"clockwork incidents", "What has happened"},
			{"clockwork incidents show 20261125-1734-33ek", "One incident, step by step"},
			{"clockwork incidents -json", "For a program"},
		},
		most: 2,
		run:  i.run,
	}
	c.options.Bool(&i.asJSON, "json", "Print JSON, for programs to read.")
	return c
}

type incidentsCommand struct {
	env    *Env
	asJSON bool
}

func (c *incidentsCommand) run(ctx context.Context, words []string) int {
	verb := "list"
	if len(words) > 0 {
		verb = words[0]
	}
	wants := map[string]int{"list": 1, "show": 2, "replay": 2, "verify": 1}
	if n, known := wants[verb]; !known || len(words) > n || n == 2 && len(words) != n {
		return c.env.fail(diag.Errorf("Not a way to ask for incidents", "Write clockwork incidents list, show ID, replay ID or verify."))
	}
	set, err := readSettings(".")
	if err != nil {
		return c.env.fail(diag.FromError("Cannot read settings", err))
	}
	service, ds := set.service()
	if ds.HasErrors() {
		return c.env.fail(ds)
	}
	store, ds, err := incident.Open(filepath.Join(service.StateDir, "incidents"), incident.Options{ReadOnly: true})
	if err != nil {
		return c.env.fail(append(ds, diag.FromError("Cannot read the record of incidents", err)...))
	}
	defer store.Close()
	code, more := c.answer(ctx, store, verb, words)
	if ds = append(ds, more...); len(ds) > 0 {
		return max(code, c.env.fail(ds))
	}
	return code
}

func (c *incidentsCommand) answer(ctx context.Context, store *incident.Store, verb string, words []string) (int, diag.Diagnostics) {
	switch verb {
	case "show":
		one, ds := find(store, words[1])
		if ds.HasErrors() {
			return exitError, ds
		}
		if c.asJSON {
			return c.json(one)
		}
		c.env.term().Print(incidentText(one))
		return exitOK, nil
	case "replay":
		one, ds := find(store, words[1])
		if ds.HasErrors() {
			return exitError, ds
		}
		return c.replay(ctx, one)
	case "verify":
		problems, err := store.Verify(ctx)
		ds := diag.FromError("Cannot read the record of incidents", err)
		for _, p := range problems {
			ds = append(ds, p.Diagnostics()...)
		}
		if ds.HasErrors() {
			return exitError, ds
		}
		c.env.term().Print("The record of incidents is whole: nothing in it was changed.\n")
		return exitOK, ds
	}
	list := store.List(incident.Filter{})
	if c.asJSON {
		if list == nil {
			list = []incident.Incident{}
		}
		return c.json(list)
	}
	if len(list) == 0 {
		c.env.term().Print("There were no incidents.\n")
		return exitOK, nil
	}
	c.env.term().Print(incidentTable(list))
	return exitOK, nil
}

func (c *incidentsCommand) json(v any) (int, diag.Diagnostics) {
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return exitError, diag.FromError("Cannot print the incidents", err)
	}
	c.env.term().Print(string(out) + "\n")
	return exitOK, nil
}

// find returns the incident whose ID begins so.
func find(store *incident.Store, id string) (incident.Incident, diag.Diagnostics) {
	var found []string
	for _, i := range store.List(incident.Filter{}) {
		if i.ID == id {
			found = []string{i.ID}
			break
		}
		if strings.HasPrefix(i.ID, id) {
			found = append(found, i.ID)
		}
	}
	switch len(found) {
	case 0:
		return incident.Incident{}, diag.Errorf("No such incident", "There is no incident whose ID begins with %q. Run clockwork incidents to see what there is.", id)
	case 1:
		one, err := store.Get(found[0])
		return one, diag.FromError("Cannot read the incident", err)
	}
	return incident.Incident{}, diag.Errorf("Several incidents", "There are %d incidents whose IDs begin with %q. Write more of the one that you mean.", len(found), id)
}

func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func incidentTable(list []incident.Incident) string {
	var w strings.Builder
	wide := len("RESOURCE")
	for _, i := range list {
		wide = max(wide, len(printable(i.Target)))
	}
	row := func(id, opened, state, target, project string) {
		line := fmt.Sprintf("%-18s  %-19s  %-18s  %-*s  %s", id, opened, state, wide, target, project)
		w.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("INCIDENT", "OPENED", "STATE", "RESOURCE", "PROJECT")
	for _, i := range list {
		row(i.ID, when(i.Opened), string(i.State), printable(i.Target), printable(i.Project.Name))
	}
	return w.String()
}
