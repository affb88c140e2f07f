package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestRedisSpeaksItsProtocol(t *testing.T) {
	r := &redis{keys: map[string]string{}}
	connection := connect(t, listen(t, r.serve))
	// Commands of both kinds, several in one write, and the exact replies.
	const asked = "PING\r\n" +
		"*2\r\n$4\r\nPING\r\n$2\r\nhi\r\n" +
		"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n" +
		"*2\r\n$3\r\nget\r\n$1\r\nk\r\n" +
		"GET none\r\nINCR n\r\nINCR n\r\nINCR k\r\nEXISTS k n x\r\nDEL k x\r\nDBSIZE\r\nKEYS *\r\n" +
		"SELECT 0\r\nSELECT 1\r\nCOMMAND DOCS\r\nGET\r\nNOPE a\r\nAUTH x\r\nQUIT\r\n"
	const want = "+PONG\r\n" + "$2\r\nhi\r\n" + "+OK\r\n" + "$4\r\na\r\nb\r\n" +
		"$-1\r\n:1\r\n:2\r\n-ERR value is not an integer or out of range\r\n:2\r\n:1\r\n:1\r\n*1\r\n$1\r\nn\r\n" +
		"+OK\r\n-ERR DB index is out of range\r\n*0\r\n-ERR wrong number of arguments for 'get' command\r\n" +
		"-ERR unknown command 'NOPE', with args beginning with: \r\n" +
		"-ERR AUTH <password> called without any password configured for the default user. " +
		"Are you sure your configuration is correct?\r\n+OK\r\n"
	if _, err := io.WriteString(connection, asked); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(connection) // QUIT closes
	if err != nil || string(got) != want {
		t.Errorf("%v; it answered\n%q, want\n%q", err, got, want)
	}
}

func TestRedisRefusesWhatIsNoProtocol(t *testing.T) {
	for _, bad := range []string{"*x\r\n", "*2000000000\r\n", "*1\r\n+a\r\n", "*1\r\n$-5\r\n", "*1\r\n$99999999999\r\n"} {
		connection := connect(t, listen(t, (&redis{keys: map[string]string{}}).serve))
		_, _ = io.WriteString(connection, bad)
		if got, _ := io.ReadAll(connection); !strings.HasPrefix(string(got), "-ERR Protocol error") {
			t.Errorf("%q was answered %q", bad, got)
		}
	}
}

func TestRedisClient(t *testing.T) {
	address := listen(t, (&redis{password: "word", keys: map[string]string{}}).serve)
	host, port, _ := strings.Cut(address, ":")
	tests := []struct {
		args string
		code int
		out  string
	}{
		{"ping", 1, "NOAUTH Authentication required.\n"},
		{"-a word ping", 0, "PONG\n"},
		{"-a word set a b", 0, "OK\n"},
		{"-a word get a", 0, "b\n"},
		{"-a word get none", 0, "\n"},
		{"-a word keys *", 0, "a\n"},
		{"-a other ping", 1, ""},
	}
	for _, test := range tests {
		args := append([]string{"redis-cli", "-h", host, "-p", port}, strings.Fields(test.args)...)
		code, out, errs := play(t, nil, "", args...)
		if code != test.code || out != test.out {
			t.Errorf("%s: exit code %d, it wrote %q and %q", test.args, code, out, errs)
		}
	}
	if code, _, errs := play(t, nil, "", "redis-cli", "-p", "1", "ping"); code != 1 || !strings.Contains(errs, "Could not connect") {
		t.Errorf("without a server: exit code %d, %q", code, errs)
	}
}

// TestRedisKeepsItsKeys stops a server and starts one in the same folder.
func TestRedisKeepsItsKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	name := "dump.rdb"
	first := &redis{keys: map[string]string{}}
	if err := first.save(name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("a server without keys wrote a file")
	}
	first.keys["k"] = "v\x00\n"
	second := &redis{keys: map[string]string{}}
	if err := first.save(name); err != nil {
		t.Fatal(err)
	}
	if err := second.restore(name); err != nil || second.keys["k"] != "v\x00\n" {
		t.Errorf("%v, %q", err, second.keys)
	}
}

