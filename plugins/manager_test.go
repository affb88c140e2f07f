package plugins_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
)

var bg = context.Background()

func TestBuiltin(t *testing.T) {
	for name, mtls := range map[string]bool{"plain": false, "mtls": true} {
		t.Run(name, func(t *testing.T) {
			opts := builtin("subject")
			opts.AutoMTLS = &mtls
			m := manage(t, opts)
			p := get(t, m, "clockwork/subject")
			if pid := ask(t, p, "pid", ""); pid == "" {
				t.Error("no process id")
			}
			if got := ask(t, p, "anything", "at all"); got != "at all" {
				t.Errorf("got %q", got)
			}
			if again := get(t, m, "clockwork/subject"); again != p {
				t.Error("the provider was started twice")
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			if _, err := m.Provider(bg, "clockwork/subject"); !errors.Is(err, plugins.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
			_, err := p.Read(bg, providers.ReadRequest{Target: target("a"), State: value("a", "")})
			wantError(t, err, "closed")
		})
	}
}

func TestThirdParty(t *testing.T) {
	_, opts := third(t, "subject")
	m := manage(t, opts)
	s, err := m.Schema(bg, "example.com/acme/subject")
	if err != nil {
		t.Fatal(err)
	}
	if s.Resources["thing"] == nil {
		t.Errorf("got %+v", s)
	}
	if got := ask(t, get(t, m, "example.com/acme/subject"), "x", "y"); got != "y" {
		t.Errorf("got %q", got)
	}
}

func TestInProcess(t *testing.T) {
	opts := builtin("subject")
	opts.InProcess, opts.Self = true, "/nowhere"
	m := manage(t, opts)
	if _, ok := get(t, m, "clockwork/subject").(subject); !ok {
		t.Error("it is not the provider itself")
	}
}

// The schema of a built-in provider costs no process.
func TestSchemaStartsNothing(t *testing.T) {
	opts := builtin("subject")
	opts.Self = "/nowhere"
	m := manage(t, opts)
	for range 2 {
		if _, err := m.Schema(bg, "clockwork/subject"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := m.Provider(bg, "clockwork/subject")
	wantError(t, err, "start provider clockwork/subject", "/nowhere")
}

// However many ask at once, the process is started once.
func TestStartedOnce(t *testing.T) {
	m := manage(t, builtin("subject"))
	m.Start("clockwork/subject")
	var wg sync.WaitGroup
	pids := make([]string, 50)
	for i := range pids {
		wg.Go(func() {
			p, err := m.Provider(bg, "clockwork/subject")
			if err != nil {
				t.Error(err)
				return
			}
			pids[i] = ask(t, p, "pid", "")
		})
	}
	wg.Wait()
	for _, pid := range pids {
		if pid != pids[0] {
			t.Errorf("processes %s and %s", pid, pids[0])
		}
	}
}

func TestProviderGivenUp(t *testing.T) {
	_, opts := third(t, "silent")
	m := manage(t, opts)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := m.Provider(ctx, "example.com/acme/silent"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	start := time.Now()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("Close took %s for a provider that was still starting", took)
	}
}

func TestNoProvider(t *testing.T) {
	for name, part := range map[string]struct {
		want []string
	}{
		"quick":     {[]string{"clockwork-provider-quick", "exit status 7", "cannot find my library"}},
		"usage":     {[]string{"is not a provider", `"Usage: frobnicate [OPTIONS]"`}},
		"garbage":   {[]string{"is not a provider", "it printed"}},
		"silent":    {[]string{"did not introduce itself within 300ms", "may not be a provider"}},
		"past":      {[]string{"version 0 of the protocol", "older than version 1", "clockwork init -upgrade"}},
		"future":    {[]string{"version 2 of the protocol", "newer than version 1", "upgrade clockwork"}},
		"other":     {[]string{"is a plugin, but of another program"}},
		"liar":      {[]string{"example.com/acme/liar"}},
		"badschema": {[]string{"schema of provider example.com/acme/badschema 1.2.3 is not valid", "a mistake in the provider", "attribute name: it must be required, optional or computed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, opts := third(t, name)
			if name == "silent" || name == "liar" {
				opts.StartTimeout = 300 * time.Millisecond
			}
			m := manage(t, opts)
			_, err := m.Provider(bg, "example.com/acme/"+name)
			wantError(t, err, part.want...)
			if _, again := m.Provider(bg, "example.com/acme/"+name); again != err {
				t.Errorf("it was started again: %v", again)
			}
		})
	}
}

func TestHashMismatch(t *testing.T) {
	dir, opts := third(t, "subject")
	path := filepath.Join(dir, "clockwork-provider-subject_v1.2.3"+exe())
	if err := os.Remove(path); err != nil { // it is a link to ourselves
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("something else"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := manage(t, opts).Provider(bg, "example.com/acme/subject")
	wantError(t, err, path, plugins.LockFileName, "clockwork init -upgrade")
	var mismatch *plugins.HashError
	if !errors.As(err, &mismatch) {
		t.Errorf("got %T", err)
	}
}

func TestUnknownProviders(t *testing.T) {
	m := manage(t, builtin("subject"))
	for source, want := range map[string]string{
		"clockwork/none":        "there is no built-in provider clockwork/none; there are clockwork/subject",
		"example.com/acme/acme": "not recorded in .clockwork.lock.hcl; run clockwork init",
		"../../etc":             "is not of the form",
		"a/b/c/d":               "two or three parts",
	} {
		_, err := m.Provider(bg, source)
		wantError(t, err, want)
	}
}

// A provider gets what all programs need, its own settings, and what it is
// allowed by name. What is for Clockwork is not for providers.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{"CW_API_KEY", "CW_SERVICE_TOKEN", "CW_VAR_password", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD_NOT", "CHOSEN", "CHOSENNOT"} {
		t.Setenv(name, "secret")
	}
	for _, name := range []string{"SUBJECT_TOKEN", "https_proxy", "LC_TEST", "CHOSEN", "SOME_THING"} {
		t.Setenv(name, "there")
	}
	_, theirs := third(t, "subject")
	for source, opts := range map[string]plugins.ManagerOptions{"clockwork/subject": builtin("subject"), "example.com/acme/subject": theirs} {
		t.Run(source, func(t *testing.T) {
			opts.Environment = map[string][]string{source: {"SOME_*"}, "": {"CHOSEN", "CW_*"}, "clockwork/other": {"AWS_*"}}
			p := get(t, manage(t, opts), source)
			for name, want := range map[string]string{
				"CW_API_KEY": "", "CW_SERVICE_TOKEN": "", "CW_VAR_password": "", "AWS_SECRET_ACCESS_KEY": "", "LD_PRELOAD_NOT": "", "CHOSENNOT": "",
				"SUBJECT_TOKEN": "there", "https_proxy": "there", "LC_TEST": "there", "CHOSEN": "there", "SOME_THING": "there",
				"HOME": os.Getenv("HOME"), "PATH": os.Getenv("PATH"),
			} {
				if got := ask(t, p, "env", name); got != want {
					t.Errorf("%s is %q for a provider", name, got)
				}
			}
		})
	}
}

// What a provider prints goes to the log, and nowhere by default.
func TestLog(t *testing.T) {
	log := &safeBuffer{}
	opts := builtin("subject")
	opts.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p := get(t, manage(t, opts), "clockwork/subject")
	ask(t, p, "print", "")
	eventually(t, "the provider's line in the log", func() bool {
		return strings.Contains(log.String(), "a line for the log") && strings.Contains(log.String(), "provider=clockwork/subject")
	})
	if got := ask(t, p, "x", "y"); got != "y" {
		t.Error("stray output has confused the protocol")
	}
}

func TestRestart(t *testing.T) {
	m := manage(t, builtin("subject"))
	p := get(t, m, "clockwork/subject")
	well, err := m.Restart(bg, "clockwork/subject")
	if err != nil || well != p {
		t.Errorf("one that is well was started anew (%v)", err)
	}
	_, err = p.Read(bg, providers.ReadRequest{Target: target("exit"), State: value("exit", "")})
	wantError(t, err, "exit status 3")
	if same := get(t, m, "clockwork/subject"); same != p {
		t.Error("it was started anew without being asked to")
	}
	next, err := m.Restart(bg, "clockwork/subject")
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, next, "x", "y"); got != "y" {
		t.Errorf("got %q", got)
	}
}

// A person who starts a provider is told what it is.
func TestServeByHand(t *testing.T) {
	if err := plugins.Serve("x", subject{}); !errors.Is(err, plugins.ErrNotStarted) {
		t.Errorf("got %v", err)
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
