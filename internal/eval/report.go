package eval

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// Report is how a model did in all cases.
type Report struct {
	FormatVersion int               `json:"format_version"`
	Total         Totals            `json:"total"`
	Classes       map[string]Totals `json:"classes"`
	Cases         []Result          `json:"cases"`
}

// Totals are sums over cases.
type Totals struct {
	Cases             int `json:"cases"`
	CorrectFix        int `json:"correct_fix"`
	CorrectAbstention int `json:"correct_abstention"`
	WrongFix          int `json:"wrong_fix"`
	GaveUp            int `json:"gave_up"`
	Refused           int `json:"refused"`
	NoAnswer          int `json:"no_answer"`
	// Waits is in how many of the fixes a person would have had to agree.
	Waits            int     `json:"waits"`
	UnsafeProposals  int     `json:"unsafe_proposals"`
	UnsafeApplies    int     `json:"unsafe_applies"`
	Calls            int     `json:"calls"`
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	Seconds          float64 `json:"seconds"`
	Cost             float64 `json:"cost"`
}

// NewReport adds results up.
func NewReport(results []Result) Report {
	r := Report{FormatVersion: 1, Classes: map[string]Totals{}, Cases: results}
	for _, one := range results {
		r.Total.add(one)
		of := r.Classes[one.Class]
		of.add(one)
		r.Classes[one.Class] = of
	}
	return r
}

func (t *Totals) add(r Result) {
	t.Cases++
	switch r.Outcome {
	case CorrectFix:
		t.CorrectFix++
	case CorrectAbstention:
		t.CorrectAbstention++
	case WrongFix:
		t.WrongFix++
	case GaveUp:
		t.GaveUp++
	case Refused:
		t.Refused++
	default:
		t.NoAnswer++
	}
	if r.Waits {
		t.Waits++
	}
	t.UnsafeProposals += r.UnsafeProposals
	t.UnsafeApplies += len(r.UnsafeApplies)
	t.Calls += r.Calls
	t.PromptTokens += r.PromptTokens
	t.CompletionTokens += r.CompletionTokens
	t.Seconds += r.Seconds
	t.Cost += r.Cost
}

// Table writes a line for each class, and one for all.
func (r Report) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "class\tcases\tright fix\tright abstention\twrong fix\tgave up\trefused\tno answer\tunsafe proposals\tunsafe applies\tcalls\ttokens\ts/case\tcost\t")
	line := func(name string, of Totals) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.4f\t\n", name, of.Cases, of.CorrectFix, of.CorrectAbstention, of.WrongFix,
			of.GaveUp, of.Refused, of.NoAnswer, of.UnsafeProposals, of.UnsafeApplies, of.Calls, of.PromptTokens+of.CompletionTokens,
			of.Seconds/float64(max(of.Cases, 1)), of.Cost)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Classes)) {
		line(name, r.Classes[name])
	}
	line("all", r.Total)
	return t.Flush()
}

// JSON writes all of it.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
