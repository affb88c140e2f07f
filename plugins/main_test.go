package plugins_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/file"
	"github.com/zclconf/go-cty/cty"
)

// TestMain makes the test binary stand for all the programs that the tests
// start: a built-in provider by its arguments, somebody else's by its name, and
// a host.
func TestMain(m *testing.M) {
	name, third := strings.CutPrefix(strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"), "clockwork-provider-")
	switch {
	case third:
		name, _, _ = strings.Cut(name, "_v")
		os.Exit(play(name))
	case len(os.Args) == 3 && os.Args[1] == plugins.ServeCommand:
		os.Exit(play(os.Args[2]))
	case len(os.Args) == 2 && os.Args[1] == "host":
		os.Exit(host())
	case len(os.Args) == 3 && os.Args[1] == "host-of":
		p, err := plugins.Executable{Path: os.Args[2]}.Start(context.Background())
		fmt.Fprintln(os.Stderr, p, err)
		os.Exit(1)
	}
	// Under the race detector a process lingers for a second before it exits.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// play is a provider, or something that is none.
func play(name string) int {
	switch name {
	case "subject":
		return serve(subject{})
	case "file":
		return serve(file.New())
	case "stubborn":
		return serve(stubborn{})
	case "badschema":
		return serve(badSchema{})
	case "quick": // ends before anything
		fmt.Fprintln(os.Stderr, "cannot find my library")
		return 7
	case "heedless":
		return heedless()
	case "silent":
		time.Sleep(time.Hour)
	case "usage":
		fmt.Println("Usage: frobnicate [OPTIONS]")
	case "garbage":
		junk := bytes.Repeat([]byte{0xff, 0, 'x', '|'}, 1<<12)
		for {
			if _, err := os.Stdout.Write(junk); err != nil {
				return 0
			}
		}
	case "past", "future":
		version := map[string]uint{"past": 0, "future": 2}[name]
		plugin.Serve(&plugin.ServeConfig{
			HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: version, MagicCookieKey: "CLOCKWORK_PROVIDER", MagicCookieValue: os.Getenv("CLOCKWORK_PROVIDER")},
			Plugins:         plugin.PluginSet{"provider": nothing{}},
			GRPCServer:      plugin.DefaultGRPCServer,
		})
	case "other":
		plugin.Serve(&plugin.ServeConfig{
			HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "CLOCKWORK_PROVIDER", MagicCookieValue: os.Getenv("CLOCKWORK_PROVIDER")},
			Plugins:         plugin.PluginSet{"provider": nothing{}},
			GRPCServer:      plugin.DefaultGRPCServer,
		})
	case "liar": // introduces itself, but nobody is there
		fmt.Println("1|1|unix|/nowhere/at/all|grpc|")
		_, _ = io.Copy(io.Discard, os.Stdin)
	default:
		if p := forUnix(name); p != nil {
			return serve(p)
		}
		fmt.Fprintln(os.Stderr, "there is no such part to play:", name)
		return 1
	}
	return 0
}

func serve(p providers.Provider) int {
	if err := plugins.Serve("acme/test", p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// heedless is a provider that takes no notice of the end of its host, and has
// started something.
func heedless() int {
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		return 1
	}
	_ = os.WriteFile(os.Getenv("HEEDLESS_FILE"), fmt.Appendf(nil, "%d %d", os.Getpid(), child.Process.Pid), 0o600)
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE)
	select {}
}

// nothing is a plugin without a service.
type nothing struct{ plugin.NetRPCUnsupportedPlugin }

func (nothing) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }
func (nothing) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// subject is a provider that does what the name of the thing says.
type subject struct{}

var thing = providers.Object{Attributes: map[string]*providers.Attribute{
	"name":    {Type: cty.String, Required: true},
	"content": {Type: cty.String, Optional: true},
}}

func value(name, content string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name), "content": cty.StringVal(content)})
}

func target(name string) providers.Target {
	return providers.Target{Configuration: "test", Type: "thing", Address: "thing." + name}
}

func (subject) Schema(context.Context) (*providers.Schema, error) {
	return &providers.Schema{
		Provider:  &providers.Object{},
		Resources: map[string]*providers.ResourceType{"thing": {Object: thing}},
	}, nil
}

func (subject) Configure(context.Context, providers.ConfigureRequest) (providers.ConfigureResponse, error) {
	return providers.ConfigureResponse{}, nil
}

func (subject) Validate(context.Context, providers.ValidateRequest) (providers.ValidateResponse, error) {
	return providers.ValidateResponse{}, nil
}

