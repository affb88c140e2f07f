package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// stepOf is one entry of an incident as the page shows it.
func stepOf(i incident.Incident, e incident.Event) stepView {
	step := stepView{Offset: "+" + span(e.Time.Sub(i.Opened)), What: words(string(e.Kind)), Event: e}
	switch e.Kind {
	case incident.Failed, incident.Escalated, incident.Opened, incident.RolledBack:
		step.Health = "unhealthy"
	case incident.Healed, incident.Verified:
		step.Health = "healthy"
	case incident.Held, incident.Skipped:
		step.Health = "unknown"
	}
	switch e.Kind {
	case incident.Answered:
		step.Facts = factsOfAnswer(e.Data)
	case incident.Vetted:
		step.Facts = factsOfVerdict(e.Data)
	default:
		var data struct {
			Facts map[string]string `json:"facts"`
		}
		if json.Unmarshal(e.Data, &data) == nil {
			for _, name := range slices.Sorted(maps.Keys(data.Facts)) {
				step.Facts = append(step.Facts, fact{name, data.Facts[name]})
			}
		}
	}
	return step
}

// words is a name of a program's for people.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// factsOfAnswer are what a request to a model took.
func factsOfAnswer(raw json.RawMessage) []fact {
	var a monitor.Answered
	if json.Unmarshal(raw, &a) != nil {
		return nil
	}
	facts := []fact{{"model", a.Model}, {"server", a.Server}, {"tokens", fmt.Sprintf("%d and %d", a.PromptTokens, a.CompletionTokens)},
		{"latency", fmt.Sprintf("%.1f s", a.Seconds)}}
	if a.Cost > 0 {
		facts = append(facts, fact{"cost", fmt.Sprintf("%.4g", a.Cost)})
	}
	if a.Answer != "" {
		facts = append(facts, fact{"answer", a.Answer})
	}
	return facts
}

// factsOfVerdict are what was proposed, and what each gate said of it.
func factsOfVerdict(raw json.RawMessage) []fact {
	var v monitor.Vetted
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	var facts []fact
	if v.Cause != "" {
		facts = append(facts, fact{"cause", v.Cause})
	}
	for _, c := range v.Changes {
		facts = append(facts, fact{"change", strings.TrimSpace(c.Path + " " + string(c.Value))})
	}
	for _, g := range v.Gates {
		facts = append(facts, fact{"gate " + g.Name, strings.TrimSuffix(words(g.Outcome)+": "+g.Reason, ": ")})
	}
	return facts
}
