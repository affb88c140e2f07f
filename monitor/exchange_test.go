package monitor

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/clockwork-hcl/clockwork/plan/vet"
)

// proposed is a verdict on changes, each a path and a value.
func proposed(pairs ...string) Vetted {
	v := vet.Verdict{Outcome: vet.Allow}
	for i := 0; i < len(pairs); i += 2 {
		v.Answer.Changes = append(v.Answer.Changes, vet.Change{Path: pairs[i], Value: json.RawMessage(pairs[i+1])})
	}
	return vettedOf(v, vet.Request{}, "", "")
}

func TestSameProposals(t *testing.T) {
	for _, c := range []struct {
		a, b Vetted
		same bool
	}{
		{proposed("memory", `"128MiB"`), proposed(" memory ", `"128MiB"`), true},
		{proposed("memory", `"512m"`), proposed("memory", `"0.5g"`), true},
		{proposed("memory", `"128MiB"`), proposed("memory", `134217728`), true},
		{proposed("memory", `"128MiB"`), proposed("memory", `1.34217728e8`), true},
		{proposed("interval", `"1m"`), proposed("interval", `"60s"`), true},
		{proposed("n", `{"a": 1, "b": [2]}`), proposed("n", `{"b":[2.0],"a":1}`), true},
		{proposed("a", `1`, "b", `2`), proposed("b", `2`, "a", `1`), true},
		{proposed("a", `1`, "b", `2`), proposed("a", `1`), false},
		{proposed("a", `1`), proposed("b", `1`), false},
		{proposed("memory", `"128MiB"`), proposed("memory", `"129MiB"`), false},
		{proposed("name", `"one"`), proposed("name", `"two"`), false},
		{proposed(), proposed(), false},
	} {
		if got := sameProposal(c.a, c.b); got != c.same {
			t.Errorf("%+v and %+v: %v", c.a.Changes, c.b.Changes, got)
		}
		if got := sameProposal(c.b, c.a); got != c.same {
			t.Errorf("%+v and %+v: %v", c.b.Changes, c.a.Changes, got)
		}
	}
}

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