// message is one of PostgreSQL's.
func message(kind byte, body string) []byte {
	var b []byte
	if kind != 0 {
		b = append(b, kind)
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(body)+4)), body...)
}

const startup = "\x00\x03\x00\x00user\x00ann\x00database\x00app\x00\x00"

// postgresServer serves on a port of this host and returns the address.
func postgresServer(t *testing.T, trust bool) string {
	return listen(t, func(ctx context.Context, l net.Listener) { servePostgres(ctx, l, "ann", "word", trust) })
}

// postgresSession logs in and returns the connection, ready for queries.
func postgresSession(t *testing.T, address, password string) (net.Conn, session) {
	t.Helper()
	connection := connect(t, address)
	s := session{bufio.NewReader(connection), bufio.NewWriter(connection)}
	_, _ = connection.Write(message(0, "\x04\xd2\x16\x2f")) // may we encrypt?
	if answer, err := s.in.ReadByte(); err != nil || answer != 'N' {
		t.Fatalf("SSLRequest was answered %q, %v", answer, err)
	}
	_, _ = connection.Write(message(0, startup))
	if kind, body, err := s.receive(); err != nil || kind != 'R' || !bytes.Equal(body, []byte{0, 0, 0, 3}) {
		t.Fatalf("startup was answered %q %q, %v", kind, body, err)
	}
	_, _ = connection.Write(message('p', password+"\x00"))
	return connection, s
}

// until reads messages up to one of a kind, and returns them all.
func until(t *testing.T, s session, last byte) string {
	t.Helper()
	var all strings.Builder
	for {
		kind, body, err := s.receive()
		if err != nil {
			t.Fatalf("after %q: %v", all.String(), err)
		}
		fmt.Fprintf(&all, "%c %q\n", kind, body)
		if kind == last {
			return all.String()
		}
	}
}

func TestPostgresSpeaksItsProtocol(t *testing.T) {
	connection, s := postgresSession(t, postgresServer(t, false), "word")
	greeting := until(t, s, 'Z')
	if !strings.HasPrefix(greeting, "R \"\\x00\\x00\\x00\\x00\"\n") || !strings.Contains(greeting, `S "server_version\x0016`) {
		t.Errorf("it greeted with\n%s", greeting)
	}
	_, _ = connection.Write(message('Q', "SELECT 42;\x00"))
	const want = `T "\x00\x01?column?\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00"
D "\x00\x01\x00\x00\x00\x0242"
C "SELECT 1\x00"
Z "I"
`
	if got := until(t, s, 'Z'); got != want {
		t.Errorf("select 42 was answered\n%s, want\n%s", got, want)
	}
	_, _ = connection.Write(message('Q', "drop table x\x00"))
	if got := until(t, s, 'Z'); !strings.Contains(got, "C42601") {
		t.Errorf("drop table was answered\n%s", got)
	}
	_, _ = connection.Write(message('Q', ";\x00"))
	if got := until(t, s, 'Z'); got != "I \"\"\nZ \"I\"\n" {
		t.Errorf("the empty query was answered\n%s", got)
	}
	_, _ = connection.Write(message('X', ""))
	if _, err := s.in.ReadByte(); err != io.EOF {
		t.Errorf("after the farewell: %v", err)
	}
}

func TestPostgresRefuses(t *testing.T) {
	_, s := postgresSession(t, postgresServer(t, false), "wrong")
	if got := until(t, s, 'E'); !strings.Contains(got, "C28P01") || strings.Contains(got, "wrong") {
		t.Errorf("a wrong password was answered\n%s", got)
	}
	connection := connect(t, postgresServer(t, true))
	_, _ = connection.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	if got, err := io.ReadAll(connection); len(got) != 0 || err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("HTTP was answered %q, %v", got, err)
	}
	if code, _, errs := play(t, nil, "", "postgres"); code != 1 || !strings.Contains(errs, "POSTGRES_PASSWORD") {
		t.Errorf("without a password: exit code %d, %q", code, errs)
	}
}

