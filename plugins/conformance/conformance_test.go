package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/conformance"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/file"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

func schemaOf(t *testing.T, p providers.Provider) *providers.Schema {
	t.Helper()
	schema, err := p.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// config reads a file of cases for a provider.
func config(t *testing.T, text string, create func() providers.Provider) (providertest.Config, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.hcl")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, ds := conformance.Load(path)
	if ds.HasErrors() {
		return providertest.Config{}, ds.Error()
	}
	cfg, ds := f.Config(schemaOf(t, create()), providers.Project{Name: "p", Dir: t.TempDir()})
	cfg.New = func(testing.TB) providers.Provider { return create() }
	if ds.HasErrors() {
		return cfg, ds.Error()
	}
	return cfg, ""
}

func newFile() providers.Provider { return file.New() }

// A provider is tested by what a file says alone.
func TestFile(t *testing.T) {
	text, err := os.ReadFile("testdata/file.hcl")
	if err != nil {
		t.Fatal(err)
	}
	cfg, problem := config(t, string(text), newFile)
	if problem != "" {
		t.Fatal(problem)
	}
	ran := map[string]providertest.Outcome{}
	ok, err := providertest.RunOutside(t.Context(), cfg, nil, func(r providertest.Result) {
		ran[r.Name] = r.Outcome
		if r.Outcome == providertest.Failed {
			t.Errorf("%s: %s", r.Name, strings.Join(r.Messages, "\n"))
		}
	})
	if !ok || err != nil {
		t.Errorf("it does not pass (%v)", err)
	}
	for _, name := range []string{
		"resource/file/drift", "resource/file/foreign", "resource/file/import", "resource/file/replace", "resource/file/validate/mode",
		"resource/secret/vanished", "resource/file_template/update", "data/file", "assert/file_exists", "assert/file_content_matches",
	} {
		if ran[name] != providertest.Passed {
			t.Errorf("%s: %q", name, ran[name])
		}
	}
}

// A command that does not do what it says fails the test, with its words.
func TestCommandsThatFail(t *testing.T) {
	for _, c := range []struct{ line, failed, says string }{
		{`drift = "echo no; exit 3"`, "drift", `the case's command "drift" ended with 3: echo no; exit 3` + "\nno"},
		{`exists = "exit 2"`, "create", `the case's command "exists" ended with 2, where 0 is yes and 1 is no`},
		{`drift = ["/not/there"]`, "drift", `the case's command "drift" cannot be run`},
		{`before = "exit 1"`, "create", `the case's command "before" ended with 1`},
		{`exists = "exit 1"`, "create", "the object exists: false, but should be: true"},
	} {
		cfg, problem := config(t, `resource "file" {
			config {
				path = name
				content = "x"
			}
			`+c.line+"\n}", newFile)
		if problem != "" {
			t.Fatal(problem)
		}
		match, err := providertest.Matcher("resource//^" + c.failed + "$")
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		ok, err := providertest.RunOutside(t.Context(), cfg, match, func(r providertest.Result) { said += strings.Join(r.Messages, "\n") })
		if ok || err != nil || !strings.Contains(said, c.says) {
			t.Errorf("%s: passed %v (%v), and said %s, not %s", c.line, ok, err, said, c.says)
		}
	}
}

// Mistakes in a file are found before anything is run, with their places.
func TestMistakes(t *testing.T) {
	const good = "config {\n path = name\n content = \"x\"\n }\n"
	for _, c := range []struct{ text, says string }{
		{`resource "file" {`, "cases.hcl:1,17-18: Unclosed configuration block"},
		{`a = 1`, `Unexpected argument: A file of cases has only blocks. Remove "a".`},
		{`resorce "file" {}`, `There is no block "resorce": a file of cases has assert, data, provider, resource, upgrade. Did you mean "resource"?`},
		{`resource {}`, `Wrong labels: Write resource "TYPE" { ... }`},
		{"provider {}\nprovider {}", "Duplicate block: The provider has one configuration here."},
		{"provider {\n  a = 1\n}", "cases.hcl:2,3-4: Unsupported argument"},
		{`resource "fil" {}`, `The provider has no resource type "fil". Did you mean "file"?`},
		{`resource "file" {}`, `The case has no block "config"`},
		{"resource \"file\" {\n config {}\n}", `The argument "path" is required`},
		{"resource \"file\" {\n config {\n  path = nam\n }\n}", "cases.hcl:3,10-13: Unknown variable"},
		{"resource \"file\" {\n config {}\n config {}\n}", `There is a block "config" already`},
		{"resource \"file\" {\n config \"x\" {}\n}", `Write config { ... }, without a label`},
		{"resource \"file\" {\n invalid {}\n}", `The label of an invalid block is the attribute at fault`},
		{"resource \"file\" {\n upd {}\n}", `A block "resource" takes no block "upd", but before,`},
		{"resource \"file\" {\n exist = \"x\"\n}", `takes no argument "exist", but before, exists, drift, remove, foreign, intact, started, import_id, config, update, replace, invalid. Did you mean "exists"?`},
		{"resource \"file\" {\n" + good + "drift = 7\n}", `Not a command: A command is a text for sh`},
		{"resource \"file\" {\n" + good + "drift = []\n}", `Not a command: A command is a text for sh`},
		{"resource \"file\" {\n" + good + "drift = [null]\n}", `An argument of a command is null`},
		{"resource \"file\" {\n" + good + "foreign = \"x\"\n}", `it has only one of them`},
		{"resource \"file\" {\n" + good + "import_id = []\n}", `Not a text`},
		{"resource \"file\" {\n" + good + "invalid \"a..b\" {}\n}", `"a..b" is no path of an attribute`},
		{"resource \"file\" {\n" + good + "update {\n mod = \"1\"\n }\n}", `Did you mean "mode"?`},
		{`data "files" {}`, `The provider has no data source "files". Did you mean "file"?`},
		{`data "file" {}`, `The case has no block "config"`},
		{`assert "exists" {}`, `The provider has no assert "exists".`},
		{`assert "file_exists" {}`, `The case has no "resource"`},
		{"assert \"file_exists\" {\n resource = \"x\"\n}", `There is no case "x" of a resource in the file`},
		{"resource \"file\" {\n" + good + "}\nassert \"file_exists\" {\n resource = \"file\"\n}", `The case has no "break"`},
		{"resource \"file\" {\n" + good + "remove = \"x\"\n}\nassert \"file_content_matches\" {\n resource = \"file\"\n}", `One of "content", "regex", "sha256" must be set`},
		{`upgrade "file" {}`, `The case has no "state"`},
		{"upgrade \"file\" {\n version = 1.5\n}", "A version is a whole number"},
	} {
		if _, problem := config(t, c.text, newFile); !strings.Contains(problem, c.says) {
			t.Errorf("of\n%s\nit says\n%s\nnot\n%s", c.text, problem, c.says)
		}
	}
	if _, ds := conformance.Load("testdata/not.hcl"); !ds.HasErrors() {
		t.Error("a file that is not there is read")
	}
}

// What is read of upgrades, blocks and the provider's own settings is what is
// written.
func TestConfig(t *testing.T) {
	cfg, problem := config(t, `
provider {
  namespace = env.HOME == "" ? "a" : "b"
}
resource "memory_item" {
  config {
    name   = name
    secret = secret
    part {
      name = "p"
    }
    dynamic "part" {
      for_each = ["q"]
      content {
        name = part.value
      }
    }
  }
  update {
    secret = null
    part {
      name = "r"
    }
  }
}
upgrade "memory_item" {
  version = 0
  state   = jsonencode({ name = "a" })
  want {
    name = "a"
    kind = "plain"
    id   = null
  }
}
`, func() providers.Provider { return memory.New(memory.Options{}) })
	if problem != "" {
		t.Fatal(problem)
	}
	if got := cfg.Provider["namespace"].AsString(); got != "b" {
		t.Errorf("the namespace is %s", got)
	}
	c := cfg.Resources[0].New(t, providertest.Env{Name: "n"})
	if got := c.Config["part"].LengthInt(); got != 2 || c.Config["name"].AsString() != "n" || !strings.Contains(c.Config["secret"].AsString(), providertest.Canary) {
		t.Errorf("config is %#v", c.Config)
	}
	if _, set := c.Update["secret"]; set || c.Update["part"].LengthInt() != 1 || c.Update["name"].AsString() != "n" {
		t.Errorf("update is %#v", c.Update)
	}
	if u := cfg.Upgrades[0]; u.State != `{"name":"a"}` || u.Version != 0 || u.Want["kind"].AsString() != "plain" {
		t.Errorf("the upgrade is %+v", u)
	}
}

// A skeleton is a file that can be read, with a case for everything.
func TestSkeleton(t *testing.T) {
	for name, create := range map[string]func() providers.Provider{
		"file": newFile, "memory": func() providers.Provider { return memory.New(memory.Options{}) },
	} {
		text := conformance.Skeleton(schemaOf(t, create()))
		for _, name := range []string{"exists", "remove", "drift "} { // as who fills it in does
			text = strings.ReplaceAll(text, "# "+name+" =", name+" =")
		}
		cfg, problem := config(t, text, create)
		if problem != "" {
			t.Errorf("%s: %s\n%s", name, problem, text)
		}
		schema := schemaOf(t, create())
		if len(cfg.Resources) != len(schema.Resources) || len(cfg.Data) != len(schema.Data) || len(cfg.Asserts) != len(schema.Asserts) {
			t.Errorf("%s: not everything has a case:\n%s", name, text)
		}
	}
}
