package main

import (
	"context"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
)

// tiers returns what an AI may change of the built-in providers' types, by
// TYPE.ATTRIBUTE: a tier, or "computed".
func tiers(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, create := range builtin() {
		p := create()
		schema, err := p.Schema(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for typ, rt := range schema.Resources {
			addTiers(all, typ, &rt.Object, &rt.Object)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	return all
}

func addTiers(all map[string]string, typ string, top, o *providers.Object, within ...string) {
	for name, a := range o.Attributes {
		at := append(slices.Clip(within), name)
		key := typ + "." + strings.Join(at, ".")
		if all[key] = top.TierAt(at...).String(); !a.Required && !a.Optional {
			all[key] = "computed"
		}
		if a.Nested != nil {
			addTiers(all, typ, top, &a.Nested.Object, at...)
		}
	}
}

// TestTiers holds the list of what an AI may change of the built-in providers' types,
// attribute by attribute: who adds one to a schema has to consider it, and write
// down what was decided, with -update.
func TestTiers(t *testing.T) {
	var lines []string
	for name, tier := range tiers(t) {
		lines = append(lines, name+" "+tier)
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	golden := filepath.Join("testdata", "tiers.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for _, l := range lines {
		if !slices.Contains(want, l) {
			t.Errorf("%s: nobody has considered that", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(lines, l) {
			t.Errorf("%s: there is no such attribute any more", l)
		}
	}
}

// TestNeverChanged: what the design says is out of reach is, whatever becomes of the
// list: what an object is, what it runs and as whom, what of its host it can get at,
// what it holds, and what is secret.
func TestNeverChanged(t *testing.T) {
	all := tiers(t)
	for _, pattern := range []string{
		"docker_container.name", "docker_container.labels", "docker_container.platform",
		"docker_container.command", "docker_container.entrypoint", "docker_container.user", "docker_container.group_add",
		"docker_container.working_dir", "docker_container.stop_signal", "docker_container.init", "docker_container.healthcheck", "docker_container.healthcheck.test",
		"docker_container.privileged", "docker_container.capabilities", "docker_container.capabilities.*", "docker_container.devices",
		"docker_container.devices.*", "docker_container.gpus", "docker_container.security_opts", "docker_container.sysctls",
		"docker_container.pid_mode", "docker_container.ipc_mode", "docker_container.network_mode", "docker_container.read_only",
		"docker_container.volumes", "docker_container.mounts", "docker_container.mounts.*", "docker_container.remove_volumes", "docker_container.shm_size",
		"docker_container.upload", "docker_container.upload.*", "docker_container.log", "docker_container.log.*", "docker_container.cpuset",
		"docker_container.extra_hosts", "docker_container.dns*", "docker_container.hostname", "docker_container.domainname", "docker_container.must_run",
		"docker_image.*", "docker_image.*.*", "docker_network.*", "docker_network.*.*", "docker_network.*.*.*", "docker_volume.*",
		"file.path", "file.mode", "file.owner", "file.group", "file.source", "file.sensitive_content", "file.content_base64", "file.adopt",
		"file_template.*", "directory.*",
		"git_repository.url", "git_repository.path", "git_repository.clean", "git_repository.adopt", "git_repository.submodules",
		"applecontainer_container.name", "applecontainer_container.command", "applecontainer_container.entrypoint", "applecontainer_container.user",
		"applecontainer_container.working_dir", "applecontainer_container.volumes", "applecontainer_container.volumes.*",
		"applecontainer_container.sensitive_env", "applecontainer_container.labels", "applecontainer_container.running",
	} {
		matched := false
		for name, tier := range all {
			if ok, _ := path.Match(pattern, name); !ok {
				continue
			}
			matched = true
			if tier != "never" && tier != "computed" {
				t.Errorf("%s is within an AI's reach: %s", name, tier)
			}
		}
		if !matched {
			t.Errorf("there is no %s", pattern)
		}
	}
}

// TestTiersDocumented compares the table in the documents with the schemas: each row is
// a type, what is free, and what needs an approval.
func TestTiersDocumented(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("docs", "remediation.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := tiers(t)
	types := map[string]bool{}
	want := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		typ, attribute, _ := strings.Cut(name, ".")
		types[typ] = true
		outer, _, inside := strings.Cut(attribute, ".")
		// What is inside goes without saying where the whole is in reach.
		if tier := all[name]; (tier == "free" || tier == "approval") && (!inside || all[typ+"."+outer] == "never") {
			want[typ+" "+tier] += ", `" + attribute + "`"
		}
	}
	rows := map[string]string{}
	for line := range strings.SplitSeq(string(raw), "\n") {
		cells := strings.Split(line, " | ")
		if typ := strings.Trim(cells[0], "| `"); len(cells) == 3 && types[typ] {
			rows[typ+" free"], rows[typ+" approval"] = cells[1], strings.TrimSuffix(cells[2], " |")
		}
	}
	for row, attributes := range want {
		if got := rows[row]; got != strings.TrimPrefix(attributes, ", ") {
			t.Errorf("docs/remediation.md says of %s %q, and the schemas %q", row, got, attributes)
		}
	}
	for row, got := range rows {
		if want[row] == "" && got != "nothing" {
			t.Errorf("docs/remediation.md says of %s %q, and the schemas nothing", row, got)
		}
	}
}
