package command

import "testing"

func TestUnfinished(t *testing.T) {
	tests := map[string]bool{
		"":                       false,
		"1 + 2\n":                false,
		"[1, 2]":                 false,
		"[1,\n":                  true,
		"max(1,\n2":              true,
		"max(1,\n2)":             false,
		"{ a = [1\n":             true,
		"{ a = [1\n] }":          false,
		`"${upper("x")}"`:        false,
		`"${upper(`:              true,
		`"a ( b"`:                false,
		"# (":                    false,
		"<<EOT\nhello\n":         true,
		"<<EOT\nhello\nEOT\n":    false,
		"<<-EOT\n  a\n  EOT\n":   false,
		")":                      false,
		`"%{ if true }x%{ endif`: true,
	}
	for text, want := range tests {
		if got := unfinished(text); got != want {
			t.Errorf("unfinished(%q) = %v", text, got)
		}
	}
}
