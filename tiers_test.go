package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/providers"
)

// TestTiers holds the list of what an AI may change of the built-in providers' types,
// attribute by attribute: who adds one to a schema has to consider it, and write
// down what was decided, with -update.
func TestTiers(t *testing.T) {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(builtin())) {
		schema, err := builtin()[name]().Schema(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for typ, rt := range schema.Resources {
			lines = append(lines, tiersOf(typ, &rt.Object)...)
		}
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

func tiersOf(at string, o *providers.Object) []string {
	words := map[providers.Tier]string{providers.TierNever: "never", providers.TierApproval: "approval", providers.TierFree: "free"}
	var lines []string
	for name, a := range o.Attributes {
		path := at + "." + name
		switch {
		case !a.Required && !a.Optional:
			lines = append(lines, path+" computed")
		default:
			lines = append(lines, fmt.Sprintf("%s %s", path, words[a.Tier]))
		}
		if a.Nested != nil {
			lines = append(lines, tiersOf(path, &a.Nested.Object)...)
		}
	}
	return lines
}

// TestNeverChanged: what the design says is out of reach is, whatever becomes of the
// list.
func TestNeverChanged(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "tiers.golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"docker_container.privileged", "docker_container.capabilities", "docker_container.capabilities.add", "docker_container.devices",
		"docker_container.pid_mode", "docker_container.ipc_mode", "docker_container.network_mode", "docker_container.security_opts", "docker_container.sysctls",
		"docker_container.mounts", "docker_container.volumes", "docker_container.upload", "docker_container.user", "docker_container.group_add",
		"docker_container.entrypoint", "docker_container.command", "docker_container.name", "docker_container.labels", "docker_container.healthcheck.test",
		"docker_volume.name", "docker_network.name", "git_repository.url", "git_repository.path", "file.path", "file.source", "file.mode", "file.owner",
		"file.sensitive_content", "directory.path",
	} {
		if !strings.Contains("\n"+string(raw), "\n"+path+" never\n") {
			t.Errorf("%s is not out of reach", path)
		}
	}
}
