package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// Handler does what a request asks for. Its error is for the person who asked.
type Handler func(context.Context, Request) (Answer, error)

// Server answers requests.
type Server struct {
	listener *net.UnixListener
	path     string
	handle   Handler
	log      *slog.Logger
}

// Listen makes the socket in a folder, in place of one that a service left that
// was killed. The caller makes sure that there is one service only.
func Listen(dir string, handle Handler, log *slog.Logger) (*Server, error) {
	if err := journal.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("make the folder of the control socket: %w", err)
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, SocketName)
	// It gets its name when nobody else can use it any more.
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		if len(temp) > 100 {
			return nil, fmt.Errorf("make the control socket: the name %s is too long for a socket; set CW_STATE_DIR to a shorter path: %w", path, err)
		}
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(temp, 0o600)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		l.Close()
		os.Remove(temp) // the first error is the one to report
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	return &Server{listener: l, path: path, handle: handle, log: log}, nil
}

// Serve answers until the context ends, and then takes the socket away. Requests
// under way are answered first.
func (s *Server) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		os.Remove(s.path) // nobody answers there any more
		s.listener.Close()
	})
	defer stop()
	var work sync.WaitGroup
	defer work.Wait()
	slots := make(chan struct{}, maxConnections)
	for {
		slots <- struct{}{}
		c, err := s.listener.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("the control socket: %w", err)
		case err != nil:
			s.log.Warn("a connection to the control socket failed", "error", err)
			<-slots
			time.Sleep(50 * time.Millisecond) // too many open files, say
			continue
		}
		work.Go(func() {
			defer func() { <-slots }()
			defer c.Close()
			if err := s.answer(ctx, c); err != nil {
				s.log.Warn("a request was not answered", "error", err)
			}
		})
	}
}

func (s *Server) answer(ctx context.Context, c *net.UnixConn) error {
	if err := allowed(c); err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(readFor)); err != nil {
		return err
	}
	var req wireRequest
	var out wireAnswer
	// Reading ends with the document, so that a client that keeps the connection
	// open is answered.
	in := &io.LimitedReader{R: c, N: maxRequest}
	err := json.NewDecoder(in).Decode(&req)
	switch {
	case err != nil && in.N <= 0:
		err = errors.New("the request is too large")
	case err != nil:
		err = errors.New("the request is not the JSON document that was expected")
	case req.Version != version:
		err = fmt.Errorf("the service speaks version %d of the protocol and the command version %d: restart the service, so that both are of the same Clockwork", version, req.Version)
	case req.Do == Ping:
	default:
		// What was begun is finished even if the service ends meanwhile.
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerFor)
		defer cancel()
		out.Answer, err = s.handle(bounded, req.Request)
	}
	if err != nil {
		out.Error = err.Error()
	}
	out.Version = version
	if err := c.SetWriteDeadline(time.Now().Add(readFor)); err != nil {
		return err
	}
	return json.NewEncoder(c).Encode(out)
}
