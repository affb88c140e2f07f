package completion_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/completiontest"
)

func oneQuestion(text string, secrets ...string) ask.Question {
	return ask.Question{
		Purpose: ask.Completion, Subject: "thing.it", Instructions: "Say something.", Secrets: secrets,
		Schema:   json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}`),
		Evidence: []ask.Evidence{{ID: "e1", Name: "description", Value: text}},
		Check:    func([]byte) error { return nil },
	}
}

func newRun(t *testing.T, maxCalls int, h completiontest.Handler) (*completion.Run, *completiontest.Server) {
	t.Helper()
	s := completiontest.New(t, h)
	c, err := completion.New(completion.Options{BaseURL: s.URL, Model: "test-1", MaxRetries: 1})
	if err != nil {
		t.Fatal(err)
	}
	return completion.NewRun(c, maxCalls), s
}

// TestRunAsksOnce: what would be sent in the same bytes is sent once, also at the
// same time; what differs only in secrets is the same.
func TestRunAsksOnce(t *testing.T) {
	r, s := newRun(t, 10, completiontest.Answer(`{"text":"a"}`))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			secret := fmt.Sprintf("hunter-%d-of-20", i)
			reply, err := r.Ask(t.Context(), oneQuestion("opens with "+secret, secret))
			if err != nil || string(reply.Answer) != `{"text":"a"}` {
				t.Errorf("%s, %v", reply.Answer, err)
			}
		})
	}
	wg.Wait()
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	other := oneQuestion("opens with hunter-0-of-20", "hunter-0-of-20")
	other.Instructions = "Say something else."
	for _, q := range []ask.Question{oneQuestion("opens with nothing"), other, oneQuestion("opens with one-secret and another", "one-secret", "another")} {
		if _, err := r.Ask(t.Context(), q); err != nil {
			t.Error(err)
		}
	}
	if n := len(s.Requests()); n != 4 {
		t.Errorf("%d requests", n)
	}
}

// TestRunChecksEach: an answer that one who asks the same cannot use is not forced
// upon it.
func TestRunChecksEach(t *testing.T) {
	answers := completiontest.Answer(`{"text":"a"}`)
	r, s := newRun(t, 10, answers)
	if _, err := r.Ask(t.Context(), oneQuestion("x")); err != nil {
		t.Fatal(err)
	}
	picky, checked := oneQuestion("x"), 0
	picky.Check = func([]byte) error {
		if checked++; checked == 1 {
			return errors.New("it is not wanted")
		}
		return nil
	}
	if _, err := r.Ask(t.Context(), picky); err != nil || len(s.Requests()) != 2 {
		t.Errorf("%v, after %d requests", err, len(s.Requests()))
	}
}

// TestRunFailsOnce: what failed for one has failed for all who ask the same.
func TestRunFailsOnce(t *testing.T) {
	r, s := newRun(t, 10, completiontest.Fail(401, "no"))
	for range 3 {
		var failed *ask.Error
		if _, err := r.Ask(t.Context(), oneQuestion("x")); !errors.As(err, &failed) || failed.Reason != ask.Unauthorised {
			t.Errorf("%v", err)
		}
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestRunIsBounded: no more requests are sent than a run may, corrections and all,
// and that is said.
func TestRunIsBounded(t *testing.T) {
	r, s := newRun(t, 3, completiontest.Answer(`{"text":"a"}`))
	// One, and a correction.
	wrong, checked := oneQuestion("0"), 0
	wrong.Check = func([]byte) error {
		if checked++; checked == 1 {
			return errors.New("it is not wanted")
		}
		return nil
	}
	if _, err := r.Ask(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	answered, refused := 0, 0
	for i := range 8 {
		wg.Go(func() {
			_, err := r.Ask(t.Context(), oneQuestion(fmt.Sprint("question ", i)))
			mu.Lock()
			defer mu.Unlock()
			var failed *ask.Error
			switch {
			case err == nil:
				answered++
			case errors.As(err, &failed) && failed.Reason == ask.UsedUp && strings.Contains(failed.Detail, "as one run may send: 3."):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if answered != 1 || refused != 7 || len(s.Requests()) != 3 {
		t.Errorf("%d answered, %d refused, %d requests", answered, refused, len(s.Requests()))
	}
	if _, err := r.Ask(t.Context(), oneQuestion("0")); err != nil {
		t.Errorf("what was answered is not any more: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Ask(ctx, oneQuestion("new")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
