package check_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	*testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // with its certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{T: t, file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-1000 * time.Hour), NotAfter: time.Now().Add(100000 * time.Hour)}
	signed := a.sign(template)
	a.cert, a.key = signed.Leaf, signed.PrivateKey.(*ecdsa.PrivateKey)
	a.write(a.file, "CERTIFICATE", a.cert.Raw)
	return a
}

// sign makes a key, and a certificate for it; the first signs itself.
func (a *authority) sign(template *x509.Certificate) tls.Certificate {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	parent, with := a.cert, a.key
	if parent == nil {
		parent, with = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), with)
	if err != nil {
		a.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// issue signs one for localhost that is valid from one time to another,
// counted from now, after change was made to it.
func (a *authority) issue(from, to time.Duration, change func(*x509.Certificate)) tls.Certificate {
	a.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
		DNSNames: []string{"localhost", "www.example.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if change != nil {
		change(template)
	}
	return a.sign(template)
}

func (a *authority) write(file, what string, der []byte) {
	a.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: what, Bytes: der}), 0o600); err != nil {
		a.Fatal(err)
	}
}

// files writes a certificate and its key.
func (a *authority) files(c tls.Certificate) (cert, key string) {
	a.Helper()
	dir := a.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		a.Fatal(err)
	}
	a.write(cert, "CERTIFICATE", c.Certificate[0])
	a.write(key, "PRIVATE KEY", der)
	return cert, key
}

// serveTLS shakes hands with everybody, and returns its port.
func serveTLS(t *testing.T, config *tls.Config) int {
	t.Helper()
	l := listen(t, "127.0.0.1:0")
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
				_ = tls.Server(conn, config).Handshake()
			}()
		}
	}()
	return portOf(l)
}

func TestTLSCertificate(t *testing.T) {
	const day = 24 * time.Hour
	ca, stranger := newAuthority(t), newAuthority(t)
	serve := func(c tls.Certificate) int { return serveTLS(t, &tls.Config{Certificates: []tls.Certificate{c}}) }
	good := serve(ca.issue(-time.Hour, 42*day+time.Hour, nil))
	soon := serve(ca.issue(-time.Hour, 3*day+time.Hour, nil))
	today := serve(ca.issue(-time.Hour, time.Hour, nil))
	expired := serve(ca.issue(-90*day, -1*day-time.Hour, nil))
	early := serve(ca.issue(2*day+time.Hour, 90*day, nil))
	nobody := serve(ca.issue(-time.Hour, 42*day, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }))
	client := serve(ca.issue(-time.Hour, 42*day, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }))
	mutual := serveTLS(t, &tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert,
		Certificates: []tls.Certificate{ca.issue(-time.Hour, 42*day+time.Hour, nil)}})

	middle := ca.sign(&x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Middle"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-90 * day), NotAfter: time.Now().Add(-day)})
	old := authority{T: t, cert: middle.Leaf, key: middle.PrivateKey.(*ecdsa.PrivateKey)}
	below := old.issue(-time.Hour, 42*day, nil)
	below.Certificate = append(below.Certificate, middle.Certificate[0])
	chain := serve(below)

	garbage, silent := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	go answer(garbage, "SSH-2.0-OpenSSH_9.6\r\n")
	closed := closedPort(t)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}

	at := func(port int, more ...string) string {
		return fmt.Sprintf("host = \"127.0.0.1\"\nport = %d\nca_file = %q\n%s", port, ca.file, strings.Join(more, "\n"))
	}
	bare := func(port int, more ...string) string {
		return fmt.Sprintf("host = \"127.0.0.1\"\nport = %d\n%s", port, strings.Join(more, "\n"))
	}
	shown := func(port int) string { return fmt.Sprintf(" (port %d on 127.0.0.1): ", port) }
	as := func(port int, name string) string { return fmt.Sprintf(" (port %d on 127.0.0.1 as %s): ", port, name) }
	runAll(t, "tls_certificate", `resource "memory_item" "a" { name = "a" }`+"\n", []one{
		{"good", at(good), "pass" + shown(good) + "it is valid for 42 days"},
		{"name", at(good, `server_name = "www.example.test"`), "pass" + as(good, "www.example.test") + "it is valid for 42 days"},
		{"soon", at(soon), "fail" + shown(soon) + "it is valid for 3 days, expected 14 or more"},
		{"soon enough", at(soon, "min_days_left = 3"), "pass" + shown(soon) + "it is valid for 3 days"},
		{"secret days", at(soon, "min_days_left = sensitive(30)"), "fail" + shown(soon) + "it is valid for 3 days, which is too short"},
		{"today", at(today, "min_days_left = 0"), "pass" + shown(today) + "it is valid for less than a day"},
		{"expired", at(expired, "min_days_left = 0", "verify = false"), "fail" + shown(expired) + "it expired 1 day ago"},
		{"early", at(early), "fail" + shown(early) + "it will be valid only in 2 days"},
		{"other host", at(good, `server_name = "other.test"`),
			"fail" + as(good, "other.test") + "it is not for other.test, but for localhost, www.example.test, 127.0.0.1"},
		{"secret host", at(good, `server_name = sensitive("other.test")`), "fail" + as(good, "a sensitive name") + "it is for another host"},
		{"other host, not verified", at(good, `server_name = "other.test"`, "verify = false"), "pass" + as(good, "other.test") + "it is valid for 42 days"},
		{"no host", at(nobody), "fail" + shown(nobody) + "it is not for 127.0.0.1, nor for any other host"},
		{"for clients", at(client), "fail" + shown(client) + "it is not for servers"},
		{"the system's authorities", bare(good), "fail" + shown(good) + "it was signed by an unknown authority"},
		{"another authority", bare(good, fmt.Sprintf("ca_file = %q", stranger.file)), "fail" + shown(good) + "it was signed by an unknown authority"},
		{"unknown authority, not verified", bare(good, "verify = false"), "pass" + shown(good) + "it is valid for 42 days"},
		{"expired authority", at(chain), "fail" + shown(chain) + "a certificate that it was signed with is expired"},
		{"mutual", at(mutual), "pass" + shown(mutual) + "it is valid for 42 days"},
		{"no ca_file", bare(good, `ca_file = "missing.pem"`), "unknown" + shown(good) + "its ca_file could not be read: no such file or directory"},
		{"ca_file is a folder", bare(good, `ca_file = "/"`), "unknown" + shown(good) + "its ca_file is not a file"},
		{"empty ca_file", bare(good, fmt.Sprintf("ca_file = %q", empty)), "unknown" + shown(good) + "there is no certificate in its ca_file"},
		{"refused", at(closed), "fail" + shown(closed) + "the connection was refused"},
		{"no TLS", at(portOf(garbage)), "fail" + shown(portOf(garbage)) + "it does not speak TLS"},
		{"silent", at(portOf(silent), `timeout = "100ms"`), "fail" + shown(portOf(silent)) + "there was no answer within 100ms"},
		{"unknown", "host = memory_item.a.id", "unknown (port 443): it depends on a value that is known only after apply"},
	})
}
