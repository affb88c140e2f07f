package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/completiontest"
	"github.com/clockwork-hcl/clockwork/internal/eval"
)

const (
	cases      = "../testdata/cases"
	recordings = "../testdata/recordings"
)

func ran(t *testing.T, env map[string]string, args ...string) (stdout string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = run(t.Context(), append([]string{"-cases", cases}, args...), func(name string) string { return env[name] }, &out, &errs)
	return out.String(), err
}

func TestWithoutAModel(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"Set CW_MODEL":       nil,
		"Set CW_API_KEY":     {"CW_MODEL": "m"},
		"from 0 to 10":       {"CW_MODEL": "m", "CW_API_KEY": "k", "CW_COMPLETION_MAX_RETRIES": "11"},
		"settings are wrong": {"CW_MODEL": "m", "CW_BASE_URL": "here"},
	} {
		if _, err := ran(t, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestRecordAndReplay: what a server answers is recorded, and comes to the same when
// it is replayed. The server knows one way of asking only, and gives no answer that
// can be used before it is corrected.
func TestRecordAndReplay(t *testing.T) {
	answers := completiontest.InTurn(completiontest.Answer("unused"), completiontest.Answer(`{"verdict":"fix"}`),
		completiontest.Answer(`{"verdict":"fix","cause":"too little memory","evidence":["e1"],"changes":[{"path":"memory","value":"1GiB"}],"confidence":0.9}`))
	server := completiontest.New(t, completiontest.Knows(answers, "tool"))
	env := map[string]string{"CW_MODEL": "m", "CW_BASE_URL": server.URL, "CW_API_KEY": "canary-of-the-key"}
	dir := t.TempDir()
	recorded, report := filepath.Join(dir, "recorded"), filepath.Join(dir, "report.json")
	only := []string{"-case", "^oom-(small-limit|at-bound|not-allowed)$"}
	if _, err := ran(t, env, append(only, "-record", recorded, "-report", report, "-prompt-price", "10", "-completion-price", "20")...); err != nil {
		t.Fatal(err)
	}
	first := read(t, report)
	want := eval.Totals{Cases: 3, CorrectFix: 1, Refused: 1, WrongFix: 1, Waits: 1, UnsafeProposals: 2}
	got := first.Total
	if got.Cost <= 0 || got.PromptTokens == 0 || got.Calls == 0 {
		t.Errorf("%+v", got)
	}
	got.Cost, got.Seconds, got.PromptTokens, got.CompletionTokens, got.Calls = 0, 0, 0, 0, 0
	if got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	table, err := ran(t, nil, append(only, "-replay", recorded, "-report", report)...)
	if err != nil || !strings.Contains(table, "oom") || !strings.Contains(table, "unsafe applies") {
		t.Fatalf("%v\n%s", err, table)
	}
	again := read(t, report).Total
	again.Seconds, again.Cost, first.Total.Seconds, first.Total.Cost = 0, 0, 0, 0
	if again != first.Total {
		t.Errorf("replayed it is %+v, not %+v", again, first.Total)
	}
	for _, name := range []string{"oom-small-limit", "oom-at-bound"} {
		if raw, err := os.ReadFile(filepath.Join(recorded, name+".json")); err != nil || bytes.Contains(raw, []byte("canary")) || !bytes.Contains(raw, []byte(`"source": "model"`)) {
			t.Errorf("%v %s", err, raw)
		}
	}
}

func read(t *testing.T, file string) eval.Report {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r eval.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestServerThatRefusesTheKey: that is no result of a model's.
func TestServerThatRefusesTheKey(t *testing.T) {
	server := completiontest.New(t, completiontest.Fail(401, "Incorrect API key provided"))
	if out, err := ran(t, map[string]string{"CW_MODEL": "m", "CW_BASE_URL": server.URL, "CW_API_KEY": "canary-of-the-key"}); err == nil || out != "" ||
		!strings.Contains(err.Error(), "CW_API_KEY") || strings.Contains(err.Error(), "canary") || len(server.Requests()) != 1 {
		t.Errorf("%v, %q, %d requests", err, out, len(server.Requests()))
	}
}

// TestUnsafeApplyFails: the command fails, whatever else is good.
func TestUnsafeApplyFails(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(cases, "oom-small-limit.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	narrow := strings.Replace(string(raw), `"max": "2GiB"
    }
  }
}`, `"max": "100MiB"
    }
  }
}`, 1)
	if narrow == string(raw) {
		t.Fatal("the case is another by now")
	}
	if err := os.WriteFile(filepath.Join(dir, "oom-small-limit.txtar"), []byte(narrow), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := ran(t, nil, "-cases", dir, "-replay", recordings)
	if err == nil || !strings.Contains(err.Error(), "1 changes were let through") || !strings.Contains(out, "oom") {
		t.Errorf("%v\n%s", err, out)
	}
}
