package sdk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Error is a problem as a user gets to see it. Any other error that a provider
// returns is shown too, but with a summary that the SDK thinks of.
type Error struct {
	// Summary is terse, without a full stop. Detail is full sentences, and ends
	// in what to do.
	Summary, Detail string
	// Path is the attribute at fault, as "ports[0].host", or empty. It is within
	// what the method is about: a resource, the arguments of an assert, or the
	// struct whose method Validate returns it.
	Path string
}

// Error returns the problem in one line.
func (e *Error) Error() string {
	text := e.Summary + ": " + e.Detail
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	return text
}

// Errorf returns a problem that is not about any one attribute. The summary is
// terse, without a full stop; the detail is full sentences, and ends in what to
// do.
//
//	return nil, sdk.Errorf("Entry exists", "The file %s has it already. Import it, or choose another key.", file)
func Errorf(summary, detail string, args ...any) error {
	return &Error{Summary: summary, Detail: fmt.Sprintf(detail, args...)}
}

// At returns a problem of one attribute, which is shown where the user has
// written it.
//
//	return nil, sdk.At("ports[0].host", "Port in use", "Port %d is in use. Choose another.", port)
func At(path, summary, detail string, args ...any) error {
	return &Error{Summary: summary, Detail: fmt.Sprintf(detail, args...), Path: path}
}

// diagnose turns an error, also a joined one, into diagnostics. One that is no
// *Error gets the summary given.
func diagnose(err error, summary string) diag.Diagnostics {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var ds diag.Diagnostics
		for _, one := range joined.Unwrap() {
			ds = append(ds, diagnose(one, summary)...)
		}
		return ds
	}
	var own *Error
	var ready diag.Diagnostics
	var one diag.Diagnostic
	switch {
	case errors.As(err, &own):
		return diag.Diagnostics{own.diagnostic()}
	case errors.As(err, &ready):
		return ready
	case errors.As(err, &one):
		return diag.Diagnostics{one}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return diag.Errorf("Interrupted", "It was interrupted before it was done. Try again.")
	}
	return diag.Diagnostics{{Summary: line(summary), Detail: sentence(err.Error())}}
}

func (e *Error) diagnostic() diag.Diagnostic {
	d := diag.Diagnostic{Summary: line(e.Summary), Detail: sentence(e.Detail)}
	if e.Path == "" {
		return d
	}
	path, err := parsePath(e.Path)
	if err != nil {
		d.Detail += " (The provider says that this is about something that it cannot name rightly: " + err.Error() + ".)"
	}
	d.Path = path
	return d
}

// line makes a summary of a text: one line without a full stop.
func line(text string) string {
	text = strings.TrimRight(strings.TrimSpace(strings.Join(strings.Fields(text), " ")), ".:")
	if text == "" {
		return "The provider reports a problem"
	}
	return text
}

// sentence makes a text begin and end as a sentence does.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return "It does not say more."
	}
	if c := text[0]; c >= 'a' && c <= 'z' {
		text = string(c-'a'+'A') + text[1:]
	}
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text = strings.TrimRight(text, "!:;,") + "."
	}
	return text
}

// parsePath reads the path of an attribute as users write it: names with dots
// between them, indexes and keys in brackets, as in `ports[0].host` or
// `labels["a.b"]`.
func parsePath(text string) (cty.Path, error) {
	var path cty.Path
	bad := fmt.Errorf("%q is no path of an attribute, such as ports[0].host", text)
	for rest := text; rest != ""; {
		switch {
		case rest[0] == '[':
			inside, after, ok := cutIndex(rest[1:])
			if !ok || path == nil {
				return nil, bad
			}
			key, err := indexKey(inside)
			if err != nil {
				return nil, bad
			}
			path, rest = path.Index(key), after
		default:
			if path != nil {
				if rest[0] != '.' {
					return nil, bad
				}
				rest = rest[1:]
			}
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, bad
			}
			path, rest = path.GetAttr(rest[:end]), rest[end:]
		}
	}
	if path == nil {
		return nil, bad
	}
	return path, nil
}

// cutIndex splits what follows a bracket at the one that closes it.
func cutIndex(text string) (inside, after string, ok bool) {
	if quoted, err := strconv.QuotedPrefix(text); err == nil {
		after, ok = strings.CutPrefix(text[len(quoted):], "]")
		return quoted, after, ok
	}
	return strings.Cut(text, "]")
}

func indexKey(inside string) (cty.Value, error) {
	if strings.HasPrefix(inside, `"`) {
		key, err := strconv.Unquote(inside)
		return cty.StringVal(key), err
	}
	n, err := strconv.ParseUint(inside, 10, 31)
	return cty.NumberUIntVal(n), err
}
