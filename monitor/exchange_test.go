package monitor

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/clockwork-hcl/clockwork/plan/vet"
)

// Of what was refused no value is kept: it may be a secret.
func TestRefusedValuesAreNotKept(t *testing.T) {
	v := vet.Verdict{Outcome: vet.Deny, Answer: vet.Answer{Changes: []vet.Change{{Path: "env", Value: []byte(`"hunter2"`)}}}}
	kept, err := json.Marshal(vettedOf(v, vet.Request{}, "", ""))
	if err != nil || string(kept) == "" || containsText(kept, "hunter2") || !containsText(kept, "env") {
		t.Errorf("%s %v", kept, err)
	}
}

func containsText(raw []byte, text string) bool { return bytes.Contains(raw, []byte(text)) }

// Nor is a secret kept that is in what a value is called, or what it is said to be
// shown by.
func TestRefusedNamesHoldNoSecrets(t *testing.T) {
	r := vet.Request{Secrets: []string{"hunter2"}, Evidence: []string{"e1"}}
	v := vet.Verdict{Answer: vet.Answer{Verdict: vet.Fix, Evidence: []string{"e1", "hunter2"},
		Changes: []vet.Change{{Path: `env["hunter2"]`, Value: []byte(`1`)}}}}
	kept, err := json.Marshal(vettedOf(v, r, "", ""))
	if err != nil || containsText(kept, "hunter2") || !containsText(kept, "env") || !containsText(kept, `["e1"]`) {
		t.Errorf("%s %v", kept, err)
	}
}
