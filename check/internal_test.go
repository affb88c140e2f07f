package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/providers"
)

func TestHeadAndTailAreBounded(t *testing.T) {
	var h head
	var last tail
	var all strings.Builder
	for i := range 50_000 {
		line := fmt.Sprintf("line %d\n", i)
		if i == 100 {
			line = strings.Repeat("long ", 1000) + line
		}
		all.WriteString(line)
		for _, w := range []io.Writer{&h, &last} {
			if n, err := io.WriteString(w, line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	if string(h.kept) != all.String()[:maxStdout] || !h.dropped || cap(h.kept) > 2*maxStdout {
		t.Errorf("the head is %d bytes of %d, dropped: %v", len(h.kept), cap(h.kept), h.dropped)
	}
	if string(last.kept) != all.String()[all.Len()-maxStderr:] || cap(last.kept) > 4*maxStderr {
		t.Errorf("the tail is %d bytes of %d: %q", len(last.kept), cap(last.kept), last.kept)
	}
	if got := last.lastLine(); got != ": line 49999" {
		t.Errorf("the last line is %q", got)
	}
	if got := new(tail).lastLine(); got != "" {
		t.Errorf("of nothing the last line is %q", got)
	}
}

func TestWithin(t *testing.T) {
	ctx := context.Background()
	if v, why := within(ctx, time.Minute, func(context.Context) int { return 7 }); v != 7 || why != "" {
		t.Error(v, why)
	}
	// Who says himself that time is up is heard.
	v, why := within(ctx, time.Millisecond, func(ctx context.Context) string {
		<-ctx.Done()
		return "late"
	})
	if v != "late" || why != "" {
		t.Error(v, why)
	}
	v, why = within(ctx, time.Minute, func(context.Context) string { panic("hunter2") })
	if v != "" || !strings.Contains(why, "internal_test.go:") || strings.Contains(why, "hunter2") {
		t.Error(v, why)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, why := within(ended, time.Minute, func(context.Context) int { t.Error("it was called"); return 0 }); why != interrupted {
		t.Error(why)
	}
}

func TestNoConnection(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, c := range []struct {
		err  error
		want providers.Outcome
	}{
		{dial(syscall.ECONNREFUSED), providers.Fail},
		{dial(syscall.EHOSTUNREACH), providers.Fail},
		{dial(syscall.ETIMEDOUT), providers.Fail},
		{dial(&net.DNSError{Name: "a", IsNotFound: true}), providers.Fail},
		{context.DeadlineExceeded, providers.Fail},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, providers.Fail},
		{io.EOF, providers.Fail},
		{&tls.CertificateVerificationError{Err: errors.New("hunter2")}, providers.Fail},
		{tls.AlertError(40), providers.Fail},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: hunter2")}, providers.Fail},
		{errors.New("malformed HTTP response hunter2"), providers.Fail},
		// These may be the fault of this machine.
		{dial(syscall.ENETUNREACH), providers.Unknown},
		{dial(syscall.EMFILE), providers.Unknown},
		{dial(syscall.EACCES), providers.Unknown},
		{dial(&net.DNSError{Name: "hunter2", IsTimeout: true}), providers.Unknown},
		{dial(&net.DNSError{Name: "hunter2", Server: "x", IsTemporary: true}), providers.Unknown},
		{dial(errors.New("hunter2")), providers.Unknown},
	} {
		got := noConnection(fmt.Errorf("wrapped: %w", c.err), time.Second)
		if got.outcome != c.want || got.message == "" || strings.Contains(got.message, "hunter2") {
			t.Errorf("%v: %s, %q", c.err, got.outcome, got.message)
		}
	}
}

func TestSecretsAreFoundAnywhere(t *testing.T) {
	s := func(v cty.Value) cty.Value { return v.Mark(marks.Sensitive) }
	v := cty.ObjectVal(map[string]cty.Value{
		"clear":  cty.StringVal("in clear"),
		"list":   cty.ListVal([]cty.Value{cty.StringVal("public"), s(cty.StringVal("one\ntwo \"2\""))}),
		"map":    s(cty.MapVal(map[string]cty.Value{"key": cty.StringVal("value")})),
		"set":    cty.SetVal([]cty.Value{s(cty.StringVal("member"))}),
		"number": s(cty.NumberIntVal(12345)),
		"null":   s(cty.NullVal(cty.String)),
		"short":  s(cty.StringVal("ab")),
		"later":  s(cty.UnknownVal(cty.String)),
	})
	got := secretsIn(v).hide(`in clear, public, one, two "2", two \"2\", key=value, member, 12345, ab`)
	if want := `in clear, public, (sensitive), (sensitive), (sensitive), (sensitive)=(sensitive), (sensitive), (sensitive), ab`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBounded(t *testing.T) {
	if got := bounded("short"); got != "short" {
		t.Error(got)
	}
	if got := bounded(strings.Repeat("é", 1000)); len(got) > maxMessage+3 || !strings.HasSuffix(got, "é...") {
		t.Errorf("%d bytes, %q", len(got), got[len(got)-8:])
	}
}
