package command

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/mitchellh/cli"
)

// Version is `clockwork version`.
func Version(env *Env) cli.Command {
	var asJSON bool
	c := &base{
		env:      env,
		name:     "version",
		usage:    "[options]",
		synopsis: "Show which Clockwork this is",
		about: `
Prints the version of Clockwork and the platform it was built for.`,
		run: func(context.Context, []string) int {
			platform := runtime.GOOS + "_" + runtime.GOARCH
			if !asJSON {
				env.term().Print(fmt.Sprintf("Clockwork v%s\non %s\n", env.Version, platform))
				return env.done()
			}
			text, err := json.MarshalIndent(struct {
				Version  string `json:"clockwork_version"`
				Platform string `json:"platform"`
			}{env.Version, platform}, "", "  ")
			if err != nil {
				panic(err) // two strings
			}
			env.term().Print(string(text) + "\n")
			return env.done()
		},
	}
	c.options.Bool(&asJSON, "json", "Print JSON, for programs to read.")
	return c
}
