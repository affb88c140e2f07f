package completion

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/clockwork-hcl/clockwork/completion/ask"
)

// DefaultBaseURL is where OpenAI's own API is.
const DefaultBaseURL = "https://api.openai.com/v1"

// DefaultMaxRetries is how often a model may correct its answer.
const DefaultMaxRetries = 2

const (
	deadline  = 60 * time.Second // of one question, corrections and all
	maxBody   = 1 << 20          // bytes of a response
	maxAnswer = 64 << 10         // bytes of an answer
	maxPrompt = 16 << 10         // bytes of all messages
	maxSchema = 32 << 10         // bytes
)

// Options is how a model is reached.
type Options struct {
	BaseURL string // "" means DefaultBaseURL
	Model   string
	Key     string // "" sends none, as local servers want it
	// Insecure lets a key be sent in clear to another machine.
	Insecure bool
	// MaxRetries is how often the model may correct its answer.
	MaxRetries int
	// Temperature is sent when it is not nil.
	Temperature *float32
	// PromptPrice and CompletionPrice are of a million tokens, 0 when not known.
	PromptPrice, CompletionPrice float64
	Version                      string // of Clockwork, for the User-Agent
	// Memory is shared with other clients. It may be nil.
	Memory *Memory

	// The rest is for tests: what is nil or 0 is as it should be.
	Transport http.RoundTripper
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	// Jitter is a time at random, less than what it is given.
	Jitter   func(time.Duration) time.Duration
	Deadline time.Duration
}

// Client asks one model. It is safe for concurrent use.
type Client struct {
	opts    Options
	base    *url.URL
	wire    wire
	learned *learned
}

// New returns a client. The error says what is wrong with the options; the key is
// not in it.
func New(o Options) (*Client, error) {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	base, err := CheckBaseURL(o.BaseURL, o.Key != "" && !o.Insecure)
	switch {
	case err != nil:
		return nil, err
	case o.Model == "":
		return nil, errors.New("no model is named")
	case len(o.Model) > maxName || strings.ContainsFunc(o.Model, func(c rune) bool { return !unicode.IsPrint(c) }):
		return nil, errors.New("the model's name is not one")
	case strings.ContainsFunc(o.Key, func(c rune) bool { return c <= ' ' || c > '~' }):
		return nil, errors.New("the key has characters in it that no key has")
	case o.Temperature != nil && (*o.Temperature < 0 || math.IsNaN(float64(*o.Temperature)) || math.IsInf(float64(*o.Temperature), 0)):
		return nil, errors.New("the temperature is not a number from 0 up")
	}
	o.MaxRetries = max(0, o.MaxRetries)
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = func(d time.Duration) time.Duration { return time.Duration(rand.Int64N(max(1, int64(d)))) }
	}
	if o.Deadline == 0 {
		o.Deadline = deadline
	}
	if o.Memory == nil {
		o.Memory = &Memory{}
	}
	return &Client{
		opts: o, base: base, learned: o.Memory.of(base.String(), o.Model),
		wire: wire{
			client: &http.Client{Transport: o.Transport, CheckRedirect: sameServer},
			url:    base.JoinPath("chat", "completions").String(),
			key:    o.Key, agent: "clockwork/" + o.Version,
		},
	}, nil
}

// maxName is how many bytes the name of a model may have.
const maxName = 200

// CheckBaseURL reads the URL of an API. With secret, a key would be sent to it,
// which is not done in clear over a network. What clients of other programs are
// told to use, with the path of one call, is understood.
func CheckBaseURL(text string, secret bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the base URL is not a URL such as \"https://api.openai.com/v1\"")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base URL has more than a scheme, a host and a path; a key has a setting of its own")
	case secret && u.Scheme == "http" && !local(u.Hostname()):
		return nil, fmt.Errorf("a key would be sent in clear to %s; use https, or set CW_COMPLETION_INSECURE=1 in a network that you trust", u.Host)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/chat/completions")
	u.RawPath = ""
	return u, nil
}

// local tells whether a host is this machine.
func local(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Server is the scheme, host and port that are asked.
func (c *Client) Server() string { return c.base.Scheme + "://" + c.base.Host }

// Ask implements ask.Completer. It takes a minute at most.
func (c *Client) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	if err := askable(q); err != nil {
		return ask.Reply{}, err
	}
	if failures, ok := c.learned.breaker.enter(c.opts.Now()); !ok {
		return ask.Reply{}, &ask.Error{Reason: ask.Open, Detail: fmt.Sprintf(
			"The model at %s has failed %d times in a row, so it is not asked for a minute. Look at the server.", c.Server(), failures)}
	}
	bounded, cancel := context.WithTimeout(ctx, c.opts.Deadline)
	defer cancel()
	t := &talk{Client: c, q: q, shape: c.learned.remembered(), redactor: c.redactor(q)}
	answer, err := t.run(bounded)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	c.learned.breaker.leave(c.opts.Now(), err)
	if err == nil && !t.ownShape {
		c.learned.remember(t.shape)
	}
	return ask.Reply{Answer: answer, Model: t.model, Exchanges: t.exchanges}, err
}

// askable says what is wrong with a question.
func askable(q ask.Question) error {
	var schema struct {
		Type string `json:"type"`
	}
	switch {
	case q.Check == nil:
		return &ask.Error{Reason: ask.Invalid, Detail: "The question cannot be asked: nothing would check its answer. This is a fault of Clockwork; please report it."}
	case len(q.Schema) > maxSchema:
		return &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf("The question cannot be asked: the schema of its answer has %d bytes, more than %d. Allow fewer attributes.", len(q.Schema), maxSchema)}
	case unmarshal(q.Schema, &schema) != nil || schema.Type != "object":
		return &ask.Error{Reason: ask.Invalid, Detail: "The question cannot be asked: the schema of its answer is not one of an object. This is a fault of Clockwork; please report it."}
	}
	return nil
}

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
