package completion

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

var (
	errTooLong     = fmt.Errorf("it has more than %d bytes", maxBody)
	errOtherServer = errors.New("the server redirects to another one")
	errManyTimes   = errors.New("the server redirects again and again")
	errOtherMethod = errors.New("the server redirects to where nothing can be asked")
)

// maxFailure is how much of a response with an error is read.
const maxFailure = 64 << 10

// wire sends requests, and reads responses whole within bounds, so that nothing
// behind it can be flooded.
type wire struct {
	client     *http.Client
	url        string
	key, agent string
}

// newTransport is as Go's own, which honours the environment's proxy and verifies
// certificates, with bounds.
func newTransport() *http.Transport {
	t := &http.Transport{}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		t = standard.Clone()
	}
	t.ResponseHeaderTimeout = deadline
	t.MaxResponseHeaderBytes = 256 << 10
	t.MaxIdleConnsPerHost = 2
	t.IdleConnTimeout = time.Minute
	return t
}

// got is what came back. status is 0 when nothing did.
type got struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// post sends a body. The key goes nowhere else: sameServer sees to it.
func (w *wire) post(ctx context.Context, body []byte) got {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return got{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", w.agent)
	if w.key != "" {
		req.Header.Set("Authorization", "Bearer "+w.key)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return got{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	out := got{status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode >= http.StatusBadRequest {
		// What was read of it may do; what kept the rest from coming does not matter.
		out.body, _ = io.ReadAll(io.LimitReader(resp.Body, maxFailure))
		return out
	}
	out.body, out.err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if out.err == nil && len(out.body) > maxBody {
		out.body, out.err = nil, errTooLong
	}
	return out
}

// sameServer follows redirects within one server only: the key and the evidence are
// for nobody else.
func sameServer(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Scheme != first.Scheme || req.URL.Host != first.Host || req.URL.User != nil:
		return errOtherServer
	case len(via) >= 3:
		return errManyTimes
	case req.Method != via[0].Method:
		return errOtherMethod
	}
	return nil
}
