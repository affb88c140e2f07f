package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/parallel"
	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	// maxHeard is how much of what a server sends is looked at, in bytes.
	maxHeard = 4 << 10
	// maxDatagram is how large one datagram can be.
	maxDatagram = 64 << 10
	// maxAddresses is how many addresses of a host are asked by UDP.
	maxAddresses = 4
)

// port connects to a port.
func port(ctx context.Context, limit time.Duration, a arguments) finding {
	if a.text("protocol") == "udp" {
		return udpPort(ctx, limit, a)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(bareHost(a), strconv.Itoa(a.number("port"))))
	if err != nil {
		return noConnection(err, limit)
	}
	defer conn.Close()
	defer endWith(ctx, conn)()
	if a.known("send") {
		if _, err := io.WriteString(conn, a.text("send")); err != nil {
			return noConnection(err, limit)
		}
	}
	if !a.known("expect") {
		return passed("it accepts connections")
	}
	heard, matched, err := hear(conn, regexp.MustCompile(a.text("expect")))
	switch {
	case matched:
		return passed("what it sent matches")
	case heard > 0:
		return noMatch(heard, err, limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return failed(fmt.Sprintf("it sent nothing within %s", limit))
	case errors.Is(err, io.EOF):
		return failed("it closed the connection and sent nothing")
	}
	return noConnection(err, limit)
}

// endWith makes what waits for conn return when the context ends, until the
// function returned is called.
func endWith(ctx context.Context, conn net.Conn) func() bool {
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// hear reads from conn until what was read matches, and tells how much that
// was. An error says why there was no more.
func hear(conn net.Conn, pattern *regexp.Regexp) (heard int, matched bool, err error) {
	var text []byte
	buf := make([]byte, maxDatagram)
	for err == nil && len(text) < maxHeard && !matched {
		var n int
		n, err = conn.Read(buf)
		text = append(text, buf[:min(n, maxHeard-len(text))]...)
		matched = (n > 0 || err == nil) && pattern.Match(text)
	}
	return len(text), matched, err
}

// noMatch is that something was heard, but not what was expected.
func noMatch(heard int, err error, limit time.Duration) finding {
	switch {
	case heard >= maxHeard:
		return failed("the first 4 KiB that it sent do not match")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return failed(fmt.Sprintf("what it sent within %s does not match", limit))
	}
	return failed("what it sent does not match")
}

// How much is known from what one address did, the least first.
const (
	notAsked = iota
	unreachable
	silent
	mismatched
	answered
)

// udpPort sends a datagram to all addresses of a host at once: which of them
// the service listens at cannot be found out otherwise. The one that says most
// counts.
func udpPort(ctx context.Context, limit time.Duration, a arguments) finding {
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", bareHost(a))
	if err != nil {
		return noConnection(err, limit)
	}
	addresses = addresses[:min(len(addresses), maxAddresses)]
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pattern := regexp.MustCompile(a.text("expect")) // an empty one matches any answer
	found := make([]finding, len(addresses))
	knows := make([]int, len(addresses))
	parallel.Each(len(addresses), len(addresses), func(i int) {
		to := net.JoinHostPort(addresses[i].Unmap().String(), strconv.Itoa(a.number("port")))
		if found[i], knows[i] = datagram(ctx, to, limit, a.text("send"), pattern); knows[i] == answered {
			cancel()
		}
	})
	best := 0
	for i, k := range knows {
		if k > knows[best] {
			best = i
		}
	}
	if best < len(found) {
		return found[best]
	}
	return unknown("the host has no address")
}

// datagram sends one and waits for an answer.
func datagram(ctx context.Context, to string, limit time.Duration, text string, pattern *regexp.Regexp) (finding, int) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", to)
	if err != nil {
		return noConnection(err, limit), notAsked
	}
	defer conn.Close()
	defer endWith(ctx, conn)()
	heard, matched := 0, false
	if _, err = io.WriteString(conn, text); err == nil {
		heard, matched, err = hear(conn, pattern)
	}
	switch {
	case matched:
		return passed("it answered"), answered
	case heard > 0:
		return noMatch(heard, err, limit), mismatched
	case errors.Is(err, os.ErrDeadlineExceeded):
		return unknown(fmt.Sprintf("there was no answer within %s, and by UDP none is needed", limit)), silent
	case isOneOf(err, refusals()), isOneOf(err, breaks()): // the latter on Windows
		return failed("nothing listens there: the port is unreachable"), unreachable
	}
	found := noConnection(err, limit)
	if found.outcome == providers.Fail {
		return found, unreachable
	}
	return found, notAsked
}

// bareHost returns the host without the brackets of an IPv6 address.
func bareHost(a arguments) string {
	return strings.TrimSuffix(strings.TrimPrefix(a.text("host"), "["), "]")
}

func portDetail(a arguments) string {
	out := "port " + strconv.Itoa(a.number("port"))
	switch {
	case a.secret("port"):
		out = "sensitive port"
	case !a.known("port"):
		return ""
	}
	switch {
	case a.secret("host"):
		out += " on a sensitive host"
	case a.known("host") && a.text("host") != "localhost":
		out += " on " + bareHost(a)
	}
	return out
}

// protocolPortDetail is the port, and that it is one of UDP.
func protocolPortDetail(a arguments) string {
	detail := portDetail(a)
	if detail != "" && !a.secret("protocol") && a.text("protocol") == "udp" {
		return "UDP " + detail
	}
	return detail
}
