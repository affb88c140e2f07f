package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/completiontest"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

// TestModelHealsTheService plays examples/monitored-service with a mistake in it:
// nginx needs Redis, and is in no network with it. Restarting does not help, nor
// does making it anew; a model proposes the network that they should share, and the
// policy allows that.
func TestModelHealsTheService(t *testing.T) {
	example := filepath.Join(repository(t), "examples", "monitored-service")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(dir, "main.cw.hcl")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	const before, after = "  networks    = { (docker_network.app.name) = {} }\n", "  env         = { REDIS_HOST = \"redis\" }\n"
	if strings.Count(string(text), before) != 1 {
		t.Fatalf("%s does not say %q once", main, before)
	}
	if err := os.WriteFile(main, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	uses := usesOf(t, example)
	dockertest.Images(t)
	alone(t)
	uses.areFree(t)
	t.Cleanup(func() { uses.remove(t) })

	model := completiontest.New(t, completiontest.Answer(`{"verdict": "fix", "cause": "shared network with redis", "evidence": ["e2"], "changes":
		[{"path": "networks", "key": "monitored", "value": {"aliases": null, "ipv4_address": null, "ipv6_address": null}}], "confidence": 0.9}`))
	run := func(line string, wanted int) string {
		t.Helper()
		output, code := shell(t, dir, "CW_MODEL=stand-in CW_BASE_URL="+model.URL+" "+line)
		if code != wanted {
			t.Fatalf("%s: exit code %d:\n%s", line, code, output)
		}
		return output
	}
	run("clockwork apply -auto-approve", 0)
	output := run("clockwork monitor -once", 0)
	const rest = `[Diagnostic] Container 'nginx-monitored' not running (exit code 1)
[Diagnostic] Logs: "Error: Cannot connect to redis:6379"
[Remediation] docker_container.nginx: rung 3 of 4: ai
[Remediation] Updating completion prompt with error context...
[Remediation] AI suggests: networks["monitored"] (shared network with redis)
[Remediation] Re-applying docker_container.nginx with 1 change
[Remediation] ✓ docker_container.nginx healthy again`
	for _, want := range []string{"rung 1 of 4: restart\n[Remediation] docker_container.nginx: restart did not help\n",
		"rung 2 of 4: recreate\n[Remediation] docker_container.nginx: recreate did not help\n" + rest, "2 healthy, 0 unhealthy"} {
		if !strings.Contains(output, want) {
			t.Errorf("it does not say:\n%s\nbut:\n%s", want, output)
		}
	}
	run("clockwork assert", 0)
	if output := run("clockwork plan", 0); !strings.Contains(output, "No changes.") {
		t.Errorf("the plan afterwards:\n%s", output)
	}
	if requests := model.Requests(); len(requests) != 1 || !strings.Contains(string(requests[0].Body), "Cannot connect to redis:6379") {
		t.Errorf("%d requests: %v", len(requests), requests)
	}
	run("clockwork incidents replay 2", 0)
	run("clockwork incidents verify", 0)
	run("clockwork destroy -auto-approve", 0)
}
