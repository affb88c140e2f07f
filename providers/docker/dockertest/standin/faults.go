package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// faults are programs that misbehave as asked, and those that tell of it.
func faults() map[string]applet {
	return map[string]applet{
		"check":       check,
		"crash":       crash,
		"hog":         hog,
		"http":        httpServer,
		"ignore-term": ignoreTerm,
		"spam":        spam,
	}
}

// crash CODE [SECONDS [TEXT...]] exits with the code, after so long, saying why.
func crash(ctx context.Context, p process, args []string) int {
	if len(args) == 0 {
		return p.fail(2, "usage: crash CODE [SECONDS [TEXT...]]")
	}
	code, err := strconv.Atoi(args[0])
	if err != nil {
		return p.fail(2, "crash: %q is no exit code", args[0])
	}
	text := "fatal: crashed, as was asked"
	if len(args) > 1 {
		if s := sleep(ctx, p, args[1:2]); s != 0 {
			return s
		}
	}
	if len(args) > 2 {
		text = strings.Join(args[2:], " ")
	}
	return p.fail(code, "%s", text)
}

// spam lines|binary|line [N] writes as fast as it can: lines of text, kibibytes
// of all the bytes there are, or kibibytes of one line that does not end. Without
// N it goes on for ever.
func spam(ctx context.Context, p process, args []string) int {
	n := -1
	if len(args) == 2 {
		var err error
		if n, err = strconv.Atoi(args[1]); err != nil || n < 0 {
			return p.fail(2, "spam: %q is no number", args[1])
		}
	}
	var piece func(i int) []byte
	all := make([]byte, 1024)
	for i := range all {
		all[i] = byte(i)
	}
	long := bytes.Repeat([]byte("x"), 1024)
	switch {
	case len(args) == 0 || len(args) > 2:
	case args[0] == "lines":
		piece = func(i int) []byte { return fmt.Appendf(nil, "line %d of a program that logs too much\n", i+1) }
	case args[0] == "binary":
		piece = func(int) []byte { return all }
	case args[0] == "line":
		piece = func(int) []byte { return long }
	}
	if piece == nil {
		return p.fail(2, "usage: spam lines|binary|line [N]")
	}
	for i := 0; i != n; i++ {
		if ctx.Err() != nil {
			return terminated
		}
		if _, err := p.out.Write(piece(i)); err != nil {
			return 1
		}
	}
	return 0
}

// hog [MIB] takes memory until it is killed for it, or has so much (1 GiB). It
// begins after a second: containerd watches a container for such kills only
// once it has started it, and a program killed sooner merely exits with 137.
func hog(ctx context.Context, p process, args []string) int {
	most := 1024
	if len(args) > 0 {
		var err error
		if most, err = strconv.Atoi(args[0]); err != nil {
			return p.fail(2, "hog: %q is no number", args[0])
		}
	}
	if s := sleep(ctx, p, []string{"1"}); s != 0 {
		return s
	}
	taken := make([][]byte, 0, most)
	for len(taken) < most {
		if ctx.Err() != nil {
			return terminated
		}
		mebibyte := make([]byte, 1<<20)
		for i := 0; i < len(mebibyte); i += 1 << 10 {
			mebibyte[i] = 1
		}
		taken = append(taken, mebibyte)
	}
	return p.fail(0, "hog: has %d MiB and was not killed", len(taken))
}

// ignoreTerm lives until it is killed.
func ignoreTerm(ctx context.Context, p process, _ []string) int {
	signal.Ignore(syscall.SIGTERM)
	fmt.Fprintln(p.out, "SIGTERM is ignored from now on")
	<-ctx.Done()
	return terminated
}

// check file PATH exits with the code that the file holds, check tcp HOST:PORT
// and check http URL succeed when there is an answer.
func check(ctx context.Context, p process, args []string) int {
	if len(args) != 2 {
		return p.fail(2, "usage: check file PATH | tcp HOST:PORT | http URL")
	}
	switch args[0] {
	case "file":
		text, err := os.ReadFile(args[1])
		if err != nil {
			return p.failed("check", err)
		}
		code, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return p.fail(1, "check: %s holds no exit code", args[1])
		}
		return code
	case "tcp":
		connection, err := dial(ctx, args[1], 2*time.Second)
		if err != nil {
			return p.failed("check", err)
		}
		_ = connection.Close()
		return 0
	case "http":
		return wget(ctx, p, []string{"-T", "2", "--spider", args[1]})
	}
	return p.fail(2, "check: there is no kind %q", args[0])
}

// httpServer is http [PORT [BODY]]: it answers with the body. /status/N answers
// with that status, /slow/N after N seconds, and /exit/N ends the program.
func httpServer(ctx context.Context, p process, args []string) int {
	port, body := "8080", "ok\n"
	if len(args) > 0 {
		port = args[0]
	}
	if len(args) > 1 {
		body = args[1]
	}
	l, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return p.failed("http", err)
	}
	fmt.Fprintln(p.out, "listening on", l.Addr())
	exit := make(chan int, 1)
	mux := http.NewServeMux()
	number := func(handle func(http.ResponseWriter, *http.Request, int)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			n, err := strconv.Atoi(r.PathValue("n"))
			if err != nil || n < 0 || n > 999 {
				http.NotFound(w, r)
				return
			}
			handle(w, r, n)
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	mux.HandleFunc("/status/{n}", number(func(w http.ResponseWriter, r *http.Request, n int) {
		if n < 200 {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(n)
	}))
	mux.HandleFunc("/slow/{n}", number(func(w http.ResponseWriter, r *http.Request, n int) {
		select {
		case <-time.After(time.Duration(n) * time.Second):
			fmt.Fprint(w, body)
		case <-r.Context().Done():
		}
	}))
	mux.HandleFunc("/exit/{n}", number(func(w http.ResponseWriter, _ *http.Request, n int) {
		select {
		case exit <- n:
		default:
		}
	}))
	return serve(ctx, p, l, mux, exit)
}

// serve answers requests until the context ends, or exit says how to.
func serve(ctx context.Context, p process, l net.Listener, h http.Handler, exit <-chan int) int {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	defer func() { _ = server.Close() }()
	select {
	case <-ctx.Done():
		return 0
	case code := <-exit:
		return code
	case err := <-failed:
		return p.failed("http", err)
	}
}
