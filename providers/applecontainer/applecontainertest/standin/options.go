package standin

import (
	"fmt"
	"strings"
)

// option is one that a verb takes; a long name of one letter is none.
type option struct {
	long, short string
	value       bool
}

// verb is a command of the command.
type verb struct {
	name    string
	usage   string
	options []option
	// passthrough says that all behind the first argument is not for the verb.
	passthrough bool
	least, most int // arguments; most 0 means any number
	run         func(*call) error
}

// call is one verb with what it was given.
type call struct {
	*process
	verb      verb
	values    map[string][]string
	arguments []string
}

func (c *call) has(option string) bool { return len(c.values[option]) > 0 }

func (c *call) last(option string) string {
	if values := c.values[option]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// usageError is a call that cannot be understood.
type usageError struct {
	message string
	verb    verb
}

func (e *usageError) Error() string {
	return fmt.Sprintf("Error: %s\nUsage: container %s %s\n  See 'container %s --help' for more information.",
		e.message, e.verb.name, e.verb.usage, e.verb.name)
}

// parse reads options and arguments.
func (v verb) parse(args []string) (*call, error) {
	c := &call{verb: v, values: map[string][]string{}}
	fail := func(format string, args ...any) (*call, error) {
		return nil, &usageError{fmt.Sprintf(format, args...), v}
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			c.arguments = append(c.arguments, arg)
			if v.passthrough {
				c.arguments = append(c.arguments, args...)
				break
			}
			continue
		}
		name, value, joined := strings.Cut(arg, "=")
		o, ok := v.option(name)
		switch {
		case !ok:
			return fail("Unknown option '%s'", name)
		case !o.value && joined:
			return fail("The value '%s' is invalid for '%s'", value, name)
		case o.value && !joined && (len(args) == 0 || strings.HasPrefix(args[0], "-")):
			return fail("Missing value for '%s <%s>'", name, o.long)
		case o.value && !joined:
			value, args = args[0], args[1:]
		}
		c.values[o.long] = append(c.values[o.long], value)
	}
	switch {
	case len(c.arguments) < v.least:
		return fail("Missing expected argument")
	case v.most > 0 && len(c.arguments) > v.most:
		return fail("%d unexpected arguments: '%s'", len(c.arguments)-v.most, strings.Join(c.arguments[v.most:], "', '"))
	}
	return c, nil
}

func (v verb) option(name string) (option, bool) {
	for _, o := range append(v.options, option{long: "debug"}) {
		if len(o.long) > 1 && name == "--"+o.long || o.short != "" && name == "-"+o.short {
			return o, true
		}
	}
	return option{}, false
}
