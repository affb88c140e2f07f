package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/clockwork-hcl/clockwork/plugins/convert"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
)

// Error is what the other end said of a request that did not work.
// errors.Is tells an end of the context and errors.ErrUnsupported.
type Error struct {
	Code    proto.Failure_Code
	Message string
}

func (e *Error) Error() string { return e.Message }

// Is makes an error that travelled match what it was.
func (e *Error) Is(target error) bool {
	switch e.Code {
	case proto.Failure_CODE_CANCELED:
		return target == context.Canceled
	case proto.Failure_CODE_DEADLINE:
		return target == context.DeadlineExceeded
	case proto.Failure_CODE_UNSUPPORTED:
		return target == errors.ErrUnsupported
	}
	return false
}

// ErrViolation is, wrapped, why a session broke in which the other end did not
// keep to the protocol.
var ErrViolation = errors.New(blame)

func violation(format string, args ...any) error {
	return fmt.Errorf("%s; %w", fmt.Sprintf(format, args...), ErrViolation)
}

// failureOf turns an error into what is sent.
func failureOf(err error) *proto.Failure {
	code := proto.Failure_CODE_ERROR
	var e *Error
	switch {
	case errors.As(err, &e):
		code = e.Code
	case errors.Is(err, context.Canceled):
		code = proto.Failure_CODE_CANCELED
	case errors.Is(err, context.DeadlineExceeded):
		code = proto.Failure_CODE_DEADLINE
	case errors.Is(err, errors.ErrUnsupported):
		code = proto.Failure_CODE_UNSUPPORTED
	}
	return &proto.Failure{Code: code, Message: convert.Text(err.Error())}
}
