package views

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// junitReport is a report in the form that JUnit's Ant task introduced, as far
// as servers of continuous integration agree on it.
type junitReport struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure"`
	Error   *junitMessage `xml:"error"`
	Skipped *junitMessage `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// AssertsJUnit returns the results of a project's asserts as JUnit's XML. What
// only warns has passed, and says so in its output. Errors are about what kept
// asserts from being made.
func AssertsJUnit(project string, results []AssertResult, ds diag.Diagnostics) ([]byte, error) {
	suite := junitSuite{Name: project}
	var total time.Duration
	for _, r := range results {
		total += r.Elapsed
		c := junitCase{Class: r.Target, Name: r.Type, Time: junitTime(r.Elapsed)}
		if c.Class == "" {
			c.Class, c.Name = "assert", r.Type+" "+r.Name
		}
		if r.Detail != "" {
			c.Name += " (" + r.Detail + ")"
		}
		switch {
		case r.Outcome == providers.Pass:
		case r.Outcome != providers.Fail:
			suite.Skipped++
			c.Skipped = &junitMessage{Message: r.Message}
		case r.Severity == diag.Warning:
			c.Output = "warning: " + r.Message
		default:
			suite.Failures++
			c.Failure = &junitMessage{Message: r.Message}
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, d := range ds {
		if d.Severity == diag.Error {
			suite.Errors++
			suite.Cases = append(suite.Cases, junitCase{Class: "assert", Name: "error", Time: junitTime(0),
				Error: &junitMessage{Message: d.Summary, Text: d.Detail}})
		}
	}
	suite.Tests, suite.Time = len(suite.Cases), junitTime(total)
	text, err := xml.MarshalIndent(junitReport{Suite: suite}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(append([]byte(xml.Header), text...), '\n'), nil
}

func junitTime(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
