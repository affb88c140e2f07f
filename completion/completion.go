package completion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sashabaranov/go-openai"

	"github.com/clockwork-hcl/clockwork/completion/ask"
)

// DefaultBaseURL is where OpenAI's own API is.
const DefaultBaseURL = "https://api.openai.com/v1"

// DefaultMaxRetries is how often a model may correct its answer.
const DefaultMaxRetries = 2

const (
	deadline   = 60 * time.Second // of one question, corrections and all
	maxBody    = 1 << 20          // bytes of a response
	maxAnswer  = 64 << 10         // bytes of an answer
	maxPrompt  = 16 << 10         // bytes of all messages
	maxSchema  = 32 << 10         // bytes
	openAfter  = 3                // failures in a row, after which the server is left alone
	openFor    = time.Minute
	tries      = 4 // of one request that the server has no time for
	firstPause = 500 * time.Millisecond
)

// Options is how a model is reached.
type Options struct {
	BaseURL string // "" means DefaultBaseURL
	Model   string
	Key     string // "" sends none, as local servers want it
	// MaxRetries is how often the model may correct its answer.
	MaxRetries int
	// Temperature is sent when it is not nil.
	Temperature *float32
	// PromptPrice and CompletionPrice are of a million tokens, 0 when not known.
	PromptPrice, CompletionPrice float64
	Version                      string // of Clockwork, for the User-Agent

	// The rest is for tests: what is nil or 0 is as it should be.
	Transport http.RoundTripper
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	Deadline  time.Duration
}

// Client asks one model. It is safe for concurrent use.
type Client struct {
	opts   Options
	base   *url.URL
	openai *openai.Client

	mu      sync.Mutex
	shape   shape // that the server took last, or the first to try
	failed  int   // in a row
	opened  time.Time
	probing bool
}

// New returns a client. The error says what is wrong with the options; the key is
// not in it.
func New(o Options) (*Client, error) {
	if o.Model == "" {
		return nil, errors.New("no model is named")
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	base, err := CheckBaseURL(o.BaseURL, o.Key != "")
	if err != nil {
		return nil, err
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = deadline
		o.Transport = t
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Deadline == 0 {
		o.Deadline = deadline
	}
	c := &Client{opts: o, base: base}
	config := openai.DefaultConfig(o.Key)
	config.BaseURL = strings.TrimSuffix(base.String(), "/")
	config.HTTPClient = &wire{client: &http.Client{Transport: o.Transport, CheckRedirect: sameServer}, agent: "clockwork/" + o.Version}
	c.openai = openai.NewClientWithConfig(config)
	return c, nil
}

// CheckBaseURL reads the URL of an API. A key is not sent in clear over a network.
func CheckBaseURL(text string, key bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the base URL is not a URL such as \"https://api.openai.com/v1\"")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base URL has more than a scheme, a host and a path; a key has a setting of its own")
	case key && u.Scheme == "http" && !local(u.Hostname()):
		return nil, fmt.Errorf("a key would be sent in clear to %s; use https", u.Host)
	}
	return u, nil
}

// local tells whether a host is this machine.
func local(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Server is the scheme, host and port that are asked.
func (c *Client) Server() string { return c.base.Scheme + "://" + c.base.Host }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause is how long to wait before the next try, a little at random, so that many
// do not come at once.
func pause(try int, asked time.Duration) time.Duration {
	d := firstPause << try
	d += time.Duration(rand.Int64N(int64(d)))
	if asked > 0 {
		d = asked + time.Duration(rand.Int64N(int64(firstPause)))
	}
	return d
}

// enter says no while the server is left alone. leave has to follow a yes.
func (c *Client) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed < openAfter {
		return nil
	}
	if left := openFor - c.opts.Now().Sub(c.opened); left > 0 || c.probing {
		return &ask.Error{Reason: ask.Open, Detail: fmt.Sprintf(
			"The model at %s has failed %d times in a row, so it is not asked for a minute.", c.Server(), c.failed)}
	}
	c.probing = true
	return nil
}

// leave notes how it went. What is the server's fault counts.
func (c *Client) leave(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probing = false
	var e *ask.Error
	switch {
	case err == nil:
		c.failed = 0
	case !errors.As(err, &e): // it was interrupted
	case e.Reason == ask.Unavailable || e.Reason == ask.TooLate:
		c.failed++
		c.opened = c.opts.Now()
	case e.Reason != ask.NotPermitted:
		c.failed = 0
	}
}

// timedOut tells whether an error is of a time that is up.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
