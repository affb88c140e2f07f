package applecontainer

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func TestSameImage(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"nginx", "docker.io/library/nginx:latest", true},
		{"nginx:alpine", "docker.io/library/nginx:alpine", true},
		{"nginx:alpine", "registry.acme.example/library/nginx:alpine", true},
		{"acme/web:1", "docker.io/acme/web:1", true},
		{"docker.io/nginx", "index.docker.io/library/nginx:latest", true},
		{"localhost:5000/web", "localhost:5000/web:latest", true},
		{"nginx:1@sha256:aa", "docker.io/library/nginx@sha256:aa", true},
		{"nginx:alpine", "docker.io/library/nginx:latest", false},
		{"acme/web", "docker.io/other/web:latest", false},
		{"ghcr.io/acme/web", "docker.io/acme/web:latest", false},
		{"nginx@sha256:aa", "nginx@sha256:bb", false},
		{"nginx:1", "nginx:1@sha256:aa", false},
	} {
		if got := sameImage(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
		if got := sameImage(test.b, test.a); got != test.want {
			t.Errorf("%s and %s: %v", test.b, test.a, got)
		}
	}
}

func TestFamiliar(t *testing.T) {
	for image, want := range map[string]string{
		"docker.io/library/nginx:alpine":  "nginx:alpine",
		"docker.io/acme/web:1":            "acme/web:1",
		"ghcr.io/acme/web:1@sha256:aa":    "ghcr.io/acme/web:1@sha256:aa",
		"localhost:5000/web:latest":       "localhost:5000/web:latest",
		"docker.io/library/a@sha256:aabb": "a@sha256:aabb",
	} {
		if got := familiar(image); got != want {
			t.Errorf("%s: %s, want %s", image, got, want)
		}
	}
}

// The JSON of several versions, as far as it is known, and some that is not.
func TestDecode(t *testing.T) {
	for name, test := range map[string]struct {
		json string
		want found
	}{
		"1.4": {`[{"id":"web","status":{"state":"running","startedDate":"2026-11-01T10:00:00Z","networks":[
			{"network":"default","hostname":"web.","ipv4Address":"192.168.64.3/24","ipv6Address":null}]},
			"configuration":{"id":"web","networks":[{"network":"default","options":{"hostname":"web"}}],
			"mounts":[{"type":{"volume":{"name":"data","format":"ext4"}},"source":"/v/data.img","destination":"/data","options":["ro"]}]}}]`,
			found{id: "web", state: "running", addresses: map[string]string{"default": "192.168.64.3"},
				networks: []string{"default"}, mounts: []mount{{"data", "/data", true}}}},
		"stopped with a code": {`[{"status":{"state":"stopped","exitCode":3},"configuration":{"id":"web"}}]`,
			found{id: "web", state: "stopped", exitCode: new(3), addresses: map[string]string{}}},
		"0.7": {`[{"status":"running","networks":[{"network":"default","address":"192.168.64.4/24","gateway":"192.168.64.1"}],
			"configuration":{"id":"web","networks":["default"],"mounts":[{"type":{"virtiofs":{}},"source":"/a","destination":"/b","options":[]}],
			"initProcess":{"user":{"id":{"uid":0,"gid":0}}}}}]`,
			found{id: "web", state: "running", addresses: map[string]string{"default": "192.168.64.4"},
				networks: []string{"default"}, mounts: []mount{{"/a", "/b", false}}, user: "0:0"}},
		"unheard of": {`[{"status":7,"configuration":{"id":"web","networks":[3],"mounts":[{"type":"block"}],"initProcess":{"user":[]}}}]`,
			found{id: "web", addresses: map[string]string{}, networks: []string{""}, mounts: []mount{{}}}},
	} {
		got, err := decode([]byte(test.json))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]found{test.want}, got, cmp.AllowUnexported(found{}, mount{}, port{})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for _, bad := range []string{"", "{}", "Error: no", `[{"configuration":7}]`} {
		if _, err := decode([]byte(bad)); err == nil {
			t.Errorf("%q can be read", bad)
		}
	}
}

