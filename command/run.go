package command

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Run runs the command line args, which are the words behind the program's
// name, with the given commands, and returns the exit code. It changes the
// working directory when -chdir says so.
func Run(env *Env, args []string, commands map[string]New) int {
	args, err := changeDir(args)
	if err != nil {
		return env.fail(diag.Errorf("Cannot work in another folder", "%v. Give -chdir a folder that exists.", err))
	}
	args = translate(args)
	if completing := os.Getenv("COMP_LINE") != ""; !completing {
		if len(args) == 0 {
			fmt.Fprintln(env.Streams.Stderr, rootHelp(commands, env))
			return exitError
		}
		if ds := unknownCommand(args[0], commands); ds.HasErrors() {
			return env.fail(ds)
		}
	}
	c := &cli.CLI{
		Name:         program,
		Args:         args,
		Commands:     make(map[string]cli.CommandFactory, len(commands)),
		Autocomplete: true,
		HelpFunc:     func(map[string]cli.CommandFactory) string { return rootHelp(commands, env) },
		HelpWriter:   env.Streams.Stdout,
		ErrorWriter:  env.Streams.Stderr,
	}
	for name, create := range commands {
		c.Commands[name] = func() (cli.Command, error) { return create(env), nil }
		if hidden(name) {
			c.HiddenCommands = append(c.HiddenCommands, name)
		}
	}
	code, err := c.Run()
	if err != nil {
		return env.fail(diag.FromError("Cannot run the command", err))
	}
	return code
}

// hidden tells whether a command is not for people.
func hidden(name string) bool { return name == "plugin-serve" }

// changeDir obeys -chdir in front of the command and takes it out of args.
func changeDir(args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	name, dir, joined := strings.Cut(args[0], "=")
	if name != "-chdir" && name != "--chdir" {
		return args, nil
	}
	args = args[1:]
	if !joined {
		if len(args) == 0 {
			return args, fmt.Errorf("-chdir names no folder")
		}
		dir, args = args[0], args[1:]
	}
	if dir == "" {
		return args, fmt.Errorf("-chdir names no folder")
	}
	return args, os.Chdir(dir)
}

// translate turns the words that users know from other programs into those
// that mitchellh/cli understands.
func translate(args []string) []string {
	if len(args) == 0 {
		return args
	}
	switch args[0] {
	case "-v", "-version", "--version":
		return append([]string{"version"}, args[1:]...)
	case "help":
		return append(slices.Clone(args[1:]), "-help")
	}
	return args
}

// elsewhere says what does here what is a command of its own in Terraform.
var elsewhere = map[string]string{
	"get":       "Modules are read where they are, so nothing has to be fetched.",
	"refresh":   "Run clockwork apply -refresh-only.",
	"taint":     "Run clockwork apply -replace=ADDRESS.",
	"untaint":   "A plan says by itself what must be replaced, and why.",
	"workspace": "Use a folder for each, with a module that they share.",
}

// unknownCommand reports a first word that is neither a command nor an option
// that stands alone.
func unknownCommand(word string, commands map[string]New) diag.Diagnostics {
	if strings.HasPrefix(word, "-") {
		alone := []string{"-h", "-help", "-autocomplete-install", "-autocomplete-uninstall"}
		if slices.Contains(alone, strings.Replace(word, "--", "-", 1)) {
			return nil
		}
		return diag.Errorf("Unknown option", "Clockwork has no option %s in front of a command.%s "+
			"Write a command's options behind its name. Run clockwork -help for help.",
			word, diag.DidYouMean(word, append(alone[1:], "-chdir", "-version")))
	}
	if _, ok := commands[word]; ok {
		return nil
	}
	if instead := elsewhere[word]; instead != "" {
		return diag.Errorf("Unknown command", "Clockwork has no command %q. %s", word, instead)
	}
	names := slices.DeleteFunc(slices.Collect(maps.Keys(commands)), func(name string) bool {
		return hidden(name) || strings.Contains(name, " ")
	})
	return diag.Errorf("Unknown command", "Clockwork has no command %q.%s Run clockwork -help to see all commands.",
		word, diag.DidYouMean(word, names))
}
