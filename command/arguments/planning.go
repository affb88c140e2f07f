package arguments

import (
	"errors"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Assignment is one -var or -var-file, which are kept in the order given: a
// later one wins over an earlier one.
type Assignment struct {
	Name  string // of the variable; "" for a file
	Value string // for a variable, as written
	File  string // for a file, its path
}

// Variables is the options of commands that evaluate the configuration.
type Variables struct {
	Assignments []Assignment
	Input       bool // whether to ask for what is missing
}

// AddTo adds the options to s and sets their defaults.
func (v *Variables) AddTo(s *Set) {
	v.Input = true
	s.Func("var", "NAME=VALUE", "Set a variable of the root module. Can be given many times.", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return errors.New(`write a name and a value with "=" between them, such as -var 'port=8080'`)
		}
		v.Assignments = append(v.Assignments, Assignment{Name: name, Value: value})
		return nil
	})
	s.Func("var-file", "FILE", "Read variables from a file, beside clockwork.cwvars and *.auto.cwvars, which are always read. Can be given many times.", func(path string) error {
		if path == "" {
			return errors.New("it must be the path of a file")
		}
		v.Assignments = append(v.Assignments, Assignment{File: path})
		return nil
	})
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
	Parallelism int

	Variables
	Lock
	Output
}

// DefaultParallelism is how many steps run at once when nothing else is said.
const DefaultParallelism = 10

// AddTo adds the options to s and sets their defaults. A command that always
// destroys sets Destroy itself and is not given the options that contradict it.
func (p *Planning) AddTo(s *Set) {
	p.Refresh = true
	p.Parallelism = DefaultParallelism
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
	}
	s.Bool(&p.Refresh, "refresh", "Believe the state and do not look at what is really there. Drift is not seen.")
	s.Func("target", "ADDRESS", "Plan only for this module, resource or instance and what it needs. Can be given many times.", target(&p.Targets))
	s.Func("exclude", "ADDRESS", "Leave out this module, resource or instance and what needs it. Can be given many times.", target(&p.Excludes))
	p.Variables.AddTo(s)
	s.Int(&p.Parallelism, "parallelism", "N", 1, "Run at most this many steps at once. The default is 10.")
	p.Lock.AddTo(s)
	p.Output.AddTo(s)
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
	return ds
}
