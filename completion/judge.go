package completion

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/ask"
)

// wrongShape says that the server does not take the way of asking, or not with this
// schema.
type wrongShape struct {
	error
	schema bool
}

// unreachable words why there is no response, or only a part of one, and says
// whether another try may help.
func (t *talk) unreachable(g got) (time.Duration, error) {
	err := g.err
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errTooLong):
		return never, t.unusable(err.Error())
	case errors.Is(err, errOtherServer), errors.Is(err, errManyTimes), errors.Is(err, errOtherMethod):
		return never, t.elsewhere()
	case timedOut(err):
		return never, &ask.Error{Reason: ask.TooLate, Detail: fmt.Sprintf("The model at %s did not answer in time. Take a faster one, or look at the server.", t.Server())}
	case errors.As(err, &certificate):
		return never, &ask.Error{Reason: ask.Unavailable, Detail: fmt.Sprintf("The server %s cannot be trusted: %s. Check CW_BASE_URL and the certificate.", t.Server(), t.quoted(certificate.Error()))}
	case g.status > 0:
		return 0, &ask.Error{Reason: ask.Unavailable, Detail: fmt.Sprintf("The response of %s broke off: %s. It is asked again later.", t.Server(), t.quoted(err.Error()))}
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err // without the address, which is said anyway
	}
	return 0, &ask.Error{Reason: ask.Unavailable, Detail: fmt.Sprintf("The server %s cannot be reached: %s. Check CW_BASE_URL and the network.", t.Server(), t.quoted(err.Error()))}
}

// refused words why the server does not answer, and says whether another try may
// help, and after how long.
func (t *talk) refused(g got, f failure) (time.Duration, error) {
	said := aside(t.quoted(f.message))
	fail := func(r ask.Reason, format string, args ...any) (time.Duration, error) {
		return never, &ask.Error{Reason: r, Detail: fmt.Sprintf(format, args...)}
	}
	switch s := f.status; {
	case f.refusesShape(t.shape):
		return never, &wrongShape{fmt.Errorf("the server does not take this way of asking (status %d)%s", s, said), ofSchema.MatchString(f.all)}
	case s == http.StatusUnauthorized && t.opts.Key == "":
		return fail(ask.Unauthorised, "The server %s does not accept the key, as none is set (status %d)%s. Set CW_API_KEY.", t.Server(), s, said)
	case s == http.StatusUnauthorized:
		return fail(ask.Unauthorised, "The server %s does not accept the key (status %d)%s. Check CW_API_KEY.", t.Server(), s, said)
	case s == http.StatusPaymentRequired, s == http.StatusTooManyRequests && unpaid.MatchString(f.all):
		return fail(ask.Unauthorised, "There is nothing left to pay %s with (status %d)%s. Look at the account.", t.Server(), s, said)
	case s == http.StatusForbidden && unsafe.MatchString(f.all), s == http.StatusBadRequest && unsafe.MatchString(f.all):
		return fail(ask.Refused, "The server %s refused the question (status %d)%s. Try another model, or do without its answer.", t.Server(), s, said)
	case s == http.StatusForbidden:
		return fail(ask.Unauthorised, "The server %s does not allow it (status %d)%s. Check CW_API_KEY and what it may do.", t.Server(), s, said)
	case tooLong.MatchString(f.all):
		return fail(ask.Refused, "The question is too long for the model (status %d)%s. Give it a context of 16,000 tokens or more.", s, said)
	case s == http.StatusNotFound, s < http.StatusInternalServerError && noModel.MatchString(f.all):
		return fail(ask.NotFound, "The server %s knows no model %q, or its API is at another path (status %d)%s. Check CW_MODEL and CW_BASE_URL.", t.Server(), t.opts.Model, s, said)
	case s == http.StatusMethodNotAllowed:
		return fail(ask.NotFound, "The API of %s is at another path (status %d)%s. Check CW_BASE_URL.", t.Server(), s, said)
	case s == http.StatusRequestTimeout, s == http.StatusConflict, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= http.StatusInternalServerError:
		return retryAfter(g.header, t.opts.Now()), &ask.Error{Reason: ask.Unavailable, Detail: fmt.Sprintf(
			"The server %s has no answer now (status %d)%s. It is asked again later.", t.Server(), s, said)}
	default:
		return fail(ask.Refused, "The server %s refused the request (status %d)%s. Check the model's settings.", t.Server(), s, said)
	}
}

func (t *talk) elsewhere() error {
	return &ask.Error{Reason: ask.NotFound, Detail: fmt.Sprintf("The server %s redirects to somewhere else, where nothing is sent. Correct CW_BASE_URL.", t.Server())}
}

func (t *talk) unusable(why string) error {
	return &ask.Error{Reason: ask.Invalid, Detail: fmt.Sprintf("The response of %s cannot be used: %s. Check CW_BASE_URL.", t.Server(), why)}
}

// quoted is what somebody else says, as it can be shown: it may repeat the key, or
// what it was sent.
func (t *talk) quoted(s string) string { return cutTo(shown(t.redactor.Text(s)), 300) }

func aside(message string) string {
	message = strings.TrimSuffix(strings.TrimSpace(message), ".")
	if message == "" {
		return ""
	}
	return ": " + message
}

// timedOut tells whether an error is of a time that is up.
func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
