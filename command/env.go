package command

import (
	"io"
	"os"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Env is what main gives to every command.
type Env struct {
	Version string

	// Builtin makes the providers that are part of this binary, by the name
	// that plugin-serve takes.
	Builtin map[string]func() providers.Provider

	// TypeProviders names the built-in provider of those types of resource
	// whose name does not begin with the provider's.
	TypeProviders map[string]string

	// ProviderVariables names variables of the environment that a built-in
	// provider gets beside what all get and those that begin with its name.
	ProviderVariables map[string][]string

	Stdin   io.Reader
	Streams views.Streams

	noColor  bool // -no-color
	terminal *views.Terminal
}

// term returns what prints to the user. Options must have been parsed.
func (e *Env) term() *views.Terminal {
	if e.terminal == nil {
		e.terminal = views.NewTerminal(e.Streams, os.Getenv, e.noColor)
	}
	return e.terminal
}

// view returns the view that the options ask for. files gives the sources that
// diagnostics quote and may be nil.
func (e *Env) view(o arguments.Output, files func() views.Files) views.View {
	var v views.View
	if o.JSON {
		v = views.NewJSON(e.term(), e.Version, files)
	} else {
		v = views.NewHuman(e.term(), files)
	}
	if o.CompactWarnings {
		v = compact{v}
	}
	return v
}

// compact is a view that shows only the summary of warnings, and where they
// are, as long as there are no errors.
type compact struct{ views.View }

func (c compact) Diagnostics(ds diag.Diagnostics) {
	if ds.HasErrors() {
		c.View.Diagnostics(ds)
		return
	}
	short := make(diag.Diagnostics, len(ds))
	for i, d := range ds {
		short[i] = diag.Diagnostic{Severity: d.Severity, Summary: d.Summary, Subject: d.Subject, Address: d.Address}
	}
	c.View.Diagnostics(short)
}

// fail prints what is wrong, outside of any project, and returns the exit code.
func (e *Env) fail(ds diag.Diagnostics) int {
	e.view(arguments.Output{}, nil).Diagnostics(ds)
	return exitError
}

// done returns the exit code of a command that did what it should, unless its
// output was lost.
func (e *Env) done() int {
	if err := e.term().Err(); err != nil {
		return e.fail(diag.Errorf("The output was lost", "Not all could be written to standard output: %v.", err))
	}
	return exitOK
}
