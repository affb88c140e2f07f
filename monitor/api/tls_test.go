package api

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// authority signs certificates of tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return authority{cert, key}
}

// issue writes a certificate for names, and its key, over what is in the files.
func (a authority) issue(t *testing.T, certFile, keyFile string, names ...string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// log is what a server logs.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const secretToken = "hunter2-hunter2-hunter2"

// exposedServer is one on all addresses of this machine.
type exposedServer struct {
	*Server
	authority
	certFile, keyFile string
	log               *log
}

func expose(t *testing.T, names ...string) exposedServer {
	t.Helper()
	dir := t.TempDir()
	e := exposedServer{authority: newAuthority(t), certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem"), log: &log{}}
	e.issue(t, e.certFile, e.keyFile, names...)
	logger := slog.New(slog.NewTextHandler(io.MultiWriter(e.log, t.Output()), &slog.HandlerOptions{Level: slog.LevelDebug}))
	cert, err := LoadCertificate(e.certFile, e.keyFile, logger)
	must(t, err)
	e.Server = serve(t, newSource(t), func(s *Server) {
		s.opts.Address, s.opts.Certificate, s.opts.Token, s.opts.Log = netip.MustParseAddr("0.0.0.0"), cert, secretToken, logger
		s.token = newToken(secretToken)
	})
	return e
}

// client is one that trusts the authority, and finds all names on this machine.
func (e exposedServer) client(t *testing.T, edit ...func(*tls.Config)) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(e.cert)
	config := &tls.Config{RootCAs: roots}
	for _, f := range edit {
		f(config)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", e.port))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (e exposedServer) get(t *testing.T, c *http.Client, host, path string, edit ...func(*http.Request)) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("https://%s:%d%s", host, e.port, path), nil)
	must(t, err)
	for _, f := range edit {
		f(r)
	}
	answer, err := c.Do(r)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(body), answer.Header
}

func bearer(t string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+t) }
}

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func TestExposedNeedsTLSAndAToken(t *testing.T) {
	certificate := &Certificate{}
	for name, opts := range map[string]Options{
		"nothing":       {},
		"only TLS":      {Certificate: certificate},
		"only a token":  {Token: secretToken},
		"six addresses": {Address: netip.MustParseAddr("::")},
		"mapped":        {Address: netip.MustParseAddr("::ffff:192.0.2.1")},
	} {
		if !opts.Address.IsValid() {
			opts.Address = netip.MustParseAddr("0.0.0.0")
		}
		opts.Log = slog.New(slog.DiscardHandler)
		s := New(newSource(t), opts)
		if err := s.Listen(t.Context()); err != errExposed || s.listeners != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One address of this machine alone needs neither.
	s := serve(t, newSource(t), func(s *Server) { s.opts.Address = netip.MustParseAddr("127.0.0.3") })
	if got := s.URL(); got != fmt.Sprintf("http://127.0.0.3:%d", s.port) {
		t.Error(got)
	}
	if answer, text := ask(t, s, "/v1/status"); answer.StatusCode != 200 {
		t.Error(answer.Status, text)
	}
	nowhere := New(newSource(t), Options{Address: netip.MustParseAddr("192.0.2.1"), Certificate: certificate, Token: secretToken, Log: slog.New(slog.DiscardHandler)})
	if err := nowhere.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "set CW_SERVICE_ADDRESS to an address of this machine") {
		t.Error(err)
	}
}

func TestToken(t *testing.T) {
	e := expose(t, "status.example.com", "127.0.0.1")
	if got := e.URL(); got != fmt.Sprintf("https://status.example.com:%d", e.port) {
		t.Error(got)
	}
	c := e.client(t)
	for name, test := range map[string]struct {
		path string
		edit func(*http.Request)
		code int
	}{
		"health":            {"/healthz", func(*http.Request) {}, 200},
		"no token":          {"/", func(*http.Request) {}, 401},
		"readiness":         {"/readyz", func(*http.Request) {}, 401},
		"metrics":           {"/metrics", func(*http.Request) {}, 401},
		"what there is not": {"/healthz/..;/v1/status", func(*http.Request) {}, 401},
		"bearer":            {"/v1/status", bearer(secretToken), 200},
		"bearer, small":     {"/v1/status", func(r *http.Request) { r.Header.Set("Authorization", "bearer "+secretToken) }, 200},
		"password":          {"/v1/status", basic("ada", secretToken), 200},
		"no user":           {"/v1/status", basic("", secretToken), 200},
		"wrong bearer":      {"/v1/status", bearer(secretToken + "x"), 401},
		"beginning":         {"/v1/status", bearer(secretToken[:8]), 401},
		"empty bearer":      {"/v1/status", bearer(""), 401},
		"wrong password":    {"/v1/status", basic("ada", "ada"), 401},
		"as the user":       {"/v1/status", basic(secretToken, ""), 401},
		"another scheme":    {"/v1/status", func(r *http.Request) { r.Header.Set("Authorization", "Digest "+secretToken) }, 401},
		"in the address":    {"/v1/status?token=" + secretToken, func(*http.Request) {}, 401},
		"not for everybody": {"/assets/status.js", func(*http.Request) {}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			code, text, header := e.get(t, c, "status.example.com", test.path, test.edit)
			if code != test.code {
				t.Errorf("%d %s", code, text)
			}
			if asks := strings.HasPrefix(header.Get("Www-Authenticate"), "Basic "); asks != (code == 401) {
				t.Errorf("%q", header["Www-Authenticate"])
			}
		})
	}
	if strings.Contains(e.log.String(), "hunter2") {
		t.Errorf("the token is in the log:\n%s", e.log)
	}
}

