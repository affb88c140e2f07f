package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// CaseCounts is how many cases of the conformance suite came to what.
type CaseCounts struct {
	Pass int `json:"pass"`
	Fail int `json:"fail"`
	Skip int `json:"skip"`
}

// Add counts one more.
func (c *CaseCounts) Add(r providertest.Result) {
	switch r.Outcome {
	case providertest.Passed:
		c.Pass++
	case providertest.Failed:
		c.Fail++
	default:
		c.Skip++
	}
}

// FormatCase returns a case that has ended for a person to read, with what it
// has to say below it.
func FormatCase(r providertest.Result, style Style) string {
	name := clean(r.Name)
	switch r.Outcome {
	case providertest.Passed:
		return style.passMark() + " " + name + "\n"
	case providertest.Skipped:
		return style.paint(dim, "- "+name+": "+clean(strings.Join(r.Messages, "; "))) + "\n"
	}
	var b strings.Builder
	b.WriteString(style.failMark() + " " + style.paint(bold, name) + "\n")
	for i, m := range r.Messages {
		if i > 0 && m == r.Messages[i-1] {
			continue // many at once have all the same to say
		}
		for _, line := range strings.Split(cleanLines(m), "\n") {
			b.WriteString("    " + line + "\n")
		}
	}
	if r.Hint != "" {
		b.WriteString(style.paint(dim, "    "+r.Hint) + "\n")
	}
	return b.String()
}

// FormatCaseCounts sums up for a person.
func FormatCaseCounts(c CaseCounts, elapsed time.Duration, style Style) string {
	mark, word := style.passMark(), "All is well"
	switch {
	case c.Fail > 0:
		mark, word = style.failMark(), "Not all is well"
	case c.Pass == 0:
		mark, word = style.unknownMark(), "Nothing was run"
	}
	return fmt.Sprintf("\n%s %s: %d passed, %d failed, %d skipped in %s.\n", mark, word, c.Pass, c.Fail, c.Skip, elapsed.Round(100*time.Millisecond))
}

// Case prints a case that has ended.
func (j *JSON) Case(r providertest.Result) {
	type one struct {
		Name      string   `json:"name"`
		Outcome   string   `json:"outcome"`
		Messages  []string `json:"messages,omitempty"`
		Hint      string   `json:"hint,omitempty"`
		ElapsedMS int64    `json:"elapsed_ms"`
	}
	level := "info"
	if r.Outcome == providertest.Failed {
		level = "error"
	}
	j.line(level, string(r.Outcome)+": "+r.Name, "case", struct {
		Case one `json:"case"`
	}{one{r.Name, string(r.Outcome), r.Messages, r.Hint, r.Elapsed.Milliseconds()}})
}

// CaseSummary sums up.
func (j *JSON) CaseSummary(c CaseCounts, elapsed time.Duration) {
	j.line("info", fmt.Sprintf("%d passed, %d failed, %d skipped", c.Pass, c.Fail, c.Skip), "case_summary", struct {
		Cases     CaseCounts `json:"cases"`
		ElapsedMS int64      `json:"elapsed_ms"`
	}{c, elapsed.Milliseconds()})
}
