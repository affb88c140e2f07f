package completion_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	ct "github.com/clockwork-hcl/clockwork/completion/completiontest"
)

// document is what a model is sent, as it reads it.
type document struct {
	Subject  string
	Evidence []struct {
		ID, Name string
		Value    any
		Lines    []string
		Left     int `json:"earlier_lines_left_out"`
	}
	LeftOut int `json:"left_out"`
}

func documentOf(t *testing.T, r ct.Request) (document, int) {
	t.Helper()
	sum := 0
	for _, m := range r.Messages {
		sum += len(m.Content)
	}
	var doc document
	if err := json.Unmarshal([]byte(r.Messages[1].Content), &doc); err != nil || !utf8.Valid(r.Body) {
		t.Fatalf("%v: %s", err, r.Messages[1].Content)
	}
	return doc, sum
}

func asked(t *testing.T, q ask.Question) (document, int) {
	t.Helper()
	s := ct.New(t, ct.Answer(good))
	if _, err := client(t, s, nil).Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	return documentOf(t, s.Requests()[0])
}

const most = 16 << 10

// TestPromptIsBounded: however much evidence there is, 16 KiB go out, the oldest log
// lines are left out first, and it is always JSON.
func TestPromptIsBounded(t *testing.T) {
	q := question()
	for i := range 5000 {
		q.Evidence[1].Lines = append(q.Evidence[1].Lines, fmt.Sprintf("line %d \u001b[31m\u202e \xff %s", i, strings.Repeat("x", i%50)))
	}
	q.Evidence = append(q.Evidence, ask.Evidence{ID: "e3", Name: "huge", Value: strings.Repeat("y", 1<<20)}, ask.Evidence{ID: "e4", Name: "small", Value: 5})
	doc, sum := asked(t, q)
	if sum > most || sum < most-200 || len(doc.Evidence) != 3 || doc.LeftOut != 1 || doc.Evidence[0].ID != "e1" || doc.Evidence[2].ID != "e4" {
		t.Fatalf("%d bytes; %d pieces, %d left out", sum, len(doc.Evidence), doc.LeftOut)
	}
	logs := doc.Evidence[1]
	if logs.Left+len(logs.Lines) != 5002 || !strings.HasPrefix(logs.Lines[len(logs.Lines)-1], `line 4999 \u{202e} \xff xx`) {
		t.Errorf("%d lines, %d left out; the last is %s", len(logs.Lines), logs.Left, logs.Lines[len(logs.Lines)-1])
	}
}

// TestEvidenceIsCutFromTheLast: pieces come before lines, and the first ones before
// the last ones.
func TestEvidenceIsCutFromTheLast(t *testing.T) {
	q := question()
	q.Evidence = nil
	for i := range 30 {
		q.Evidence = append(q.Evidence, ask.Evidence{ID: fmt.Sprintf("e%d", i), Name: "fact", Value: slices.Repeat([]string{strings.Repeat("<", 99)}, 10)})
	}
	doc, sum := asked(t, q)
	if sum > most || sum < most-1100 || doc.LeftOut != 30-len(doc.Evidence) || len(doc.Evidence) < 13 || doc.Evidence[len(doc.Evidence)-1].ID != fmt.Sprintf("e%d", len(doc.Evidence)-1) {
		t.Errorf("%d bytes, %d pieces, %d left out", sum, len(doc.Evidence), doc.LeftOut)
	}
	// Of two logs, the first is more important.
	q.Evidence = []ask.Evidence{{ID: "a", Lines: slices.Repeat([]string{strings.Repeat("a", 98)}, 80)}, {ID: "b", Lines: slices.Repeat([]string{strings.Repeat("b", 98)}, 2000)}, {ID: "c", Lines: []string{"c"}}}
	doc, _ = asked(t, q)
	if len(doc.Evidence) != 3 || len(doc.Evidence[0].Lines) != 80 || doc.Evidence[0].Left != 0 || len(doc.Evidence[1].Lines) < 50 || doc.Evidence[1].Left+len(doc.Evidence[1].Lines) != 2000 || len(doc.Evidence[2].Lines) > 1 {
		t.Errorf("%+v", doc)
	}
	q.Evidence = []ask.Evidence{{ID: "a", Lines: []string{strings.Repeat("a", 1<<20), "short"}}}
	if doc, _ = asked(t, q); !slices.Equal(doc.Evidence[0].Lines, []string{"short"}) && doc.Evidence[0].Lines[0] != "(a line of 1048576 bytes)" {
		t.Errorf("%+v", doc)
	}
}

// TestCorrectionsAreBoundedToo: what was wrong takes the place of evidence.
func TestCorrectionsAreBoundedToo(t *testing.T) {
	s := ct.New(t, ct.InTurn(ct.Answer(`{"fix":"`+strings.Repeat("n", 1900)+`"}`), ct.Answer(`{"fix":"`+strings.Repeat("n", 60_000)+`"}`), ct.Answer(good)))
	q := question()
	q.Evidence[1].Lines = slices.Repeat([]string{"line \"x\""}, 5000)
	accept := q.Check
	q.Check = func(answer []byte) error {
		if accept(answer) != nil {
			return errors.New("it is wrong: " + string(answer))
		}
		return nil
	}
	if _, err := client(t, s, nil).Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.Requests() {
		doc, sum := documentOf(t, r)
		if sum > most || sum < most-100 || len(doc.Evidence) != 2 || len(r.Messages) != 2+2*min(i, 1) {
			t.Errorf("request %d: %d bytes in %d messages", i, sum, len(r.Messages))
		}
	}
	if m := s.Requests()[2].Messages[2]; m.Role != "assistant" || m.Content != "(an answer that cannot be used)" {
		t.Errorf("%+v", m)
	}
}

