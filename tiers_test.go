package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/clockwork-hcl/clockwork/providers"
)

// tiersOf returns the tier of every attribute of every built-in resource type, by
// TYPE.ATTRIBUTE.
func tiersOf(t *testing.T) map[string]providers.Tier {
	t.Helper()
	all := map[string]providers.Tier{}
	for _, create := range builtin() {
		p := create()
		schema, err := p.Schema(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for name, rt := range schema.Resources {
			var add func(o *providers.Object, within []string)
			add = func(o *providers.Object, within []string) {
				for attribute, a := range o.Attributes {
					at := append(slices.Clip(within), attribute)
					all[name+"."+strings.Join(at, ".")] = rt.TierAt(at...)
					if a.Nested != nil {
						add(&a.Nested.Object, at)
					}
				}
			}
			add(&rt.Object, nil)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	return all
}

// TestTiers compares what an AI may do with every attribute with what somebody has
// considered: testdata/tiers.txt. To write that anew: go test . -run Tiers -update. An
// attribute that is new there is for a person to think about.
func TestTiers(t *testing.T) {
	const golden = "testdata/tiers.txt"
	all := tiersOf(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%-8s %s\n", all[name], name)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the schemas are not what was considered:\n%s", diff.Diff(golden, want, "schemas", []byte(b.String())))
	}
}

// TestNeverTier holds what the design puts out of reach, whatever a golden file says:
// what an object is, what it runs and as whom, what of its host it can get at, what it
// holds, and what is secret.
func TestNeverTier(t *testing.T) {
	all := tiersOf(t)
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
		"docker_image.*", "docker_image.*.*",
		"docker_network.*", "docker_network.*.*", "docker_network.*.*.*", "docker_volume.*",
		"file.path", "file.mode", "file.owner", "file.group", "file.source", "file.sensitive_content", "file.content_base64", "file.adopt",
		"file_template.path", "file_template.template", "file_template.vars", "file_template.mode", "file_template.owner", "directory.*",
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
			if tier != providers.TierNever {
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
	raw, err := os.ReadFile("docs/remediation.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	all := tiersOf(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		typ, attribute, _ := strings.Cut(name, ".")
		outer, _, inside := strings.Cut(attribute, ".")
		// What is inside goes without saying where the whole is in reach.
		if tier := all[name]; tier != providers.TierNever && (!inside || all[typ+"."+outer] == providers.TierNever) {
			want[typ+" "+tier.String()] += ", `" + attribute + "`"
		}
	}
	rows := map[string]string{}
	for line := range strings.SplitSeq(string(raw), "\n") {
		cells := strings.Split(line, " | ")
		if typ := strings.Trim(cells[0], "| `"); len(cells) == 3 && hasType(all, typ) {
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

func hasType(all map[string]providers.Tier, typ string) bool {
	for name := range all {
		if strings.HasPrefix(name, typ+".") {
			return true
		}
	}
	return false
}
