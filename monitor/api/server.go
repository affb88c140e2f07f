package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The bounds of what a client may take up.
const (
	maxHeader    = 16 << 10 // bytes, the address included
	maxRequests  = 64       // at a time, streams aside
	maxStreams   = 16       // at a time
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second // of a whole answer, or of one event of a stream
	idleTimeout  = time.Minute
	// farewell is how long answers under way have when the server ends.
	farewell = 2 * time.Second
)

// portSetting is what sets Options.Port.
const portSetting = "CW_SERVICE_PORT"

// Options is how a server works.
type Options struct {
	// Address is what to listen on; the zero value is 127.0.0.1 and [::1]. One that
	// other machines can reach needs a Certificate and a Token.
	Address netip.Addr
	Port    int // 0 for any that is free
	// Certificate has the server speak TLS only.
	Certificate *Certificate
	// Token is what clients must know, of everything but /healthz; "" for none.
	Token   string
	Version string // of this program
	Log     *slog.Logger
}

// Server answers over HTTP.
type Server struct {
	source    Source
	opts      Options
	handler   http.Handler
	listeners []net.Listener
	port      int
	hosts     map[string]bool // what a request may say it is for
	token     token
	ended     chan struct{} // closed when streams are to end

	requests, streams chan struct{} // slots
	readTimeout       time.Duration

	timelines timelines
	latest    latest
}

// New returns a server that shows a source. It answers nobody before Listen and
// Serve.
func New(source Source, opts Options) *Server {
	s := &Server{source: source, opts: opts, token: newToken(opts.Token), ended: make(chan struct{}),
		requests: make(chan struct{}, maxRequests), streams: make(chan struct{}, maxStreams), readTimeout: readTimeout}
	s.handler = s.guard(s.routes())
	return s
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(healthPath, s.healthz)
	mux.HandleFunc("/readyz", s.readyz)
	mux.Handle("/metrics", s.metrics())
	mux.HandleFunc("/v1/status", s.status)
	mux.HandleFunc("/v1/projects", s.projects)
	mux.HandleFunc("/v1/incidents", s.incidents)
	mux.HandleFunc("/v1/incidents/{id}", s.incident)
	mux.HandleFunc("/v1/events", s.events)
	mux.HandleFunc("/{$}", s.page)
	mux.HandleFunc("/assets/{name}", s.asset)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "There is no such page. The status page is at /.")
	})
	return mux
}

// Listen takes the port of the address; without one, on 127.0.0.1 and, where there
// is one, on [::1].
func (s *Server) Listen(ctx context.Context) error {
	if s.opts.Address.IsValid() {
		return s.listenOn(ctx, s.opts.Address.Unmap())
	}
	var config net.ListenConfig
	four, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.opts.Port)))
	if err != nil {
		return s.noPort(err)
	}
	s.listeners = []net.Listener{four}
	s.port = four.Addr().(*net.TCPAddr).Port
	six, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(s.port)))
	switch {
	case err == nil:
		s.listeners = append(s.listeners, six)
	case inUse(err):
		// "localhost" may mean either, and must not lead to another program.
		return errors.Join(s.noPort(err), four.Close())
	default:
		s.opts.Log.Debug("the status page is not on [::1]", "error", err)
	}
	s.hosts = s.ownNames()
	return nil
}

// listenOn takes the port of one address.
func (s *Server) listenOn(ctx context.Context, address netip.Addr) error {
	if exposed(address) && (s.opts.Certificate == nil || s.opts.Token == "") {
		return errExposed
	}
	network := "tcp4"
	if address.Is6() {
		network = "tcp" // [::] is all addresses of both kinds
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, network, net.JoinHostPort(address.String(), strconv.Itoa(s.opts.Port)))
	if err != nil {
		return s.noPort(err)
	}
	s.listeners = []net.Listener{l}
	s.port = l.Addr().(*net.TCPAddr).Port
	s.hosts = s.ownNames()
	return nil
}

func (s *Server) noPort(err error) error {
	const windows = syscall.Errno(10049) // WSAEADDRNOTAVAIL
	if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, windows) {
		return fmt.Errorf("%w; set %s to an address of this machine", err, addressSetting)
	}
	return fmt.Errorf("%w; set %s to a port that is free", err, portSetting)
}

// inUse tells whether an address cannot be had because another has it.
func inUse(err error) bool {
	const windows = syscall.Errno(10048) // WSAEADDRINUSE
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, windows)
}

// ownNames are what this machine's own browser calls the server, and its address.
func (s *Server) ownNames() map[string]bool {
	names := []string{"127.0.0.1", "::1", "localhost"}
	if a := s.opts.Address.Unmap(); a.IsValid() && !a.IsUnspecified() {
		names = append(names, a.String())
	}
	out := map[string]bool{}
	for _, name := range names {
		whole := net.JoinHostPort(name, strconv.Itoa(s.port))
		out[whole] = true
		if s.port == s.usualPort() {
			out[strings.TrimSuffix(whole, ":"+strconv.Itoa(s.port))] = true // a browser leaves the usual port out
		}
	}
	return out
}

func (s *Server) usualPort() int {
	if s.opts.Certificate != nil {
		return 443
	}
	return 80
}

// URL is where the status page is, once Listen has returned.
func (s *Server) URL() string {
	scheme, host := "http", "127.0.0.1"
	if a := s.opts.Address.Unmap(); a.IsValid() && !a.IsUnspecified() {
		host = a.String()
	}
	if c := s.opts.Certificate; c != nil {
		scheme = "https"
		if name := c.name(); name != "" && (!c.covers(host) || s.opts.Address.IsUnspecified()) {
			host = name // for which the certificate is good
		}
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(s.port))
}

// Serve answers until the context ends. It calls Listen if nobody has.
func (s *Server) Serve(ctx context.Context) error {
	if s.listeners == nil {
		if err := s.Listen(ctx); err != nil {
			return err
		}
	}
	server := &http.Server{
		Handler: s.handler, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: s.readTimeout, ReadTimeout: s.readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
	if s.opts.Certificate != nil {
		server.TLSConfig = s.opts.Certificate.config()
	}
	failed := make(chan error, len(s.listeners))
	var work sync.WaitGroup
	for _, l := range s.listeners {
		work.Go(func() {
			if s.opts.Certificate != nil {
				failed <- server.ServeTLS(l, "", "")
			} else {
				failed <- server.Serve(l)
			}
		})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	close(s.ended)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	work.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the status page: %w", err)
	}
	return nil
}
