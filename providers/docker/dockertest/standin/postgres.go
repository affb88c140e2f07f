package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"
)

// The requests that a connection to PostgreSQL may begin with.
const (
	protocolVersion3 = 196608
	cancelRequest    = 80877102
	sslRequest       = 80877103
	gssRequest       = 80877104
)

// postgres serves the start of PostgreSQL's protocol, and queries like select 1.
func postgres(ctx context.Context, p process, _ []string) int {
	trust := p.get("POSTGRES_HOST_AUTH_METHOD") == "trust"
	password := p.get("POSTGRES_PASSWORD")
	if password == "" && !trust {
		return p.fail(1, "Error: Database is uninitialized and superuser password is not specified.\n"+
			"       Set POSTGRES_PASSWORD to a value that is not empty.")
	}
	user := p.get("POSTGRES_USER")
	if user == "" {
		user = "postgres"
	}
	l, err := net.Listen("tcp", ":5432")
	if err != nil {
		return p.failed("postgres", err)
	}
	say := func(text string) {
		fmt.Fprintf(p.err, "%s UTC [1] LOG:  %s\n", time.Now().UTC().Format("2006-01-02 15:04:05.000"), text)
	}
	say(`listening on IPv4 address "0.0.0.0", port 5432`)
	say("database system is ready to accept connections")
	servePostgres(ctx, l, user, password, trust)
	say("received fast shutdown request")
	say("database system is shut down")
	return 0
}

// servePostgres answers connections until the context ends.
func servePostgres(ctx context.Context, l net.Listener, user, password string, trust bool) {
	accept(ctx, l, func(connection net.Conn) {
		s := session{bufio.NewReader(connection), bufio.NewWriter(connection)}
		if s.start(user, password, trust) == nil {
			_ = s.queries()
		}
		_ = s.out.Flush()
	})
}

// session is one connection of a client.
type session struct {
	in  *bufio.Reader
	out *bufio.Writer
}

var errRefused = errors.New("refused")

// start goes through a client's greeting, up to the server's readiness.
func (s session) start(user, password string, trust bool) error {
	startup, err := s.greeting()
	if err != nil {
		return err
	}
	fields := strings.Split(string(startup), "\x00")
	asked := ""
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == "user" {
			asked = fields[i+1]
		}
	}
	if !trust {
		s.send('R', []byte{0, 0, 0, 3}) // send the password as it is
		kind, answer, err := s.receive()
		if err != nil || kind != 'p' {
			return errRefused
		}
		if asked != user || strings.TrimRight(string(answer), "\x00") != password {
			s.complain("FATAL", "28P01", fmt.Sprintf("password authentication failed for user %q", asked))
			return errRefused
		}
	}
	s.send('R', []byte{0, 0, 0, 0})
	for _, parameter := range [][2]string{
		{"server_version", "16.11"}, {"server_encoding", "UTF8"}, {"client_encoding", "UTF8"},
		{"DateStyle", "ISO, MDY"}, {"integer_datetimes", "on"}, {"standard_conforming_strings", "on"}, {"TimeZone", "UTC"},
	} {
		s.send('S', []byte(parameter[0]+"\x00"+parameter[1]+"\x00"))
	}
	s.send('K', make([]byte, 8))
	return s.ready()
}

// greeting reads what a client begins with, up to the parameters that start a
// session, and refuses encryption on the way.
func (s session) greeting() ([]byte, error) {
	for {
		body, err := readSized(s.in)
		if err != nil {
			return nil, err
		}
		if len(body) < 4 {
			return nil, errRefused
		}
		switch binary.BigEndian.Uint32(body) {
		case sslRequest, gssRequest:
			_ = s.out.WriteByte('N')
			if err := s.out.Flush(); err != nil {
				return nil, err
			}
		case protocolVersion3:
			return body[4:], nil
		case cancelRequest:
			return nil, errRefused
		default:
			s.complain("FATAL", "0A000", "unsupported frontend protocol")
			return nil, errRefused
		}
	}
}

