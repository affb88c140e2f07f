package plugins

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/internal/session"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// ErrNotStarted is what Serve returns in a process that a person has started.
var ErrNotStarted = errors.New("this is a provider, which Clockwork starts by itself when a project needs it; it does nothing on its own")

// exitGrace is how long a provider whose host is gone may take to exit.
const exitGrace = 3 * time.Second

// Serve serves p to the program that has started this process, and returns when
// that is done with it or gone: then the process should exit. In the end p is
// closed. name is what messages call the provider.
//
// Serve is for a process of its own: it handles signals, takes over standard
// input and output, and may exit the process by itself. What p writes to
// standard error is for the log, and the end of it for the error when the
// process crashes.
func Serve(name string, p providers.Provider) error {
	h := handshake()
	if os.Getenv(h.MagicCookieKey) != h.MagicCookieValue {
		return ErrNotStarted
	}
	// Whoever started the provider ends it, by closing its standard input. A
	// signal to everything in a terminal or a service is not meant for it: it
	// may be in the middle of an apply. What it starts itself does get them. The
	// same goes for writing when nobody reads any more.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for range signals {
		}
	}()

	// The socket's folder is ours and not the host's, so that nothing is left of
	// it when the host is killed, at whatever instant.
	dir, err := socketFolder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	// A provider has next to nothing in memory, so that under load its garbage
	// would be collected a hundred times a second, for a fifth of its time.
	// Memory that is never touched is only a number, but lets it wait longer.
	ballast := make([]byte, 16<<20)
	defer runtime.KeepAlive(ballast)

	stderr := os.Stderr
	srv := session.NewServer(name, p, stderr)
	var opened atomic.Bool
	srv.Opened = func() {
		opened.Store(true)
		// go-plugin sends what is written to os.Stderr on a stream of its own,
		// on which the last words of a crash would be lost.
		os.Stderr = stderr
		_ = os.RemoveAll(dir) // nobody else is to connect
	}

	var server atomic.Pointer[grpc.Server]
	go func() {
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = io.Copy(io.Discard, os.Stdin)
		}()
		select {
		case <-gone:
		case <-srv.Ended():
		}
		exit := func() {
			_ = os.RemoveAll(dir)
			endGroup()
			os.Exit(1)
		}
		time.AfterFunc(exitGrace, exit)
		if s := server.Load(); s != nil {
			s.Stop()
		} else {
			exit()
		}
	}()

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: h,
		Plugins:         plugin.PluginSet{pluginName: &grpcPlugin{server: srv}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			s := grpc.NewServer(append(opts, session.ServerOptions()...)...)
			server.Store(s)
			return s
		},
		Logger: hclog.New(&hclog.LoggerOptions{Name: name, Level: hclog.Error, Output: stderr}),
	})
	if !opened.Load() {
		return p.Close()
	}
	select {
	case <-srv.Ended():
		if !srv.Asked() { // the host is gone, and nobody else cleans up
			_ = os.RemoveAll(dir)
			endGroup()
		}
		return nil
	case <-time.After(exitGrace):
		return context.DeadlineExceeded
	}
}

// socketFolder makes a folder that only this user can get into, and has
// go-plugin make its socket there.
func socketFolder() (string, error) {
	if runtime.GOOS == "windows" {
		return "", nil // there it uses no socket
	}
	// The name of a socket is limited to about a hundred bytes, and folders for
	// temporary files can have long names.
	base := os.TempDir()
	if len(base) > 60 {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "clockwork-")
	if err == nil {
		err = os.Setenv(plugin.EnvUnixSocketDir, dir)
	}
	if err != nil {
		return "", fmt.Errorf("make a folder for the provider's socket: %w", err)
	}
	return dir, nil
}
