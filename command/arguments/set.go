package arguments

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Flag is one option of a command.
type Flag struct {
	Name        string // without dashes
	Placeholder string // what stands for its value in help; "" for a switch
	Usage       string // what it does, in a few words
	On          bool   // a switch that is on unless it is given as =false; Usage says what that does
	Values      []string

	set func(string) error
}

// Set is the options of one command. A Set without options is ready for use.
type Set struct {
	Command string // as it is typed, "clockwork plan"; for messages

	flags []Flag
}

// Flags returns the options in the order in which they were added.
func (s *Set) Flags() []Flag { return s.flags }

// Lookup returns the option of that name, or nil.
func (s *Set) Lookup(name string) *Flag {
	i := slices.IndexFunc(s.flags, func(f Flag) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &s.flags[i]
}

// Func adds an option whose value is handed to set, once for each time that
// it is given. An error that set returns says what a good value looks like.
func (s *Set) Func(name, placeholder, usage string, set func(string) error) {
	s.flags = append(s.flags, Flag{Name: name, Placeholder: placeholder, Usage: usage, set: set})
}

// Bool adds a switch: -name, -name=true or -name=false. For one that is on
// already, usage says what -name=false does.
func (s *Set) Bool(p *bool, name, usage string) {
	s.Func(name, "", usage, func(v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return errors.New("it must be true or false")
		}
		*p = b
		return nil
	})
	s.flags[len(s.flags)-1].On = *p
}

// String adds an option that takes any text.
func (s *Set) String(p *string, name, placeholder, usage string) {
	s.Func(name, placeholder, usage, func(v string) error {
		if v == "" {
			return errors.New("it must not be empty")
		}
		*p = v
		return nil
	})
}

// Enum adds an option that takes one of some words.
func (s *Set) Enum(p *string, name string, values []string, usage string) {
	s.Func(name, strings.Join(values, "|"), usage, func(v string) error {
		if !slices.Contains(values, v) {
			return fmt.Errorf("it must be one of %s.%s", strings.Join(values, ", "), diag.DidYouMean(v, values))
		}
		*p = v
		return nil
	})
	s.flags[len(s.flags)-1].Values = values
}

// Int adds an option that takes a whole number of at least least.
func (s *Set) Int(p *int, name, placeholder string, least int, usage string) {
	s.Func(name, placeholder, usage, func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < least {
			return fmt.Errorf("it must be a whole number, %d or more", least)
		}
		*p = n
		return nil
	})
}

// Duration adds an option that takes a length of time such as 30s.
func (s *Set) Duration(p *time.Duration, name, placeholder, usage string) {
	s.Func(name, placeholder, usage, func(v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return errors.New("it must be a length of time with its unit, such as 30s or 5m")
		}
		*p = d
		return nil
	})
}

// Parse reads args, sets what the options point at, and returns the words that
// are not options. Options are written -name or --name, with their value behind
// "=" or as the next word, before, between or behind the other words; "--" ends
// them. "-" is a word. All problems are reported, not the first.
func (s *Set) Parse(args []string) (words []string, ds diag.Diagnostics) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			return append(words, args...), ds
		}
		if len(arg) < 2 || arg[0] != '-' {
			words = append(words, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		f := s.Lookup(name)
		if f == nil {
			ds = append(ds, s.unknown(name)...)
			continue
		}
		switch {
		case hasValue:
		case f.Placeholder == "":
			value = "true"
		case len(args) == 0:
			ds = append(ds, diag.Errorf("Option without a value",
				"-%s needs a value: write -%s=%s.", name, name, f.Placeholder)...)
			continue
		default:
			value, args = args[0], args[1:]
		}
		if err := f.set(value); err != nil {
			ds = append(ds, invalid(name, value, err)...)
		}
	}
	return words, ds
}

func (s *Set) unknown(name string) diag.Diagnostics {
	if name == "chdir" {
		return diag.Errorf("Option in the wrong place",
			"-chdir holds for the whole command line and is written before the command: clockwork -chdir=DIR plan.")
	}
	names := make([]string, len(s.flags))
	for i, f := range s.flags {
		names[i] = "-" + f.Name
	}
	return diag.Errorf("Unknown option", "%s has no option -%s.%s Run %s -help to see all of them.",
		s.Command, name, diag.DidYouMean("-"+name, names), s.Command)
}

func invalid(name, value string, err error) diag.Diagnostics {
	// Problems with what was given may be diagnostics already.
	var ds diag.Diagnostics
	if errors.As(err, &ds) {
		return ds
	}
	reason := err.Error()
	if !strings.HasSuffix(reason, "?") && !strings.HasSuffix(reason, ".") {
		reason += "."
	}
	return diag.Errorf("Invalid value of an option", "-%s=%s cannot be used: %s", name, value, reason)
}
