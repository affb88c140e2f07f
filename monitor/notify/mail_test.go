package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// smtpServer is a server that takes mail, small but real.
type smtpServer struct {
	net.Listener
	roots    *x509.CertPool
	config   *tls.Config
	startTLS bool              // is offered
	replies  map[string]string // instead of the usual ones, by command
	hang     string            // the command that gets no answer

	mu    sync.Mutex
	said  []string // the commands, as they came
	mails []string
	logIn string
}

func newSMTP(t *testing.T, address string) *smtpServer {
	t.Helper()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(certified.Close)
	s := &smtpServer{roots: x509.NewCertPool(), config: &tls.Config{Certificates: certified.TLS.Certificates}, startTLS: true, replies: map[string]string{}}
	s.roots.AddCert(certified.Certificate())
	var err error
	s.Listener, err = net.Listen("tcp", address)
	must(t, err)
	t.Cleanup(func() { s.Listener.Close() })
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *smtpServer) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	text := textproto.NewConn(conn)
	encrypted := false
	text.PrintfLine("220 test ESMTP")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		command := strings.ToUpper(strings.Fields(line + " x")[0])
		s.mu.Lock()
		s.said = append(s.said, line)
		s.mu.Unlock()
		if command == s.hang {
			io.Copy(io.Discard, conn)
			return
		}
		if reply := s.replies[command]; reply != "" {
			text.PrintfLine("%s", reply)
			continue
		}
		switch command {
		case "EHLO":
			text.PrintfLine("250-test")
			if encrypted {
				text.PrintfLine("250-AUTH PLAIN")
			} else if s.startTLS {
				text.PrintfLine("250-STARTTLS")
			}
			text.PrintfLine("250 8BITMIME")
		case "STARTTLS":
			text.PrintfLine("220 go on")
			conn = tls.Server(conn, s.config)
			text, encrypted = textproto.NewConn(conn), true
		case "AUTH":
			secret, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "AUTH PLAIN "))
			s.mu.Lock()
			s.logIn = string(secret)
			s.mu.Unlock()
			text.PrintfLine("235 welcome")
		case "DATA":
			text.PrintfLine("354 go on")
			data, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.mails = append(s.mails, string(data))
			s.mu.Unlock()
			if reply := s.replies["."]; reply != "" {
				text.PrintfLine("%s", reply)
			} else {
				text.PrintfLine("250 taken")
			}
		case "QUIT":
			text.PrintfLine("221 bye")
			return
		default:
			text.PrintfLine("250 fine")
		}
	}
}

func (s *smtpServer) target() SMTP {
	address := s.Addr().(*net.TCPAddr)
	return SMTP{Host: address.IP.String(), Port: address.Port, From: "Clockwork <clockwork@example.com>", To: []string{"ops@example.com", "Ada <ada@example.com>"}}
}

func (s *smtpServer) send(t SMTP, m Message) *failure {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return t.send(ctx, world{now: time.Now, roots: s.roots}, m)
}

