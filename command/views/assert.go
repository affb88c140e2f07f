package views

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// AssertResult is what came of one assert.
type AssertResult struct {
	// Target is the address that the assert is about, or "".
	Target string
	// Name and Type are the assert block's; an instance key is part of Name.
	Name string
	Type string
	// Detail tells asserts of one type about one target apart: "port 6380".
	Detail string

	Outcome  providers.Outcome
	Message  string // what was found
	Severity diag.Severity
	Elapsed  time.Duration
}

// AssertCounts is how many asserts came to what. A failure of severity warning
// is in Warn, and not in Fail.
type AssertCounts struct {
	Pass    int `json:"pass"`
	Fail    int `json:"fail"`
	Warn    int `json:"warn"`
	Unknown int `json:"unknown"`
}

// CountAsserts adds up results.
func CountAsserts(results []AssertResult) AssertCounts {
	var c AssertCounts
	for _, r := range results {
		switch {
		case r.Outcome == providers.Pass:
			c.Pass++
		case r.Outcome != providers.Fail:
			c.Unknown++
		case r.Severity == diag.Warning:
			c.Warn++
		default:
			c.Fail++
		}
	}
	return c
}

// The marks of outcomes.
func (s Style) passMark() string    { return s.paint(green, s.pick("✓", "+")) }
func (s Style) failMark() string    { return s.paint(red, s.pick("✗", "x")) }
func (s Style) warnMark() string    { return s.paint(yellow, "!") }
func (s Style) unknownMark() string { return s.paint(yellow, "?") }

// FormatAsserts returns the results of asserts, in the order given, for a
// person to read.
func FormatAsserts(results []AssertResult, style Style) string {
	if len(results) == 0 {
		return "There are no assertions.\n"
	}
	var b strings.Builder
	c := CountAsserts(results)
	total := len(results)
	switch {
	case c.Fail > 0:
		fmt.Fprintf(&b, "%s %d of %s failed\n", style.failMark(), c.Fail, count(total, "assertion"))
	case c.Unknown > 0:
		fmt.Fprintf(&b, "%s %d of %s could not be checked\n", style.unknownMark(), c.Unknown, count(total, "assertion"))
	case c.Warn > 0:
		fmt.Fprintf(&b, "%s %d of %s failed with a warning\n", style.warnMark(), c.Warn, count(total, "assertion"))
	default:
		fmt.Fprintf(&b, "%s All assertions passed\n", style.passMark())
	}
	for _, r := range results {
		b.WriteString("  " + formatAssert(r, style) + "\n")
	}
	return b.String()
}

func formatAssert(r AssertResult, style Style) string {
	about := r.Target
	if about == "" {
		about = r.Name
	}
	line := clean(about) + ": " + clean(r.Type)
	if r.Detail != "" {
		line += " (" + clean(r.Detail) + ")"
	}
	message := ""
	if r.Message != "" {
		message = ": " + clean(r.Message)
	}
	switch {
	case r.Outcome == providers.Pass:
		return style.passMark() + " " + line
	case r.Outcome != providers.Fail:
		return style.unknownMark() + " " + line + ": unknown" + message
	case r.Severity == diag.Warning:
		return style.warnMark() + " " + line + message
	}
	return style.failMark() + " " + line + message
}

type docAssert struct {
	Target   string `json:"target,omitempty"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Detail   string `json:"detail,omitempty"`
	Outcome  string `json:"outcome"`
	Severity string `json:"severity"`
	Message  string `json:"message,omitempty"`
}

// WriteAssertsJSON writes the document of `assert -json`. Diagnostics are
// about what kept asserts from being made.
func WriteAssertsJSON(w io.Writer, results []AssertResult, ds diag.Diagnostics, files Files) error {
	doc := struct {
		FormatVersion string       `json:"format_version"`
		Passed        bool         `json:"passed"`
		Counts        AssertCounts `json:"counts"`
		Asserts       []docAssert  `json:"asserts"`
		Diagnostics   []Diagnostic `json:"diagnostics"`
	}{FormatVersion: assertFormat, Counts: CountAsserts(results), Asserts: []docAssert{}, Diagnostics: []Diagnostic{}}
	doc.Passed = doc.Counts.Fail == 0 && doc.Counts.Unknown == 0 && !ds.HasErrors()
	for _, r := range results {
		doc.Asserts = append(doc.Asserts, docAssert{
			Target: r.Target, Name: r.Name, Type: r.Type, Detail: r.Detail,
			Outcome: r.Outcome.String(), Severity: r.Severity.String(), Message: r.Message,
		})
	}
	for _, d := range ds {
		doc.Diagnostics = append(doc.Diagnostics, newDiagnostic(d, files))
	}
	return writeDocument(w, doc, true)
}
