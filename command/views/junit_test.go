package views

import (
	"encoding/xml"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func TestAssertsJUnit(t *testing.T) {
	ds := append(diag.Errorf("Broken", `Mend "it" <soon>.`), diag.Warningf("Odd", "Not in the report.")...)
	text, err := AssertsJUnit(`shop & "co"`, []AssertResult{
		{Target: `file.page["a<b"]`, Name: "page", Type: "file_exists", Outcome: providers.Pass, Message: "not shown", Elapsed: 1500 * time.Millisecond},
		{Target: "file.b", Name: "b", Type: "port_accessible", Detail: "port 80", Outcome: providers.Fail, Message: "a\x1b[2J\nb ]]> \xff"},
		{Name: "disk", Type: "condition", Outcome: providers.Unknown, Message: "df is not there", Elapsed: time.Millisecond},
		{Name: "load", Type: "condition", Outcome: providers.Fail, Severity: diag.Warning, Message: "it is high"},
	}, ds)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "asserts/junit", string(text))
	var back junitReport
	if err := xml.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if s := back.Suite; s.Name != `shop & "co"` || s.Tests != 5 || s.Failures != 1 || s.Errors != 1 || s.Skipped != 1 || len(s.Cases) != 5 {
		t.Errorf("%+v", s)
	}
	if got := back.Suite.Cases[0].Class; got != `file.page["a<b"]` {
		t.Error(got)
	}

	text, err = AssertsJUnit("none", nil, nil)
	if err != nil || xml.Unmarshal(text, &back) != nil {
		t.Errorf("%v\n%s", err, text)
	}
}