// queries answers simple queries until the client goes.
func (s session) queries() error {
	number := regexp.MustCompile(`(?i)^\s*select\s+([0-9]+)\s*;?\s*$`)
	for {
		kind, body, err := s.receive()
		if err != nil {
			return err
		}
		text := strings.TrimRight(string(body), "\x00")
		switch {
		case kind == 'X':
			return nil
		case kind != 'Q':
			s.complain("ERROR", "0A000", "the stand-in answers simple queries only")
		case strings.Trim(text, " \t\r\n;") == "":
			s.send('I', nil)
		default:
			match := number.FindStringSubmatch(text)
			if match == nil {
				s.complain("ERROR", "42601", "syntax error: the stand-in can only select a number")
				break
			}
			s.row(match[1])
		}
		if kind == 'Q' || kind == 'S' {
			if err := s.ready(); err != nil {
				return err
			}
		}
	}
}

// row sends a result of one row with one integer.
func (s session) row(value string) {
	description := []byte{0, 1}
	description = append(description, "?column?\x00"...)
	description = append(description, 0, 0, 0, 0, 0, 0) // of no table
	description = append(description, 0, 0, 0, 23)      // int4
	description = append(description, 0, 4, 0xff, 0xff, 0xff, 0xff, 0, 0)
	s.send('T', description)
	data := []byte{0, 1}
	data = binary.BigEndian.AppendUint32(data, uint32(len(value)))
	s.send('D', append(data, value...))
	s.send('C', []byte("SELECT 1\x00"))
}

func (s session) complain(severity, code, message string) {
	s.send('E', fmt.Appendf(nil, "S%s\x00V%s\x00C%s\x00M%s\x00\x00", severity, severity, code, message))
}

// ready says that a query may come.
func (s session) ready() error {
	s.send('Z', []byte{'I'})
	return s.out.Flush()
}

// send buffers a message; what goes wrong is seen when it is flushed.
func (s session) send(kind byte, body []byte) {
	message := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	_, _ = s.out.Write(append(message, body...))
}

// receive flushes, and reads a message.
func (s session) receive() (kind byte, body []byte, err error) {
	if err := s.out.Flush(); err != nil {
		return 0, nil, err
	}
	if kind, err = s.in.ReadByte(); err != nil {
		return 0, nil, err
	}
	body, err = readSized(s.in)
	return kind, body, err
}

// readSized reads a length, which counts itself, and what follows.
func readSized(in io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 4 || n > 1<<20 {
		return nil, errRefused
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(in, body)
	return body, err
}

// pgIsReady is pg_isready [-h HOST] [-p PORT] [-U USER] [-d DATABASE] [-q]: it
// asks for a session, and any answer of a server's will do.
func pgIsReady(ctx context.Context, p process, args []string) int {
	host, port, quiet := "localhost", "5432", false
	for i := 0; i < len(args); i++ {
		if args[i] == "-q" {
			quiet = true
			continue
		}
		if i+1 == len(args) || !strings.Contains("-h -p -U -d -t", args[i]) {
			return p.fail(3, "usage: pg_isready [-h HOST] [-p PORT] [-U USER] [-d DATABASE] [-q]")
		}
		switch args[i] {
		case "-h":
			host = args[i+1]
		case "-p":
			port = args[i+1]
		}
		i++
	}
	code, answer := 2, "no response"
	if askPostgres(ctx, net.JoinHostPort(host, port)) == nil {
		code, answer = 0, "accepting connections"
	}
	if !quiet {
		fmt.Fprintf(p.out, "%s:%s - %s\n", host, port, answer)
	}
	return code
}

func askPostgres(ctx context.Context, address string) error {
	connection, err := dial(ctx, address, 3*time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(3 * time.Second))
	body := binary.BigEndian.AppendUint32(nil, protocolVersion3)
	body = append(body, "user\x00pg_isready\x00\x00"...)
	message := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	if _, err := connection.Write(append(message, body...)); err != nil {
		return err
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(connection, answer); err != nil {
		return err
	}
	if answer[0] != 'R' && answer[0] != 'E' {
		return errRefused
	}
	return nil
}
