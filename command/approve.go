package command

import (
	"context"
	"errors"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// questions before something is done that cannot be undone.
type approval struct {
	ask, warn string
	cancelled string
}

func question(mode plan.Mode) approval {
	switch mode {
	case plan.Destroy:
		return approval{"Do you really want to destroy all of this?", "It cannot be undone.", "Destroy cancelled."}
	case plan.RefreshOnly:
		return approval{"Do you want the state to say what is really there?", "Nothing but the state is changed.", "Apply cancelled."}
	}
	return approval{"Do you want to perform these actions?", "Clockwork does what is described above.", "Apply cancelled."}
}

// approve asks, and tells whether the answer was yes.
func (p *project) approve(ctx context.Context, q approval, input bool) (bool, diag.Diagnostics) {
	nobody := diag.Errorf("Nobody to ask", "This needs an approval, and there is neither a terminal nor an answer on standard input. "+
		"Run it on a terminal, or give -auto-approve to go on without asking.")
	if !input {
		return false, diag.Errorf("Nobody to ask", "This needs an approval, and -input=false says not to ask for one. Give -auto-approve to go on without asking.")
	}
	answer, err := p.ask.ask(ctx, "\n"+q.ask+"\n  "+q.warn+" Only 'yes' will be accepted.\n\n  Enter a value: ", false)
	switch {
	case errors.Is(err, errNoAnswer):
		return false, nobody
	case ctx.Err() != nil:
		return false, nil // it was interrupted, which is said elsewhere
	case err != nil:
		return false, diag.FromError("Cannot ask for approval", err)
	case answer != "yes":
		p.say("\n" + q.cancelled + "\n")
		return false, nil
	}
	if !isTerminal(p.env.Stdin) {
		p.say("\n") // nobody typed a newline
	}
	return true, nil
}