// FuzzDecode wants no panic, whatever the command prints.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`[{"status":{"state":"running"},"configuration":{"id":"a","publishedPorts":[{"count":3}]}}]`))
	s := scope{configuration: &configuration{}}
	was := nullContainer()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		containers, err := decode(data)
		if err != nil {
			return
		}
		for i := range containers {
			s.describe(&containers[i], was)
			s.imported(&containers[i], imageConfig{})
		}
	})
}

func nullContainer() cty.Value {
	attrs := map[string]cty.Value{}
	object := containerObject()
	for name, a := range object.Attributes {
		attrs[name] = cty.NullVal(a.ValueType())
	}
	return cty.ObjectVal(attrs)
}

func TestComplaint(t *testing.T) {
	for said, want := range map[string]string{
		"Error: notFound: \"image x\"\n":                         `notFound: "image x"`,
		"[1/6] Fetching image\nError: one\ntwo\n":                "one two",
		"Error: Unknown option '-x'\nUsage: container run [...]": "Unknown option '-x'",
		"just so":  "just so",
		" \n\t\n ": "",
	} {
		if got := complaint(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestLogLines(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		check func(lines []string) bool
	}{
		"nothing":       {"", func(l []string) bool { return l == nil }},
		"some":          {"a\r\n\nb\n", func(l []string) bool { return cmp.Equal(l, []string{"a", "", "b"}) }},
		"no last break": {"a\nb", func(l []string) bool { return cmp.Equal(l, []string{"a", "b"}) }},
		"many lines":    {strings.Repeat("x\n", 5000), func(l []string) bool { return len(l) == maxLogLines }},
		"one that never ends": {strings.Repeat("ä", 1<<20), func(l []string) bool {
			return len(l) == 1 && len(l[0]) <= maxLine+len("…") && utf8.ValidString(l[0])
		}},
		"no text": {"a\xff\xfeb\n", func(l []string) bool { return cmp.Equal(l, []string{"a\uFFFDb"}) }},
		"secrets": {"key first\nsecond end\n", func(l []string) bool { return cmp.Equal(l, []string{"key (value of LONG) end"}) }},
	} {
		out := &tail{limit: maxLogs}
		for part := range strings.SplitSeq(test.text, "x") { // in pieces
			out.Write([]byte(part + "x"))
		}
		out.kept = out.kept[:len(out.kept)-1]
		lines := logLines(out, map[string]string{"LONG": "first\nsecond", "SHORT": "a"})
		if !test.check(lines) {
			t.Errorf("%s: %d lines: %.200q", name, len(lines), lines)
		}
		total := 0
		for _, line := range lines {
			total += len(line)
		}
		if total > 2*maxLogs {
			t.Errorf("%s: %d bytes", name, total)
		}
	}
}

// Where there can be no container command, everything that needs one says so.
func TestOtherSystems(t *testing.T) {
	p := newOn("linux")
	configure(t, p, cty.NullVal(cty.String))
	const summary = "Apple's container runs on macOS only"
	ctx := t.Context()
	target := providers.Target{Configuration: "c", Type: containerType, Address: containerType + ".a"}
	attrs := nullContainer().AsValueMap()
	attrs["name"], attrs["running"], attrs["image"] = cty.StringVal("web"), cty.True, cty.StringVal("nginx")
	state, null := cty.ObjectVal(attrs), cty.NullVal(p.ty)

	want := func(what string, ds diagnostics, err error) {
		t.Helper()
		if err != nil || len(ds) != 1 || ds[0].Summary != summary || !strings.Contains(ds[0].Detail, "docker_container") {
			t.Errorf("%s says %v (%v)", what, ds, err)
		}
	}
	plan, err := p.Plan(ctx, providers.PlanRequest{Target: target, Config: state, Prior: null, Proposed: state})
	want("Plan", plan.Diagnostics, err)
	read, err := p.Read(ctx, providers.ReadRequest{Target: target, State: state})
	want("Read", read.Diagnostics, err)
	if !read.State.RawEquals(state) {
		t.Error("Read forgets the container")
	}
	apply, err := p.Apply(ctx, providers.ApplyRequest{Target: target, Action: providers.Create, Planned: state, Prior: null})
	want("Apply", apply.Diagnostics, err)
	imported, err := p.Import(ctx, providers.ImportRequest{Target: target, ID: "web"})
	want("Import", imported.Diagnostics, err)
	recovered, err := p.Recover(ctx, providers.RecoverRequest{Target: target, Action: providers.Create, Planned: state})
	want("Recover", recovered.Diagnostics, err)
	diagnosed, err := p.Diagnose(ctx, providers.DiagnoseRequest{Target: target, State: state})
	want("Diagnose", diagnosed.Diagnostics, err)
	check, err := p.Check(ctx, providers.CheckRequest{Target: target, Assert: assertRunning, State: state})
	if err != nil || check.Outcome != providers.Unknown || check.Message != summary {
		t.Errorf("Check says %v (%v)", check, err)
	}
	// What is to be deleted or updated has been read before.
	plan, err = p.Plan(ctx, providers.PlanRequest{Target: target, Config: state, Prior: state, Proposed: state})
	if err != nil || plan.Diagnostics != nil {
		t.Errorf("Plan of what exists says %v (%v)", plan.Diagnostics, err)
	}
}

// On a Mac without the command, and with a command that is not there.
func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for command, want := range map[string]string{"": "Apple's container is not installed", "no/such": "Command not found"} {
		p := newOn("darwin")
		v := cty.NullVal(cty.String)
		if command != "" {
			v = cty.StringVal(command)
		}
		configure(t, p, v)
		attrs := nullContainer().AsValueMap()
		attrs["name"] = cty.StringVal("web")
		resp, err := p.Plan(t.Context(), providers.PlanRequest{
			Target: providers.Target{Configuration: "c", Type: containerType}, Prior: cty.NullVal(p.ty), Proposed: cty.ObjectVal(attrs)})
		if err != nil || len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Summary != want {
			t.Errorf("%q: %v (%v)", command, resp.Diagnostics, err)
		}
	}
}

// A command that is not known yet is no mistake.
func TestCommandIsNotKnownYet(t *testing.T) {
	p := newOn("linux")
	configure(t, p, cty.UnknownVal(cty.String))
	resp, err := p.Plan(t.Context(), providers.PlanRequest{Target: providers.Target{Configuration: "c", Type: containerType},
		Prior: cty.NullVal(p.ty), Proposed: nullContainer()})
	if err != nil || resp.Diagnostics != nil {
		t.Errorf("%v (%v)", resp.Diagnostics, err)
	}
}

func configure(t *testing.T, p *provider, command cty.Value) {
	t.Helper()
	_, err := p.Configure(context.Background(), providers.ConfigureRequest{Name: "c", Project: providers.Project{Name: "p", Dir: t.TempDir()},
		Config: cty.ObjectVal(map[string]cty.Value{"command": command})})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPrivateSurvivesNonsense(t *testing.T) {
	f := &found{labels: map[string]string{labelIntent: "i"}}
	for remembered, want := range map[string]bool{"": true, `{}`: true, `{"intent":"i"}`: true, `{"intent":"j"}`: false, `nonsense`: false} {
		if got := isOurs(f, json.RawMessage(remembered)); got != want {
			t.Errorf("%q: %v", remembered, got)
		}
	}
}

// What names and sizes the command takes.
func TestIsName(t *testing.T) {
	for text, want := range map[string]bool{"web": true, "A1": true, "a_b.c-d": true, strings.Repeat("a", 63): true,
		"": false, "a": false, "-a": false, ".a": false, "a b": false, "ä1": false, strings.Repeat("a", 64): false} {
		if isName(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	for text, want := range map[string]int64{"512m": 512, "2 GiB": 2048, "1.5g": 1536, "268435456": 256, "0": 0, "1500k": 0, "x": 0, "-1g": 0} {
		if got, ok := mibOf(text); got != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
}
