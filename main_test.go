package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/command"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/control"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/misbehaving"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer/applecontainertest/standin"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/file"
)

var update = flag.Bool("update", false, "write the output that is got into the stories and docs/commands.md")

func TestMain(m *testing.M) {
	// A provider of somebody else's, in two versions.
	acme := func() { serve("acme", waiter{"acme_thing"}) }
	testscript.Main(m, map[string]func(){
		"container":                      func() { os.Exit(standin.Main()) },
		"clockwork-provider-acme":        acme, // as it is called once it is installed
		"clockwork-provider-acme_v1.2.3": acme,
		"clockwork-provider-acme_v1.3.0": acme,
		"clockwork-provider-stranger":    func() { serve("stranger", file.New()) },
		"clockwork-provider-bad_v1.0.0":  misbehaving.Main,
		"clockwork-provider-blind":       func() { serve("blind", blind{file.New().(whole)}) },
		"clockwork": func() {
			builtin := builtin()
			builtin["wait"] = func() providers.Provider { return waiter{"wait_for"} }
			os.Exit(command.Run(environment(builtin), os.Args[1:], commands()))
		},
	})
}

// serve is the main of a provider of somebody else's.
func serve(name string, p providers.Provider) {
	if err := plugins.Serve(name, p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// blind is a provider that believes that what is there is as it was.
type blind struct{ whole }

// whole is all that the file provider can do.
type whole interface {
	providers.Provider
	providers.Planner
	providers.Importer
	providers.DataReader
	providers.Checker
	providers.Diagnoser
	providers.Watcher
	providers.Recoverer
}

func (b blind) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp, err := b.whole.Read(ctx, req)
	if !resp.State.IsNull() {
		resp.State = req.State
	}
	return resp, err
}

// TestStories runs every user story in command/testdata/script against the real
// commands, each command a process of its own.
func TestStories(t *testing.T) {
	stories, err := filepath.Abs("command/testdata/script")
	if err != nil {
		t.Fatal(err)
	}
	// Everything that stories make with Docker has a name that begins with it.
	prefix := dockertest.Name(t)
	docker := withDocker(t, prefix)
	testscript.Run(t, testscript.Params{
		Dir:                 stories,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("STORIES", stories)
			e.Values["background"] = map[string]*background{}
			e.Values["hosts"] = map[string]*host{}
			e.Values["model"] = map[string]*standIn{}
			e.Values["environment"] = func() []string { return e.Vars }
			// Under the race detector each process would wait for a second.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			e.Setenv("HOME", e.WorkDir)
			service := filepath.Join(e.WorkDir, "service")
			e.Setenv("CW_STATE_DIR", service)
			// A story that fails may leave a service.
			e.Defer(func() { _, _ = control.Call(context.Background(), service, control.Request{Do: control.Stop}) })
			e.Setenv("TERM", "xterm")
			e.Setenv("USER", "ada")
			e.Setenv("LC_ALL", "C.UTF-8")
			e.Setenv("NAME", prefix+"-"+filepath.Base(e.WorkDir))
			e.Setenv("CW_SERVICE_PORT", strconv.Itoa(dockertest.FreePort(t)))
			e.Setenv("PORT", strconv.Itoa(dockertest.FreePort(t)))
			if host := os.Getenv("DOCKER_HOST"); host != "" {
				e.Setenv("DOCKER_HOST", host)
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "docker":
				return docker()
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"asked":     asked,
			"complains": complains,
			"ends":      ends,
			"exits":     exits,
			"fetch":     fetch,
			"jsonlog":   jsonLog,
			"install":   install,
			"interrupt": interrupt,
			"misbehave": misbehave,
			"mode":      mode,
			"model":     model(t),
			"murder":    murder,
			"overlay":   overlay,
			"occupy":    occupy,
			"replace":   replace,
			"requested": requested,
			"says":      says,
			"serve":     serveFolder,
			"shows":     shows,
			"start":     start,
			"waitfile":  waitFile,
			"waittext":  waitText,
		},
	})
}

// withDocker prepares Docker for stories that begin with "[!docker] skip", the
// first time that one does, and says whether it is to be used. What they make is
// removed when all stories have ended.
func withDocker(t *testing.T, prefix string) func() (bool, error) {
	return sync.OnceValues(func() (bool, error) {
		if os.Getenv("CW_TEST_NO_DOCKER") == "1" {
			return false, nil
		}
		engine, err := dockertest.Connect(t.Context())
		if err != nil {
			return false, fmt.Errorf("%w; start an engine, or set CW_TEST_NO_DOCKER=1 to skip the stories that need one", err)
		}
		defer func() { _ = engine.Close() }()
		dockertest.Cleanup(t, prefix)
		_, err = dockertest.Load(t.Context(), engine)
		return err == nil, err
	})
}

// exits CODE COMMAND... runs a command that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// says TEXT checks that the last command said so on standard error, wherever
// it broke the lines.
func says(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: says TEXT")
	}
	said := strings.Join(words(ts.ReadFile("stderr")), " ")
	if strings.Contains(said, args[0]) == neg {
		ts.Fatalf("it said (unwanted: %v): %s", neg, said)
	}
}

