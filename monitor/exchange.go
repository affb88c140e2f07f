package monitor

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/redact"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan/vet"
)

// Answered is the data of an entry that says what came of a request to a model.
type Answered struct {
	ask.Exchange
	// Cut says what is missing of it because it was too long to be kept.
	Cut string `json:"cut,omitempty"`
}

// The bounds of what is kept of an exchange, in bytes. With what escapes take, an
// entry's data stays below incident.MaxData.
const (
	keptAnswer = 16 << 10
	keptData   = incident.MaxData - 4<<10
	keptText   = 1000
)

// answered returns an exchange as it is kept.
func answered(e ask.Exchange) (Answered, json.RawMessage) {
	a := Answered{Exchange: e}
	a.Error = plain(a.Error, keptText)
	var cut []string
	if len(a.Answer) > keptAnswer {
		a.Answer = strings.ToValidUTF8(a.Answer[:keptAnswer], "")
		cut = append(cut, "the end of the answer")
	}
	for {
		a.Cut = strings.Join(cut, ", ")
		data, err := json.Marshal(a)
		switch {
		case err == nil && len(data) <= keptData:
			return a, data
		case a.Request != nil:
			a.Request = nil
			cut = append(cut, "the request")
		default: // of letters that take much room when they are escaped
			a.Answer = strings.ToValidUTF8(a.Answer[:len(a.Answer)/2], "")
			if len(cut) == 0 || !strings.Contains(cut[0], "answer") {
				cut = slices.Insert(cut, 0, "the end of the answer")
			}
		}
	}
}

// Vetted is the data of an entry that says what the gates made of an answer.
type Vetted struct {
	Outcome string     `json:"outcome"` // "allow", "needs approval" or "deny"
	Gates   []GateSaid `json:"gates"`
	Verdict string     `json:"verdict,omitempty"`
	Cause   string     `json:"cause,omitempty"`
	// Changes are the paths, with the values unless it was denied: what was denied, a
	// key in a path too, may hold anything.
	Changes    []ProposedChange `json:"changes,omitempty"`
	Confidence float64          `json:"confidence,omitempty"`
	Evidence   []string         `json:"evidence,omitempty"`
	Given      []string         `json:"given,omitempty"` // the ids of all evidence
	Model      string           `json:"model,omitempty"`
	// Serial and ConfigHash are those of what the model was told of.
	Serial     uint64 `json:"serial"`
	ConfigHash string `json:"config_hash"`
	Plan       string `json:"plan,omitempty"`
	Hash       string `json:"hash,omitempty"` // of the plan
}

// abstained tells whether the model proposed nothing.
func (v Vetted) abstained() bool { return v.Verdict == vet.NoFix || v.Verdict == vet.NeedHuman }

// GateSaid is what one gate said.
type GateSaid struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
}

// ProposedChange is one attribute that a model would have another value.
type ProposedChange struct {
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

// keptPaths is the most that is kept of a denied answer's paths, and of what an answer
// refers to.
const keptPaths = 20

// vettedOf returns a verdict as it is kept. cause is the answer's, redacted.
func vettedOf(v vet.Verdict, r vet.Request, cause, model string) Vetted {
	out := Vetted{Outcome: v.Outcome.String(), Gates: gatesSaid(v.Gates), Verdict: plain(v.Answer.Verdict, 40), Cause: cause, Model: plain(model, 200),
		Serial: r.Serial, ConfigHash: r.ConfigHash, Hash: v.Hash, Given: r.Evidence}
	if c := v.Answer.Confidence; c >= 0 && c <= 1 {
		out.Confidence = c
	}
	for _, id := range v.Answer.Evidence[:min(len(v.Answer.Evidence), keptPaths)] {
		if slices.Contains(r.Evidence, id) { // what is made up may be anything
			out.Evidence = append(out.Evidence, id)
		}
	}
	if v.Outcome == vet.Deny {
		secrets := redact.New(r.Secrets)
		for _, c := range v.Answer.Changes[:min(len(v.Answer.Changes), keptPaths)] {
			out.Changes = append(out.Changes, ProposedChange{Path: plain(secrets.Text(c.Path), 200)})
		}
	} else {
		for _, c := range v.Answer.Changes {
			out.Changes = append(out.Changes, ProposedChange(c))
		}
	}
	if v.Proposed != nil && v.Outcome != vet.Deny {
		out.Plan = summary(v.Proposed)
	}
	return out
}

func gatesSaid(gates []vet.Gate) []GateSaid {
	out := make([]GateSaid, len(gates))
	for i, g := range gates {
		out[i] = GateSaid{g.Name, g.Outcome.String(), plain(g.Reason, keptText)}
	}
	return out
}
