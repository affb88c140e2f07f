package providertest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Outside of go test, the suite does the same and tells the same.
func TestOutside(t *testing.T) {
	outcomes := map[string]providertest.Outcome{}
	ok, err := providertest.RunOutside(t.Context(), config(nil), nil, func(r providertest.Result) {
		if _, twice := outcomes[r.Name]; twice {
			t.Errorf("%s is told twice", r.Name)
		}
		outcomes[r.Name] = r.Outcome
		if r.Outcome == providertest.Failed || r.Outcome == providertest.Skipped && len(r.Messages) == 0 {
			t.Errorf("%+v", r)
		}
	})
	if !ok || err != nil {
		t.Fatalf("the honest fails (%v)", err)
	}
	for name, want := range map[string]providertest.Outcome{
		"schema": providertest.Passed, "resource/memory_item/drift": providertest.Passed, "resource/memory_shelf/restart": providertest.Skipped,
		"assert/item_exists": providertest.Passed, "upgrade/memory_item": providertest.Passed,
	} {
		if outcomes[name] != want {
			t.Errorf("%s: %q, not %q", name, outcomes[name], want)
		}
	}
	if _, told := outcomes["resource/memory_item"]; told {
		t.Error("what consists of others and has nothing to say is told")
	}
}

// It tells of failures, of panics too, runs what is asked for and ends when its
// context does.
func TestOutsideFailures(t *testing.T) {
	for _, name := range []string{"a watch without a resync", "data that is missing but fine"} {
		s := sabotages()[name]
		kind, _, _ := strings.Cut(s.caught, "/")
		match, err := providertest.Matcher("schema|" + kind)
		if err != nil {
			t.Fatal(err)
		}
		var failed []string
		ok, err := providertest.RunOutside(t.Context(), config(s.breakIt), match, func(r providertest.Result) {
			if r.Outcome == providertest.Failed {
				failed = append(failed, r.Name)
			}
			if r.Name != "schema" && !strings.HasPrefix(r.Name, kind) {
				t.Errorf("%s was run, which was not asked for", r.Name)
			}
		})
		if ok || err != nil || !slices.Contains(failed, s.caught) {
			t.Errorf("%s: passed %v (%v), failed %q", name, ok, err, failed)
		}
	}
	cfg := config(nil)
	cfg.New = nil // a test that panics
	var said []string
	ok, _ := providertest.RunOutside(t.Context(), cfg, nil, func(r providertest.Result) { said = append(said, r.Messages...) })
	if ok || len(said) != 1 || !strings.Contains(said[0], "the test itself panicked") {
		t.Errorf("passed %v, and said %q", ok, said)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	_, err := providertest.RunOutside(ctx, config(nil), nil, func(providertest.Result) { told++; cancel() })
	if err == nil || told != 1 {
		t.Errorf("after it was to end it told %d times (%v)", told, err)
	}
}

func TestMatcher(t *testing.T) {
	match, err := providertest.Matcher("^resource$/thing/re")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"resource": true, "resource/acme_thing": true, "resource/acme_thing/restart": true, "resource/acme_thing/drift": false,
		"data": false, "resource/other": false, "resource/acme_thing/recover/more": true,
	} {
		if match(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if _, err := providertest.Matcher("a/("); err == nil {
		t.Error("a pattern that is none is taken")
	}
}