func TestPgIsReady(t *testing.T) {
	host, port, _ := strings.Cut(postgresServer(t, false), ":")
	code, out, _ := play(t, nil, "", "pg_isready", "-h", host, "-p", port, "-U", "ann")
	if code != 0 || out != host+":"+port+" - accepting connections\n" {
		t.Errorf("exit code %d, %q", code, out)
	}
	if code, out, _ := play(t, nil, "", "pg_isready", "-h", host, "-p", "1"); code != 2 || !strings.Contains(out, "no response") {
		t.Errorf("without a server: exit code %d, %q", code, out)
	}
}

func TestNginxServesFilesAndLogs(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"index.html": "<p>home", "sub/a.txt": "text"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	handler := accessLog(&log, files(root))
	for _, test := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "<p>home"},
		{"GET", "/index.html", 200, "<p>home"},
		{"GET", "/sub/a.txt", 200, "text"},
		{"HEAD", "/sub/a.txt", 200, ""},
		{"GET", "/sub/", 403, "403 Forbidden"},
		{"GET", "/none?q=1", 404, "404 Not Found"},
		{"GET", "/../../etc/passwd", 404, "404 Not Found"},
		{"POST", "/", 405, "405 Method Not Allowed"},
	} {
		log.Reset()
		request := httptest.NewRequest(test.method, test.path, nil)
		request.Header.Set("User-Agent", "tester")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.body) ||
			!strings.HasPrefix(answer.Header().Get("Server"), "nginx/") {
			t.Errorf("%s %s: %d %q %v", test.method, test.path, answer.Code, answer.Body, answer.Header())
		}
		line := fmt.Sprintf(`^192\.0\.2\.1 - - \[[^\]]+ \+0000\] "%s %s HTTP/1\.1" %d \d+ "-" "tester" "-"\n$`,
			test.method, regexp.QuoteMeta(test.path), test.status)
		if !regexp.MustCompile(line).MatchString(log.String()) {
			t.Errorf("%s %s: it logged %q", test.method, test.path, log.String())
		}
	}
}

func TestToolsThatAsk(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, "body")
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	host, port, _ := strings.Cut(address, ":")
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, []byte("3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		command string
		code    int
		out     string
	}{
		{"wget -qO- " + server.URL, 0, "body"},
		{"wget -q -O - " + address, 0, "body"},
		{"wget -q --spider " + server.URL, 0, ""},
		{"wget -qO- " + server.URL + "/bad", 1, ""},
		{"wget", 1, ""},
		{"nc -z " + host + " " + port, 0, ""},
		{"nc -z " + host + " 1", 1, ""},
		{"check tcp " + address, 0, ""},
		{"check tcp " + host + ":1", 1, ""},
		{"check http " + server.URL, 0, ""},
		{"check http " + server.URL + "/bad", 1, ""},
		{"check file " + file, 3, ""},
		{"check file " + file + ".none", 1, ""},
		{"crash 5 0", 5, ""},
		{"spam lines 2", 0, "line 1 of a program that logs too much\nline 2 of a program that logs too much\n"},
		{"spam line 2", 0, strings.Repeat("x", 2048)},
		{"sleep 0.01", 0, ""},
		{"sleep soon", 1, ""},
		{"id -x", 1, ""},
	}
	for _, test := range tests {
		code, out, errs := play(t, nil, "", strings.Fields(test.command)...)
		if code != test.code || out != test.out {
			t.Errorf("%s: exit code %d, want %d; it wrote %q, want %q; %s", test.command, code, test.code, out, test.out, errs)
		}
	}
	if _, out, _ := play(t, nil, "", "spam", "binary", "1"); len(out) != 1024 || !strings.Contains(out, "\x00\x01") {
		t.Errorf("spam binary wrote %q", out)
	}
	if _, out, _ := play(t, nil, "GET / HTTP/1.0\r\n\r\n", "nc", host, port); !strings.Contains(out, "body") {
		t.Errorf("nc got %q", out)
	}
}
