package conceal_test

import (
	"testing"

	"github.com/clockwork-hcl/clockwork/internal/conceal"
)

func TestHide(t *testing.T) {
	var s conceal.Set
	if got := s.Hide("nothing is secret yet"); got != "nothing is secret yet" {
		t.Errorf("got %q", got)
	}
	s.Add("abc", "hunter22", "hunter2", `p"ss/w rd`, "first line\nsecond line")
	for text, want := range map[string]string{
		"":                          "",
		"abc is too short":          "abc is too short",
		"hunter22, hunter2":         "(sensitive value), (sensitive value)",
		`{"p": "p\"ss/w rd"}`:       `{"p": "(sensitive value)"}`,
		"http://x/?p=p%22ss%2Fw+rd": "http://x/?p=(sensitive value)",
		"it says: second line.":     "it says: (sensitive value).",
		"first line\nsecond line":   "(sensitive value)",
	} {
		if got := s.Hide(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	s.Add("a later one")
	if got := s.Hide("a later one"); got != "(sensitive value)" {
		t.Errorf("got %q", got)
	}
}
