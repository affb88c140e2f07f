package arguments

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/config"
)

func parsePlanning(t *testing.T, args ...string) (Planning, string) {
	t.Helper()
	var p Planning
	var s Set
	p.AddTo(&s)
	words, ds := s.Parse(args)
	if len(words) > 0 {
		t.Errorf("words left over: %v", words)
	}
	ds = append(ds, p.Check()...)
	if len(ds) > 0 {
		return p, ds.Error()
	}
	return p, ""
}

func TestPlanningDefaults(t *testing.T) {
	p, problems := parsePlanning(t)
	if problems != "" {
		t.Fatal(problems)
	}
	if !p.Refresh || !p.Input || p.Parallelism != defaultParallelism || p.Destroy || p.RefreshOnly || p.JSON || p.Timeout != 0 {
		t.Errorf("unexpected defaults: %+v", p)
	}
}

func TestPlanning(t *testing.T) {
	p, problems := parsePlanning(t,
		"-destroy", "-target", "module.web", "-target=file.a[0]", "-exclude", "file.b",
		"-var", "a=1", "-var-file", "x.cwvars", "-var", "a = x=y ")
	if problems != "" {
		t.Fatal(problems)
	}
	if !p.Destroy {
		t.Error("-destroy was not understood")
	}
	var targets []string
	for _, target := range append(p.Targets, p.Excludes...) {
		targets = append(targets, target.String())
	}
	if diff := cmp.Diff([]string{"module.web", "file.a[0]", "file.b"}, targets); diff != "" {
		t.Error(diff)
	}
	want := []config.VarFlag{{Name: "var", Value: "a=1"}, {Name: "var-file", Value: "x.cwvars"}, {Name: "var", Value: "a = x=y "}}
	if diff := cmp.Diff(want, p.Flags); diff != "" {
		t.Error(diff)
	}
	p, problems = parsePlanning(t, "-refresh-only", "-refresh=true")
	if problems != "" || !p.RefreshOnly {
		t.Errorf("-refresh-only was not understood: %s", problems)
	}
	p, problems = parsePlanning(t, `-replace=module.m["x"].file.a["k"]`)
	if problems != "" || len(p.Replaces) != 1 || p.Replaces[0].String() != `module.m["x"].file.a["k"]` {
		t.Errorf("replace %v, %s", p.Replaces, problems)
	}
	p, problems = parsePlanning(t, "-recomplete=file.a", "-recomplete", "module.m")
	if problems != "" || len(p.Recompletes) != 2 || p.Recompletes[0].String() != "file.a" {
		t.Errorf("recomplete %v, %s", p.Recompletes, problems)
	}
	if ds := p.CheckSaved(); len(ds) != 1 || !strings.Contains(ds.Error(), "-recomplete cannot be used with a saved plan") {
		t.Errorf("with a saved plan: %v", ds)
	}
}

func TestPlanningProblems(t *testing.T) {
	tests := map[string]string{
		"-destroy -refresh-only":        "-destroy and -refresh-only cannot be used together",
		"-refresh-only -refresh=false":  "-refresh-only and -refresh=false cannot be used together",
		"-destroy -replace=file.a":      "-destroy and -replace cannot be used together",
		"-refresh-only -replace=file.a": "-refresh-only and -replace cannot be used together",
		"-destroy -recomplete=file.a":   "-destroy and -recomplete cannot be used together",
		"-refresh-only -recomplete=a.b": "-refresh-only and -recomplete cannot be used together",
		"-recomplete=file":              "-recomplete=file cannot be used",
		"-target=file":                  "-target=file cannot be used",
		"-exclude=a..b":                 "-exclude=a..b cannot be used",
		"-replace=module.web":           "names a module, not a resource",
		"-parallelism=x":                "whole number, 1 or more",
	}
	for args, want := range tests {
		_, got := parsePlanning(t, strings.Fields(args)...)
		if !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant it to contain %s", args, got, want)
		}
	}
}

// TestDestroying holds that a command that always destroys does not take the
// options that say otherwise.
func TestDestroying(t *testing.T) {
	p := Planning{Destroy: true}
	var s Set
	p.AddTo(&s)
	for _, name := range []string{"destroy", "refresh-only", "replace", "recomplete"} {
		if s.Lookup(name) != nil {
			t.Errorf("-%s is an option", name)
		}
	}
	if _, ds := s.Parse([]string{"-target=file.a"}); ds != nil || !p.Destroy {
		t.Errorf("destroy %v, %v", p.Destroy, ds)
	}
}