// install COMMAND FOLDER copies the executable of one of this test's commands.
func install(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: install COMMAND FOLDER")
	}
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		b, err := os.ReadFile(filepath.Join(dir, args[0]))
		if err == nil {
			ts.Check(os.MkdirAll(ts.MkAbs(args[1]), 0o755))
			ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[1]), args[0]), b, 0o755))
			return
		}
	}
	ts.Fatalf("there is no command %s", args[0])
}

// words returns the words of a text without the frame around it.
func words(text string) []string {
	return slices.DeleteFunc(strings.Fields(text), func(w string) bool { return strings.Contains("╷│╵", w) })
}

// replace OLD NEW FILE replaces text that must be in a file.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not contain %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Replace(text, args[0], args[1], 1)), 0o644))
}

// shows FILE compares what the last command printed with a file of the story;
// complains FILE does so with what it said on standard error.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	compare(ts, neg, "stdout", args)
}

func complains(ts *testscript.TestScript, neg bool, args []string) {
	compare(ts, neg, "stderr", args)
}

func compare(ts *testscript.TestScript, neg bool, stream string, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: shows FILE, complains FILE")
	}
	got, want := stable(ts, ts.ReadFile(stream)), ts.ReadFile(args[0])
	same := got == want
	if stream == "stderr" {
		// Where lines are broken depends on how long the name of the folder is.
		same = slices.Equal(words(got), words(want))
	}
	if same {
		return
	}
	if !*update {
		ts.Fatalf("%s is not as in the story:\n%s", stream, diff.Diff(args[0], []byte(want), stream, []byte(got)))
	}
	path := filepath.Join(ts.Getenv("STORIES"), ts.Name()+".txtar")
	story, err := txtar.ParseFile(path)
	ts.Check(err)
	for i, f := range story.Files {
		if f.Name == args[0] {
			story.Files[i].Data = []byte(got)
		}
	}
	ts.Check(os.WriteFile(path, txtar.Format(story), 0o644))
}

// stable returns text with what differs from run to run replaced.
func stable(ts *testscript.TestScript, text string) string {
	text = strings.ReplaceAll(text, ts.Getenv("WORK"), "/story")
	text = strings.ReplaceAll(text, ts.Getenv("NAME"), "NAME")
	for _, r := range []struct{ pattern, by string }{
		{`\b` + ts.Getenv("PORT") + `\b`, "PORT"},
		{`\b` + ts.Getenv("CW_SERVICE_PORT") + `\b`, "8765"},
		{`(\bid\s+= "|\[id=)[0-9a-f]{64}`, "${1}ID"},
		{`(\bimage_id\s+= ")sha256:[0-9a-f]{64}`, "${1}ID"},
		{`("bridge" = ")[0-9.]+"`, `${1}ADDRESS"`},
		{`complete after \d+s`, "complete after 0s"},
		{`\bed25519:[A-Za-z0-9+/]{43}=`, "ed25519:KEY"},
		{`again after [0-9.]+ s`, "again after 0.1 s"},
		{`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d|UTC))?`, "TIME"},
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
		{`process \d+(,|\.)`, "process 123${1}"},
		{`process \d+ of \S+ on \S+`, "process 123 of ada on host"},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.by)
	}
	return text
}

// fetch PATH [TOKEN] gets a page of the monitor that runs, as standard output: with a
// token by TLS, with the certificate in cert.pem. "! fetch" wants it to be refused.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: [!] fetch PATH [TOKEN]")
	}
	where := "http://127.0.0.1:"
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if len(args) == 2 {
		where = "https://localhost:"
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(ts.ReadFile("cert.pem")))
		client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	request, err := http.NewRequest(http.MethodGet, where+ts.Getenv("CW_SERVICE_PORT")+args[0], nil)
	ts.Check(err)
	if len(args) == 2 {
		request.Header.Set("Authorization", "Bearer "+args[1])
	}
	answer, err := client.Do(request)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if (answer.StatusCode == http.StatusOK) == neg {
		ts.Fatalf("%s: %s\n%s", args[0], answer.Status, body)
	}
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
}

