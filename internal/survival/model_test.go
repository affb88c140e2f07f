//go:build linux

package survival

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/completiontest"
)

// aiPoints are the instants in a heal by a model at which the monitor can kill
// itself: also those in the midst of its apply.
var aiPoints = []string{
	"ai-before-request", "ai-after-answer", "ai-after-vetted", "provider-before-call", "provider-after-call",
	"ai-after-apply", "ai-after-applied", "ai-before-rollback", "provider-after-call:2", "ai-after-rollback",
}

// TestModelsHealIsKilledAtEveryPoint has a model propose what does not help, then
// what does, and kills the monitor on the way. The next monitor goes on: what does
// not help is not left behind, and what helps is there in the end.
func TestModelsHealIsKilledAtEveryPoint(t *testing.T) {
	for _, point := range aiPoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			proposes := func(value string) completiontest.Handler {
				return completiontest.Answer(`{"verdict": "fix", "cause": "the wrong number", "evidence": ["e1"], "changes": [{"path": "content", "value": "` +
					value + `"}], "confidence": 0.9}`)
			}
			model := completiontest.New(t, completiontest.InTurn(proposes("3"), proposes("2")))
			p := newProject(t, t.TempDir())
			if err := os.WriteFile(filepath.Join(p.dir, "main.cw.hcl"), []byte(`
resource "file" "number" {
  path    = "number"
  content = "1"
}
assert "file_content_matches" "number" {
  target = file.number
  regex  = "^2$"
}
remediation "default" {
  ladder  = ["ai"]
  verify  = "1s"
  backoff = { initial = "100ms", factor = 1, max = "100ms" }
  ai {
    allow  = ["file.*.content"]
    bounds = { content = { max = 10 } }
    budget = { calls_per_hour = 3 }
  }
}
`), 0o600); err != nil {
				t.Fatal(err)
			}
			monitor := func(failpoint string) (*result, bool) {
				cmd, out := p.command(failpoint, "monitor", "-once")
				cmd.Env = append(cmd.Env, "CW_STATE_DIR="+filepath.Join(p.dir, "service"), "CW_BASE_URL="+model.URL, "CW_MODEL=stand-in")
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				r := p.wait(cmd, out)
				return &r, killed(cmd)
			}
			if r := p.clockwork("", "apply", "-auto-approve"); r.code != 0 {
				t.Fatal(r.output)
			}
			if r, was := monitor("CW_FAILPOINT=" + point); !was {
				t.Fatalf("the monitor was not killed: exit code %d\n%s", r.code, r.output)
			}
			r, _ := monitor("")
			if r.code != 0 {
				t.Errorf("exit code %d:\n%s", r.code, r.output)
			}
			if raw, err := os.ReadFile(filepath.Join(p.dir, "number")); err != nil || string(raw) != "2" {
				t.Errorf("the file holds %q: %v\n%s", raw, err, r.output)
			}
			raw, err := os.ReadFile(filepath.Join(p.dir, ".clockwork", "state.json"))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(raw), `"origin"`); n != 1 {
				t.Errorf("%d overlays are in the state:\n%s", n, raw)
			}
			if r := p.clockwork("", "plan", "-detailed-exitcode"); r.code != 0 {
				t.Errorf("plan: exit code %d\n%s", r.code, r.output)
			}
			if n := len(model.Requests()); n > 3 {
				t.Errorf("the model was asked %d times, and the budget is 3", n)
			}
			cmd, out := p.command("CW_STATE_DIR="+filepath.Join(p.dir, "service"), "incidents", "verify")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if r := p.wait(cmd, out); r.code != 0 {
				t.Errorf("the record: %s", r.output)
			}
		})
	}
}
