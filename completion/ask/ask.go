package ask

import (
	"context"
	"encoding/json"
	"time"
)

// Completer asks a model. Package completion implements it.
type Completer interface {
	// Ask returns an answer that the question's Check accepts, or an error, which
	// is an *Error unless ctx ended. The reply's Exchanges are what was sent and
	// received, also beside an error. It is safe for concurrent use.
	Ask(ctx context.Context, q Question) (Reply, error)
}

// Purpose is what a question is for.
type Purpose string

// The purposes.
const (
	Remediation Purpose = "remediation" // what to change so that something is healthy again
	Completion  Purpose = "completion"  // what a resource's missing attributes should be
)

// Question is one question. Only Instructions are written for the model to
// follow; all that comes from the world is Evidence, which is sent as data.
type Question struct {
	Purpose Purpose
	Subject string // the address that it is about
	// Instructions are a fixed text of the program's, in which nothing from
	// outside is put together.
	Instructions string
	// Evidence is sent as one JSON document, the most important first. What
	// goes beyond the size that may be sent is cut from the last.
	Evidence []Evidence
	// Schema is the JSON schema of the answer, an object, in the subset that strict
	// structured outputs know: every property required, none additional.
	Schema json.RawMessage
	// Check judges an answer. Its error's text is sent back to the model, so that it
	// can correct itself; so it must say what is wrong, and nothing secret.
	Check func(answer []byte) error
	// Secrets are values that must not leave the machine, wherever they turn up.
	// Others are found by their looks.
	Secrets []string
	// Permit is asked before every request is sent, also for corrections, with how
	// many tokens it will about cost. Its error ends the asking. It may be nil.
	Permit func(tokens int) error
}

// Evidence is something known about the subject.
type Evidence struct {
	// ID is what an answer names it by, such as "e3".
	ID   string
	Name string // what it is: "status", "logs", "configuration"
	// Value is anything that can be JSON; or nil, and then there are Lines, of
	// which the oldest, the first, are cut when there is no room.
	Value any
	Lines []string
}

// Reply is what came of a question.
type Reply struct {
	Answer    []byte // a JSON object that Check accepted
	Model     string // as the server named it
	Exchanges []Exchange
}

// Exchange is one request and its answer, as they may be kept: redacted.
type Exchange struct {
	Time    time.Time       `json:"time"`
	Server  string          `json:"server"` // scheme, host and port
	Model   string          `json:"model"`
	Shape   string          `json:"shape"`            // how a structured answer was asked for
	Status  int             `json:"status,omitempty"` // of HTTP; 0 when there was no answer
	Request json.RawMessage `json:"request"`          // the body as it was sent
	// Answer is the text that the model gave, "" when there was none.
	Answer string `json:"answer,omitempty"`
	// Error says why the answer was not taken.
	Error string `json:"error,omitempty"`

	PromptTokens     int     `json:"prompt_tokens,omitempty"`
	CompletionTokens int     `json:"completion_tokens,omitempty"`
	Seconds          float64 `json:"seconds"`
	// Cost is in the currency of the prices that are set, 0 when none are.
	Cost float64 `json:"cost,omitempty"`
}

// Reason is why there is no answer.
type Reason string

// The reasons.
const (
	NotConfigured Reason = "not_configured" // no model is set up
	Unauthorised  Reason = "unauthorised"   // the key is wrong, or nothing is left to pay with
	NotFound      Reason = "not_found"      // there is no such model or server path
	Unavailable   Reason = "unavailable"    // cannot be reached, too busy, or failing; perhaps not for long
	Open          Reason = "open"           // it failed so often that it is not asked for a while
	TooLate       Reason = "too_late"       // the time was up
	Refused       Reason = "refused"        // the model would not answer
	Invalid       Reason = "invalid"        // no answer was one that Check accepts
	NotPermitted  Reason = "not_permitted"  // Permit said no
	UsedUp        Reason = "used_up"        // as much was asked as may be
)

// Error says why there is no answer. Its text holds nothing secret.
type Error struct {
	Reason Reason
	Detail string // full sentences that end in what to do
}

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }
