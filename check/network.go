package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// noConnection judges the error of a connection that could not be made, or
// broke. What says something about the other side is a failure; what may be
// the fault of this one is unknown. Only words of our own and the system's are
// shown, because addresses may be secret.
func noConnection(err error, limit time.Duration) finding {
	var name *net.DNSError
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var alert tls.AlertError
	var op *net.OpError
	var errno syscall.Errno
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return failed("the host's name is not known")
	case errors.As(err, &name):
		return unknown("the host's name could not be looked up")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return failed(fmt.Sprintf("there was no answer within %s", limit))
	case isOneOf(err, refusals()):
		return failed("the connection was refused")
	case isOneOf(err, breaks()), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return failed("the connection was closed")
	case isOneOf(err, unreachables()):
		return failed("the host cannot be reached")
	case errors.As(err, &certificate):
		return failed("its certificate is not valid")
	case errors.As(err, &header), errors.Is(err, http.ErrSchemeMismatch):
		return failed("it does not speak TLS")
	case errors.As(err, &alert), errors.As(err, &op) && op.Op == "remote error":
		return failed("no TLS connection could be agreed on")
	case errors.As(err, &op) && errors.As(err, &errno):
		return unknown("no connection could be made: " + errno.Error())
	case errors.As(err, &op):
		return unknown("no connection could be made")
	}
	return failed("it did not answer as it should")
}

func isOneOf(err error, errnos []syscall.Errno) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	for _, e := range errnos {
		if errno == e {
			return true
		}
	}
	return false
}
