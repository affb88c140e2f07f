package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"time"
)

// ErrNoTarget is what a lookup returns for a target that is gone for good, so
// that its messages are dropped.
var ErrNoTarget = errors.New("there is no such target")

// Target is where messages go: a Webhook, a Command or an SMTP. A failure of
// its send tells nothing secret.
type Target interface {
	check() error
	send(ctx context.Context, w world, m Message) *failure
	limit() time.Duration // how long one attempt may take
}

// Check says what is wrong with a target's settings, without using them.
func Check(t Target) error { return t.check() }

// world is what targets need beside their settings.
type world struct {
	now   func() time.Time
	roots *x509.CertPool // nil for the system's
}

// failure is why an attempt failed, in words for the log.
type failure struct {
	text    string
	refused bool          // the target wants this message never; another try is pointless
	after   time.Duration // the target asks not to be tried before
}

func failed(text string) *failure { return &failure{text: text} }
