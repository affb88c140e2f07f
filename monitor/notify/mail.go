package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"
)

// SMTP is a mail server that takes messages for people. The connection is
// encrypted, by TLS from the start on port 465 and by STARTTLS on any other;
// to a server on the same machine, only if StartTLS wants it.
type SMTP struct {
	Host               string
	Port               int // 587, if it is 0
	From               string
	To                 []string
	Username, Password string // none, if they are empty
	StartTLS           bool
}

const (
	smtpLimit   = 30 * time.Second
	maxSMTP     = 256 << 10 // of what a server says in all
	implicitTLS = 465
)

func (SMTP) limit() time.Duration { return smtpLimit }

func (s SMTP) check() error {
	_, _, err := s.addresses()
	return err
}

func (s SMTP) addresses() (from *mail.Address, to []*mail.Address, err error) {
	if s.Host == "" || strings.ContainsAny(s.Host, " \r\n") || s.Port < 0 || s.Port > 65535 {
		return nil, nil, errors.New("its host or port is not valid")
	}
	if from, err = mail.ParseAddress(s.From); err != nil {
		return nil, nil, errors.New("its sender is not a mail address")
	}
	for i, text := range s.To {
		a, err := mail.ParseAddress(text)
		if err != nil {
			return nil, nil, fmt.Errorf("its recipient number %d is not a mail address", i+1)
		}
		to = append(to, a)
	}
	if len(to) == 0 {
		return nil, nil, errors.New("it has no recipient")
	}
	return from, to, nil
}

func (s SMTP) send(ctx context.Context, w world, m Message) *failure {
	from, to, err := s.addresses()
	if err != nil {
		return failed(err.Error())
	}
	port := cmp.Or(s.Port, 587)
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(port)))
	if err != nil {
		return failed(networkFailure(ctx, err))
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })()
	peer, _ := raw.RemoteAddr().(*net.TCPAddr)
	local := peer != nil && peer.IP.IsLoopback()
	settings := &tls.Config{ServerName: s.Host, RootCAs: w.roots}
	var conn net.Conn = &limited{Conn: raw, left: maxSMTP}
	if port == implicitTLS {
		conn = tls.Client(conn, settings)
	}
	client, err := smtp.NewClient(conn, s.Host)
	if err != nil {
		return mailFailure(ctx, "greet", err)
	}
	if name, err := os.Hostname(); err == nil && name != "" && !strings.ContainsFunc(name, notInIDs) {
		if err := client.Hello(name); err != nil {
			return mailFailure(ctx, "greet", err)
		}
	}
	if port != implicitTLS && (s.StartTLS || !local) {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return failed("the server offers no STARTTLS, and mail is not sent unencrypted to another machine")
		}
		if err := client.StartTLS(settings); err != nil {
			return mailFailure(ctx, "start encryption", err)
		}
	}
	if s.Username != "" {
		if _, methods := client.Extension("AUTH"); !strings.Contains(" "+strings.ToUpper(methods)+" ", " PLAIN ") {
			return failed("the server does not offer to log in with a password (AUTH PLAIN)")
		}
		if err := client.Auth(smtp.PlainAuth("", s.Username, s.Password, s.Host)); err != nil {
			return mailFailure(ctx, "log in", err)
		}
	}
	if f := s.transfer(ctx, client, from, to, s.text(from, to, m, w.now())); f != nil {
		return f
	}
	_ = client.Quit() // the mail is taken
	return nil
}

func (s SMTP) transfer(ctx context.Context, client *smtp.Client, from *mail.Address, to []*mail.Address, text []byte) *failure {
	if err := client.Mail(from.Address); err != nil {
		return mailFailure(ctx, "name the sender", err)
	}
	for _, a := range to {
		if err := client.Rcpt(a.Address); err != nil {
			return mailFailure(ctx, "name a recipient", err)
		}
	}
	data, err := client.Data()
	if err == nil {
		_, err = data.Write(text)
		err = cmp.Or(data.Close(), err)
	}
	if err != nil {
		f := mailFailure(ctx, "hand the mail over", err)
		// What was refused before is wrong with the settings, and may be put right.
		var reply *textproto.Error
		f.refused = errors.As(err, &reply) && reply.Code >= 500
		return f
	}
	return nil
}

// text is the mail. Nothing of a message gets into a header but through oneLine
// and the encoding of its words.
func (s SMTP) text(from *mail.Address, to []*mail.Address, m Message, now time.Time) []byte {
	var out bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&out, "%s: %s\r\n", name, value) }
	names := make([]string, len(to))
	for i, a := range to {
		names[i] = a.String()
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	header("From", from.String())
	header("To", strings.Join(names, ",\r\n "))
	header("Subject", mime.QEncoding.Encode("utf-8", oneLine(fmt.Sprintf("[%s] %s %s: %s", m.Project, m.Target, m.Event, m.Summary), 200)))
	header("Date", now.Format(time.RFC1123Z))
	header("Message-ID", "<"+strings.Map(inMessageID, m.ID)+"@"+domain+">")
	header("Auto-Submitted", "auto-generated")
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	out.WriteString("\r\n")
	body := quotedprintable.NewWriter(&out)
	fmt.Fprintf(body, "%s\n\n", m.Summary)
	for _, line := range [][2]string{{"Event", string(m.Event)}, {"Project", m.Project}, {"Target", m.Target}, {"Incident", m.Incident},
		{"Time", m.Time.Format(time.RFC3339)}, {"See", m.URL}} {
		if line[1] != "" {
			fmt.Fprintf(body, "%-9s %s\n", line[0]+":", oneLine(line[1], maxField))
		}
	}
	if m.Detail != "" {
		fmt.Fprintf(body, "\n%s\n", m.Detail)
	}
	_ = body.Close() // to memory
	return out.Bytes()
}

func inMessageID(r rune) rune {
	if strings.ContainsRune(`<>@"()[],:;\`, r) {
		return '-'
	}
	return r
}

// mailFailure words an error of a conversation with a server.
func mailFailure(ctx context.Context, doing string, err error) *failure {
	var reply *textproto.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &reply):
		return failed(fmt.Sprintf("the server did not let Clockwork %s: %d %s", doing, reply.Code, oneLine(reply.Msg, 200)))
	case ctx.Err() != nil, errors.As(err, &certificate):
		return failed(networkFailure(ctx, err))
	}
	return failed(fmt.Sprintf("Clockwork could not %s: %s", doing, oneLine(err.Error(), 200)))
}

// limited is a connection that ends when a server says too much.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
