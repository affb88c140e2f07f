package vet

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/completion/redact"
	"github.com/clockwork-hcl/clockwork/plan"
)

// texts calls f for every text in what is proposed, keys too.
func (v *vetting) texts(f func(string) error) error {
	for _, c := range v.changes {
		if err := c.texts(f); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	}
	return nil
}

func (p proposed) texts(f func(string) error) error {
	if err := p.keys(f); err != nil {
		return err
	}
	return p.values(f)
}

// values calls f for every text that is not a key.
func (p proposed) values(f func(string) error) error {
	return cty.Walk(p.value, func(_ cty.Path, x cty.Value) (bool, error) {
		if x.Type() == cty.String && x.IsKnown() && !x.IsNull() {
			return true, f(x.AsString())
		}
		return true, nil
	})
}

// keys calls f for every key of a map, in the path and in the value.
func (p proposed) keys(f func(string) error) error {
	for _, step := range p.AttributePath {
		if step.IsKey {
			if err := f(step.Key); err != nil {
				return err
			}
		}
	}
	return cty.Walk(p.value, func(path cty.Path, _ cty.Value) (bool, error) {
		if len(path) > 0 {
			if index, ok := path[len(path)-1].(cty.IndexStep); ok && index.Key.Type() == cty.String {
				return true, f(index.Key.AsString())
			}
		}
		return true, nil
	})
}

// nothingSecretIsIn: no secret goes where it can be seen, in one piece or in several,
// and no mark of one that was left out of the question comes back as if it were a
// value.
func nothingSecretIsIn(ctx context.Context, v *vetting) (Outcome, error) {
	run, ds := plan.NewRun(ctx, v.Input, true)
	if ds.HasErrors() {
		return Deny, errors.New("what is secret here cannot be told")
	}
	run.UseState(ctx)
	secrets := redact.New(slices.Concat(v.Secrets, run.Secrets(ctx)))
	err := v.texts(func(s string) error {
		if secrets.Holds(s) {
			return errors.New("the value holds a secret")
		}
		if redactedMark.MatchString(s) {
			return errors.New("the value holds the mark of something that was left out")
		}
		if secretLook.MatchString(s) {
			return errors.New("the value looks like a secret")
		}
		return nil
	})
	if err != nil {
		return Deny, err
	}
	var all strings.Builder
	for _, c := range v.changes {
		_ = c.values(func(s string) error {
			all.WriteString(s)
			return nil
		})
	}
	if secrets.Holds(all.String()) {
		return Deny, errors.New("the values together hold a secret")
	}
	return Allow, nil
}

// secretLook are the shapes of private keys, tokens and keys of cloud services.
var secretLook = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|` +
	`\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_|\bglpat-|\bxox[abprs]-|\bsk[-_](?:live|proj|ant|or)?[-_]?[A-Za-z0-9]{16,}|\bAIza[A-Za-z0-9_-]{30,}|` +
	`://[^/\s:@]+:[^/\s@]+@`)
