package check_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
)

// one is an assert of a core type, and what it should come to.
type one struct {
	name string
	body string
	want string // without the address
}

// runAll evaluates all asserts of one type in one go.
func runAll(t *testing.T, typ, before string, all []one) {
	t.Helper()
	var main strings.Builder
	main.WriteString(before)
	for i, a := range all {
		fmt.Fprintf(&main, "assert %q \"n%d\" {\n%s\n}\n", typ, i, a.body)
	}
	p := coretest.New(t, main.String())
	results, diags := tryRun(p, check.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if len(results) != len(all) {
		t.Fatalf("%d results of %d", len(results), len(all))
	}
	for i, line := range lines(results) {
		if got := strings.Replace(line, fmt.Sprintf(" assert.%s.n%d", typ, i), "", 1); got != all[i].want {
			t.Errorf("%s: got %q, want %q", all[i].name, got, all[i].want)
		}
	}
}

func TestCondition(t *testing.T) {
	runAll(t, "condition", `
variable "port" { default = 80 }
variable "password" {
  default   = "hunter2"
  sensitive = true
}
resource "memory_item" "a" { name = "a" }
`, []one{
		{"true", `condition = var.port < 1024`, "pass"},
		{"false", `condition = var.port > 1024`, "fail: the condition is not met"},
		{"converted", `condition = "true"`, "pass"},
		{"message", "condition = var.port > 1024\nerror_message = \"Port ${var.port} is low.\"", "fail: Port 80 is low."},
		{"unused message", "condition = true\nerror_message = memory_item.a.id", "pass"},
		{"unknown message", "condition = false\nerror_message = memory_item.a.id", "fail: the condition is not met"},
		{"unknown", `condition = memory_item.a.id != ""`, "unknown: it depends on a value that is known only after apply"},
		{"decided all the same", `condition = false && memory_item.a.id != ""`, "fail: the condition is not met"},
		{"sensitive", `condition = length(var.password) > 20`, "fail: the condition is not met"},
		{"sensitive message", "condition = false\nerror_message = \"It is ${var.password}.\"",
			"fail: the condition is not met; its error_message is sensitive, so it is not shown"},
		{"long message", "condition = false\nerror_message = join(\"\", [for i in range(600): \"äx\"])",
			"fail: " + strings.Repeat("äx", 333) + "..."},
	})
}

func TestCommand(t *testing.T) {
	runs := func(what string, more ...string) string {
		return fmt.Sprintf("command = [%q]\nenvironment = { %s = %q }\n%s", os.Args[0], helper, what, strings.Join(more, "\n"))
	}
	label := os.Args[0]
	if len(label) > 60 {
		label = label[:60] + "..."
	}
	label = " (" + label + ")"
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	notProgram := filepath.Join(dir, "data")
	if err := os.WriteFile(notProgram, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHECK_TEST_INHERITED", "from outside")
	t.Setenv("CW_SERVICE_TOKEN", "hunter2")
	runAll(t, "command", `
variable "password" {
  default   = "hunter2"
  sensitive = true
}
resource "memory_item" "a" { name = "a" }
`, []one{
		{"exit 0", runs("print hello"), "pass" + label + ": exit code 0"},
		{"exit 3", runs("fail it went wrong"), "fail" + label + ": exit code 3, expected 0: it went wrong"},
		{"exit 3 wanted", runs("fail as wanted", "exit_code = 3"), "pass" + label + ": exit code 3"},
		{"exit 0 not wanted", runs("print hello", "exit_code = 1"), "fail" + label + ": exit code 0, expected 1"},
		{"output", runs("print hello", `stdout = "^hel+o\n$"`), "pass" + label + ": exit code 0"},
		{"other output", runs("print hello", `stdout = "^bye"`), "fail" + label + ": its output does not match"},
		{"too much output", runs("flood", `stdout = "^x{100}"`), "pass" + label + ": exit code 0"},
		{"beyond what is kept", runs("flood", `stdout = "end"`), "fail" + label + ": the first 64 KiB of its output do not match"},
		{"environment", runs("env CHECK_TEST_INHERITED", `stdout = "from outside"`), "pass" + label + ": exit code 0"},
		{"secret environment", runs("env CW_SERVICE_TOKEN", `stdout = "^\n?$"`), "pass" + label + ": exit code 0"},
		{"folder", runs("folder", fmt.Sprintf("stdout = %q", "sub\n$"), fmt.Sprintf("working_dir = %q", filepath.Join(dir, "sub"))),
			"pass" + label + ": exit code 0"},
		{"no folder", runs("folder", `working_dir = "missing"`), "unknown" + label + ": its working_dir is not a folder"},
		{"no input", runs("stdin", `stdout = "^0 <nil>"`), "pass" + label + ": exit code 0"},
		{"no shell", fmt.Sprintf("command = [%q, \"$HOME\", \"a b\", \"*\"]\nenvironment = { %s = \"arguments\" }\nstdout = %q",
			os.Args[0], helper, `^\["\$HOME" "a b" "\*"\]`), "pass" + commandLabel(os.Args[0]+" $HOME a b *") + ": exit code 0"},
		{"killed", runs("suicide"), "fail" + label + ": it was ended: signal: killed"},
		{"no program", `command = ["no-such-program-anywhere"]`,
			`unknown (no-such-program-anywhere): the program could not be started: "no-such-program-anywhere" was not found`},
		{"not a program", fmt.Sprintf("command = [%q]", notProgram),
			"unknown" + commandLabel(notProgram) + ": the program could not be started: permission denied"},
		{"unknown", `command = ["true", memory_item.a.id]`, "unknown: it depends on a value that is known only after apply"},
		{"secret argument", `command = ["no-such-program-anywhere", var.password]`,
			"unknown (sensitive command): the program could not be started: it was not found"},
		{"secret variable", fmt.Sprintf("command = [%q]\nenvironment = { %s = \"fail ${var.password}\" }", os.Args[0], helper),
			"fail" + label + ": exit code 3, expected 0"},
	})
}

func commandLabel(line string) string {
	if len(line) > 60 {
		line = line[:60] + "..."
	}
	return " (" + line + ")"
}

// A relative working_dir, and no working_dir, are relative to the project.
func TestCommandInProject(t *testing.T) {
	p := coretest.New(t, fmt.Sprintf(`
assert "command" "root" {
  command     = [%[1]q]
  environment = { %[2]s = "folder" }
  stdout      = "project\n$"
}
assert "command" "sub" {
  command     = [%[1]q]
  environment = { %[2]s = "folder" }
  working_dir = "a/b"
  stdout      = "project/a/b\n$"
}
`, os.Args[0], helper))
	p.Dir = filepath.Join(p.Dir, "project")
	if err := os.MkdirAll(filepath.Join(p.Dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	results, diags := tryRun(p, check.Options{})
	for _, r := range results {
		if r.Outcome.String() != "pass" {
			t.Errorf("%+v", r)
		}
	}
	if len(results) != 2 || len(diags) > 0 {
		t.Errorf("%d results, %v", len(results), diags)
	}
}

// A command that hangs is killed with all that it started, and delays nobody.
func TestCommandHangs(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	accepted := make(chan net.Conn)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	start := func(t *testing.T, what string, limit time.Duration) <-chan []string {
		p := coretest.New(t, fmt.Sprintf(`
assert "command" "slow" {
  command     = [%q]
  environment = { %s = "%s %s" }
  timeout     = "%s"
}
assert "condition" "other" { condition = true }
`, os.Args[0], helper, what, l.Addr(), limit))
		ended := make(chan []string, 1)
		go func() {
			results, _ := tryRun(p, check.Options{})
			for i := range results {
				results[i].Detail = ""
			}
			ended <- lines(results)
		}()
		return ended
	}
	t.Run("family", func(t *testing.T) {
		// How long a machine needs to start the child is not known beforehand.
		for limit := 250 * time.Millisecond; ; limit *= 4 {
			ended := start(t, "family", limit)
			var got []string
			select {
			case got = <-ended:
			case conn := <-accepted: // the child runs
				got = <-ended
				if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
					t.Errorf("the child still runs: %v", err)
				}
				conn.Close()
				want(t, got, "fail assert.command.slow: it did not end within "+limit.String(), "pass assert.condition.other")
				return
			}
			if limit > 15*time.Second {
				t.Fatalf("the child never ran: %s", got)
			}
		}
	})
	// What a command left running is left alone, and not waited for.
	t.Run("orphan", func(t *testing.T) {
		ended := start(t, "orphan", 30*time.Second)
		conn := <-accepted
		defer conn.Close()
		want(t, <-ended, "pass assert.command.slow: exit code 0", "pass assert.condition.other")
	})
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("no listener at %s: %v", address, err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// closedPort is one that nobody listens at.
func closedPort(t *testing.T) int {
	l := listen(t, "127.0.0.1:0")
	l.Close()
	return portOf(l)
}

func TestPortAccessible(t *testing.T) {
	open, closed := portOf(listen(t, "127.0.0.1:0")), closedPort(t)
	all := []one{
		{"open", fmt.Sprintf("port = %d", open), fmt.Sprintf("pass (port %d): it accepts connections", open)},
		{"text", fmt.Sprintf("port = \"%d\"", open), fmt.Sprintf("pass (port %d): it accepts connections", open)},
		{"host", fmt.Sprintf("port = %d\nhost = \"127.0.0.1\"", open), fmt.Sprintf("pass (port %d on 127.0.0.1): it accepts connections", open)},
		{"closed", fmt.Sprintf("port = %d", closed), fmt.Sprintf("fail (port %d): the connection was refused", closed)},
		{"unknown", "port = length(memory_item.a.id)", "unknown: it depends on a value that is known only after apply"},
		{"sensitive port", fmt.Sprintf("port = sensitive(%d)", closed), "fail (sensitive port): the connection was refused"},
		{"sensitive host", fmt.Sprintf("port = %d\nhost = sensitive(\"127.0.0.1\")", closed),
			fmt.Sprintf("fail (port %d on a sensitive host): the connection was refused", closed)},
	}
	runAll(t, "port_accessible", `resource "memory_item" "a" { name = "a" }`+"\n", all)

	t.Run("IPv6", func(t *testing.T) {
		open := portOf(listen(t, "[::1]:0"))
		runAll(t, "port_accessible", "", []one{
			{"bare", fmt.Sprintf("port = %d\nhost = \"::1\"", open), fmt.Sprintf("pass (port %d on ::1): it accepts connections", open)},
			{"brackets", fmt.Sprintf("port = %d\nhost = \"[::1]\"", open), fmt.Sprintf("pass (port %d on ::1): it accepts connections", open)},
		})
	})
}

func TestHealthcheck(t *testing.T) {
	release := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s is up", r.Method) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/header", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.Host, r.Header.Get("X-Token"), r.Header.Get("User-Agent"))
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "hunter2" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle", http.StatusFound) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
		}
		_, _ = io.WriteString(w, "end")
	})
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-release })
	mux.HandleFunc("/stall", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		<-release
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	secure := httptest.NewUnstartedServer(mux)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told that its certificate is bad
	secure.StartTLS()
	t.Cleanup(secure.Close)
	rude := listen(t, "127.0.0.1:0")
	go answer(rude, "")
	garbage := listen(t, "127.0.0.1:0")
	go answer(garbage, "SSH-2.0-OpenSSH_9.6\r\n")
	closed := closedPort(t)

	at := func(path string, more ...string) string {
		return fmt.Sprintf("url = %q\n%s", server.URL+path, strings.Join(more, "\n"))
	}
	shown := func(path string) string { return " (" + server.URL + path + ")" }
	host := strings.TrimPrefix(server.URL, "http://")
	runAll(t, "healthcheck", `
variable "password" {
  default   = "hunter2"
  sensitive = true
}
resource "memory_item" "a" { name = "a" }
`, []one{
		{"200", at("/ok"), "pass" + shown("/ok") + ": status 200"},
		{"503", at("/down"), "fail" + shown("/down") + ": status 503, expected 200"},
		{"503 wanted", at("/down", "expected_status = 503"), "pass" + shown("/down") + ": status 503"},
		{"list", at("/none", "expected_status = [200, 204]"), "pass" + shown("/none") + ": status 204"},
		{"list without it", at("/down", "expected_status = [200, 204]"), "fail" + shown("/down") + ": status 503, expected 200 or 204"},
		{"secret status", at("/down", "expected_status = sensitive(204)"), "fail" + shown("/down") + ": status 503, expected another"},
		{"body", at("/ok", `body = "^GET is"`), "pass" + shown("/ok") + ": status 200"},
		{"other body", at("/ok", `body = "down"`), "fail" + shown("/ok") + ": the body does not match"},
		{"method", at("/ok", `method = "POST"`, `body = "POST"`), "pass" + shown("/ok") + ": status 200"},
		{"headers", at("/header", `headers = { x-token = var.password, Host = "example.test" }`, `body = "^example.test hunter2 clockwork/0.1.0$"`),
			"pass" + shown("/header") + ": status 200"},
		{"redirect", at("/moved"), "fail" + shown("/moved") + ": status 302, expected 200"},
		{"redirect wanted", at("/moved", "expected_status = 302"), "pass" + shown("/moved") + ": status 302"},
		{"redirect followed", at("/moved", "follow_redirects = true"), "pass" + shown("/moved") + ": status 200"},
		{"redirect for ever", at("/circle", "follow_redirects = true"), "fail" + shown("/circle") + ": it redirects more than 10 times"},
		{"large", at("/large", `body = "^xxx"`), "pass" + shown("/large") + ": status 200"},
		{"too large", at("/large", `body = "end"`), "fail" + shown("/large") + ": the first MiB of the body does not match"},
		{"hang", at("/hang", `timeout = "100ms"`), "fail" + shown("/hang") + ": there was no answer within 100ms"},
		{"stall", at("/stall", `timeout = "100ms"`, `body = "whole"`), "fail" + shown("/stall") + ": there was no answer within 100ms"},
		{"refused", fmt.Sprintf("url = \"http://127.0.0.1:%d\"", closed), fmt.Sprintf("fail (http://127.0.0.1:%d): the connection was refused", closed)},
		{"no answer", fmt.Sprintf("url = \"http://%s\"", rude.Addr()), fmt.Sprintf("fail (http://%s): the connection was closed", rude.Addr())},
		{"no HTTP", fmt.Sprintf("url = \"http://%s\"", garbage.Addr()), fmt.Sprintf("fail (http://%s): it did not answer as it should", garbage.Addr())},
		{"certificate", fmt.Sprintf("url = %q", secure.URL), fmt.Sprintf("fail (%s): its certificate is not valid", secure.URL)},
		{"no TLS", fmt.Sprintf("url = \"https://%s\"", host), fmt.Sprintf("fail (https://%s): it does not speak TLS", host)},
		{"user", fmt.Sprintf("url = \"http://me:hunter2@%s/login\"", host), "pass" + shown("/login") + ": status 200"},
		{"sensitive URL", fmt.Sprintf("url = \"http://me:${var.password}x@%s/login\"", host), "fail (sensitive URL): status 401, expected 200"},
		{"unknown", "url = \"http://localhost/${memory_item.a.id}\"", "unknown: it depends on a value that is known only after apply"},
	})
}

// answer says the same to everybody who connects.
func answer(l net.Listener, text string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, 1<<10))
			_, _ = io.WriteString(conn, text)
		}()
	}
}
