package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Severity tells whether a diagnostic stops the work.
type Severity int

// The severities. The zero value is Error, so that a forgotten field errs on
// the safe side.
const (
	Error Severity = iota
	Warning
)

// String returns "error" or "warning", the words used in output and JSON.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one problem. Summary is terse, without a final stop; Detail is
// full sentences and ends in what to do. Neither may hold a sensitive value.
type Diagnostic struct {
	Severity Severity
	Summary  string
	Detail   string

	// Subject is the source that is at fault, Context the wider source worth
	// showing around it. Both are nil where no source is involved.
	Subject *hcl.Range
	Context *hcl.Range
	// Hidden says that what is at Subject may be secret: a view says where it is,
	// and does not show it.
	Hidden bool

	// Address is the resource, assert or other object concerned, or empty.
	Address string

	// Path is the attribute concerned, relative to the resource's object. A
	// provider reports it; the core turns it into Subject.
	Path cty.Path

	// Expression and EvalContext, when both are set, let a view print the
	// values that the expression referred to. Views never print marked values.
	Expression  hcl.Expression
	EvalContext *hcl.EvalContext
}

// Error makes a Diagnostic usable as an error, in one line.
func (d Diagnostic) Error() string {
	s := d.Summary
	if d.Detail != "" {
		s += ": " + d.Detail
	}
	if d.Subject != nil {
		s = d.Subject.String() + ": " + s
	}
	return s
}

// Diagnostics is any number of problems, in the order they were found.
type Diagnostics []Diagnostic

// Errorf returns one error diagnostic without a source.
func Errorf(summary, detail string, args ...any) Diagnostics {
	return Diagnostics{{Severity: Error, Summary: summary, Detail: fmt.Sprintf(detail, args...)}}
}

// Warningf returns one warning without a source.
func Warningf(summary, detail string, args ...any) Diagnostics {
	return Diagnostics{{Severity: Warning, Summary: summary, Detail: fmt.Sprintf(detail, args...)}}
}

// At returns one error diagnostic about the source at subject.
func At(subject hcl.Range, summary, detail string, args ...any) Diagnostics {
	return Diagnostics{{Severity: Error, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &subject}}
}

// WarningAt returns one warning about the source at subject.
func WarningAt(subject hcl.Range, summary, detail string, args ...any) Diagnostics {
	ds := Warningf(summary, detail, args...)
	ds[0].Subject = &subject
	return ds
}

// FromError turns an error into diagnostics; nil gives none. Diagnostics that
// travelled as an error come back whole, and an error that has a method
// Diagnostics, itself or somewhere in what it wraps, is asked.
func FromError(summary string, err error) Diagnostics {
	switch err := err.(type) {
	case nil:
		return nil
	case Diagnostics:
		return err
	case Diagnostic:
		return Diagnostics{err}
	case hcl.Diagnostics:
		return FromHCL(err)
	}
	var d interface{ Diagnostics() Diagnostics }
	if errors.As(err, &d) {
		return d.Diagnostics()
	}
	return Diagnostics{{Severity: Error, Summary: summary, Detail: upperFirst(err.Error()) + "."}}
}

// FromHCL converts diagnostics of the hcl library.
func FromHCL(in hcl.Diagnostics) Diagnostics {
	if len(in) == 0 {
		return nil
	}
	out := make(Diagnostics, 0, len(in))
	for _, d := range in {
		sev := Error
		if d.Severity == hcl.DiagWarning {
			sev = Warning
		}
		out = append(out, Diagnostic{
			Severity: sev, Summary: d.Summary, Detail: d.Detail,
			Subject: d.Subject, Context: d.Context,
			Expression: d.Expression, EvalContext: d.EvalContext,
		})
	}
	return out
}

// HasErrors tells whether any diagnostic is an error.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Error joins all diagnostics, one a line, so that Diagnostics can travel as
// an error through an interface that knows no better.
func (ds Diagnostics) Error() string {
	s := ""
	for i, d := range ds {
		if i > 0 {
			s += "\n"
		}
		s += d.Error()
	}
	return s
}

// Err returns ds as an error, or nil when it holds no error.
func (ds Diagnostics) Err() error {
	if ds.HasErrors() {
		return ds
	}
	return nil
}

// WithAddress returns a copy in which every diagnostic that names no object
// names address.
func (ds Diagnostics) WithAddress(address string) Diagnostics {
	out := slices.Clone(ds)
	for i := range out {
		if out[i].Address == "" {
			out[i].Address = address
		}
	}
	return out
}

// Sorted returns a copy in a stable order: by file, position, then text, with
// exact repetitions left out. Diagnostics without a source come last.
func (ds Diagnostics) Sorted() Diagnostics {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return compare(a, b) == 0 && a.Severity == b.Severity
	})
}

func compare(a, b Diagnostic) int {
	switch {
	case a.Subject == nil && b.Subject != nil:
		return 1
	case a.Subject != nil && b.Subject == nil:
		return -1
	case a.Subject != nil:
		if c := cmp.Or(cmp.Compare(a.Subject.Filename, b.Subject.Filename),
			cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte),
			cmp.Compare(a.Subject.End.Byte, b.Subject.End.Byte)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
}

func upperFirst(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
