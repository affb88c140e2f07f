package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Webhook is an address that messages are posted to.
type Webhook struct {
	URL     string
	Secret  string // signs the messages; none are signed if it is empty
	Headers map[string]string
}

const (
	webhookLimit = 10 * time.Second
	maxResponse  = 64 << 10
	maxRedirects = 3
)

func (Webhook) limit() time.Duration { return webhookLimit }

func (w Webhook) check() error {
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("its URL is not one that begins with http:// or https:// and names a host")
	}
	for name, value := range w.Headers {
		if name == "" || strings.ContainsFunc(name, notInNames) || strings.ContainsFunc(value, notInValues) {
			return fmt.Errorf("its header %q is not valid", name)
		}
	}
	return nil
}

func notInNames(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

func notInValues(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// Sign returns the value of the header Clockwork-Signature for a body.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + "."))
	h.Write(body)
	return fmt.Sprintf("t=%s,v1=%x", t, h.Sum(nil))
}

func (w Webhook) send(ctx context.Context, world world, m Message) *failure {
	if err := w.check(); err != nil {
		return failed(err.Error())
	}
	// A connection for each message: there are few, and none is left to go stale.
	transport := &http.Transport{
		Proxy:                  environmentProxy,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: maxResponse,
		TLSClientConfig:        &tls.Config{RootCAs: world.roots},
	}
	defer transport.CloseIdleConnections()
	at, _ := url.Parse(w.URL) // it was checked
	body := m.body()
	for range maxRedirects + 1 {
		response, f := w.post(ctx, transport, at, m.ID, body, world.now())
		if f != nil {
			return f
		}
		if response.StatusCode != http.StatusTemporaryRedirect && response.StatusCode != http.StatusPermanentRedirect {
			return judge(response, world.now())
		}
		to, err := at.Parse(response.Header.Get("Location"))
		if err != nil || to.Scheme != at.Scheme || to.Host != at.Host {
			return failed("it redirects to another host, which is not followed: set the address it redirects to as its URL")
		}
		to.User = at.User
		at = to
	}
	return failed("it redirects again and again")
}

// environmentProxy keeps the proxy's address, which may hold a password, out of
// the error.
func environmentProxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy in the environment is not a valid URL")
	}
	return u, nil
}

// post sends a body to one address. It uses the transport itself because the
// errors of a client name the whole URL.
func (w Webhook) post(ctx context.Context, transport *http.Transport, at *url.URL, id string, body []byte, now time.Time) (*http.Response, *failure) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, failed("its URL is not valid")
	}
	request.Header.Set("User-Agent", "Clockwork")
	if at.User != nil {
		password, _ := at.User.Password()
		request.SetBasicAuth(at.User.Username(), password)
	}
	for name, value := range w.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", id)
	if w.Secret != "" {
		request.Header.Set("Clockwork-Signature", Sign(w.Secret, now, body))
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, failed(networkFailure(ctx, err))
	}
	_, _ = io.CopyN(io.Discard, response.Body, maxResponse) // the status is all that counts
	response.Body.Close()
	return response, nil
}

// judge says what a status means.
func judge(response *http.Response, now time.Time) *failure {
	code := response.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	f := failed(fmt.Sprintf("it answered with status %d", code))
	f.refused = slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}, code)
	after := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil {
		f.after = time.Duration(min(max(seconds, 0), int(maxDelay/time.Second))) * time.Second
	} else if date, err := http.ParseTime(after); err == nil {
		f.after = date.Sub(now)
	}
	return f
}

// networkFailure words an error of a connection. Only errors that are known to
// hold no more than host and port are shown.
func networkFailure(ctx context.Context, err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "there was no answer in time"
	case ctx.Err() != nil:
		return "Clockwork is stopping"
	case errors.As(err, &certificate):
		return "its certificate cannot be trusted: " + oneLine(certificate.Err.Error(), 300)
	case errors.As(err, &dns), errors.As(err, &op):
		return oneLine(err.Error(), 300)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection without an answer"
	}
	return "the connection failed or what it answered is not HTTP"
}