func (subject) Read(ctx context.Context, req providers.ReadRequest) (providers.ReadResponse, error) {
	name := req.State.GetAttr("name").AsString()
	answer := ""
	switch name {
	case "pid":
		answer = fmt.Sprint(os.Getpid())
	case "env":
		answer = os.Getenv(req.State.GetAttr("content").AsString())
	case "print":
		fmt.Println("stray output")
		fmt.Fprintln(os.Stderr, "a line for the log")
	case "exit":
		fmt.Fprintln(os.Stderr, "these are my last words")
		os.Exit(3)
	case "crash":
		go func() { panic("in a goroutine of its own") }()
		<-ctx.Done()
	case "hang":
		select {}
	case "files": // that are open
		answer = openFiles()
	case "child":
		child := exec.Command("sleep", "1000")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr // keeps our output open
		if err := child.Start(); err != nil {
			return providers.ReadResponse{}, err
		}
		answer = fmt.Sprint(child.Process.Pid)
	default:
		return providers.ReadResponse{State: req.State}, nil
	}
	return providers.ReadResponse{State: value(name, answer)}, nil
}

func (subject) Apply(ctx context.Context, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	switch req.Planned.GetAttr("name").AsString() {
	case "hang":
		req.Progress(fmt.Sprint(os.Getpid()))
		select {}
	case "wait":
		req.Progress(fmt.Sprint(os.Getpid()))
		<-ctx.Done()
		return providers.ApplyResponse{State: value("wait", "what is left"), Tainted: true}, nil
	}
	return providers.ApplyResponse{State: req.Planned}, nil
}

func (subject) Close() error { return nil }

// stubborn does not close.
type stubborn struct{ subject }

func (stubborn) Close() error { select {} }

type badSchema struct{ subject }

func (badSchema) Schema(context.Context) (*providers.Schema, error) {
	return &providers.Schema{Resources: map[string]*providers.ResourceType{"thing": {Object: providers.Object{
		Attributes: map[string]*providers.Attribute{"name": {Type: cty.String}},
	}}}}, nil
}

// host starts a provider, says its process id, and waits to be killed.
func host() int {
	m := plugins.NewManager(builtin("subject"))
	p, err := m.Provider(context.Background(), "clockwork/subject")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	res, err := p.Read(context.Background(), providers.ReadRequest{Target: target("pid"), State: value("pid", "")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(res.State.GetAttr("content").AsString())
	_, _ = p.Apply(context.Background(), providers.ApplyRequest{
		Target: target("hang"), Action: providers.Create, Planned: value("hang", ""), Progress: func(string) { fmt.Println("applying") },
	})
	return 0
}

// builtin are the options for built-in providers of these names, which the test
// binary serves.
func builtin(names ...string) plugins.ManagerOptions {
	opts := plugins.ManagerOptions{Self: os.Args[0], Builtins: map[string]func() providers.Provider{}}
	for _, name := range names {
		opts.Builtins["clockwork/"+name] = func() providers.Provider { return subject{} }
	}
	return opts
}

// manage returns a manager that the test's end closes.
func manage(t testing.TB, opts plugins.ManagerOptions) *plugins.Manager {
	t.Helper()
	m := plugins.NewManager(opts)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// third installs the test binary as somebody else's provider, and returns the
// folder and the options with which it can be started.
func third(t testing.TB, name string) (string, plugins.ManagerOptions) {
	t.Helper()
	dir := t.TempDir()
	install(t, filepath.Join(dir, "clockwork-provider-"+name+"_v1.2.3"+exe()))
	lock := &plugins.LockFile{}
	diags := lock.Require([]plugins.Requirement{{Source: "example.com/acme/" + name}}, plugins.Places{Dirs: []string{dir}}, false)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return dir, plugins.ManagerOptions{Places: plugins.Places{Dirs: []string{dir}}, Lock: lock}
}

func install(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if os.Link(self, path) == nil {
		return
	}
	b, err := os.ReadFile(self)
	if err == nil {
		err = os.WriteFile(path, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func exe() string {
	if filepath.Ext(os.Args[0]) == ".exe" {
		return ".exe"
	}
	return ""
}

func get(t testing.TB, m *plugins.Manager, source string) providers.Provider {
	t.Helper()
	p, err := m.Provider(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask reads the thing of a name, which makes the subject do something.
func ask(t testing.TB, p providers.Provider, name, content string) string {
	t.Helper()
	res, err := p.Read(context.Background(), providers.ReadRequest{Target: target(name), State: value(name, content)})
	if err != nil {
		t.Fatal(err)
	}
	return res.State.GetAttr("content").AsString()
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q\nwant %q", err, part)
		}
	}
}

// openFiles returns what files are open.
func openFiles() string {
	entries, _ := os.ReadDir("/proc/self/fd")
	var open []string
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			open = append(open, to)
		}
	}
	return strings.Join(open, " ")
}

var errWaited = errors.New("it did not happen in time")

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, errWaited)
		}
	}
}