// occupy takes the port of the monitor's status page until the story ends.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: occupy")
	}
	l, err := net.Listen("tcp4", "127.0.0.1:"+ts.Getenv("CW_SERVICE_PORT"))
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
}

// waitFile FILE waits until a file exists.
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	if err := await(context.Background(), ts.MkAbs(args[0])); err != nil {
		ts.Fatalf("%v", err)
	}
}

// mode MODE FILE checks the permissions of a file.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode MODE FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// background is a command that runs beside the story. What it prints is in the
// files out and err.
type background struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// start COMMAND... starts a command.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start COMMAND...")
	}
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, args[0]); args[0] == filepath.Base(args[0]) && isFile(path) {
			args[0] = path
		}
	}
	b := &background{cmd: exec.Command(args[0], args[1:]...), exited: make(chan struct{})}
	b.cmd.Dir = ts.MkAbs(".")
	b.cmd.Env = ts.Value("environment").(func() []string)()
	for _, name := range []string{"CW_BASE_URL", "CW_MODEL"} { // which a story sets later
		if value := ts.Getenv(name); value != "" {
			b.cmd.Env = append(b.cmd.Env, name+"="+value)
		}
	}
	// Somebody sits there and says nothing: a question must find no end of
	// input, which would answer it.
	silence, err := b.cmd.StdinPipe()
	ts.Check(err)
	ts.Defer(func() { _ = silence.Close() })
	b.cmd.Stdout, err = os.Create(ts.MkAbs("out"))
	ts.Check(err)
	b.cmd.Stderr, err = os.Create(ts.MkAbs("err"))
	ts.Check(err)
	ts.Check(b.cmd.Start())
	go func() {
		defer close(b.exited)
		_ = b.cmd.Wait() // its exit code says all
	}()
	ts.Defer(func() {
		_ = b.cmd.Process.Kill() // it may be gone
		<-b.exited
	})
	ts.Value("background").(map[string]*background)["it"] = b
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func started(ts *testscript.TestScript) *background {
	b := ts.Value("background").(map[string]*background)["it"]
	if b == nil {
		ts.Fatalf("nothing was started")
	}
	return b
}

// interrupt sends Ctrl-C to the command that was started, murder kills it.
func interrupt(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(started(ts).cmd.Process.Signal(os.Interrupt))
}

func murder(ts *testscript.TestScript, _ bool, _ []string) {
	b := started(ts)
	ts.Check(b.cmd.Process.Kill())
	<-b.exited
}

// ends CODE waits for the command that was started.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ends CODE")
	}
	b := started(ts)
	select {
	case <-b.exited:
	case <-time.After(patience):
		ts.Fatalf("the command did not end")
	}
	if got := strconv.Itoa(b.cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s, want %s\n%s%s", got, args[0], ts.ReadFile("out"), ts.ReadFile("err"))
	}
}

// waittext FILE TEXT waits until a file contains a text.
func waitText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waittext FILE TEXT")
	}
	// The output of a program that runs is a file from the first; another file
	// may not be there yet.
	if name := ts.MkAbs(args[0]); filepath.Base(args[0]) != "out" {
		ts.Check(await(context.Background(), name))
	}
	for end := time.Now().Add(patience); !strings.Contains(ts.ReadFile(args[0]), args[1]); {
		if time.Now().After(end) {
			ts.Fatalf("%s does not contain %q:\n%s", args[0], args[1], ts.ReadFile(args[0]))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// patience is how long a story waits for what must happen.
const patience = 20 * time.Second

// await waits until a file exists, for a while at most.
func await(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not appear: %w", filepath.Base(path), ctx.Err())
		case <-tick.C:
		}
	}
}

// waiter is a provider whose one type of resource takes as long to create as
// the story wants: it writes the file "started" and waits for "until".
type waiter struct{ typ string }

func (w waiter) Schema(context.Context) (*providers.Schema, error) {
	attribute := func() *providers.Attribute {
		return &providers.Attribute{Type: cty.String, Required: true, ForceNew: true}
	}
	return &providers.Schema{
		Provider: &providers.Object{},
		Resources: map[string]*providers.ResourceType{w.typ: {Object: providers.Object{
			Attributes: map[string]*providers.Attribute{"started": attribute(), "until": attribute()},
		}}},
	}, nil
}

