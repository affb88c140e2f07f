package check_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/providers"
)

const healthWorld = `
variable "password" {
  default   = "hunter2"
  sensitive = true
}
`

func TestHealthcheckJSON(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/json", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"status": "up", "count": 1.50, "ok": true, "none": null, "token": "hunter2", "items": [{"name": "a"}, {"name": %q}]}`+"\n",
			strings.Repeat("é", 200))
	})
	mux.HandleFunc("/list", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[[1, 2]]`) })
	mux.HandleFunc("/more", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{} {}`) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"status": "up", "fill": "%s"}`, bytes.Repeat([]byte("x"), 1<<20))
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %q", r.Method, body)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	at := func(path string, more ...string) string {
		return fmt.Sprintf("url = %q\n%s", server.URL+path, strings.Join(more, "\n"))
	}
	shown := func(path string) string { return " (" + server.URL + path + "): " }
	js := shown("/json")
	runAll(t, "healthcheck", healthWorld, []one{
		{"text", at("/json", `json = { status = "up", "items[0].name" = "a" }`), "pass" + js + "status 200"},
		{"others", at("/json", `json = { count = "1.50", ok = true, none = "null" }`), "pass" + js + "status 200"},
		{"list", at("/list", `json = { "[0][1]" = 2 }`), "pass" + shown("/list") + "status 200"},
		{"other text", at("/json", `json = { status = "down" }`), "fail" + js + `in the body, "status" is "up", expected "down"`},
		{"number as it is written", at("/json", `json = { count = 1.5 }`), "fail" + js + `in the body, "count" is "1.50", expected "1.5"`},
		{"long", at("/json", `json = { "items[1].name" = "b" }`),
			"fail" + js + `in the body, "items[1].name" is "` + strings.Repeat("é", 50) + `...", expected "b"`},
		{"no member", at("/json", `json = { state = "up" }`), "fail" + js + `in the body, "state" is not there`},
		{"no element", at("/json", `json = { "items[2].name" = "a" }`), "fail" + js + `in the body, "items[2].name" is not there`},
		{"no object", at("/json", `json = { "status.name" = "a" }`), "fail" + js + `in the body, "status.name" is not there`},
		{"a list", at("/json", `json = { items = "a" }`), "fail" + js + `in the body, "items" is a list`},
		{"an object", at("/json", `json = { "items[0]" = "a" }`), "fail" + js + `in the body, "items[0]" is an object`},
		{"no JSON", at("/echo", `json = { status = "up" }`), "fail" + shown("/echo") + "the body is not JSON"},
		{"more than JSON", at("/more", `json = { status = "up" }`), "fail" + shown("/more") + "the body is not JSON, or there is something behind it"},
		{"large", at("/large", `json = { status = "up" }`), "unknown" + shown("/large") + "the body is larger than 1 MiB, so it is not read as JSON"},
		{"secret value", at("/json", `json = { status = var.password }`),
			"fail" + js + "a value in the body is not as expected; the argument json is sensitive, so it is not shown"},
		{"secret header", at("/json", `headers = { X-Token = var.password }`, `json = { token = "x" }`),
			"fail" + js + `in the body, "token" is another than "x"`},
		{"body", at("/echo", `method = "POST"`, `request_body = "a=b"`, `body = "^POST .a=b.$"`), "pass" + shown("/echo") + "status 200"},
	})
}

func TestHealthcheckLatency(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { time.Sleep(20 * time.Millisecond) }))
	t.Cleanup(server.Close)
	for _, c := range []struct{ most, want string }{
		{`"1h"`, `^status 200$`},
		{`"1ms"`, `^it took \d+ms, expected 1ms or less$`},
		{`sensitive("1ms")`, `^it took \d+ms, which is too long$`},
	} {
		p := coretest.New(t, fmt.Sprintf("assert \"healthcheck\" \"x\" {\n url = %q\n max_latency = %s\n}\n", server.URL, c.most))
		results, diags := tryRun(p, check.Options{})
		if len(diags) > 0 || len(results) != 1 || !regexp.MustCompile(c.want).MatchString(results[0].Message) {
			t.Errorf("%s: %v %v", c.most, results, diags)
		}
	}
}

func TestHealthcheckTLS(t *testing.T) {
	ca, stranger := newAuthority(t), newAuthority(t)
	cert := ca.issue(-time.Hour, time.Hour, func(c *x509.Certificate) { c.IPAddresses = nil })
	clients := x509.NewCertPool()
	clients.AddCert(ca.cert)
	serve := func(config *tls.Config) string {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS, server.EnableHTTP2 = config, true
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	plain := serve(&tls.Config{Certificates: []tls.Certificate{cert}})
	mutual := serve(&tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients})
	mutual12 := serve(&tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
		MaxVersion: tls.VersionTLS12})
	certFile, keyFile := ca.files(ca.issue(-time.Hour, time.Hour, nil))
	_, otherKey := ca.files(ca.issue(-time.Hour, time.Hour, nil))

	at := func(url string, more ...string) string {
		return fmt.Sprintf("url = %q\n%s", url, strings.Join(more, "\n"))
	}
	trusted := fmt.Sprintf("ca_file = %q\nserver_name = \"www.example.test\"", ca.file)
	shows := func(cert, key string) string { return fmt.Sprintf("cert_file = %q\nkey_file = %q", cert, key) }
	runAll(t, "healthcheck", healthWorld, []one{
		{"trusted", at(plain, trusted), "pass (" + plain + "): status 200"},
		{"other name", at(plain, fmt.Sprintf("ca_file = %q", ca.file)), "fail (" + plain + "): its certificate is not valid"},
		{"other authority", at(plain, fmt.Sprintf("ca_file = %q\nserver_name = \"www.example.test\"", stranger.file)),
			"fail (" + plain + "): its certificate is not valid"},
		{"not verified", at(plain, "insecure_skip_verify = true"), "pass (" + plain + "): status 200"},
		{"with a certificate", at(mutual, trusted, shows(certFile, keyFile)), "pass (" + mutual + "): status 200"},
		{"another key", at(mutual, trusted, shows(certFile, otherKey)),
			"unknown (" + mutual + "): its cert_file and key_file do not hold a certificate and its key"},
		{"no key", at(mutual, trusted, shows(certFile, "missing.pem")),
			"unknown (" + mutual + "): its key_file could not be read: no such file or directory"},
		{"no certificate", at(mutual, trusted, shows("missing.pem", keyFile)),
			"unknown (" + mutual + "): its cert_file could not be read: no such file or directory"},
		{"no ca_file", at(plain, `ca_file = "missing.pem"`), "unknown (" + plain + "): its ca_file could not be read: no such file or directory"},
	})
	// How the refusal looks depends on what arrives first.
	for _, url := range []string{mutual, mutual12} {
		p := coretest.New(t, fmt.Sprintf("assert \"healthcheck\" \"x\" {\n%s\n}\n", at(url, trusted)))
		if results, diags := tryRun(p, check.Options{}); len(diags) > 0 || len(results) != 1 || results[0].Outcome != providers.Fail {
			t.Errorf("without a certificate: %+v %v", results, diags)
		}
	}
}
