package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/notify"
)

// inbox is where people are told.
type inbox struct {
	policy   string // a notify block
	messages chan notify.Message
	queue    *notify.Queue
	mon      atomic.Pointer[Monitor]
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{messages: make(chan notify.Message, 100)}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m notify.Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		in.messages <- m
	}))
	t.Cleanup(hook.Close)
	in.policy = "  notify { webhook = \"" + hook.URL + "\" }\n"
	queue, err := notify.Open(t.TempDir(), notify.Options{Lookup: func(ctx context.Context, name string) (notify.Target, error) {
		if mon := in.mon.Load(); mon != nil {
			return mon.Target(ctx, name)
		}
		return nil, errors.New("there is no monitor yet")
	}})
	if err != nil {
		t.Fatal(err)
	}
	in.queue = queue
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); queue.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := queue.Close(); err != nil {
			t.Error(err)
		}
	})
	return in
}

func (in *inbox) option(o *Options) { o.Notify = in.queue }

// of has the monitor of a ward tell where messages go.
func (in *inbox) of(w *ward) { in.mon.Store(w.Monitor) }

// gets waits for the next message, which must be of an event.
func (in *inbox) gets(t *testing.T, event notify.Event) notify.Message {
	t.Helper()
	select {
	case m := <-in.messages:
		if m.Event != event || m.Target != "memory_item.a" || m.Project != "test" || m.Summary == "" || m.Incident == "" {
			t.Errorf("%+v, not of %s", m, event)
		}
		return m
	case <-time.After(20 * time.Second):
		t.Fatalf("nobody tells that it was %s", event)
	}
	return notify.Message{}
}

// isEmpty checks that nothing more has come.
func (in *inbox) isEmpty(t *testing.T) {
	t.Helper()
	select {
	case m := <-in.messages:
		t.Errorf("there is %+v too", m)
	case <-time.After(300 * time.Millisecond):
	}
}

// Those whom the policy names are told, with what they need to know.
func TestPeopleAreTold(t *testing.T) {
	in := newInbox(t)
	w := watchOver(t, oneItem+"remediation \"default\" {\n"+in.policy+"}\n", verifyForTest, in.option)
	in.of(w)
	eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
	edit(w.Project, "a", "by hand")
	in.gets(t, notify.Opened)
	in.gets(t, notify.Healed)
}
