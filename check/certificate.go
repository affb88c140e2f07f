package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// certificate looks at the certificate that a server shows.
func certificate(ctx context.Context, project string, limit time.Duration, now time.Time, a arguments) finding {
	roots, why := authorities(project, a)
	if why != "" {
		return unknown(why)
	}
	host := bareHost(a)
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(a.number("port"))))
	if err != nil {
		return noConnection(err, limit)
	}
	defer conn.Close()
	name := host
	if a.known("server_name") {
		name = a.text("server_name")
	}
	var shown []*x509.Certificate
	config := &tls.Config{
		ServerName:         name,
		InsecureSkipVerify: true, // it is verified below, where more can be said about it
		VerifyConnection: func(s tls.ConnectionState) error {
			shown = s.PeerCertificates
			return nil
		},
	}
	// A server that wants a certificate from the client too has shown its own.
	if err := tls.Client(conn, config).HandshakeContext(ctx); err != nil && len(shown) == 0 {
		return noConnection(err, limit)
	}
	return judge(shown, name, roots, now, a)
}

// judge says what is wrong with the first certificate of a chain.
func judge(chain []*x509.Certificate, name string, roots *x509.CertPool, now time.Time, a arguments) finding {
	leaf := chain[0]
	if now.After(leaf.NotAfter) {
		return failed(fmt.Sprintf("it expired %s ago", days(now.Sub(leaf.NotAfter))))
	}
	left := leaf.NotAfter.Sub(now)
	if now.Before(leaf.NotBefore) {
		return failed(fmt.Sprintf("it will be valid only in %s", days(leaf.NotBefore.Sub(now))))
	}
	if a.flag("verify") {
		if err := leaf.VerifyHostname(name); err != nil {
			return failed(otherHost(leaf, name, a))
		}
		options := x509.VerifyOptions{Roots: roots, CurrentTime: now, Intermediates: x509.NewCertPool()}
		for _, c := range chain[1:] {
			options.Intermediates.AddCert(c)
		}
		if _, err := leaf.Verify(options); err != nil {
			return notVerified(err)
		}
	}
	message := fmt.Sprintf("it is valid for %s", days(left))
	if least := a.number("min_days_left"); left < time.Duration(least)*day {
		if a.secret("min_days_left") {
			return failed(message + ", which is too short")
		}
		return failed(fmt.Sprintf("%s, expected %d or more", message, least))
	}
	return passed(message)
}

const day = 24 * time.Hour

// days says how many whole days there are in a duration.
func days(d time.Duration) string {
	switch n := int(d / day); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return strconv.Itoa(n) + " days"
	}
}

// otherHost says what a certificate is for, if it is not for name.
func otherHost(leaf *x509.Certificate, name string, a arguments) string {
	if a.secret("host", "server_name") {
		return "it is for another host"
	}
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return fmt.Sprintf("it is not for %s, nor for any other host", name)
	}
	return fmt.Sprintf("it is not for %s, but for %s", name, shownRecords(names))
}

// notVerified judges the error of a chain. Its text is not shown: it holds
// names.
func notVerified(err error) finding {
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var system x509.SystemRootsError
	switch {
	case errors.As(err, &authority):
		return failed("it was signed by an unknown authority")
	case errors.As(err, &system):
		return unknown("the system's authorities could not be read")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return failed("a certificate that it was signed with is expired")
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return failed("it is not for servers")
	}
	return failed("it is not valid")
}

// certificateDetail is the host and the port.
func certificateDetail(a arguments) string {
	detail := portDetail(a)
	if a.known("server_name") && detail != "" {
		if a.secret("server_name") {
			return detail + " as a sensitive name"
		}
		return detail + " as " + a.text("server_name")
	}
	return detail
}
