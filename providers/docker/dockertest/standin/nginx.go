package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"
)

// nginxVersion is what the server says it is.
const nginxVersion = "nginx/1.29.3"

// nginx serves files on port 80, or NGINX_PORT. With REDIS_HOST it starts only
// when it can connect there, as a front end that needs its cache does.
func nginx(ctx context.Context, p process, args []string) int {
	for _, arg := range args {
		switch arg {
		case "-v":
			return p.fail(0, "nginx version: %s", nginxVersion)
		case "-t":
			return p.fail(0, "nginx: configuration file /etc/nginx/nginx.conf test is successful")
		}
	}
	if host := p.get("REDIS_HOST"); host != "" {
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(host, "6379")
		}
		connection, err := dial(ctx, host, 2*time.Second)
		if err != nil {
			return p.fail(1, "Error: Cannot connect to %s", host)
		}
		_ = connection.Close()
	}
	port := p.get("NGINX_PORT")
	if port == "" {
		port = "80"
	}
	l, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return p.fail(1, "nginx: [emerg] bind() to 0.0.0.0:%s failed (%v)", port, err)
	}
	fmt.Fprintln(p.out, "/docker-entrypoint.sh: Configuration complete; ready for start up")
	notice := func(text string) {
		fmt.Fprintf(p.err, "%s [notice] 1#1: %s\n", time.Now().UTC().Format("2006/01/02 15:04:05"), text)
	}
	notice(nginxVersion)
	notice("start worker processes")
	code := serve(ctx, p, l, accessLog(p.out, files("/usr/share/nginx/html")), nil)
	notice("exit")
	return code
}

// files serves the files of a folder, with index.html for a folder itself.
func files(root string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", nginxVersion)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			answer(w, http.StatusMethodNotAllowed)
			return
		}
		asked := path.Clean("/" + r.URL.Path)
		name := filepath.Join(root, filepath.FromSlash(asked))
		info, err := os.Stat(name)
		status := http.StatusNotFound
		if err == nil && info.IsDir() {
			name, status = filepath.Join(name, "index.html"), http.StatusForbidden
		}
		f, err := os.Open(name)
		if err != nil {
			if os.IsPermission(err) {
				status = http.StatusForbidden
			}
			answer(w, status)
			return
		}
		defer func() { _ = f.Close() }()
		info, err = f.Stat()
		if err != nil || info.IsDir() {
			answer(w, http.StatusForbidden)
			return
		}
		http.ServeContent(w, r, name, info.ModTime(), f)
	})
}

// answer sends one of the server's own pages.
func answer(w http.ResponseWriter, status int) {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\n<head><title>%s</title></head>\n<body>\n<center><h1>%s</h1></center>\n<hr><center>%s</center>\n</body>\n</html>\n",
		text, text, nginxVersion)
}

// accessLog writes a line of the combined format for each request.
func accessLog(out io.Writer, next http.Handler) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &counter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r)
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		header := func(name string) string {
			if value := r.Header.Get(name); value != "" {
				return value
			}
			return "-"
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "%s - - [%s] \"%s %s %s\" %d %d \"%s\" \"%s\" \"-\"\n", host,
			time.Now().UTC().Format("02/Jan/2006:15:04:05 -0700"), r.Method, r.URL.RequestURI(), r.Proto,
			counted.status, counted.bytes, header("Referer"), header("User-Agent"))
	})
}

// counter notes what was answered.
type counter struct {
	http.ResponseWriter
	status, bytes int
}

func (c *counter) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.bytes += n
	return n, err
}
