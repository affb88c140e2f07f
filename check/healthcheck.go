package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// maxBody is how much of an answer's body is read, in bytes, and maxHeader how
// much of its header.
const (
	maxBody   = 1 << 20
	maxHeader = 64 << 10
	// maxRedirects is how many redirects are followed.
	maxRedirects = 10
)

// newTransport makes connections that are used once: what is tested is that
// there can be one. It knows no proxies, so that what a check says does not
// depend on the environment it runs in.
func newTransport(secure *tls.Config) *http.Transport {
	return &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true, TLSClientConfig: secure}
}

// healthcheck asks a URL and looks at the answer.
func healthcheck(ctx context.Context, project, version string, limit time.Duration, a arguments) finding {
	secure, why := clientTLS(project, a)
	if why != "" {
		return unknown(why)
	}
	// A transport goes on connecting after the request has ended, until it is
	// told that nothing will be asked any more.
	web := newTransport(secure)
	defer web.CloseIdleConnections()
	var content io.Reader
	if a.known("request_body") {
		content = strings.NewReader(a.text("request_body"))
	}
	req, err := http.NewRequestWithContext(ctx, a.text("method"), a.text("url"), content)
	if err != nil {
		return unknown("no request can be made of its arguments") // the error may hold a secret
	}
	req.Header.Set("User-Agent", "clockwork/"+version)
	for _, pair := range a.pairs("headers") {
		if strings.EqualFold(pair[0], "Host") {
			req.Host = pair[1]
		}
		req.Header.Set(pair[0], pair[1])
	}
	follow := a.flag("follow_redirects")
	lost := false
	client := http.Client{Transport: web, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		lost = follow && len(via) > maxRedirects
		if !follow || lost {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	start := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return noAnswer(err, limit)
	}
	defer resp.Body.Close()
	if lost {
		return failed(fmt.Sprintf("it redirects more than %d times", maxRedirects))
	}
	wanted := statuses(a)
	if !slices.Contains(wanted, resp.StatusCode) {
		return failed(fmt.Sprintf("status %d, expected %s", resp.StatusCode, alternatives(a, wanted)))
	}
	if a.known("body") || a.known("json") {
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
		if err != nil {
			return noConnection(err, limit)
		}
		if f := lookAtBody(body, a); f.outcome != providers.Pass {
			return f
		}
	}
	took, most := time.Since(start), a.duration("max_latency")
	if a.known("max_latency") && took > most {
		shown := (took + time.Millisecond).Truncate(time.Millisecond) // not rounded down to what is allowed
		if a.secret("max_latency") {
			return failed(fmt.Sprintf("it took %s, which is too long", shown))
		}
		return failed(fmt.Sprintf("it took %s, expected %s or less", shown, most))
	}
	return passed(fmt.Sprintf("status %d", resp.StatusCode))
}

// lookAtBody looks at the first maxBody bytes of a body, of which there may be
// more.
func lookAtBody(body []byte, a arguments) finding {
	whole := len(body) <= maxBody
	if a.known("body") && !regexp.MustCompile(a.text("body")).Match(body[:min(len(body), maxBody)]) {
		if whole {
			return failed("the body does not match")
		}
		return failed("the first MiB of the body does not match")
	}
	switch {
	case !a.known("json"):
		return passed("")
	case !whole:
		return unknown("the body is larger than 1 MiB, so it is not read as JSON")
	}
	return lookAtJSON(body, a)
}

// noAnswer judges the error of a request. That of the client says more than it
// may: it holds the URL.
func noAnswer(err error, limit time.Duration) finding {
	var whole *url.Error
	if errors.As(err, &whole) && !whole.Timeout() {
		err = whole.Err
	}
	return noConnection(err, limit)
}

// statuses returns the statuses that will do.
func statuses(a arguments) []int {
	v, _ := a.plain("expected_status")
	all := []cty.Value{v}
	if v.CanIterateElements() {
		all = v.AsValueSlice()
	}
	var out []int
	for _, v := range all {
		var n int
		_ = gocty.FromCtyValue(v, &n) // it was validated
		out = append(out, n)
	}
	return out
}

func alternatives(a arguments, wanted []int) string {
	if a.secret("expected_status") {
		return "another"
	}
	words := make([]string, len(wanted))
	for i, n := range wanted {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " or ")
}

// healthcheckDetail is the URL, without what may be secret in it.
func healthcheckDetail(a arguments) string {
	if a.secret("url") {
		return "sensitive URL"
	}
	u, err := url.Parse(a.text("url"))
	if err != nil { // it would have been refused
		return ""
	}
	u.User = nil
	return u.String()
}
