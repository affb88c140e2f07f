package notify

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDocument: the message and the signature of the document are what is sent.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/notifications.md")
	must(t, err)
	body := regexp.MustCompile(`(?m)^\{"version".*$`).Find(text)
	var m Message
	must(t, json.Unmarshal(body, &m))
	if m, err = m.normal(time.Now()); err != nil || string(m.body()) != string(body) {
		t.Errorf("the message of the document is sent as\n%s", m.body())
	}
	if want := Sign("whsec-example", time.Unix(1795625400, 0), body); !strings.Contains(string(text), want) {
		t.Errorf("the document has another signature than %s", want)
	}
	for _, variable := range environment(m) {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CLOCKWORK_") && !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("the document does not name %s", name)
		}
	}
}
