package providertest

import "testing"

// There is a hint for every test.
func TestHints(t *testing.T) {
	var all []string
	for _, r := range resourceTests() {
		all = append(all, "resource/acme_thing/"+r.name)
	}
	all = append(all, "schema", "data/acme_thing", "assert/acme_ok", "upgrade/acme_thing", "resource/acme_thing/validate/ports[0]")
	for _, name := range all {
		if hint(name) == "" {
			t.Errorf("there is none for %s", name)
		}
	}
	if got := hint("resource/acme_thing/recover_create_never"); got != hints()["recover"] {
		t.Errorf("got %q", got)
	}
	if got := hint("process/end"); got != "" {
		t.Errorf("got %q", got)
	}
}
