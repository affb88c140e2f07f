package command

import (
	"context"
	"fmt"

	"github.com/mitchellh/cli"
	"github.com/posener/complete"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/diag"
)

// New makes one command. It is cheap: help and completion make all of them.
type New func(*Env) cli.Command

// base is a command as far as all commands are alike: its words for help, its
// options, and what runs it.
type base struct {
	env *Env

	name     string // as typed behind the program's name, "state list"
	usage    string // what follows the name
	synopsis string // one line for the list of commands
	about    string // paragraphs for help
	examples []example

	options     arguments.Set
	least, most int // how many words that are not options it takes
	predict     complete.Predictor
	check       func() diag.Diagnostics // options that contradict each other
	output      *arguments.Output       // set for a command with options about its output
	run         func(ctx context.Context, words []string) int
}

// anyNumber, as the number of words a command takes, is no limit.
const anyNumber = 1 << 20

type example struct{ line, does string }

func (b *base) Synopsis() string { return b.synopsis }

// Run implements cli.Command.
func (b *base) Run(args []string) int {
	words, ds := b.parse(args)
	if ds.HasErrors() {
		var o arguments.Output
		if b.output != nil {
			o = *b.output
		}
		b.env.view(o, nil).Diagnostics(ds)
		return exitError
	}
	return b.run(context.Background(), words)
}

func (b *base) parse(args []string) ([]string, diag.Diagnostics) {
	b.options.Command = program + " " + b.name
	b.options.Bool(&b.env.noColor, "no-color", "Print without colours.")
	words, ds := b.options.Parse(args)
	switch {
	case len(words) > b.most:
		what := "takes nothing but options"
		if b.most > 0 {
			what = fmt.Sprintf("takes at most %s beside options", count(b.most, "word"))
		}
		ds = append(ds, diag.Errorf("Too much on the command line",
			"%s %s, and %q is left over. Usage: %s", b.options.Command, what, words[b.most], b.usageLine())...)
	case len(words) < b.least:
		ds = append(ds, diag.Errorf("Too little on the command line",
			"%s needs %s more. Usage: %s", b.options.Command, count(b.least-len(words), "word"), b.usageLine())...)
	}
	if !ds.HasErrors() && b.check != nil {
		ds = append(ds, b.check()...)
	}
	return words, ds
}

// AutocompleteArgs implements cli.CommandAutocomplete.
func (b *base) AutocompleteArgs() complete.Predictor { return b.predict }

// AutocompleteFlags implements cli.CommandAutocomplete.
func (b *base) AutocompleteFlags() complete.Flags {
	flags := complete.Flags{"-no-color": complete.PredictNothing, "-help": complete.PredictNothing}
	for _, f := range b.options.Flags() {
		switch {
		case f.On:
			flags["-"+f.Name+"=false"] = complete.PredictNothing
		case f.Placeholder == "":
			flags["-"+f.Name] = complete.PredictNothing
		case f.Values != nil:
			flags["-"+f.Name] = complete.PredictSet(f.Values...)
		case f.Placeholder == "FILE":
			flags["-"+f.Name] = complete.PredictFiles("*")
		default:
			flags["-"+f.Name] = complete.PredictAnything
		}
	}
	return flags
}

func count(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
