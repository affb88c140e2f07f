package config

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
)

// load loads files that are in no folder and must be free of errors.
func load(t *testing.T, files map[string]string) *Config {
	t.Helper()
	opts := testOptions()
	opts.Overlay = map[string][]byte{}
	for name, src := range files {
		opts.Overlay[name] = []byte(src)
	}
	c, diags := Load(t.Context(), "/nowhere", opts)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return c
}

func names[T any](m map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), " ")
}

func TestLoadedConfig(t *testing.T) {
	opts := testOptions()
	opts.Project = ""
	c, diags := Load(t.Context(), filepath.Join("testdata", "valid", "all_blocks"), opts)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if c.Project != "all_blocks" || !filepath.IsAbs(c.Dir) {
		t.Errorf("project %q in %q", c.Project, c.Dir)
	}
	root := c.Root
	for what, got := range map[string][2]string{
		"files":        {names(c.Files), "child/main.cw.hcl main.cw.hcl"},
		"providers":    {names(root.Providers), "docker docker.eu"},
		"variables":    {names(root.Variables), "host other strict"},
		"locals":       {names(root.Locals), "here names"},
		"data":         {names(root.Data), "file.in"},
		"resources":    {names(root.Resources), "docker_container.web docker_network.app file.index file.many"},
		"calls":        {names(root.Calls), "child"},
		"asserts":      {names(root.Asserts), "condition.sane container_running.web"},
		"outputs":      {names(root.Outputs), "modules names"},
		"remediations": {names(root.Remediations), "default unused"},
		"passed":       {names(root.Calls["child"].Providers), "docker docker.eu"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %q, want %q", what, got[0], got[1])
		}
	}
	if len(root.Moved) != 2 || len(root.Removed) != 1 {
		t.Errorf("%d moved, %d removed", len(root.Moved), len(root.Removed))
	}
	web := root.Resources["docker_container.web"]
	if web.Provider.String() != "docker.eu" || web.Count != nil || web.ForEach == nil || web.Description == nil || web.Monitor == nil {
		t.Errorf("meta-arguments of %+v", web)
	}
	if m := web.Monitor; m.Policy == nil || m.Policy.Name != "default" || m.Interval == nil || m.Enabled == nil {
		t.Errorf("monitor %+v", m)
	}
	policy := root.Remediations["default"]
	if policy.AI == nil || policy.AI.Allow == nil || policy.AI.Budget == nil || len(policy.Notify) != 3 || policy.Notify[1].Name != "pager" {
		t.Errorf("policy %+v", policy)
	}
	for what, name := range map[string]string{"own": "unused", "none": "nobody"} {
		if in, found := root.Children["child"].ResolvePolicy(name); found != root.Remediations[name] || (in == root) != (found != nil) {
			t.Errorf("%s: policy %v", what, found)
		}
	}
	if l := web.Lifecycle; !l.CreateBeforeDestroy || l.PreventDestroy == nil || l.Enabled == nil ||
		len(l.IgnoreChanges) != 3 || len(l.ReplaceTriggeredBy) != 3 || len(l.Preconditions) != 1 || len(l.Postconditions) != 1 {
		t.Errorf("lifecycle %+v", l)
	}
	if !root.Resources["file.index"].Lifecycle.IgnoreAll {
		t.Error("ignore_changes = all is lost")
	}
	rest := web.Config.(*hclsyntax.Body)
	if got := names(rest.Attributes); got != "image name networks" || len(rest.Blocks) != 1 {
		t.Errorf("left for the provider: %q and %d blocks", got, len(rest.Blocks))
	}
	child := root.Children["child"]
	if child.Parent != root || child.Call != root.Calls["child"] || child.Dir != "child" || !slices.Equal(child.Path, []string{"child"}) {
		t.Errorf("child %+v", child)
	}
	if web.TypeRange.String() != "main.cw.hcl:66,10-28" || web.Range.String() != "main.cw.hcl:66,1-34" {
		t.Errorf("ranges %s, %s", web.TypeRange, web.Range)
	}
}

func TestMostBodiesAreKeptAsTheyAre(t *testing.T) {
	c := load(t, map[string]string{"main.cw.hcl": "resource \"file\" \"a\" {\n  path = \"x\"\n}\n"})
	body := c.Files["main.cw.hcl"].Body.(*hclsyntax.Body)
	if c.Root.Resources["file.a"].Config != hcl.Body(body.Blocks[0].Body) {
		t.Error("a body without meta-arguments was copied")
	}
}

