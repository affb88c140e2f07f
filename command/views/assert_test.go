package views

import (
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func TestAsserts(t *testing.T) {
	pass := []AssertResult{
		{Target: "file.motd", Name: "motd", Type: "file_exists", Outcome: providers.Pass},
		{Target: "file.motd", Name: "content", Type: "file_content_matches", Outcome: providers.Pass, Message: "not shown"},
		{Target: "docker_container.redis", Name: "redis", Type: "port_accessible", Detail: "port 6380", Outcome: providers.Pass},
	}
	fail := append(pass[:2:2],
		AssertResult{Target: "file.motd", Name: "content", Type: "file_content_matches", Outcome: providers.Fail, Message: "line 1 is \x1b[2J\"hello\""},
		AssertResult{Name: "disk", Type: "condition", Outcome: providers.Unknown, Message: "df is not there"},
		AssertResult{Target: "file.b", Name: "b", Type: "file_exists", Outcome: providers.Fail, Severity: diag.Warning},
	)
	for _, c := range []struct {
		name    string
		results []AssertResult
	}{
		{"none", nil}, {"pass", pass}, {"fail", fail}, {"unknown", fail[3:4]}, {"warning", append(pass[:1:1], fail[4])},
	} {
		var b strings.Builder
		for _, style := range []Style{plain, ascii, fancy} {
			text := FormatAsserts(c.results, style)
			assertHarmless(t, text, style.Color)
			b.WriteString(text + "---\n")
		}
		if err := WriteAssertsJSON(&b, c.results, nil, nil); err != nil {
			t.Fatal(err)
		}
		golden(t, "asserts/"+c.name, b.String())
	}
	var b strings.Builder
	if err := WriteAssertsJSON(&b, pass, diag.Errorf("Broken", "Mend it."), nil); err != nil || !strings.Contains(b.String(), `"passed": false`) {
		t.Errorf("an error passes: %v\n%s", err, b.String())
	}
}
