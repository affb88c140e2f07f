package session

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
)

func TestDiagnosticsAreBounded(t *testing.T) {
	var in []*proto.Diagnostic
	for range 1000 {
		in = append(in, &proto.Diagnostic{Severity: proto.Diagnostic_SEVERITY_WARNING, Summary: "w"})
	}
	in = append(in, &proto.Diagnostic{Detail: strings.Repeat("ä", 1<<20), Subject: &proto.Range{Start: &proto.Range_Position{Line: -1}}}, nil)
	out := diagnosticsOf(in)
	if len(out) != maxDiagnostics+1 || !out.HasErrors() || !strings.Contains(out[maxDiagnostics].Detail, "902") {
		t.Fatalf("%d diagnostics, the last is %v", len(out), out[len(out)-1])
	}
	if d := out[0]; d.Summary == "" || d.Subject != nil || len(d.Detail) > maxText+40 || strings.Contains(d.Detail, "\uFFFD") {
		t.Errorf("the error is %q, %v, %d bytes", d.Summary, d.Subject, len(d.Detail))
	}
}

// What a flood of events leaves out, a Resync stands for.
func TestEventsArePaced(t *testing.T) {
	told := make(chan providers.Event, 1<<16)
	e := &events{ctx: context.Background(), notify: func(e providers.Event) { told <- e }, pace: pace{burst: 10, rate: 0}}
	for range 10_000 {
		e.take(providers.Event{Address: "a"})
	}
	for range 10 {
		if event := <-told; event.Address != "a" {
			t.Fatalf("got %+v", event)
		}
	}
	select {
	case event := <-told:
		if event.Kind != providers.Resync {
			t.Errorf("got %+v", event)
		}
	case <-time.After(time.Minute):
		t.Error("there is no Resync")
	}
	if len(told) > 0 {
		t.Errorf("got %d events more", len(told))
	}
}
