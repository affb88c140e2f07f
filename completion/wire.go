package completion

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/clockwork-hcl/clockwork/internal/strictjson"
)

var (
	errTooLong      = fmt.Errorf("the response has more than %d bytes", maxBody)
	errOtherServer  = errors.New("the server redirects to another one")
	errNotJSON      = errors.New("the response is not JSON")
	errManyRedirect = errors.New("the server redirects again and again")
)

// wire sends requests, and reads responses whole within bounds, so that nothing
// behind it can be flooded.
type wire struct {
	client *http.Client
	agent  string
}

// Do implements openai.HTTPDoer.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", w.agent)
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, errTooLong
	}
	if note := noteOf(req.Context()); note != nil {
		note.status, note.header = resp.StatusCode, resp.Header
	}
	if resp.StatusCode < http.StatusBadRequest {
		if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && kind == "text/event-stream" {
			return nil, errors.New("the response is a stream, which was not asked for")
		}
		if err := strictjson.Check(body); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotJSON, err)
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// sameServer follows redirects within one server only: the key and the evidence are
// for nobody else.
func sameServer(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Scheme != first.Scheme || req.URL.Host != first.Host:
		return errOtherServer
	case len(via) >= 3:
		return errManyRedirect
	case req.Method != via[0].Method:
		return errors.New("the server redirects to where nothing can be asked")
	}
	return nil
}