func TestOnlyTLS12AndNewer(t *testing.T) {
	e := expose(t, "status.example.com")
	for version, ok := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		c := e.client(t, func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
		answer, err := c.Get(fmt.Sprintf("https://status.example.com:%d/healthz", e.port))
		if err == nil {
			answer.Body.Close()
		}
		if (err == nil) != ok {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", e.port))
	must(t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %s", answer.Status)
	}
}

func TestHostsOfACertificate(t *testing.T) {
	e := expose(t, "status.example.com", "*.apps.example.com", "192.0.2.7")
	c := e.client(t, func(c *tls.Config) { c.InsecureSkipVerify = true })
	port := fmt.Sprint(e.port)
	for host, want := range map[string]int{
		"status.example.com:" + port:       200,
		"one.apps.example.com:" + port:     200,
		"192.0.2.7:" + port:                200,
		"localhost:" + port:                200,
		"[::1]:" + port:                    200,
		"attacker.example:" + port:         421,
		"two.one.apps.example.com:" + port: 421,
		"192.0.2.8:" + port:                421,
		"status.example.com":               421,
		"status.example.com:1":             421,
		":" + port:                         421,
	} {
		code, text, _ := e.get(t, c, "status.example.com", "/v1/status", bearer(secretToken), func(r *http.Request) { r.Host = host })
		if code != want || code == 421 && !strings.Contains(text, "the names in its certificate") {
			t.Errorf("%s: %d %s", host, code, text)
		}
	}
}

// A certificate that is exchanged is taken up; one that cannot be used is not.
func TestCertificateIsExchanged(t *testing.T) {
	e := expose(t, "old.example.com")
	served := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", e.port), &tls.Config{InsecureSkipVerify: true})
		must(t, err)
		defer conn.Close()
		return strings.Join(conn.ConnectionState().PeerCertificates[0].DNSNames, " ")
	}
	become := func(want string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); served() != want; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it serves %q, not %q", served(), want)
			}
		}
	}
	become("old.example.com")
	good, err := os.ReadFile(e.keyFile)
	must(t, err)
	must(t, os.WriteFile(e.keyFile, []byte("hunter2"), 0o600))
	for end := time.Now().Add(20 * time.Second); !strings.Contains(e.log.String(), "the last good one stays"); time.Sleep(50 * time.Millisecond) {
		if become("old.example.com"); time.Now().After(end) {
			t.Fatal("nobody is told")
		}
	}
	must(t, os.WriteFile(e.keyFile, good, 0o600))
	e.issue(t, e.certFile, e.keyFile, "new.example.com")
	become("new.example.com")
	if code, text, _ := e.get(t, e.client(t), "new.example.com", "/v1/status", bearer(secretToken)); code != 200 {
		t.Errorf("%d %s", code, text)
	}
	if strings.Contains(e.log.String(), "hunter2") {
		t.Error("what is in the key's file is in the log")
	}
	_, err = LoadCertificate(e.certFile, filepath.Join(t.TempDir(), "none"), slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// The status page works in a browser that was asked for the token.
func TestPageWithAToken(t *testing.T) {
	e := expose(t, "127.0.0.1")
	ctx, console := browse(t, chromedp.Flag("ignore-certificate-errors", true))
	must(t, chromedp.Do(ctx, chromedp.Navigate(fmt.Sprintf("https://ada:%s@127.0.0.1:%d/", secretToken, e.port))))
	comes(t, ctx, `document.getElementById("live").textContent === "Live"`)
	if text := value[string](t, ctx, "document.body.innerText"); !strings.Contains(text, "docker_container.web") {
		t.Error(text)
	}
	if said := console(); len(said) > 0 {
		t.Errorf("the console says:\n%s", strings.Join(said, "\n"))
	}
}
