package arguments

import (
	"fmt"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Variables is the options of commands that evaluate the configuration.
type Variables struct {
	// Flags are -var and -var-file in the order given, as written: a later one
	// wins over an earlier one.
	Flags []config.VarFlag
	Input bool // whether to ask for what is missing
}

// AddTo adds the options to s and sets their defaults.
func (v *Variables) AddTo(s *Set) {
	v.Input = true
	flag := func(name, placeholder, usage string) {
		s.Func(name, placeholder, usage, func(text string) error {
			v.Flags = append(v.Flags, config.VarFlag{Name: name, Value: text})
			return nil
		})
	}
	flag("var", "NAME=VALUE", "Set a variable of the root module. Can be given many times.")
	flag("var-file", "FILE", "Read variables from a file, beside clockwork.cwvars and *.auto.cwvars, which are always read. Can be given many times.")
	s.Bool(&v.Input, "input", "Ask for nothing: a variable without a value is an error, and so is a question that needs an answer.")
}

// Lock is the option of commands that change or rely on the state.
type Lock struct {
	Timeout time.Duration
}

// AddTo adds the option to s.
func (l *Lock) AddTo(s *Set) {
	s.Duration(&l.Timeout, "lock-timeout", "TIME", "Wait this long, such as 30s, when another command holds the lock. By default do not wait.")
}

// Output is the options of commands that print for people or for programs.
type Output struct {
	JSON            bool
	CompactWarnings bool
}

// Planning is the options of commands that make a plan.
type Planning struct {
	Destroy     bool
	RefreshOnly bool
	Refresh     bool
	Targets     []addr.Target
	Excludes    []addr.Target
	Replaces    []addr.Instance
	Recompletes []addr.Target
	Parallelism int

	Variables
	Lock
	Output
}

// defaultParallelism is how many steps run at once when nothing else is said.
const defaultParallelism = 10

// AddTo adds the options to s and sets their defaults. A command that always
// destroys sets Destroy itself and is not given the options that contradict it.
func (p *Planning) AddTo(s *Set) {
	p.Refresh = true
	if !p.Destroy {
		s.Bool(&p.Destroy, "destroy", "Plan to destroy everything instead of creating and changing it.")
		s.Bool(&p.RefreshOnly, "refresh-only", "Only bring the state up to date with what is really there.")
		s.Func("replace", "ADDRESS", "Replace this resource instance even if nothing else would. Can be given many times.", func(text string) error {
			i, err := addr.ParseInstance(text)
			if err != nil {
				return err
			}
			p.Replaces = append(p.Replaces, i)
			return nil
		})
		s.Func("recomplete", "ADDRESS", "Ask a model again for what this module, resource or instance lacks and its description stands for. "+
			"Can be given many times.", target(&p.Recompletes))
	}
	s.Bool(&p.Refresh, "refresh", "Believe the state and do not look at what is really there. Drift is not seen.")
	s.Func("target", "ADDRESS", "Plan only for this module, resource or instance and what it needs. Can be given many times.", target(&p.Targets))
	s.Func("exclude", "ADDRESS", "Leave out this module, resource or instance and what needs it. Can be given many times.", target(&p.Excludes))
	p.Variables.AddTo(s)
	p.AddParallelismTo(s)
	p.Lock.AddTo(s)
	p.Output.AddTo(s)
}

// AddParallelismTo adds that one option, and sets its default.
func (p *Planning) AddParallelismTo(s *Set) {
	p.Parallelism = defaultParallelism
	s.Int(&p.Parallelism, "parallelism", "N", 1, fmt.Sprintf("Run at most this many steps at once. The default is %d.", defaultParallelism))
}

// AddTo adds the options to s.
func (o *Output) AddTo(s *Set) {
	s.Bool(&o.JSON, "json", "Print JSON, one message a line, for programs to read. Nothing is asked.")
	s.Bool(&o.CompactWarnings, "compact-warnings", "Show only the summary of each warning when there are no errors.")
}

func target(to *[]addr.Target) func(string) error {
	return func(text string) error {
		t, err := addr.ParseTarget(text)
		if err != nil {
			return err
		}
		*to = append(*to, t)
		return nil
	}
}

// Check reports options that contradict each other.
func (p *Planning) Check() (ds diag.Diagnostics) {
	contradict := func(a, b, why string) {
		ds = append(ds, diag.Errorf("Options that contradict each other",
			"%s and %s cannot be used together: %s. Leave one of them out.", a, b, why)...)
	}
	if p.Destroy && p.RefreshOnly {
		contradict("-destroy", "-refresh-only", "the one removes everything, the other changes nothing")
	}
	if p.RefreshOnly && !p.Refresh {
		contradict("-refresh-only", "-refresh=false", "nothing would be left to do")
	}
	if len(p.Replaces) > 0 && p.Destroy {
		contradict("-destroy", "-replace", "nothing is made anew when everything is destroyed")
	}
	if len(p.Replaces) > 0 && p.RefreshOnly {
		contradict("-refresh-only", "-replace", "only the state is changed")
	}
	if len(p.Recompletes) > 0 && p.Destroy {
		contradict("-destroy", "-recomplete", "nothing is completed when everything is destroyed")
	}
	if len(p.Recompletes) > 0 && p.RefreshOnly {
		contradict("-refresh-only", "-recomplete", "only the state is changed")
	}
	return ds
}

// CheckSaved reports options that make no sense with a saved plan, in which
// everything they would say has been decided.
func (p *Planning) CheckSaved() (ds diag.Diagnostics) {
	for _, given := range []struct {
		option string
		is     bool
	}{
		{"-destroy", p.Destroy},
		{"-refresh-only", p.RefreshOnly},
		{"-refresh=false", !p.Refresh},
		{"-replace", len(p.Replaces) > 0},
		{"-recomplete", len(p.Recompletes) > 0},
		{"-target", len(p.Targets) > 0},
		{"-exclude", len(p.Excludes) > 0},
		{"-var and -var-file", len(p.Flags) > 0},
	} {
		if given.is {
			ds = append(ds, diag.Errorf("Option that a saved plan does not take",
				"%s cannot be used with a saved plan, which was made to be applied as it is. Make a new plan with it.", given.option)...)
		}
	}
	return ds
}