func TestMail(t *testing.T) {
	s := newSMTP(t, "127.0.0.1:0")
	target := s.target()
	target.StartTLS, target.Username, target.Password = true, "ada", "pw"
	m, err := message(1, Escalated).normal(time.Now())
	must(t, err)
	m.Summary = "naïve\r\nBcc: evil@example.com\r\n\r\nbody"
	m.Detail = ".\r\n.dots\nQUIT\n" + strings.Repeat("long ", 300)
	m.Project = "shop\nX-Evil: 1"
	if f := s.send(target, m); f != nil {
		t.Fatal(f.text)
	}
	if s.logIn != "\x00ada\x00pw" {
		t.Errorf("logged in as %q", s.logIn)
	}
	got, err := mail.ReadMessage(strings.NewReader(s.mails[0]))
	must(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	must(t, err)
	for name, want := range map[string]string{"From": `"Clockwork" <clockwork@example.com>`, "To": `<ops@example.com>, "Ada" <ada@example.com>`,
		"Message-Id": "<" + m.ID + "@example.com>", "Content-Type": "text/plain; charset=utf-8", "Auto-Submitted": "auto-generated", "Bcc": "", "X-Evil": ""} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s: %s, want %s", name, value, want)
		}
	}
	if want := "[shop X-Evil: 1] docker_container.web escalated: naïve Bcc: evil@example.com body"; subject != want {
		t.Errorf("Subject: %s", subject)
	}
	if _, err := got.Header.Date(); err != nil {
		t.Error(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	must(t, err)
	for _, want := range []string{"naïve", "Incident: 20261125-1650-0001\n", "Target:   docker_container.web\n", ".\n.dots\nQUIT\nlong long"} {
		if !strings.Contains(strings.ReplaceAll(string(body), "\r\n", "\n"), want) {
			t.Errorf("%q is not in\n%s", want, body)
		}
	}
	for _, line := range strings.Split(s.mails[0], "\n") {
		if len(line) > 998 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
}

// elsewhere returns an address of this machine that is no loopback.
func elsewhere(t *testing.T) string {
	addresses, err := net.InterfaceAddrs()
	must(t, err)
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

func TestMailIsEncrypted(t *testing.T) {
	local := newSMTP(t, "127.0.0.1:0")
	local.startTLS = false
	if f := local.send(local.target(), message(1, Opened)); f != nil {
		t.Errorf("to the same machine: %s", f.text)
	}
	wanted := local.target()
	wanted.StartTLS = true
	if f := local.send(wanted, message(1, Opened)); f == nil || !strings.Contains(f.text, "STARTTLS") {
		t.Errorf("to the same machine, with STARTTLS wanted: %+v", f)
	}
	untrusted := newSMTP(t, "127.0.0.1:0")
	untrusted.roots = x509.NewCertPool()
	wanted = untrusted.target()
	wanted.StartTLS = true
	if f := untrusted.send(wanted, message(1, Opened)); f == nil || !strings.Contains(f.text, "certificate") {
		t.Errorf("with a certificate that is not trusted: %+v", f)
	}
	far := newSMTP(t, elsewhere(t)+":0")
	if f := far.send(far.target(), message(1, Opened)); f == nil || !strings.Contains(f.text, "certificate") {
		t.Errorf("to another machine, with a certificate for 127.0.0.1: %+v", f)
	}
	far.startTLS = false
	if f := far.send(far.target(), message(1, Opened)); f == nil || !strings.Contains(f.text, "unencrypted") {
		t.Errorf("to another machine without STARTTLS: %+v", f)
	}
	if len(far.mails)+len(untrusted.mails) > 0 || len(local.mails) != 1 {
		t.Error("a mail went where it should not")
	}
}

func TestMailFailures(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*smtpServer, *SMTP)
		want    string
		refused bool
	}{
		{"no recipient", func(_ *smtpServer, m *SMTP) { m.To = nil }, "no recipient", false},
		{"bad recipient", func(_ *smtpServer, m *SMTP) { m.To = []string{"a@b.c", "x\r\nDATA"} }, "number 2", false},
		{"bad sender", func(_ *smtpServer, m *SMTP) { m.From = "<a@b>\r\nX: y" }, "sender", false},
		{"bad host", func(_ *smtpServer, m *SMTP) { m.Host = "a b" }, "host", false},
		{"closed", func(s *smtpServer, _ *SMTP) { s.Close() }, "refused", false},
		{"unknown recipient", func(s *smtpServer, _ *SMTP) { s.replies["RCPT"] = "550 no such user" }, "550 no such user", false},
		{"too big", func(s *smtpServer, _ *SMTP) { s.replies["."] = "552 too big" }, "552 too big", true},
		{"not now", func(s *smtpServer, _ *SMTP) { s.replies["."] = "451 later" }, "451 later", false},
		{"wrong password", func(s *smtpServer, m *SMTP) {
			s.replies["AUTH"] = "535 no"
			m.StartTLS, m.Username, m.Password = true, "ada", "hunter2"
		}, "log in: 535 no", false},
		{"no login", func(s *smtpServer, m *SMTP) { m.Username, m.Password = "ada", "hunter2" }, "AUTH PLAIN", false},
		{"hangs", func(s *smtpServer, _ *SMTP) { s.hang = "DATA" }, "in time", false},
		{"talks for ever", func(s *smtpServer, _ *SMTP) { s.replies["MAIL"] = strings.Repeat("250-x\r\n", maxSMTP) }, "name the sender", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSMTP(t, "127.0.0.1:0")
			target := s.target()
			test.change(s, &target)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			f := target.send(ctx, world{now: time.Now, roots: s.roots}, message(1, Opened))
			if f == nil || !strings.Contains(f.text, test.want) || f.refused != test.refused || strings.Contains(f.text, "hunter2") {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestMailOnPort465(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:465")
	if err != nil {
		t.Skipf("port 465 cannot be listened on here: %v", err)
	}
	s := newSMTP(t, "127.0.0.1:0")
	encrypted := tls.NewListener(l, s.config)
	defer encrypted.Close()
	go func() {
		if conn, err := encrypted.Accept(); err == nil {
			s.serve(conn)
		}
	}()
	target := s.target()
	target.Port = implicitTLS
	if f := s.send(target, message(1, Opened)); f != nil {
		t.Fatal(f.text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) != 1 {
		t.Errorf("%d mails", len(s.mails))
	}
}