func TestHash(t *testing.T) {
	base := map[string]string{"main.cw.hcl": "module \"m\" {\n  source = \"./m\"\n}\n", "m/x.cw.hcl": "locals {\n}\n"}
	want := load(t, base).Hash
	if len(want) != 64 || load(t, base).Hash != want {
		t.Fatalf("hash %q", want)
	}
	for what, change := range map[string]func(map[string]string){
		"a comment":         func(f map[string]string) { f["main.cw.hcl"] += "# more\n" },
		"a file more":       func(f map[string]string) { f["b.cw.hcl"] = "" },
		"a file's name":     func(f map[string]string) { f["m/y.cw.hcl"] = f["m/x.cw.hcl"]; delete(f, "m/x.cw.hcl") },
		"a module's file":   func(f map[string]string) { f["m/x.cw.hcl"] += "\n" },
		"a byte order mark": func(f map[string]string) { f["m/x.cw.hcl"] = "\xef\xbb\xbf" + f["m/x.cw.hcl"] },
	} {
		files := maps.Clone(base)
		change(files)
		if load(t, files).Hash == want {
			t.Errorf("%s does not change the hash", what)
		}
	}
	other := maps.Clone(base)
	other["clockwork.cwvars"] = "a = 1"
	other["unused/main.cw.hcl"] = "nonsense"
	if load(t, other).Hash != want {
		t.Error("a file that is not read changes the hash")
	}
}

func TestPartialConfig(t *testing.T) {
	opts := testOptions()
	opts.Overlay = map[string][]byte{
		"a.cw.hcl": []byte("locals {\n  broken = \n}\n\nlocals {\n  whole = 1\n}\n\noutput \"o\" {\n}\n"),
		"b.cw.hcl": []byte("module \"m\" {\n  source = \"./missing\"\n}\n\nresource \"file\" \"a\" {\n  lifecycle {\n    nonsense = 1\n  }\n}\n"),
	}
	c, diags := Load(t.Context(), "/nowhere", opts)
	if got := len(diags); got != 4 {
		t.Errorf("%d errors, want 4: %v", got, diags)
	}
	if c.Root.Locals["whole"] == nil || c.Root.Outputs["o"] == nil || c.Root.Calls["m"] == nil || c.Root.Resources["file.a"] == nil {
		t.Errorf("too little was kept: %+v", c.Root)
	}
	if c.Files["a.cw.hcl"] == nil || len(c.Files["a.cw.hcl"].Bytes) == 0 {
		t.Error("no source for a snippet")
	}
	for _, dir := range []string{"missing", "testdata"} {
		c, diags := Load(t.Context(), dir, testOptions())
		if !diags.HasErrors() || c.Root == nil || c.Root.Resources == nil {
			t.Errorf("%s: %v, %+v", dir, diags, c.Root)
		}
		if _, ds := c.Variables(t.Context(), VariableArgs{}); ds.HasErrors() {
			t.Error(ds)
		}
	}
}

func TestLinkedFolderThatIsItsOwnParent(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.cw.hcl"), []byte("module \"m\" {\n  source = \"./sub\"\n}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "sub")); err != nil {
		t.Skip(err)
	}
	_, diags := Load(t.Context(), dir, testOptions())
	if len(diags) != 1 || diags[0].Summary != "Module calls itself" {
		t.Errorf("got %v", diags)
	}
}

// TestManyModulesEndSoon loads folders that each call the next one ten times.
func TestManyModulesEndSoon(t *testing.T) {
	opts := testOptions()
	opts.Overlay = map[string][]byte{}
	for i := range 10 {
		var src strings.Builder
		for j := range 10 {
			src.WriteString("module \"m" + string(rune('a'+j)) + "\" {\n  source = \"../d" + string(rune('1'+i)) + "\"\n}\n")
		}
		opts.Overlay["d"+string(rune('0'+i))+"/main.cw.hcl"] = []byte(src.String())
	}
	opts.Overlay["main.cw.hcl"] = []byte("module \"m\" {\n  source = \"./d0\"\n}\n")
	opts.Overlay["d:/main.cw.hcl"] = nil
	_, diags := Load(t.Context(), "/nowhere", opts)
	if !diags.HasErrors() || diags[0].Summary != "Too many modules" {
		t.Errorf("got %d errors, the first %v", len(diags), diags[:min(1, len(diags))])
	}
}

func TestLoadStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, diags := Load(ctx, filepath.Join("testdata", "valid", "all_blocks"), testOptions())
	if len(diags) != 1 || len(c.Root.Resources) != 0 {
		t.Errorf("got %v", diags)
	}
}

