package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestWebhook(t *testing.T) {
	h := newHook(t, nil)
	m, err := message(1, Opened).normal(time.Now())
	must(t, err)
	hook := Webhook{URL: strings.Replace(h.URL, "http://", "http://ada:pw@", 1) + "/x?key=k", Secret: "s3cret",
		Headers: map[string]string{"X-Team": "ops", "content-type": "text/plain"}}
	if f := send(hook, m); f != nil {
		t.Fatal(f.text)
	}
	r := h.got()[0]
	for name, want := range map[string]string{"Content-Type": "application/json", "Idempotency-Key": m.ID, "X-Team": "ops", "User-Agent": "Clockwork"} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.user != "ada:pw" {
		t.Errorf("the user is %s", r.user)
	}
	want := `{"version":1,"id":"20261125-1650-0001-opened","incident":"20261125-1650-0001","event":"opened","project":"shop",` +
		`"target":"docker_container.web","summary":"healthcheck of web failed","detail":"exit code 137 <OOM>","time":"2026-11-25T16:50:00Z","url":"http://127.0.0.1:8765/"}`
	if r.body != want {
		t.Errorf("the body is\n%s, want\n%s", r.body, want)
	}
	var at int64
	var mac []byte
	if _, err := fmt.Sscanf(r.header.Get("Clockwork-Signature"), "t=%d,v1=%x", &at, &mac); err != nil {
		t.Fatal(err)
	}
	sum := hmac.New(sha256.New, []byte("s3cret"))
	fmt.Fprintf(sum, "%d.%s", at, r.body)
	if !hmac.Equal(mac, sum.Sum(nil)) || time.Since(time.Unix(at, 0)) > time.Minute {
		t.Errorf("the signature is %s", r.header.Get("Clockwork-Signature"))
	}
	if !json.Valid([]byte(r.body)) {
		t.Error("the body is not JSON")
	}
}

func TestWebhookAnswers(t *testing.T) {
	other := newHook(t, nil)
	status := func(code int, header ...string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			if len(header) > 0 {
				w.Header().Set(header[0], header[1])
			}
			w.WriteHeader(code)
		}
	}
	for _, test := range []struct {
		name     string
		answer   func(http.ResponseWriter, *http.Request, int)
		failure  string // empty for none
		refused  bool
		after    time.Duration
		requests int
	}{
		{"fine", status(204), "", false, 0, 1},
		{"down", status(500), "status 500", false, 0, 1},
		{"busy", status(429, "Retry-After", "30"), "status 429", false, 30 * time.Second, 1},
		{"busy for ever", status(503, "Retry-After", "99999999999"), "status 503", false, maxDelay, 1},
		{"not there", status(404), "status 404", false, 0, 1},
		{"bad", status(422), "status 422", true, 0, 1},
		{"elsewhere", status(307, "Location", other.URL), "another host", false, 0, 1},
		{"moved, as GET", status(302, "Location", "/y"), "status 302", false, 0, 1},
		{"nonsense", status(308, "Location", "http://[::1"), "another host", false, 0, 1},
		{"in circles", status(308, "Location", "/again"), "again and again", false, 0, 4},
		{"moved", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				w.Header().Set("Location", "/y")
				w.WriteHeader(308)
			}
		}, "", false, 0, 2},
		{"endless", func(w http.ResponseWriter, r *http.Request, _ int) {
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "", false, 0, 1},
		{"cut off", func(w http.ResponseWriter, r *http.Request, _ int) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}, "closed the connection", false, 0, 1},
		{"not HTTP", func(w http.ResponseWriter, r *http.Request, _ int) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Write([]byte("220 mail.example.com ESMTP\r\n"))
			conn.Close()
		}, "not HTTP", false, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHook(t, test.answer)
			f := send(Webhook{URL: h.URL + "/?key=hunter2"}, message(1, Opened))
			switch {
			case test.failure == "":
				if f != nil {
					t.Fatal(f.text)
				}
			case f == nil:
				t.Fatal("no failure")
			case !strings.Contains(f.text, test.failure) || f.refused != test.refused || f.after != test.after || strings.Contains(f.text, "hunter2"):
				t.Fatalf("%+v", *f)
			}
			got := h.got()
			if len(got) != test.requests || got[len(got)-1].body != got[0].body {
				t.Errorf("%d requests", len(got))
			}
		})
	}
	if len(other.got()) > 0 {
		t.Error("a redirect to another host was followed")
	}
}

func TestWebhookThatHangs(t *testing.T) {
	release := make(chan struct{})
	h := newHook(t, func(http.ResponseWriter, *http.Request, int) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	f := Webhook{URL: h.URL}.send(ctx, world{now: time.Now}, message(1, Opened))
	if f == nil || !strings.Contains(f.text, "in time") {
		t.Fatalf("%+v", f)
	}
}

func TestWebhookFailuresTellNoSecrets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed := l.Addr().String()
	l.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	for url, want := range map[string]string{
		"http://ada:hunter2@" + closed + "/hunter2?k=hunter2":             "refused",
		"https://ada:hunter2@" + untrusted.Listener.Addr().String() + "/": "certificate",
		"http://ada:hunter2@name.invalid/":                                "name.invalid",
		"ftp://ada:hunter2@example.com/":                                  "http://",
		"http://ada:hunter2@[::1":                                         "http://",
		"hunter2":                                                         "http://",
	} {
		f := send(Webhook{URL: url, Secret: "hunter2", Headers: map[string]string{"X-Key": "hunter2"}}, message(1, Opened))
		if f == nil || !strings.Contains(f.text, want) || strings.Contains(f.text, "hunter2") {
			t.Errorf("%s: %+v", url, f)
		}
	}
	for _, headers := range []map[string]string{{"X-Key": "hunter2\r\nX: y"}, {"X Key": "hunter2"}, {"": "hunter2"}} {
		if err := Check(Webhook{URL: "http://x", Headers: headers}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", headers, err)
		}
	}
}
