package check_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
)

// reply answers every datagram with what f makes of it, or not at all, and
// returns its port.
func reply(t *testing.T, address string, f func(string) []string) int {
	t.Helper()
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Skipf("no UDP at %s: %v", address, err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			for _, text := range f(string(buf[:n])) {
				_, _ = conn.WriteTo([]byte(text), from)
			}
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

func TestPortExpect(t *testing.T) {
	greeter, echo, closer, large, mute := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	serve := func(l net.Listener, f func(net.Conn)) {
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					f(conn)
				}()
			}
		}()
	}
	serve(greeter, func(c net.Conn) {
		for _, part := range []string{"220 mail.ex", "ample.test ESMTP\r\n"} {
			_, _ = io.WriteString(c, part)
			time.Sleep(5 * time.Millisecond)
		}
		_, _ = c.Read(make([]byte, 1)) // until the other side has heard enough
	})
	serve(echo, func(c net.Conn) {
		buf := make([]byte, 100)
		n, _ := c.Read(buf)
		_, _ = c.Write(append([]byte("+"), buf[:n]...))
	})
	serve(closer, func(net.Conn) {})
	serve(large, func(c net.Conn) {
		_, _ = c.Write(append(bytes.Repeat([]byte("x"), 4<<10), "end"...))
		_, _ = c.Read(make([]byte, 1))
	})
	at := func(l net.Listener, more ...string) string {
		return fmt.Sprintf("port = %d\nhost = \"127.0.0.1\"\n%s", portOf(l), strings.Join(more, "\n"))
	}
	shown := func(l net.Listener) string { return fmt.Sprintf(" (port %d on 127.0.0.1): ", portOf(l)) }
	runAll(t, "port_accessible", "", []one{
		{"greeting in parts", at(greeter, `expect = "^220 mail.example.test "`), "pass" + shown(greeter) + "what it sent matches"},
		{"other greeting", at(greeter, `expect = "^421"`, `timeout = "100ms"`), "fail" + shown(greeter) + "what it sent within 100ms does not match"},
		{"sent", at(echo, `send = "PING"`, `expect = "^.PING$"`), "pass" + shown(echo) + "what it sent matches"},
		{"sent, other answer", at(echo, `send = "PING"`, `expect = "PONG"`), "fail" + shown(echo) + "what it sent does not match"},
		{"sent only", at(echo, `send = "PING"`), "pass" + shown(echo) + "it accepts connections"},
		{"closed", at(closer, `expect = "x"`), "fail" + shown(closer) + "it closed the connection and sent nothing"},
		{"mute", at(mute, `expect = "x"`, `timeout = "100ms"`), "fail" + shown(mute) + "it sent nothing within 100ms"},
		{"beyond 4 KiB", at(large, `expect = "end"`), "fail" + shown(large) + "the first 4 KiB that it sent do not match"},
		{"secrets", at(echo, `send = sensitive("hunter2")`, `expect = sensitive("hunter3")`), "fail" + shown(echo) + "what it sent does not match"},
	})
}

func TestPortUDP(t *testing.T) {
	echo := reply(t, "127.0.0.1:0", func(s string) []string { return []string{"+" + s} })
	empty := reply(t, "127.0.0.1:0", func(string) []string { return []string{""} })
	twice := reply(t, "127.0.0.1:0", func(string) []string { return []string{"one ", "two"} })
	large := reply(t, "127.0.0.1:0", func(string) []string { return []string{strings.Repeat("x", 5000) + "end"} })
	mute := reply(t, "127.0.0.1:0", func(string) []string { return nil })
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	closed := gone.LocalAddr().(*net.UDPAddr).Port

	at := func(port int, more ...string) string {
		return fmt.Sprintf("port = %d\nhost = \"127.0.0.1\"\nprotocol = \"udp\"\n%s", port, strings.Join(more, "\n"))
	}
	shown := func(port int) string { return fmt.Sprintf(" (UDP port %d on 127.0.0.1): ", port) }
	runAll(t, "port_accessible", "", []one{
		{"answer", at(echo), "pass" + shown(echo) + "it answered"},
		{"expected answer", at(echo, `send = "PING"`, `expect = "^.PING$"`), "pass" + shown(echo) + "it answered"},
		{"other answer", at(echo, `expect = "PONG"`, `timeout = "100ms"`), "fail" + shown(echo) + "what it sent within 100ms does not match"},
		{"empty answer", at(empty), "pass" + shown(empty) + "it answered"},
		{"two datagrams", at(twice, `expect = "one two"`), "pass" + shown(twice) + "it answered"},
		{"large", at(large, `expect = "end"`), "fail" + shown(large) + "the first 4 KiB that it sent do not match"},
		{"silence", at(mute, `timeout = "100ms"`), "unknown" + shown(mute) + "there was no answer within 100ms, and by UDP none is needed"},
		{"unreachable", at(closed), "fail" + shown(closed) + "nothing listens there: the port is unreachable"},
		// One of the addresses of localhost is enough, whichever it is.
		{"localhost", fmt.Sprintf("port = %d\nprotocol = \"udp\"", echo), fmt.Sprintf("pass (UDP port %d): it answered", echo)},
		{"localhost, silence", fmt.Sprintf("port = %d\nprotocol = \"udp\"\ntimeout = \"100ms\"", mute),
			fmt.Sprintf("unknown (UDP port %d): there was no answer within 100ms, and by UDP none is needed", mute)},
		{"localhost, unreachable", fmt.Sprintf("port = %d\nprotocol = \"udp\"", closed),
			fmt.Sprintf("fail (UDP port %d): nothing listens there: the port is unreachable", closed)},
	})
}

// Checks that waited for an answer leave nothing running.
func TestNetworkChecksLeaveNothing(t *testing.T) {
	mute := listen(t, "127.0.0.1:0")
	go func() {
		for {
			conn, err := mute.Accept()
			if err != nil {
				return
			}
			defer conn.Close() // in the end
		}
	}()
	muteUDP := reply(t, "127.0.0.1:0", func(string) []string { return nil })
	p := coretest.New(t, fmt.Sprintf(`
assert "port_accessible" "tcp" {
  port    = %[1]d
  expect  = "x"
  timeout = "50ms"
}
assert "port_accessible" "udp" {
  port     = %[2]d
  protocol = "udp"
  timeout  = "50ms"
}
assert "tls_certificate" "mute" {
  host    = "127.0.0.1"
  port    = %[1]d
  timeout = "50ms"
}
assert "dns_resolves" "mute" {
  name    = "www.example.test"
  type    = "CNAME"
  server  = "127.0.0.1:%[2]d"
  timeout = "50ms"
}
assert "healthcheck" "mute" {
  url                  = "https://127.0.0.1:%[1]d"
  insecure_skip_verify = true
  timeout              = "50ms"
}
`, portOf(mute), muteUDP))
	before := runtime.NumGoroutine()
	if results, diags := tryRun(p, check.Options{}); len(results) != 5 || len(diags) > 0 {
		t.Fatal(results, diags)
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
