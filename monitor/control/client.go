package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrNotRunning is returned when no service answers.
var ErrNotRunning = errors.New("the service is not running")

// Refused is an error that the service answered with.
type Refused string

// Error implements error.
func (r Refused) Error() string { return string(r) }

// Call asks the service whose state folder is dir.
func Call(ctx context.Context, dir string, req Request) (Answer, error) {
	path := filepath.Join(dir, SocketName)
	dialer := net.Dialer{Timeout: readFor}
	c, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED):
		return Answer{}, ErrNotRunning
	case errors.Is(err, os.ErrPermission):
		return Answer{}, fmt.Errorf("the service belongs to another user: %w", err)
	case err != nil:
		return Answer{}, fmt.Errorf("reach the service: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := c.SetDeadline(time.Now().Add(answerFor + readFor)); err != nil {
		return Answer{}, fmt.Errorf("reach the service: %w", err)
	}
	if err := json.NewEncoder(c).Encode(wireRequest{version, req}); err != nil {
		return Answer{}, fmt.Errorf("ask the service: %w", err)
	}
	var out wireAnswer
	if err := json.NewDecoder(io.LimitReader(c, maxAnswer)).Decode(&out); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return Answer{}, fmt.Errorf("the service did not answer; its log says why: %w", err)
	}
	if out.Error != "" {
		return Answer{}, Refused(out.Error)
	}
	return out.Answer, nil
}
