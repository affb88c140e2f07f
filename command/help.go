package command

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"github.com/clockwork-hcl/clockwork/command/arguments"
)

const program = "clockwork"

// mainCommands are those that a user needs first, in the order in which they
// are needed. All others are listed behind them by name.
func mainCommands() []string {
	return []string{"init", "validate", "plan", "apply", "assert", "destroy"}
}

// Help implements cli.Command.
func (b *base) Help() string {
	var w strings.Builder
	fmt.Fprintf(&w, "Usage: %s\n\n", b.usageLine())
	w.WriteString(prose(b.about))
	if flags := b.options.Flags(); len(flags) > 0 {
		w.WriteString("\nOptions:\n\n")
		rows := make([][2]string, len(flags))
		for i, f := range flags {
			rows[i] = [2]string{spell(f), f.Usage}
		}
		columns(&w, rows)
	}
	if len(b.examples) > 0 {
		w.WriteString("\nExamples:\n")
		for _, e := range b.examples {
			fmt.Fprintf(&w, "\n  # %s\n  %s\n", e.does, e.line)
		}
	}
	return strings.TrimSuffix(w.String(), "\n")
}

func (b *base) usageLine() string {
	return strings.TrimSpace(program + " " + b.name + " " + b.usage)
}

// spell writes an option as a user would type it.
func spell(f arguments.Flag) string {
	switch {
	case f.On:
		return "-" + f.Name + "=false"
	case f.Placeholder == "":
		return "-" + f.Name
	}
	return "-" + f.Name + "=" + f.Placeholder
}

// rootHelp is what `clockwork` alone and `clockwork -help` print.
func rootHelp(commands map[string]New, env *Env) string {
	var w strings.Builder
	w.WriteString(`Usage: clockwork [-chdir=DIR] COMMAND [options]

  Clockwork makes files, containers and git checkouts what a folder of .cw.hcl
  files says, and checks that they stay so.

Main commands:

`)
	list := func(names []string) {
		rows := make([][2]string, len(names))
		for i, name := range names {
			rows[i] = [2]string{name, commands[name](env).Synopsis()}
		}
		columns(&w, rows)
	}
	first := mainCommands()
	list(first)
	w.WriteString("\nOther commands:\n\n")
	var others []string
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		if !slices.Contains(first, name) && !hidden(name) && !strings.Contains(name, " ") {
			others = append(others, name)
		}
	}
	list(others)
	w.WriteString(`
Options before the command:

  -chdir=DIR             Do as if started in DIR.
  -help                  Show this.
  -version               The same as the command version.
  -autocomplete-install  Let the shell complete commands and options.

Options behind any command:

  -help                  Show the command's help.
  -no-color              Print without colours.

Exit codes:

`)
	var rows [][2]string
	for _, c := range exitCodes() {
		rows = append(rows, [2]string{fmt.Sprint(c.code), c.meaning})
	}
	columns(&w, rows)
	return strings.TrimSuffix(w.String(), "\n")
}

// HelpTemplate implements cli.CommandHelpTemplate: the help, and behind that of
// a command which only groups others, what those are.
func (b *base) HelpTemplate() string {
	return `{{.Help}}{{if .Subcommands}}

Subcommands:
{{range .Subcommands}}
  {{.NameAligned}}  {{.Synopsis}}{{end}}{{end}}`
}

// width is how wide help is at most, in characters.
const width = 80

// columns writes rows of a term and what it means, the meanings aligned and
// wrapped. A term that is too long has its meaning on the next line.
func columns(w io.Writer, rows [][2]string) {
	left := 0
	for _, r := range rows {
		if n := len(r[0]); n > left && n <= 24 {
			left = n
		}
	}
	for _, r := range rows {
		lines := strings.Split(wordwrap.WrapString(r[1], uint(width-left-4)), "\n")
		term := r[0]
		if len(term) > left {
			fmt.Fprintf(w, "  %s\n", term)
			term = ""
		}
		for _, line := range lines {
			fmt.Fprintf(w, "  %-*s  %s\n", left, term, line)
			term = ""
		}
	}
}

// prose wraps and indents paragraphs, which have an empty line between them.
func prose(text string) string {
	var w strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			w.WriteByte('\n')
		}
		flowing := strings.ReplaceAll(paragraph, "\n", " ")
		for _, line := range strings.Split(wordwrap.WrapString(flowing, width-2), "\n") {
			w.WriteString("  " + line + "\n")
		}
	}
	return w.String()
}
