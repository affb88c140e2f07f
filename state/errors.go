package state

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/clockwork-hcl/clockwork/diag"
)

// What can be wrong with a file of the state. An Error wraps one of them; use
// errors.Is to tell them apart.
var (
	ErrEmpty     = errors.New("the file is empty")
	ErrNotJSON   = errors.New("the file is not JSON")
	ErrForeign   = errors.New("the file was not written by Clockwork")
	ErrTerraform = errors.New("the file is a Terraform state")
	ErrNewer     = errors.New("the file has a newer format version")
	ErrTruncated = errors.New("the file is cut off")
	ErrChecksum  = errors.New("the content does not match the checksum")
	ErrMalformed = errors.New("the content is not what the format allows")
	ErrSealed    = errors.New("the file is encrypted and no key was given")
	ErrCipher    = errors.New("the file cannot be decrypted")

	// These concern the journal alone.
	ErrDamaged = errors.New("a record is damaged and good ones follow it")
	ErrLineage = errors.New("the journal belongs to another state")
	ErrAhead   = errors.New("the journal does not continue the snapshot")

	// ErrNotLocked is returned by what changes the state, when the lock is not
	// held by this Store.
	ErrNotLocked = errors.New("the state is not locked by this command")
)

// Error is a problem with one file of the state. Nothing was changed on disk
// when one is returned for a file that was read.
type Error struct {
	Kind    error  // one of the variables above, or nil
	Path    string // of the file
	Offset  int64  // of the byte in it where the trouble begins, or -1
	Summary string
	Detail  string // full sentences, ending in what to do
	Err     error  // the cause, or nil
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

// formatError is what is wrong with some bytes, before it is known which file
// they came from.
type formatError struct {
	kind   error
	offset int64  // -1 where no byte can be named
	reason string // a clause, or ""
	// trailer is, for ErrChecksum, what the last lines would have to be for
	// the content as it is.
	trailer string
	writer  string // the program and version that wrote it, where that matters
	version int
}

func (e *formatError) Error() string {
	if e.reason != "" {
		return e.kind.Error() + ": " + e.reason
	}
	return e.kind.Error()
}

func (e *formatError) Unwrap() error { return e.kind }

func malformed(offset int64, format string, args ...any) *formatError {
	return &formatError{kind: ErrMalformed, offset: offset, reason: fmt.Sprintf(format, args...)}
}

// readError turns the failure to read the file at path into an Error. hint is
// one or more sentences that say how to get back to a good state.
func readError(path, hint string, err error) error {
	var f *formatError
	if !errors.As(err, &f) {
		return &Error{Path: path, Offset: -1, Err: err, Summary: "Cannot read the state",
			Detail: fmt.Sprintf("Reading %s failed: %v. Make the file readable, then run the command again.", path, err)}
	}
	summary, detail := f.describe(path)
	if hint != "" && !strings.HasSuffix(detail, "\n") {
		detail += " "
	}
	detail += hint
	return &Error{Kind: f.kind, Path: path, Offset: f.offset, Summary: summary, Detail: detail, Err: err}
}

// describe words e for the file at path.
func (e *formatError) describe(path string) (summary, detail string) {
	switch e.kind {
	case ErrEmpty:
		return "State file is empty", fmt.Sprintf("%s holds nothing, which Clockwork never leaves behind: something else emptied it. "+
			"It was left as it is.", path)
	case ErrNotJSON:
		return "State file is not JSON", fmt.Sprintf("%s is not a file that Clockwork wrote. It was left as it is.", path)
	case ErrForeign:
		return "Not a Clockwork state", fmt.Sprintf("%s was not written by Clockwork. It was left as it is. Move it away.", path)
	case ErrTerraform:
		return "This is a Terraform state", fmt.Sprintf("%s was written by %s, and Clockwork cannot read it. It was left as it is. "+
			"Move it away; what exists already can be brought under Clockwork with import blocks.", path, e.writer)
	case ErrNewer:
		return "State was written by a newer Clockwork", fmt.Sprintf("%s has format version %d, written by %s; this Clockwork reads "+
			"versions up to %d. It was left as it is. Use that Clockwork or a newer one.", path, e.version, e.writer, FormatVersion)
	case ErrTruncated:
		return "State file is cut off", fmt.Sprintf("The end of %s is missing or damaged, which Clockwork never leaves behind. It was left as it is.", path)
	case ErrChecksum:
		detail = fmt.Sprintf("The content of %s does not match its checksum: it was damaged, or somebody edited it. It was left as it is.", path)
		if e.trailer != "" {
			detail += fmt.Sprintf(" If it was edited by hand and is as it should be, accept it by making its last two lines read\n\n%s\n\n", e.trailer)
		}
		return "State was changed outside Clockwork or is damaged", detail
	case ErrMalformed:
		return "State file has content that makes no sense", fmt.Sprintf("In %s%s, %s. It was left as it is.", path, e.at(), e.reason)
	case ErrSealed:
		return "State is encrypted", fmt.Sprintf("%s is encrypted, and no key is set up. Set up the key that it was written with.", path)
	case ErrCipher:
		return "State cannot be decrypted", fmt.Sprintf("%s could not be decrypted (%s): the key is not the one that it was written with, "+
			"or the file is damaged. It was left as it is. Set up the right key.", path, e.reason)
	case ErrDamaged:
		return "Journal is damaged", fmt.Sprintf("In %s%s, %s. A command that was stopped leaves no such thing, so it was left as it is.", path, e.at(), e.reason)
	case ErrLineage:
		return "Journal belongs to another state", fmt.Sprintf("%s does not belong to the state.json beside it: %s. One of the two was "+
			"copied here from elsewhere. Both were left as they are. Put back the file that belongs here; or, to give up what "+
			"the journal holds, move it away.", path, e.reason)
	case ErrAhead:
		return "Journal does not fit the state", fmt.Sprintf("%s does not continue the state.json beside it: %s. It looks as if state.json was "+
			"replaced or removed after a command was interrupted. Both were left as they are.", path, e.reason)
	}
	return "Cannot read the state", fmt.Sprintf("%s: %v.", path, e)
}

func (e *formatError) at() string {
	if e.offset < 0 {
		return ""
	}
	return fmt.Sprintf(" at byte %d", e.offset)
}

// writeError turns the failure to write the file at path into an Error. doing
// completes "Clockwork could not".
func writeError(doing, path string, err error) error {
	summary, advice := "Cannot write the state", "Put that right, then run the command again."
	switch {
	case errors.Is(err, syscall.ENOSPC):
		summary, advice = "No space left for the state", "Free some space on that disk, then run the command again."
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		summary, advice = "The state's folder cannot be written to", "Make the folder and its files writable for you, then run the command again."
	}
	return &Error{Path: path, Offset: -1, Err: err, Summary: summary,
		Detail: fmt.Sprintf("Clockwork could not %s %s: %v. What was recorded before is still there. %s", doing, path, err, advice)}
}
