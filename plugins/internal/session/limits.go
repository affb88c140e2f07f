package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	// maxSchema is the size in bytes of the largest schema.
	maxSchema = 16 << 20
	// maxDiagnostics is how many diagnostics of one answer are kept, and maxText
	// how many bytes of a text that is for people.
	maxDiagnostics = 100
	maxText        = 64 << 10
	// maxFacts is how many facts and lines a diagnosis may have.
	maxFacts = 10_000
)

// blame ends the errors that are the provider's fault.
const blame = "this is a mistake in the provider: please report it to its authors"

// errTooLate is the cause when a request has taken too long.
var errTooLate = errors.New("it took too long")

// late is the error for a request without an answer.
func late(limit time.Duration) error {
	return fmt.Errorf("it has not answered within %s; %s, unless what it manages is as slow: CW_PROVIDER_TIMEOUT can be longer. %w",
		limit, blame, errTooLate)
}

// limitOf returns how long a request may take, 0 for ever.
func (c *Client) limitOf(kind proto.Kind) time.Duration {
	switch kind {
	case proto.Kind_KIND_WATCH, proto.Kind_KIND_CLOSE: // a watch lasts; whoever closes says how long
		return 0
	case proto.Kind_KIND_APPLY:
		return c.changeTimeout
	}
	return c.timeout
}

// deadline tells when a request's time is up. One that tells of its progress
// gets more.
type deadline struct {
	limit time.Duration
	timer *time.Timer
	stop  context.CancelCauseFunc
}

func newDeadline(ctx context.Context, limit time.Duration) (context.Context, *deadline) {
	if limit <= 0 {
		return ctx, nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	return ctx, &deadline{limit, time.AfterFunc(limit, func() { stop(errTooLate) }), stop}
}

func (d *deadline) extend() {
	if d != nil {
		d.timer.Reset(d.limit)
	}
}

func (d *deadline) end() {
	if d != nil {
		d.timer.Stop()
		d.stop(nil)
	}
}

// diagnostics decodes diagnostics, as many and as much of them as anybody can
// read.
func diagnosticsOf(in []*proto.Diagnostic) diag.Diagnostics {
	left := 0
	if len(in) > maxDiagnostics {
		// Errors first: whether there are any must not get lost.
		kept := make([]*proto.Diagnostic, 0, maxDiagnostics)
		for _, severity := range []proto.Diagnostic_Severity{proto.Diagnostic_SEVERITY_ERROR, proto.Diagnostic_SEVERITY_WARNING} {
			for _, d := range in {
				is := proto.Diagnostic_SEVERITY_ERROR
				if d.GetSeverity() == proto.Diagnostic_SEVERITY_WARNING {
					is = proto.Diagnostic_SEVERITY_WARNING
				}
				if is == severity && len(kept) < maxDiagnostics {
					kept = append(kept, d)
				}
			}
		}
		left, in = len(in)-maxDiagnostics, kept
	}
	out := convert.DecodeDiagnostics(in)
	for i := range out {
		d := &out[i]
		d.Summary, d.Detail, d.Address = cut(d.Summary, 1<<10), cut(d.Detail, maxText), cut(d.Address, 1<<10)
		if !makesSense(d.Subject) || !makesSense(d.Context) {
			d.Subject, d.Context = nil, nil
		}
		if d.Summary == "" {
			d.Summary = "Provider reports a problem"
		}
	}
	if left > 0 {
		out = append(out, diag.Warningf("More was reported than is shown", "The provider has reported %d problems more in the same answer; that many are a mistake in the provider.", left)...)
	}
	return out
}

// makesSense tells whether a range can be one of a file.
func makesSense(r *hcl.Range) bool {
	const most = 1 << 30
	within := func(p hcl.Pos) bool {
		return p.Line > 0 && p.Line < most && p.Column > 0 && p.Column < most && p.Byte >= 0 && p.Byte < most
	}
	return r == nil || within(r.Start) && within(r.End) && r.Start.Byte <= r.End.Byte
}

// factsOf and linesOf return as much of a diagnosis as anybody has a use for.
func factsOf(in map[string]string) map[string]string {
	out := make(map[string]string, min(len(in), maxFacts))
	for name, fact := range in {
		if len(out) < maxFacts {
			out[cut(name, 1<<10)] = cut(fact, maxText)
		}
	}
	return out
}

func linesOf(in []string) []string {
	out := make([]string, min(len(in), maxFacts))
	for i := range out { // the last ones
		out[i] = cut(in[len(in)-len(out)+i], maxText)
	}
	return out
}

// cut returns the beginning of a text that is too long.
func cut(text string, size int) string {
	if len(text) <= size {
		return text
	}
	end := size
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s... (%d bytes more)", text[:end], len(text)-end)
}

// pace lets a number of things pass at once, and so many a second on the long
// run.
type pace struct {
	burst, rate float64

	tokens float64
	last   time.Time
}

func (p *pace) allow(now time.Time) bool {
	if p.last.IsZero() {
		p.tokens = p.burst
	} else {
		p.tokens = min(p.burst, p.tokens+now.Sub(p.last).Seconds()*p.rate)
	}
	p.last = now
	if p.tokens < 1 {
		return false
	}
	p.tokens--
	return true
}

// events hands on what a watch tells. When it tells too much, a Resync stands for
// what is left out.
type events struct {
	ctx    context.Context
	notify func(providers.Event)

	mu      sync.Mutex
	pace    pace
	missing bool // a Resync is to come
}

const (
	eventBurst, eventRate = 1000, 100
	resyncAfter           = time.Second
)

func (e *events) take(event providers.Event) {
	e.mu.Lock()
	if e.missing {
		e.mu.Unlock()
		return // what is to come stands for it
	}
	if e.pace.allow(time.Now()) {
		e.mu.Unlock()
		e.notify(event)
		return
	}
	e.missing = true
	e.mu.Unlock()
	time.AfterFunc(resyncAfter, func() {
		e.mu.Lock()
		e.missing = false
		e.mu.Unlock()
		if e.ctx.Err() == nil {
			e.notify(providers.Event{Kind: providers.Resync})
		}
	})
}
