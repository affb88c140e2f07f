package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// tools are the programs of BusyBox that examples and tests use.
func tools() map[string]applet {
	return map[string]applet{
		"cat":   cat,
		"echo":  echo,
		"env":   printEnv,
		"false": func(context.Context, process, []string) int { return 1 },
		"id":    id,
		"nc":    netcat,
		"pwd":   pwd,
		"sleep": sleep,
		"true":  func(context.Context, process, []string) int { return 0 },
		"wget":  wget,
	}
}

func echo(_ context.Context, p process, args []string) int {
	end := "\n"
	if len(args) > 0 && args[0] == "-n" {
		end, args = "", args[1:]
	}
	fmt.Fprint(p.out, strings.Join(args, " "), end)
	return 0
}

func cat(_ context.Context, p process, args []string) int {
	if len(args) == 0 {
		_, _ = io.Copy(p.out, p.in)
	}
	code := 0
	for _, name := range args {
		f, err := os.Open(name)
		if err == nil {
			_, err = io.Copy(p.out, f)
			_ = f.Close()
		}
		if err != nil {
			code = p.failed("cat", err)
		}
	}
	return code
}

// sleep does not outlast SIGTERM, even as the first process, where the real one
// has to be killed: tests would wait ten seconds for each.
func sleep(ctx context.Context, p process, args []string) int {
	if len(args) != 1 {
		return p.fail(1, "usage: sleep N")
	}
	if args[0] == "infinity" {
		<-ctx.Done()
		return terminated
	}
	text := args[0]
	if last := text[len(text)-1:]; strings.Contains("0123456789.", last) {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return p.fail(1, "sleep: invalid number '%s'", args[0])
	}
	select {
	case <-time.After(d):
		return 0
	case <-ctx.Done():
		return terminated
	}
}

func printEnv(_ context.Context, p process, _ []string) int {
	for _, variable := range p.env {
		fmt.Fprintln(p.out, variable)
	}
	return 0
}

func id(_ context.Context, p process, args []string) int {
	switch strings.Join(args, " ") {
	case "-u":
		fmt.Fprintln(p.out, os.Getuid())
	case "-g":
		fmt.Fprintln(p.out, os.Getgid())
	case "":
		fmt.Fprintf(p.out, "uid=%d gid=%d\n", os.Getuid(), os.Getgid())
	default:
		return p.fail(1, "usage: id [-u|-g]")
	}
	return 0
}

func pwd(_ context.Context, p process, _ []string) int {
	dir, err := os.Getwd()
	if err != nil {
		return p.failed("pwd", err)
	}
	fmt.Fprintln(p.out, dir)
	return 0
}

// wget fetches a URL: wget [-q] [-T SECONDS] [-O FILE] [--spider] URL.
func wget(ctx context.Context, p process, args []string) int {
	usage := "usage: wget [-q] [-T SECONDS] [-O FILE] [--spider] URL"
	url, file, spider, timeout := "", "", false, 10*time.Second
	for i := 0; i < len(args); i++ {
		value := func() string {
			i++
			if i < len(args) {
				return args[i]
			}
			return ""
		}
		switch a := args[i]; {
		case a == "-q", a == "--quiet":
		case a == "--spider":
			spider = true
		case a == "-O", a == "-qO":
			file = value()
		case strings.HasPrefix(a, "-qO"):
			file = a[3:]
		case strings.HasPrefix(a, "-O"):
			file = a[2:]
		case a == "-T":
			n, err := strconv.Atoi(value())
			if err != nil {
				return p.fail(1, "%s", usage)
			}
			timeout = time.Duration(n) * time.Second
		case strings.HasPrefix(a, "-") || url != "":
			return p.fail(1, "%s", usage)
		default:
			url = a
		}
	}
	if url == "" {
		return p.fail(1, "%s", usage)
	}
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return p.failed("wget", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return p.failed("wget", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return p.fail(1, "wget: server returned error: HTTP/1.1 %s", response.Status)
	}
	if spider {
		return 0
	}
	out := p.out
	if file == "" {
		file = request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]
		if file == "" {
			file = "index.html"
		}
	}
	if file != "-" {
		f, err := os.Create(file)
		if err != nil {
			return p.failed("wget", err)
		}
		defer func() { _ = f.Close() }()
		out = f
	}
	if _, err := io.Copy(out, response.Body); err != nil {
		return p.failed("wget", err)
	}
	return 0
}

// netcat connects: nc [-z] [-w SECONDS] HOST PORT.
func netcat(ctx context.Context, p process, args []string) int {
	zero, timeout := false, 5*time.Second
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "-z":
			zero = true
		case args[0] == "-w" && len(args) > 1:
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return p.fail(1, "nc: invalid number '%s'", args[1])
			}
			timeout, args = time.Duration(n)*time.Second, args[1:]
		default:
			return p.fail(1, "usage: nc [-z] [-w SECONDS] HOST PORT")
		}
		args = args[1:]
	}
	if len(args) != 2 {
		return p.fail(1, "usage: nc [-z] [-w SECONDS] HOST PORT")
	}
	connection, err := dial(ctx, net.JoinHostPort(args[0], args[1]), timeout)
	if err != nil {
		return p.fail(1, "nc: %v", err)
	}
	defer func() { _ = connection.Close() }()
	if zero {
		return 0
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(connection, bufio.NewReader(p.in))
		_ = connection.(*net.TCPConn).CloseWrite()
	}()
	if _, err := io.Copy(p.out, connection); err != nil && !errors.Is(err, net.ErrClosed) {
		return p.fail(1, "nc: %v", err)
	}
	return 0
}

func dial(ctx context.Context, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}
