package config

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// envPrefix begins the names of environment variables that set variables.
const envPrefix = "CW_VAR_"

// VariableArgs is where the values of the root module's variables come from,
// beside the files in the project's folder.
type VariableArgs struct {
	Flags   []VarFlag // -var and -var-file, in the order of the command line
	Environ []string  // as os.Environ returns it
	// Prompt asks a person for the value of a required variable that has none;
	// nil where there is nobody to ask. What it returns is read like a -var.
	Prompt func(context.Context, *Variable) (string, error)
}

// VarFlag is one option of the command line.
type VarFlag struct {
	Name  string // "var" or "var-file"
	Value string // "NAME=VALUE", or the file's path
}

// variableInput is one value that was given to a variable.
type variableInput struct {
	expr hcl.Expression // nil for a text
	text string
	// origin says in a message where it comes from; rng is where in a file it
	// is, if it is in one.
	origin string
	rng    *hcl.Range
}

// Variables returns the values of the root module's variables, all of them:
// those in error are unknown. The environment is overridden by
// clockwork.cwvars, that by clockwork.cwvars.json, that by *.auto.cwvars and
// *.auto.cwvars.json in the order of their names, and those by -var and
// -var-file in the order of the command line. A sensitive variable's value is
// marked, and in no message.
func (c *Config) Variables(ctx context.Context, args VariableArgs) (map[string]cty.Value, diag.Diagnostics) {
	in := inputs{config: c, given: map[string]variableInput{}}
	in.environment(args.Environ)
	in.files()
	for _, flag := range args.Flags {
		in.flag(flag)
	}
	// A value may be in what could not be read, so nothing is missing then.
	broken := in.diags.HasErrors()
	values := make(map[string]cty.Value, len(c.Root.Variables))
	for _, name := range slices.Sorted(maps.Keys(c.Root.Variables)) {
		v := c.Root.Variables[name]
		if _, ok := in.given[name]; !ok && broken && v.Default == cty.NilVal {
			values[name] = v.unknown()
			continue
		}
		value, diags := in.value(ctx, v, args.Prompt)
		values[name] = value
		in.diags = append(in.diags, diags...)
	}
	return values, in.diags.Sorted()
}

// value decides on the value of one variable.
func (in *inputs) value(ctx context.Context, v *Variable, prompt func(context.Context, *Variable) (string, error)) (cty.Value, diag.Diagnostics) {
	input, ok := in.given[v.Name]
	if !ok && v.Default == cty.NilVal {
		if prompt == nil {
			return v.unknown(), diag.At(v.Range, "No value for required variable",
				"The variable %q has no default, so it needs a value. Set it with -var '%s=VALUE', in a file given with -var-file, in clockwork.cwvars, or in the environment as %s%s.",
				v.Name, v.Name, envPrefix, v.Name)
		}
		answer, err := prompt(ctx, v)
		if err != nil {
			return v.unknown(), diag.At(v.Range, "No value for required variable",
				"The value of the variable %q could not be asked for: %s. Set it with -var '%s=VALUE'.", v.Name, err, v.Name)
		}
		input, ok = variableInput{text: answer, origin: "the answer"}, true
	}
	if !ok {
		return ConvertVariable(v, cty.NilVal, v.Range)
	}
	raw, diags := input.read(v)
	if diags.HasErrors() {
		return v.unknown(), diags
	}
	value, diags := ConvertVariable(v, raw, v.Range)
	return value, input.locate(v, diags)
}

// read evaluates an input. A text for a variable of a primitive type, or of
// none, is the value itself; for any other type it is an expression.
func (input variableInput) read(v *Variable) (cty.Value, diag.Diagnostics) {
	e := input.expr
	if e == nil {
		if v.literal {
			return cty.StringVal(input.text), nil
		}
		var diags diag.Diagnostics
		if e, diags = ParseExpression("<"+input.origin+">", input.text); diags.HasErrors() {
			return cty.NilVal, input.unreadable(v, diags)
		}
	}
	raw, hdiags := e.Value(nil)
	if hdiags.HasErrors() {
		return cty.NilVal, input.locate(v, diag.At(v.Range, "Invalid value for variable",
			"The value of the variable %q must be written out, with no references and no function calls.", v.Name))
	}
	return raw, nil
}

// unreadable says that a text is no expression, but not why if it is a secret:
// the library's words may quote it.
func (input variableInput) unreadable(v *Variable, diags diag.Diagnostics) diag.Diagnostics {
	because := ""
	if !v.Sensitive {
		because = ": " + strings.TrimSuffix(diags[0].Detail, ".")
	}
	return diag.At(v.Range, "Invalid value for variable",
		"The value of the variable %q, from %s, is no expression%s. Correct it, and mind the quotes that the shell takes away.",
		v.Name, input.origin, because)
}

// locate moves errors about a value to where the value is, unless the line
// there holds a secret.
func (input variableInput) locate(v *Variable, diags diag.Diagnostics) diag.Diagnostics {
	for i := range diags {
		if input.rng != nil && !v.Sensitive {
			diags[i].Subject = input.rng
		} else {
			diags[i].Detail += fmt.Sprintf(" It comes from %s.", input.origin)
		}
	}
	return diags
}
