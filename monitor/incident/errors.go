package incident

import (
	"errors"
	"fmt"

	"github.com/clockwork-hcl/clockwork/diag"
)

// What can be wrong. An Error wraps one of them, or the system's error.
var (
	ErrDamaged  = errors.New("the log is damaged")
	ErrTampered = errors.New("the log was changed by something else than Clockwork")
	ErrNewer    = errors.New("the log was written by a newer Clockwork")

	// ErrUnknown is returned for an id that no incident has.
	ErrUnknown = errors.New("there is no such incident")
	// ErrOver is returned when an incident that is over is to go on.
	ErrOver = errors.New("the incident is over")
	// ErrReadOnly is returned by what writes, when the store was opened to be read.
	ErrReadOnly = errors.New("the record of incidents was opened to be read only")
)

// Error is a problem with one project's log. The log was left as it is.
type Error struct {
	Kind     error // ErrDamaged, ErrTampered or ErrNewer, or nil
	Project  Project
	Path     string // the file, or the folder of the log
	Line     int    // in the file, counted from 1; 0 where it is about no line
	Entry    uint64 // the number of the entry that is wrong or missing, or 0
	Incident string // of that entry, where it is known
	Summary  string
	Detail   string // full sentences, ending in what to do
	Err      error  // the cause, or nil
}

// Error returns the whole problem in one line.
func (e *Error) Error() string { return e.Summary + ": " + e.Detail }

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Diagnostics returns the problem as it is shown to a user.
func (e *Error) Diagnostics() diag.Diagnostics {
	return diag.Diagnostics{{Severity: diag.Error, Summary: e.Summary, Detail: e.Detail}}
}

// wrong is an Error about an entry in a file of the log at dir.
func wrong(kind error, dir, path string, line int, entry uint64, format string, args ...any) *Error {
	e := &Error{Kind: kind, Path: path, Line: line, Entry: entry}
	where := path
	if line > 0 {
		where = fmt.Sprintf("%s, line %d", path, line)
	}
	what := fmt.Sprintf(format, args...)
	switch kind {
	case ErrNewer:
		e.Summary = "Incidents were recorded by a newer Clockwork"
		e.Detail = fmt.Sprintf("In %s, %s. It was left as it is. Use that Clockwork or a newer one.", where, what)
		return e
	case ErrDamaged:
		e.Summary = "The record of incidents is damaged"
		e.Detail = fmt.Sprintf("In %s, %s. A Clockwork that was stopped leaves no such thing. ", where, what)
	default:
		e.Summary = "The record of incidents was changed outside Clockwork or is damaged"
		e.Detail = fmt.Sprintf("In %s, %s. ", where, what)
	}
	e.Detail += fmt.Sprintf("What stands before that can be read, and nothing is added. Put back a backup of the folder %s; "+
		"or, to begin a new record, move the folder away and keep it as evidence, then restart the service.", dir)
	return e
}

// fileError is an Error about a file that cannot be read or written. doing
// completes "Clockwork could not".
func fileError(doing, path string, err error) *Error {
	return &Error{Path: path, Err: err, Summary: "Cannot use the record of incidents",
		Detail: fmt.Sprintf("Clockwork could not %s %s: %v. What was recorded before is still there. "+
			"See to the disk and to the folder's permissions; the next entry is tried again.", doing, path, err)}
}
