package command

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// underSteps is where what belongs to a step of an incident begins.
const underSteps = "                                   "

func incidentText(i incident.Incident) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s: %s of %s in %s, %s\n", i.ID, printable(i.Target), printable(i.Project.Name), printable(i.Project.Folder), i.State)
	for _, a := range i.Asserts {
		fmt.Fprintf(&w, "  failed: %s\n", printable(a))
	}
	w.WriteString("\n")
	var sum asked
	for _, e := range i.Events {
		what := strings.ReplaceAll(string(e.Kind), "_", " ")
		if e.Rung != "" {
			what += " " + e.Rung
		}
		line := fmt.Sprintf("  %+8.2f s  %-18s  %s", e.Time.Sub(i.Opened).Seconds(), what, oneLine(e.Message))
		w.WriteString(strings.TrimRight(line, " ") + "\n")
		for _, more := range sum.under(e) {
			w.WriteString(underSteps + more + "\n")
		}
	}
	if sum.requests > 0 {
		fmt.Fprintf(&w, "\nA model was asked %s: %d tokens, %.1f s%s.\n", times(sum.requests), sum.tokens, sum.seconds, costText(", cost ", sum.cost))
	}
	return w.String()
}

// oneLine is a text of others in one line of letters that show.
func oneLine(text string) string { return printable(strings.Join(strings.Fields(text), " ")) }

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

func costText(before string, cost float64) string {
	if cost == 0 {
		return ""
	}
	return fmt.Sprintf("%s%.4g", before, cost)
}

// asked adds up what a model was asked in an incident.
type asked struct {
	requests, tokens int
	seconds, cost    float64
}

// under is what is known of a step beside its message.
func (s *asked) under(e incident.Event) []string {
	switch e.Kind {
	case incident.Answered:
		var a monitor.Answered
		if json.Unmarshal(e.Data, &a) != nil {
			return nil
		}
		s.requests++
		s.tokens += a.PromptTokens + a.CompletionTokens
		s.seconds += a.Seconds
		s.cost += a.Cost
		return []string{fmt.Sprintf("%s: %d tokens and %d back, %.1f s%s", oneLine(a.Server), a.PromptTokens, a.CompletionTokens, a.Seconds, costText(", cost ", a.Cost))}
	case incident.Vetted:
		var v monitor.Vetted
		if json.Unmarshal(e.Data, &v) != nil {
			return nil
		}
		var out []string
		if v.Cause != "" {
			out = append(out, "cause: "+oneLine(v.Cause))
		}
		for _, c := range v.Changes {
			out = append(out, changeText(c))
		}
		for _, g := range v.Gates {
			out = append(out, gateText(g))
		}
		return out
	}
	return nil
}

func changeText(c monitor.ProposedChange) string {
	if len(c.Value) == 0 {
		return "change: " + oneLine(c.Path)
	}
	return fmt.Sprintf("change: %s = %s", oneLine(c.Path), oneLine(string(c.Value)))
}

func gateText(g monitor.GateSaid) string {
	text := fmt.Sprintf("gate %s: %s", oneLine(g.Name), strings.ReplaceAll(oneLine(g.Outcome), "_", " "))
	if g.Reason != "" {
		text += ": " + oneLine(g.Reason)
	}
	return text
}
