package command

import (
	"context"
	"maps"
	"slices"

	"github.com/mitchellh/cli"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Output is `clockwork output`.
func Output(env *Env) cli.Command {
	var asJSON, raw bool
	c := &base{
		env:      env,
		name:     "output",
		usage:    "[options] [NAME]",
		synopsis: "Print the outputs of the last apply",
		about: `
Prints the outputs of the project as the last apply left them, or one of them.
A sensitive one is printed only if it is asked for by its name.`,
		examples: []example{
			{"clockwork output", "All outputs"},
			{`curl "$(clockwork output -raw url)"`, "One, in a script"},
			{"clockwork output -json", "All, for a program"},
		},
		most: 1,
	}
	c.options.Bool(&asJSON, "json", "Print JSON.")
	c.options.Bool(&raw, "raw", "Print the text, number or bool NAME as it is, with no quotes and no newline.")
	c.check = func() diag.Diagnostics {
		if asJSON && raw {
			return diag.Errorf("Options that contradict each other", "-json and -raw cannot be used together. Leave one of them out.")
		}
		return nil
	}
	c.run = func(ctx context.Context, words []string) int {
		if raw && len(words) == 0 {
			return env.fail(diag.Errorf("Too little on the command line", "-raw prints one output. Name it: clockwork output -raw NAME."))
		}
		return env.withProject(ctx, needs{state: true}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
			outputs, err := views.StateOutputs(p.store.State())
			if err != nil {
				return exitError, diag.FromError("Cannot read the outputs", err)
			}
			if len(words) == 1 {
				return exitOK, env.printOutput(outputs, words[0], asJSON, raw)
			}
			if asJSON {
				err = views.WriteOutputsJSON(env.term().Out(), outputs)
				return exitOK, diag.FromError("Cannot print the outputs", err)
			}
			if ds := p.noState(); len(ds) > 0 {
				return exitOK, ds
			}
			if len(outputs) == 0 {
				return exitOK, diag.Warningf("No outputs", "The state holds no outputs. Write output blocks, and apply the configuration.")
			}
			env.term().Print(views.FormatOutputs(outputs))
			return exitOK, nil
		})
	}
	return c
}

// printOutput prints one output, which may be sensitive: it was asked for.
func (e *Env) printOutput(outputs map[string]views.Output, name string, asJSON, raw bool) diag.Diagnostics {
	o, ok := outputs[name]
	if !ok {
		return diag.Errorf("No such output", "The state holds no output %q.%s It appears when a configuration that has it is applied.",
			name, diag.DidYouMean(name, slices.Collect(maps.Keys(outputs))))
	}
	v, _ := o.Value.UnmarkDeep()
	switch {
	case asJSON:
		text, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			return diag.FromError("Cannot print the output", err)
		}
		e.term().Print(string(text) + "\n")
	case raw:
		s, err := convert.Convert(v, cty.String)
		if err != nil || s.IsNull() {
			return diag.Errorf("Not a text", "The output %q is neither a text nor a number nor a bool, which is all that -raw can print. Use -json instead.", name)
		}
		e.term().Print(s.AsString())
	default:
		e.term().Print(views.FormatValue(v) + "\n")
	}
	return nil
}
