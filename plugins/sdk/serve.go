package sdk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Serve serves p to the Clockwork that has started this program, and returns
// when that is done with it; then main should return. It closes p. A person who
// starts the program is told what it is for, and the program exits. So it does,
// with a line for each, when p is made by New and there are mistakes in its
// declarations.
//
// p may be any implementation of the contract, providers.Provider.
//
// What p writes to standard error, and to the standard log, goes to Clockwork's
// log. A panic in one of p's methods is an error of that request alone; one in
// a goroutine that p has started ends the program.
func Serve(p providers.Provider) {
	name := filepath.Base(os.Args[0])
	if c, ok := p.(interface{ Problems() error }); ok {
		if err := c.Problems(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: there are mistakes in its declarations:\n%s\n", name, err)
			os.Exit(1)
		}
	}
	err := plugins.Serve(name, p)
	switch {
	case errors.Is(err, plugins.ErrNotStarted):
		fmt.Fprintf(os.Stderr, "%s is a provider for Clockwork, which starts it when a project needs it.\n"+
			"Put it into one of these folders, and run clockwork init in the project:\n\n  %s\n",
			name, strings.Join(plugins.PluginDirs("PROJECT", os.Getenv("CW_PLUGIN_DIR"), "~"), "\n  "))
		os.Exit(1)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
		os.Exit(1)
	}
}
