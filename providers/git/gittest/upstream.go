package gittest

import (
	"context"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Isolate keeps the settings of whoever runs the tests away from git, and
// returns the file that git takes for the user's.
func Isolate(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("these tests need git")
	}
	home := t.TempDir()
	config := filepath.Join(home, ".gitconfig")
	t.Setenv("HOME", home)
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	Write(t, config, "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n")
	return config
}

// Write writes a file, and the folders above it.
func Write(t testing.TB, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Git runs git in a folder and returns what it prints.
func Git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com",
		"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// Upstream is a bare repository, and a work tree from which it is pushed to.
type Upstream struct {
	testing.TB
	Bare string
	Work string
}

// NewUpstream makes a repository at dir/NAME.git: two commits on main, the first
// of which has the annotated tag v1 and the tag light; and a branch dev.
func NewUpstream(t testing.TB, dir, name string) *Upstream {
	t.Helper()
	u := &Upstream{TB: t, Bare: filepath.Join(dir, name+".git"), Work: filepath.Join(dir, name+".work")}
	Git(t, dir, "init", "-q", "--bare", "-b", "main", u.Bare)
	Git(t, dir, "init", "-q", "-b", "main", u.Work)
	u.Git("remote", "add", "origin", u.Bare)
	Write(t, filepath.Join(u.Work, ".gitignore"), "ignored\n")
	u.Commit("README.md", "one\n")
	u.Git("tag", "-a", "-m", "first", "v1")
	u.Git("tag", "light")
	u.Git("checkout", "-q", "-b", "dev")
	u.Commit("dev.txt", "dev\n")
	u.Git("checkout", "-q", "main")
	u.Commit("README.md", "two\n")
	u.Push()
	return u
}

// Git runs git in the work tree.
func (u *Upstream) Git(args ...string) string {
	u.Helper()
	return Git(u.TB, u.Work, args...)
}

// Commit commits a file on the branch that is checked out, and returns the
// commit.
func (u *Upstream) Commit(file, content string) string {
	u.Helper()
	Write(u.TB, filepath.Join(u.Work, file), content)
	u.Git("add", "-A")
	u.Git("commit", "-q", "-m", "Change "+file)
	return u.Git("rev-parse", "HEAD")
}

// Push pushes everything, whatever was there before.
func (u *Upstream) Push() {
	u.Helper()
	u.Git("push", "-q", "--force", "--all", "origin")
	u.Git("push", "-q", "--force", "--tags", "origin")
}

// ID is the commit of a ref.
func (u *Upstream) ID(ref string) string {
	u.Helper()
	return Git(u.TB, u.Bare, "rev-parse", "--verify", ref+"^{commit}")
}

// Server serves the repositories in a folder over smart HTTP.
type Server struct {
	*httptest.Server
	// Requests counts them.
	Requests atomic.Int64

	hang     atomic.Pointer[chan struct{}]
	password atomic.Pointer[string]
}

// Serve starts a server, which ends with the test.
func Serve(t testing.TB, dir string) *Server {
	t.Helper()
	backend := filepath.Join(Git(t, dir, "--exec-path"), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		t.Fatalf("these tests need git-http-backend: %v", err)
	}
	s := &Server{}
	handler := &cgi.Handler{Path: backend, Env: []string{
		"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Requests.Add(1)
		if hang := s.hang.Load(); hang != nil {
			select {
			case <-*hang:
			case <-r.Context().Done():
			}
			return
		}
		_, password, _ := r.BasicAuth()
		if want := s.password.Load(); want != nil && password != *want {
			w.Header().Set("WWW-Authenticate", `Basic realm="gittest"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if p := r.Header.Get("Git-Protocol"); p != "" { // net/http/cgi passes it as HTTP_GIT_PROTOCOL
			h := *handler
			h.Env = append(append([]string{}, handler.Env...), "GIT_PROTOCOL="+p)
			h.ServeHTTP(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		s.Answer()
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// Ask makes the server want a password with every request.
func (s *Server) Ask(password string) { s.password.Store(&password) }

// Hang makes the server answer nothing until Answer is called.
func (s *Server) Hang() {
	c := make(chan struct{})
	s.hang.Store(&c)
}

// Answer makes it answer again.
func (s *Server) Answer() {
	if c := s.hang.Swap(nil); c != nil {
		close(*c)
	}
}
