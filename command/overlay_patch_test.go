package command

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/state"
)

func TestPatched(t *testing.T) {
	const src = `# kept
resource "docker_container" "web" {
  name   = "web" # so
  memory = "64MiB"
  env    = { A = "1" }
  networks = {
    front = {}
  }
  labels = var.labels
  healthcheck {
    interval = "5s"
  }
}
`
	for _, c := range []struct{ path, value, old, new string }{
		{"memory", `"128MiB"`, `memory = "64MiB"`, `memory = "128MiB"`},
		{"cpus", `1.5`, "  labels = var.labels\n  healthcheck {\n    interval = \"5s\"\n  }\n", "  labels = var.labels\n  healthcheck {\n    interval = \"5s\"\n  }\n  cpus = 1.5\n"},
		{"memory", `null`, "  name   = \"web\" # so\n  memory = \"64MiB\"\n  env    =", "  name = \"web\" # so\n  env  ="},
		{`env["B"]`, `"${x}"`, `{ A = "1" }`, `{ A = "1", "B" = "$${x}" }`},
		{`networks["back"]`, `{"aliases":null}`, "    front = {}\n", "    front  = {}\n    \"back\" = {}\n"},
		{"healthcheck.interval", `"9s"`, `interval = "5s"`, `interval = "9s"`},
		{`labels["a"]`, `"b"`, "", ""},        // it is somewhere else
		{`env["A"]`, `"2"`, "", ""},           // it is there already
		{`networks["front"]`, `null`, "", ""}, // something is to be taken out
		{`networks["front"].aliases`, `["a"]`, "", ""},
	} {
		r := &config.Resource{Type: "docker_container", Name: "web", Range: hcl.Range{Filename: "main.cw.hcl", Start: hclStart}}
		got, ok := patched([]byte(src), r, []state.Overlay{{Path: c.path, Value: json.RawMessage(c.value)}})
		if want := strings.Replace(src, c.old, c.new, 1); ok != (c.old != "") || ok && string(got) != want {
			t.Errorf("%s: %v\n%s", c.path, ok, got)
		}
	}
	if _, ok := patched([]byte("{"), &config.Resource{}, nil); ok {
		t.Error("what is no configuration was patched")
	}
}
