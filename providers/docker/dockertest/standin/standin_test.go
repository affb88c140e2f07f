package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// play runs an applet with an environment and an input and returns its exit code
// and what it wrote.
func play(t *testing.T, env []string, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	p := process{env: env, in: strings.NewReader(in), out: &o, err: &e}
	code = p.run(t.Context(), args)
	return code, o.String(), e.String()
}

// listen serves on a port of this host to the end of the test, and returns the
// address.
func listen(t *testing.T, serve func(context.Context, net.Listener)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { serve(ctx, l) })
	t.Cleanup(func() {
		stop()
		wg.Wait()
	})
	return l.Addr().String()
}

// connect connects to an address; the connection is closed at the end.
func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	return connection
}
