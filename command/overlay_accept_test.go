package command

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/state"
)

const accepted = `# The web server.
resource "docker_container" "web" {
  name  = "web" # so
  image = "nginx:alpine"
  env = {
    A = "1"
  }
  healthcheck = {
    interval = "5s"
    test     = ["CMD", "true"]
  }
  hostname = <<-EOT
    one
    two
  EOT
}

resource "docker_container" "other" {
  name  = "other"
  image = "nginx:alpine"
}
`

// TestAcceptedPatches: what overlay accept prints is taken by git and by patch, and
// then the block says what an AI had set, and all else what it said.
func TestAcceptedPatches(t *testing.T) {
	git, patch := []string{"git", "apply", "-"}, []string{"patch", "-p1"}
	for name, c := range map[string]struct {
		path, value string
		src         string
		file        string // where the block is
	}{
		"set":             {path: "image", value: `"nginx:1.27"`},
		"missing":         {path: "memory", value: `"128MiB"`},
		"in a map":        {path: `env["B"]`, value: `"$${x} \"y\""`},
		"a map":           {path: "networks", value: `{"front":{"aliases":["a"]}}`},
		"in no map yet":   {path: `labels["a.b/c"]`, value: `"d"`},
		"nested":          {path: "healthcheck.retries", value: "3"},
		"of lines":        {path: "hostname", value: `"three\nfour\n"`},
		"taken out":       {path: "hostname", value: "null"},
		"a list":          {path: "ports", value: `[{"container":80,"host":8080}]`},
		"no end of line":  {path: "memory", value: `"1GiB"`, src: strings.TrimSuffix(accepted, "\n")},
		"ends of Windows": {path: "image", value: `"nginx:1.27"`, src: strings.ReplaceAll(accepted, "\n", "\r\n")},
		"in a module":     {path: "image", value: `"nginx:1.27"`, file: "modules/room/web.cw.hcl"},
		"a name":          {path: "image", value: `"nginx:1.27"`, file: "the web.cw.hcl"},
	} {
		for _, tool := range [][]string{git, patch} {
			t.Run(name+"/"+tool[0], func(t *testing.T) {
				dir := t.TempDir()
				src, file, in := c.src, c.file, addr.Instance{Resource: addr.Resource{Type: "docker_container", Name: "web"}}
				if src == "" {
					src = accepted
				}
				if file == "" {
					file = "web.cw.hcl"
				}
				main := "locals {\n  a = 1\n}\n"
				if strings.HasPrefix(file, "modules/") {
					main, in.Module = "module \"room\" {\n  source = \"./modules/room\"\n}\n", addr.Root.Child("room", addr.NoKey)
				}
				for name, text := range map[string]string{"main.cw.hcl": main, file: src} {
					if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				cfg, ds := config.Load(t.Context(), dir, config.Options{BuiltinProviders: []string{"docker"}})
				if ds.HasErrors() {
					t.Fatal(ds)
				}
				text, ds := acceptance(cfg, in, []state.Overlay{{Path: c.path, Value: json.RawMessage(c.value)}})
				if ds = append(ds, shared(cfg, in)...); len(ds) > 0 || !strings.HasPrefix(text, "diff ") {
					t.Fatalf("%v\n%s", ds, text)
				}
				cmd := exec.Command(tool[0], tool[1:]...)
				cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(text), append(os.Environ(), "HOME="+dir, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s\n%s", err, out, text)
				}
				now, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				before, after := blockIn(t, []byte(src), "web"), blockIn(t, now, "web")
				if got := at(after, c.path); !sameJSON(t, got, c.value) {
					t.Errorf("it is %#v\n%s", got, now)
				}
				for name := range after {
					if !strings.HasPrefix(c.path, name) && !after[name].RawEquals(before[name]) {
						t.Errorf("%s is %#v now", name, after[name])
					}
				}
				if x, y := blockIn(t, []byte(src), "other"), blockIn(t, now, "other"); !cty.ObjectVal(x).RawEquals(cty.ObjectVal(y)) {
					t.Errorf("the other block is %#v now", y)
				}
				if bytes.Contains(now, []byte("\r")) != strings.Contains(src, "\r") {
					t.Errorf("lines end otherwise: %q", now)
				}
			})
		}
	}
}

// blockIn returns the values in a block of a file.
func blockIn(t *testing.T, src []byte, name string) map[string]cty.Value {
	t.Helper()
	f, ds := hclparse.NewParser().ParseHCL(src, "x.hcl")
	if ds.HasErrors() {
		t.Fatalf("%v\n%s", ds, src)
	}
	content, ds := f.Body.Content(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "resource", LabelNames: []string{"type", "name"}}}})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	out := map[string]cty.Value{}
	for _, b := range content.Blocks {
		if b.Labels[1] != name {
			continue
		}
		attrs, ds := b.Body.JustAttributes()
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		for _, a := range attrs {
			v, ds := a.Expr.Value(nil)
			if ds.HasErrors() {
				t.Fatal(ds)
			}
			out[a.Name] = v
		}
	}
	return out
}

// at is what a block has at a path.
func at(values map[string]cty.Value, path string) cty.Value {
	name, key, inMap := strings.Cut(path, `["`)
	name, member, nested := strings.Cut(name, ".")
	v, ok := values[name]
	switch {
	case !ok:
		return cty.NullVal(cty.DynamicPseudoType)
	case inMap:
		return v.GetAttr(strings.TrimSuffix(key, `"]`))
	case nested:
		return v.GetAttr(member)
	}
	return v
}

func sameJSON(t *testing.T, v cty.Value, want string) bool {
	t.Helper()
	if v.IsNull() {
		return want == "null"
	}
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	var x, y any
	if json.Unmarshal(raw, &x) != nil || json.Unmarshal([]byte(want), &y) != nil {
		t.Fatalf("%s, %s", raw, want)
	}
	a, errA := json.Marshal(x)
	b, errB := json.Marshal(y)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// TestAcceptedElsewhere: no patch leads out of the project's folder.
func TestAcceptedElsewhere(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"app/main.cw.hcl": "module \"a\" {\n  source = \"../room\"\n}\nmodule \"b\" {\n  source = \"../room\"\n}\n", "room/web.cw.hcl": accepted} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, ds := config.Load(t.Context(), filepath.Join(dir, "app"), config.Options{BuiltinProviders: []string{"docker"}})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	in := addr.Instance{Resource: addr.Resource{Module: addr.Root.Child("a", addr.NoKey), Type: "docker_container", Name: "web"}}
	text, ds := acceptance(cfg, in, []state.Overlay{{Path: "image", Value: json.RawMessage(`"nginx:1.27"`)}})
	if ds.HasErrors() || !strings.HasPrefix(text, "In ") || !strings.Contains(text, `image = "nginx:1.27"`) {
		t.Errorf("%v\n%s", ds, text)
	}
	if ds := shared(cfg, in); len(ds) != 1 || ds[0].Summary != "Others have the same block" {
		t.Errorf("%v", ds)
	}
}