func TestProviders(t *testing.T) {
	c := load(t, map[string]string{
		"main.cw.hcl": `
clockwork {
  required_providers {
    acme = { source = "example.com/acme/acme" }
    mine = { source = "clockwork/docker" }
  }
}
provider "mine" {
  alias = "eu"
}
provider "acme" {
}
module "a" {
  source = "./a"
  providers = {
    docker    = mine.eu
    docker.us = mine
  }
}
module "b" {
  source = "./b"
}
`,
		"a/main.cw.hcl": "module \"inner\" {\n  source = \"../b\"\n}\nresource \"docker_container\" \"x\" {\n  provider = docker.us\n}\n",
		"b/main.cw.hcl": "resource \"docker_container\" \"x\" {\n}\nresource \"acme_thing\" \"x\" {\n}\nresource \"directory\" \"x\" {\n}\n",
	})
	a := c.Root.Children["a"]
	for _, tc := range []struct {
		m              *Module
		ref            ProviderRef
		source, config string
	}{
		{c.Root, ProviderRef{Name: "acme"}, "example.com/acme/acme", "acme in ."},
		{c.Root, ProviderRef{Name: "file"}, "clockwork/file", "defaults in ."},
		{c.Root, ProviderRef{Name: "mine", Alias: "eu"}, "clockwork/docker", "mine.eu in ."},
		{c.Root, ProviderRef{Name: "mine", Alias: "us"}, "clockwork/docker", "none"},
		{c.Root, ProviderRef{Name: "other"}, "", "defaults in ."},
		{a, ProviderRef{Name: "docker"}, "clockwork/docker", "mine.eu in ."},
		{a, ProviderRef{Name: "docker", Alias: "us"}, "clockwork/docker", "defaults in ."},
		{a, ProviderRef{Name: "docker", Alias: "xx"}, "clockwork/docker", "none"},
		{a, ProviderRef{Name: "acme"}, "example.com/acme/acme", "acme in ."},
		{a.Children["inner"], ProviderRef{Name: "docker"}, "clockwork/docker", "mine.eu in ."},
		{c.Root.Children["b"], ProviderRef{Name: "docker"}, "clockwork/docker", "defaults in ."},
		{c.Root.Children["b"], ProviderRef{Name: "acme"}, "example.com/acme/acme", "acme in ."},
	} {
		source, _ := tc.m.ProviderSource(tc.ref)
		config := "none"
		if in, p, ok := tc.m.ResolveProvider(tc.ref); ok {
			config = "defaults in " + in.Dir
			if p != nil {
				config = ProviderRef{Name: p.Name, Alias: p.Alias}.String() + " in " + in.Dir
			}
		}
		if source != tc.source || config != tc.config {
			t.Errorf("%s in %s: %q with %s, want %q with %s", tc.ref, tc.m, source, config, tc.source, tc.config)
		}
	}
	if got := c.Root.Children["b"].Resources["directory.x"].Provider.Name; got != "file" {
		t.Errorf("a directory is of the provider %q", got)
	}
}

func TestTwoCallsShareWhatTheyRead(t *testing.T) {
	c := load(t, map[string]string{
		"main.cw.hcl":   "module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m/\"\n}\n",
		"m/main.cw.hcl": "resource \"file\" \"x\" {\n}\n",
	})
	a, b := c.Root.Children["a"], c.Root.Children["b"]
	if a == b || a.Resources["file.x"] != b.Resources["file.x"] {
		t.Error("want two modules with one resource block")
	}
	if a.String() != "module.a" || b.Dir != "m" || c.Root.String() != "the root module" {
		t.Errorf("%s, %s", a, b.Dir)
	}
}

func TestJSONMeansTheSame(t *testing.T) {
	c, diags := Load(t.Context(), filepath.Join("testdata", "valid", "json"), testOptions())
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	a := c.Root.Resources["file.a"]
	if a.ForEach == nil || !a.Lifecycle.IgnoreAll || len(a.Lifecycle.ReplaceTriggeredBy) != 2 || !a.Lifecycle.CreateBeforeDestroy {
		t.Errorf("got %+v", a)
	}
	refs, _ := a.References(c.Root)
	var got []string
	for _, ref := range refs {
		got = append(got, traversalText(ref.Traversal))
	}
	slices.Sort(got)
	want := []string{"each.key", "each.key", "each.key", "file.b.path", "file.c", "var.a", "var.a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v := c.Root.Variables["b"]; !v.Default.RawEquals(cty.ObjectVal(map[string]cty.Value{"n": cty.NumberIntVal(1)})) {
		t.Errorf("default %#v", v.Default)
	}
	if r := c.Root.Resources["file.b"]; r.Mode != addr.Managed || r.Range.String() != "main.cw.hcl.json:16,7-10" || len(r.Lifecycle.IgnoreChanges) != 2 {
		t.Errorf("%s %+v", r.Range, r.Lifecycle.IgnoreChanges)
	}
}

func TestMetaArguments(t *testing.T) {
	if got := strings.Join(MetaArguments(), " "); got != "description count for_each depends_on provider lifecycle monitor" {
		t.Error(got)
	}
}
