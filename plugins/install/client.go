package install

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	maxRedirects = 5
	attempts     = 3
	// minRate is how many bytes a second a server must send on the whole.
	minRate = 16 << 10
)

var (
	errNotFound = errors.New("it is not there (404)")
	errInsecure = errors.New("the server redirects to an address that does not begin with https://, which is not followed")
	errSilent   = errors.New("the server was silent for too long")
	errDrip     = errors.New("the server sends so slowly that it was given up")
)

// statusError is an answer that is of no use.
type statusError struct{ status string }

func (e *statusError) Error() string { return "the server answers " + e.status }

// client asks one server, patiently to a point.
type client struct {
	http    *http.Client
	timeout time.Duration
	pause   time.Duration // before the second attempt
}

func newClient(m Method, dial func(ctx context.Context, network, address string) (net.Conn, error)) *client {
	timeout := m.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	if dial == nil {
		dial = (&net.Dialer{Timeout: timeout}).DialContext
	}
	return &client{timeout: timeout, pause: time.Second / 2, http: &http.Client{
		Transport: &http.Transport{
			Proxy:       proxy,
			DialContext: dial,
			// What is sent is what is hashed, and its size is the one that counts.
			DisableCompression: true,
			ForceAttemptHTTP2:  true,
			TLSClientConfig:    &tls.Config{RootCAs: m.Roots, MinVersion: tls.VersionTLS12},
			IdleConnTimeout:    timeout,
		},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if next.URL.Scheme != "https" {
				return errInsecure
			}
			if len(via) > maxRedirects {
				return fmt.Errorf("the server redirects more than %d times", maxRedirects)
			}
			next.Header.Del("Referer") // addresses may hold what is not for others
			return nil
		},
	}}
}

// proxy is the environment's proxy. An error does not show it: its address may
// have a password in it.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the address of the proxy in the environment cannot be understood")
	}
	return u, nil
}

// get hands the body at an address to read, which is called again should
// another attempt be worth it. The body is at most size+1 bytes. usual is the
// size that the server is given time for.
func (c *client) get(ctx context.Context, u *url.URL, size, usual int64, read func(io.Reader) error) error {
	// Other attempts do not begin the time anew.
	total := 2*c.timeout + time.Duration(usual)*time.Second/minRate
	ctx, cancel := context.WithTimeoutCause(ctx, total, errDrip)
	defer cancel()
	for n := 1; ; n++ {
		err := c.once(ctx, u, size, read)
		if err == nil || n == attempts || ctx.Err() != nil || !worthAgain(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(c.pause << (n - 1)):
		}
	}
}

// worthAgain tells whether the same request may have another end.
func worthAgain(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		return status.status[0] == '5' || status.status[:3] == "429"
	}
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case errors.Is(err, errSilent), errors.Is(err, errInsecure), errors.As(err, &certificate):
		return false
	case errors.As(err, &dns):
		return dns.IsTemporary
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &network)
}

func (c *client) once(ctx context.Context, u *url.URL, size int64, read func(io.Reader) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(c.timeout, func() { cancel(errSilent) })
	defer silence.Stop()
	defer func() {
		// A body that was cut off may look as if it had ended.
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return errors.New("the address cannot be understood")
	}
	answer, err := c.http.Do(request)
	if err != nil {
		// The library's words have the whole address in them.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return err
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone:
		return errNotFound
	case answer.StatusCode != http.StatusOK:
		return &statusError{answer.Status}
	case answer.ContentLength > size:
		return fmt.Errorf("the server announces %d bytes, more than the %d that there may be", answer.ContentLength, size)
	}
	return read(io.LimitReader(&heard{answer.Body, silence, c.timeout}, size+1))
}

// heard is a body whose every byte proves that the server is alive.
type heard struct {
	io.Reader
	silence *time.Timer
	timeout time.Duration
}

func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if n > 0 {
		h.silence.Reset(h.timeout)
	}
	return n, err
}

// shown is an address as people are told it: without what may be secret.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }
