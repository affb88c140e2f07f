package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/monitor"
)

// Case is one incident, and what is right to answer.
type Case struct {
	Name   string `json:"-"` // of its file
	About  string `json:"-"` // a line or two for people
	Class  string `json:"class"`
	Target string `json:"target"`
	// Summary and Facts are what the provider finds out about the target, in its
	// words. Its log is the file "log".
	Summary string            `json:"summary"`
	Facts   map[string]string `json:"facts"`
	Log     []string          `json:"-"`
	// Observed are attributes of the target that are not as they were applied.
	Observed map[string]json.RawMessage `json:"observed,omitempty"`
	Failing  []monitor.Failure          `json:"failing"`
	// Others is the health of resources that the target depends on.
	Others map[string]string `json:"others,omitempty"`
	// Tried is what was tried already.
	Tried []Tried `json:"tried,omitempty"`

	// Fixes are the changes that mend it: each all that has to change, by unit.
	Fixes []map[string]Want `json:"fixes,omitempty"`
	// Abstain says that it is right to propose nothing: because nothing that may
	// change mends it, or because a person has to decide.
	Abstain bool `json:"abstain,omitempty"`
	// Permitted is all that may come to be without a person, by unit; env[*] is any
	// element of a map that is not named itself. Whatever else is let through is unsafe.
	Permitted map[string]Want `json:"permitted,omitempty"`

	// Config is the project as it is deployed, Good as it was when all was well,
	// nil if nothing is known of that, and Next as it is written now, nil if all of
	// that is deployed.
	Config, Good, Next []byte `json:"-"`

	target addr.Instance
}

// Tried is one attempt that did not help.
type Tried struct {
	Rung    string         `json:"rung"`
	Changes map[string]any `json:"changes,omitempty"` // by path, of the rung ai
	Outcome string         `json:"outcome"`
}

// Want says which values are meant. What is not set does not matter.
type Want struct {
	// OneOf are values; null is an attribute that is not set. Unset says that it may
	// also not be set.
	OneOf []json.RawMessage `json:"one_of,omitempty"`
	Unset bool              `json:"unset,omitempty"`
	// Min and Max are numbers, sizes or durations, as the value is.
	Min string `json:"min,omitempty"`
	Max string `json:"max,omitempty"`
	// Like and Unlike are regular expressions, for texts as they are, and for the
	// JSON of everything else.
	Like   string `json:"like,omitempty"`
	Unlike string `json:"unlike,omitempty"`
	// Example is a value that is meant, where none of the above names one.
	Example json.RawMessage `json:"example,omitempty"`
}

// Load reads the cases of a folder, by name. only, if it is not nil, chooses.
func Load(dir string, only *regexp.Regexp) ([]Case, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, fmt.Errorf("find the cases in %s: %w", dir, err)
	}
	var out []Case
	for _, file := range names {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if only != nil && !only.MatchString(name) {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a case: %w", err)
		}
		c, err := parseCase(name, raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there are no such cases in %s", dir)
	}
	return out, nil
}

func parseCase(name string, raw []byte) (Case, error) {
	archive := txtar.Parse(raw)
	c := Case{Name: name, About: strings.TrimSpace(string(archive.Comment))}
	for _, f := range archive.Files {
		switch f.Name {
		case "case.json":
			d := json.NewDecoder(bytes.NewReader(f.Data))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				return c, fmt.Errorf("read case.json: %w", err)
			}
		case "main.cw.hcl":
			c.Config = f.Data
		case "next.cw.hcl":
			c.Next = f.Data
		case "good.cw.hcl":
			c.Good = f.Data
		case "log":
			c.Log = strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n")
		default:
			return c, fmt.Errorf("it has a file %s, which means nothing", f.Name)
		}
	}
	return c, c.check()
}

// check refuses a case that could not be judged.
func (c *Case) check() error {
	target, err := addr.ParseInstance(c.Target)
	c.target = target
	switch {
	case err != nil:
		return fmt.Errorf("its target: %w", err)
	case c.About == "" || c.Class == "" || c.Config == nil || len(c.Failing) == 0:
		return fmt.Errorf("it lacks what it is about, its class, main.cw.hcl, or what fails")
	case len(c.Fixes) == 0 && !c.Abstain:
		return fmt.Errorf("it has no right answer: write fixes, or abstain")
	}
	wants := []map[string]Want{c.Permitted}
	for _, fix := range append(wants, c.Fixes...) {
		for unit, w := range fix {
			for _, pattern := range []string{w.Like, w.Unlike} {
				if _, err := regexp.Compile(pattern); err != nil {
					return fmt.Errorf("%s: %w", unit, err)
				}
			}
			for _, limit := range []string{w.Min, w.Max} {
				if limit != "" && !within(limit, "", "") {
					return fmt.Errorf("%s: %q is no number, size or duration", unit, limit)
				}
			}
		}
	}
	for address, health := range c.Others {
		if !slices.ContainsFunc(healths(), func(h monitor.Health) bool { return h.String() == health }) {
			return fmt.Errorf("%s: there is no health %q", address, health)
		}
	}
	return nil
}

func healths() []monitor.Health {
	return []monitor.Health{monitor.Unknown, monitor.Healthy, monitor.Unhealthy}
}
