package config

import "testing"

func TestService(t *testing.T) {
	const required = "clockwork {\n  service {\n    required = true\n  }\n}\n"
	for src, want := range map[string]bool{
		"clockwork {\n}\n":                   false,
		"clockwork {\n  service {\n  }\n}\n": false,
		required:                             true,
		"clockwork {\n}\n" + required:        true,
	} {
		s := load(t, map[string]string{"main.cw.hcl": src}).Root.Settings.Service
		if got := s != nil && s.Required; got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}