// TestWhatCannotBeSeen is written as its number, or is not there.
func TestWhatCannotBeSeen(t *testing.T) {
	q := question()
	q.Subject = "a\u200bb"
	q.Evidence = []ask.Evidence{{ID: "e1", Name: "n\u202e", Value: map[string]any{"k\x00": "v\U000e0041\ufe0f", "n": []any{"a\nb\tc", 1.5, true, nil}}},
		{ID: "e2", Name: "logs", Lines: []string{"\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link", "bad \xff\xfe", "ok é 日本 «x»", strings.Repeat("é", 1500)}}}
	doc, _ := asked(t, q)
	got, _ := json.Marshal(doc.Evidence[0].Value)
	if doc.Subject != `a\u{200b}b` || doc.Evidence[0].Name != `n\u{202e}` || string(got) != `{"k\\u{0}":"v\\u{e0041}\\u{fe0f}","n":["a\nb\tc",1.5,true,null]}` {
		t.Errorf("%q %q %s", doc.Subject, doc.Evidence[0].Name, got)
	}
	if want := []string{`red \u{1b}]8;;http://x\u{7}link`, `bad \xff\xfe`, "ok é 日本 «x»", strings.Repeat("é", 1000) + "…"}; !slices.Equal(doc.Evidence[1].Lines, want) {
		t.Errorf("%q", doc.Evidence[1].Lines)
	}
}

// TestSecretsStay: no form of a secret is in what is sent or kept.
func TestSecretsStay(t *testing.T) {
	const secret = "hunter2-hunter2"
	encoded := base64.StdEncoding.EncodeToString([]byte("ada:" + secret))
	s := ct.New(t, ct.InTurn(ct.Answer(`{"fix":"hunter2-hunter2"}`), ct.Answer(`{"fix":"`+encoded+`"}`), ct.Answer(good)))
	q := question()
	q.Secrets = []string{secret, "4711471147", "abc"}
	q.Subject += `["hunter2-hunter2"]`
	q.Evidence = []ask.Evidence{{ID: "e1", Name: secret, Value: map[string]any{"env": map[string]string{secret: secret, "DB_PASSWORD": "another1"}, "url": "http://u:another1@h/", "pin": 4711471147}},
		{ID: "e2", Name: "logs", Lines: []string{"x hunter2-", "hunter2 y", "password: another1", "hunter2\u200b-hunter2 ", encoded, "\x1b[1mhun\x1b[0mter2-hunter2", "abc another1",
			strings.Repeat("x ", 995) + secret, strings.Repeat("y ", 150) + secret[:9], "-----BEGIN PRIVATE KEY-----", "MIIEsomething", "-----END PRIVATE KEY-----"}}}
	q.Check = func(answer []byte) error {
		if string(answer) != good {
			return fmt.Errorf("it is %s", answer)
		}
		return nil
	}
	reply, err := client(t, s, nil).Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := json.Marshal(reply.Exchanges)
	all := string(kept)
	for _, r := range s.Requests() {
		all += string(r.Body)
	}
	for _, gone := range []string{secret, "hunter2-", "hunter2", "another1", encoded[8:20], "4711471147", "hunter", "MIIEsomething"} {
		if strings.Contains(all, gone) {
			t.Errorf("%s is in what was sent or kept", gone)
		}
	}
	for _, stays := range []string{"abc «redacted-", "x «redacted-", "» y"} {
		if !strings.Contains(all, stays) {
			t.Errorf("%s is not in what was sent", stays)
		}
	}
}

// TestSecretBeforeTheCut: what is cut off before it was looked at takes what may
// belong to it along.
func TestSecretBeforeTheCut(t *testing.T) {
	q := question()
	// One secret over many lines, and no other is in them.
	var parts []string
	for i := range 12 {
		parts = append(parts, fmt.Sprintf("part %d of the secret", i)+strings.Repeat(" and so on", 95))
	}
	q.Secrets = []string{strings.Join(parts, "")}
	var lines []string
	for len(lines) < 1000 {
		lines = append(lines, parts...)
	}
	q.Evidence = []ask.Evidence{{ID: "e1", Name: "logs", Lines: lines}}
	doc, _ := asked(t, q)
	for _, l := range doc.Evidence[0].Lines {
		if strings.Contains(l, "part") {
			t.Fatalf("it sends %q", l)
		}
	}
	if len(doc.Evidence[0].Lines) < 80 {
		t.Errorf("only %d lines", len(doc.Evidence[0].Lines))
	}
}

// TestSecretThatIsAWord: a secret that is a word of the document's own stops nothing.
func TestSecretThatIsAWord(t *testing.T) {
	s := ct.New(t, ct.Answer(good))
	q := question()
	q.Secrets = []string{"evidence", "remediation", "name", "redacted", "lines", "value", "true"}
	q.Evidence[0].Value = map[string]any{"up": true}
	q.Evidence[1].Lines = []string{"the name is redacted"}
	if _, err := client(t, s, nil).Ask(t.Context(), q); err != nil {
		t.Error(err)
	}
	if m := s.Requests()[0].Messages[1].Content; strings.Contains(m, "the name is") || !strings.Contains(m, `"up":true`) {
		t.Error(m)
	}
}
