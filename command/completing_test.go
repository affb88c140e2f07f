package command

import (
	"context"
	"errors"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/diag"
)

// echo answers with the question's subject.
type echo struct{}

func (echo) Ask(_ context.Context, q ask.Question) (ask.Reply, error) {
	return ask.Reply{Model: q.Subject}, nil
}

// TestCompletingIsLazy: nothing is looked at before something is asked, and then
// once; what is wrong then is an answer.
func TestCompletingIsLazy(t *testing.T) {
	warning := diag.Warningf("No model is named", "Name one.")
	for name, tc := range map[string]struct {
		made   ask.Completer
		diags  diag.Diagnostics
		reason ask.Reason
		detail string
		warns  int
	}{
		"none":               {nil, nil, ask.NotConfigured, "", 0},
		"none, with a hint":  {nil, warning, ask.NotConfigured, "Name one.", 0},
		"wrong":              {nil, diag.Errorf("Wrong", "Correct it."), ask.NotPermitted, "Correct it.", 0},
		"one":                {echo{}, nil, "", "", 0},
		"one, with a remark": {echo{}, warning, "", "", 1},
	} {
		made := 0
		c := &completing{make: func() (ask.Completer, diag.Diagnostics) {
			made++
			return tc.made, tc.diags
		}}
		if len(c.warnings()) > 0 || made > 0 {
			t.Errorf("%s: it was made before it was needed", name)
		}
		for range 2 {
			reply, err := c.Ask(t.Context(), ask.Question{Subject: "file.motd"})
			var failed *ask.Error
			switch {
			case tc.reason == "" && (err != nil || reply.Model != "file.motd"):
				t.Errorf("%s: %+v, %v", name, reply, err)
			case tc.reason != "" && (!errors.As(err, &failed) || failed.Reason != tc.reason || failed.Detail != tc.detail):
				t.Errorf("%s: %v", name, err)
			}
		}
		if made != 1 || len(c.warnings()) != tc.warns {
			t.Errorf("%s: made %d times, warnings %v", name, made, c.warnings())
		}
	}
}
