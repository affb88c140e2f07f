package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/clockwork-hcl/clockwork/plugins"
)

// host is a web server with an index of providers, which can do wrong.
type host struct {
	*httptest.Server
	dir string

	mu       sync.Mutex
	how      string // what it does wrong
	what     string // with which paths
	requests int
	over     chan struct{}
}

func newHost(dir string) *host {
	h := &host{dir: dir, over: make(chan struct{})}
	h.Server = httptest.NewUnstartedServer(h)
	h.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that go away are what is tested
	h.StartTLS()
	return h
}

func (h *host) close() {
	close(h.over)
	h.Server.CloseClientConnections()
	h.Server.Close()
}

// ServeHTTP serves a file of the folder, or does wrong.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	how, what := h.how, h.what
	h.requests++
	h.mu.Unlock()
	name := filepath.Join(h.dir, filepath.FromSlash(r.URL.Path))
	if !strings.Contains(r.URL.Path, what) {
		how = ""
	}
	body, err := os.ReadFile(name)
	if err != nil && how != "loop" {
		http.NotFound(w, r)
		return
	}
	switch how {
	case "":
		w.Write(body)
	case "404":
		http.NotFound(w, r)
	case "500":
		http.Error(w, "no", http.StatusInternalServerError)
	case "html":
		fmt.Fprint(w, "<html>Please log in</html>")
	case "truncate":
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case "short":
		w.(http.Flusher).Flush()
		w.Write(body[:len(body)/2])
	case "announce":
		w.Header().Set("Content-Length", "99999999999")
		w.Write(body)
	case "huge":
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	case "flip":
		body[len(body)/2] ^= 1
		w.Write(body)
	case "http":
		http.Redirect(w, r, "http://"+r.Host+r.URL.Path+"?token=hunter2", http.StatusFound)
	case "loop":
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	case "hang":
		h.wait(r, time.Hour)
	case "stall":
		w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		h.wait(r, time.Hour)
	case "drip":
		for i := range body {
			w.Write(body[i : i+1])
			w.(http.Flusher).Flush()
			if !h.wait(r, 50*time.Millisecond) {
				return
			}
		}
	}
}

func (h *host) wait(r *http.Request, d time.Duration) bool {
	select {
	case <-r.Context().Done():
		return false
	case <-h.over:
		return false
	case <-time.After(d):
		return true
	}
}

// authority returns the server's certificate, in PEM.
func (h *host) authority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
}

// cliConfig has providers installed from the host.
func (h *host) cliConfig(ca, timeout string) string {
	return fmt.Sprintf("provider_installation {\n  network_mirror {\n    url     = %q\n    ca_file = %q\n    timeout = %q\n  }\n}\n", h.URL, ca, timeout)
}

// serve FOLDER [TIMEOUT] serves a folder over https, and has the CLI configuration
// name it. "serve" alone ends that.
func serveFolder(ts *testscript.TestScript, neg bool, args []string) {
	hosts := ts.Value("hosts").(map[string]*host)
	if len(args) == 0 {
		hosts["it"].close()
		delete(hosts, "it")
		return
	}
	h := newHost(ts.MkAbs(args[0]))
	hosts["it"] = h
	ts.Defer(func() {
		if hosts["it"] == h {
			h.close()
		}
	})
	args = append(args, "30s")
	ca := filepath.Join(ts.Getenv("WORK"), "ca.pem")
	ts.Check(os.WriteFile(ca, h.authority(), 0o644))
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("WORK"), ".clockworkrc"), []byte(h.cliConfig(ca, args[1])), 0o644))
	ts.Setenv("INDEX", h.URL)
}

// misbehave HOW [PATH] has the server do wrong with the paths that contain PATH;
// "misbehave" alone ends that.
func misbehave(ts *testscript.TestScript, neg bool, args []string) {
	h := ts.Value("hosts").(map[string]*host)["it"]
	args = append(args, "", "")
	h.mu.Lock()
	defer h.mu.Unlock()
	h.how, h.what, h.requests = args[0], args[1], 0
}

// requested N says that the server was asked so often since misbehave.
func requested(ts *testscript.TestScript, neg bool, args []string) {
	h := ts.Value("hosts").(map[string]*host)["it"]
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := fmt.Sprint(h.requests); got != args[0] {
		ts.Fatalf("it was asked %s times, not %s", got, args[0])
	}
}

// program returns the path of clockwork as the stories use it.
func program(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("clockwork")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestManyInits has many processes install into one cache at the same time, some
// of which are killed. Whatever happens, the cache never has anything under its
// name that is not complete, and the others finish.
func TestManyInits(t *testing.T) {
	const projects, size = 8, 8 << 20
	dir := t.TempDir()
	built := filepath.Join(dir, "built")
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i * i >> 7)
	}
	if err := os.WriteFile(built, content, 0o755); err != nil {
		t.Fatal(err)
	}
	key, public, cache := filepath.Join(dir, "key.pem"), filepath.Join(dir, "public"), filepath.Join(dir, "cache")
	run(t, "provider", "key", key)
	run(t, "provider", "release", "-index="+public, "-key="+key, "-version=1.0.0", "example.com/acme/shop", plugins.Platform()+"="+built)
	h := newHost(public)
	t.Cleanup(h.close)
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "ca.pem"), string(h.authority()))
	write(filepath.Join(dir, "rc"), h.cliConfig(filepath.Join(dir, "ca.pem"), "30s"))
	clockwork := program(t)
	start := func(i int) *exec.Cmd {
		project := filepath.Join(dir, fmt.Sprint("project", i))
		write(filepath.Join(project, "main.cw.hcl"), "clockwork {\n  required_providers {\n    shop = { source = \"example.com/acme/shop\" }\n  }\n}\n")
		cmd := exec.Command(clockwork, "init")
		cmd.Dir = project
		cmd.Env = append(os.Environ(), "HOME="+dir, "CW_CLI_CONFIG_FILE="+filepath.Join(dir, "rc"), "CW_PLUGIN_CACHE_DIR="+cache, "GORACE=atexit_sleep_ms=0")
		cmd.Stderr = new(strings.Builder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	sound := func() (complete int) {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(cache, "*", "clockwork-provider-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			sum, err := plugins.HashFile(path)
			if err != nil || plugins.FormatHash(sum) != "sha256:"+filepath.Base(filepath.Dir(path)) {
				t.Errorf("%s contains something else: %v", path, err)
			}
			complete++
		}
		return complete
	}
	// Some are killed at different instants, and nothing is left that counts.
	for i := range 6 {
		cmd := start(i)
		time.Sleep(time.Duration(i) * 15 * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		sound()
	}
	if err := os.RemoveAll(cache); err != nil {
		t.Fatal(err)
	}
	var all []*exec.Cmd
	for i := range projects {
		all = append(all, start(i%(projects-1))) // two of them in one project
	}
	for i, cmd := range all {
		if i%3 == 2 {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			continue
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("project %d: %v\n%s", i, err, cmd.Stderr)
		}
		lock, err := plugins.ReadLockFile(filepath.Join(cmd.Dir, plugins.LockFileName))
		if err != nil || lock.Providers["example.com/acme/shop"].Version != "1.0.0" {
			t.Errorf("project %d: %+v, %v", i, lock, err)
		}
	}
	if n := sound(); n != 1 {
		t.Errorf("the cache has %d executables", n)
	}
}