func (waiter) Configure(context.Context, providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	return providers.ConfigureResponse{}, nil
}

func (waiter) Validate(context.Context, providers.ValidateRequest) (providers.ValidateResponse, error) {
	return providers.ValidateResponse{}, nil
}

func (waiter) Read(_ context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	return providers.ReadResponse{State: req.State, Private: req.Private}, nil
}

func (waiter) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	if req.Planned.IsNull() {
		return providers.ApplyResponse{State: req.Planned}, nil
	}
	started := req.Planned.GetAttr("started").AsString()
	if err := os.WriteFile(started, nil, 0o644); err != nil {
		return providers.ApplyResponse{}, err
	}
	if err := await(ctx, req.Planned.GetAttr("until").AsString()); err != nil {
		return providers.ApplyResponse{
			State:       cty.NullVal(req.Planned.Type()),
			Diagnostics: diag.Errorf("Waited in vain", "%v.", err),
		}, nil
	}
	return providers.ApplyResponse{State: req.Planned}, nil
}

func (waiter) Close() error { return nil }

// TestReference compares docs/commands.md, from its mark on, with the help of
// every command.
func TestReference(t *testing.T) {
	const path, mark = "docs/commands.md", "<!-- What follows is the help of each command: go test . -run Reference -update -->\n"
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	preface, got, ok := strings.Cut(string(document), mark)
	if !ok {
		t.Fatalf("%s has no line %q", path, mark)
	}
	want := reference(t)
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the commands' help says; write it anew with: go test . -run Reference -update\n%s",
			path, diff.Diff(path, []byte(got), "help", []byte(want)))
	}
	if err := os.WriteFile(path, []byte(preface+mark+want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func reference(t *testing.T) string {
	var doc strings.Builder
	section := func(title string, args ...string) {
		fmt.Fprintf(&doc, "\n## %s\n\n```text\n%s```\n", title, run(t, args...))
	}
	section("clockwork", "-help")
	for _, name := range slices.Sorted(maps.Keys(commands())) {
		if name != "plugin-serve" {
			section("clockwork "+name, append(strings.Fields(name), "-help")...)
		}
	}
	return doc.String()
}

// TestProviderPages compares what follows the mark in docs/providers with what
// the providers say of themselves.
func TestProviderPages(t *testing.T) {
	for name := range builtin() {
		path := filepath.Join("docs", "providers", name+".md")
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name+".md"), page, 0o644); err != nil {
			t.Fatal(err)
		}
		if said := run(t, "provider", "docs", "-o", dir, name); !strings.Contains(said, "is up to date") {
			t.Errorf("%s is not what the provider says of itself; write it anew with: make generate", path)
		}
	}
}

// run returns what a command line prints that must succeed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := environment(builtin())
	env.Streams = views.Streams{Stdout: &stdout, Stderr: &stderr}
	if code := command.Run(env, args, commands()); code != 0 || stderr.Len() > 0 {
		t.Fatalf("clockwork %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return stdout.String()
}

// TestHelp holds what is expected of every command's help.
func TestHelp(t *testing.T) {
	for name, create := range commands() {
		help := run(t, append(strings.Fields(name), "-help")...)
		if synopsis := create(environment(nil)).Synopsis(); len(synopsis) > 54 || strings.HasSuffix(synopsis, ".") {
			t.Errorf("%s: the synopsis %q is too long for its column or ends in a stop", name, synopsis)
		}
		for _, line := range strings.Split(help, "\n") {
			if len(line) > 80 {
				t.Errorf("%s: the help has a line of %d characters: %s", name, len(line), line)
			}
		}
		if !strings.HasPrefix(help, "Usage: clockwork "+name) {
			t.Errorf("%s: the help does not begin with the usage", name)
		}
	}
}

// TestTypeProviders holds that every type of the built-in providers is found
// by its name.
func TestTypeProviders(t *testing.T) {
	env := environment(builtin())
	for name, create := range env.Builtin {
		p := create()
		schema, err := p.Schema(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		types := slices.Concat(slices.Collect(maps.Keys(schema.Resources)), slices.Collect(maps.Keys(schema.Data)))
		for _, typ := range types {
			prefix, _, _ := strings.Cut(typ, "_")
			if prefix != name && env.TypeProviders[typ] != name {
				t.Errorf("nothing says that %s is a type of the provider %s", typ, name)
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
