package archtest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
)

// rule says what the packages that a pattern names may import of ours. The rule
// with the longest pattern holds. Everything may import internal/....
type rule struct {
	who string
	may []string
	// tests is what only test files may import beside that, and beside all that
	// is below what the package may import.
	tests []string
}

// rules are the arrows of the design:
//
//	main -> command -> monitor -> {check, apply} -> plan -> {config, state, providers} -> {addr, diag}
//	plugins -> providers          completion -> {providers, diag}
//
// completion/ask has the words in which monitor and plan ask, and completion
// answers. Only command brings them together. completion/redact, which knows of
// nothing else, keeps secrets out of what is sent and what is kept alike.
//
// A package whose pattern is not here fails the test: a new package needs a
// place first.
func rules() []rule {
	planning := []string{"config", "config/funcs", "state", "providers", "addr", "diag", "completion/ask"}
	above := append([]string{"plan", "plan/eval", "plan/dag", "plan/vet"}, planning...)
	everything := append([]string{"monitor", "monitor/incident", "completion"}, above...)
	return []rule{
		{who: "", may: []string{"command/...", "plugins/...", "providers/..."}},
		{who: "command/...", may: []string{
			"command/...", "monitor/...", "completion/...", "apply/...", "check/...", "plan/...", "config/...",
			"state/...", "providers/...", "plugins/...", "addr", "diag"}},
		// Its tests ask a stand-in server by the real client.
		{who: "monitor/...", may: append([]string{"monitor/...", "check/...", "apply/...", "completion/redact"}, above...), tests: []string{"completion"}},
		// What the monitor stands on knows nothing of it.
		{who: "monitor/schedule"},
		{who: "monitor/registry"},
		{who: "monitor/control"},
		{who: "monitor/incident", may: []string{"addr", "diag"}},
		{who: "monitor/notify", may: []string{"addr", "diag"}},
		// It shows, and can do nothing else.
		{who: "monitor/api", may: []string{"monitor", "monitor/incident", "monitor/schedule", "addr", "diag"}},
		{who: "apply/...", may: append([]string{"apply/..."}, above...)},
		{who: "check/...", may: append([]string{"check/..."}, above...)},
		{who: "plan", may: append([]string{"plan/eval", "plan/dag", "plan/complete"}, planning...)},
		{who: "plan/complete", may: []string{"providers", "completion/ask", "addr", "diag"}},
		{who: "plan/eval", may: planning},
		{who: "plan/dag", may: []string{"diag"}},
		{who: "plan/vet", may: append([]string{"plan", "plan/eval", "completion/redact"}, planning...)},
		{who: "config", may: []string{"config/funcs", "addr", "diag"}},
		{who: "config/funcs", may: []string{"diag"}},
		{who: "state/...", may: []string{"state/...", "addr", "diag"}},
		{who: "providers", may: []string{"addr", "diag"}},
		{who: "providers/...", may: []string{"providers", "addr", "diag"}},
		// What the suite is to know of a provider, as code that more than one
		// package's tests use.
		{who: "providers/memory/memorytest", may: []string{"providers", "providers/providertest", "providers/memory"}},
		{who: "providers/file/filetest", may: []string{"providers", "providers/providertest"}},
		{who: "providers/git/gittest", may: []string{"providers", "providers/providertest"}},
		// What every test may use has nothing of ours in it, but for the program
		// that loads its images.
		{who: "providers/docker/dockertest"},
		{who: "providers/docker/dockertest/standin"},
		// Its tests let the core drive it against a real engine.
		{who: "providers/docker", may: []string{"providers", "addr", "diag"}, tests: []string{"apply", "plan", "providers/docker/dockercases"}},
		{who: "providers/docker/dockercases", may: []string{"providers", "providers/providertest", "providers/docker/dockertest"}},
		{who: "providers/docker/dockertest/load", may: []string{"providers/docker/dockertest"}},
		{who: "providers/applecontainer/applecontainertest", may: []string{
			"providers", "providers/providertest", "providers/applecontainer/applecontainertest/standin"}},
		// What stands in for a command that runs on macOS only.
		{who: "providers/applecontainer/applecontainertest/standin"},
		{who: "providers/applecontainer/applecontainertest/container", may: []string{
			"providers/applecontainer/applecontainertest/standin"}},
		{who: "plugins/...", may: []string{"plugins/...", "providers", "addr", "diag"}},
		{who: "plugins/plugintest", may: []string{"plugins/...", "providers", "addr", "diag"},
			tests: []string{"providers/docker", "providers/docker/dockercases"}},
		// Cases for the suite, which are written in the language.
		{who: "plugins/conformance", may: []string{
			"plan/eval", "config/funcs", "providers", "providers/providertest", "providers/sample", "diag"}},
		// What third parties test with: the suite, and scripts that run clockwork.
		{who: "plugins/sdk/sdktest", may: []string{"plugins/...", "providers", "providers/providertest", "diag"}},
		// A third party's provider, which has only what any other has.
		{who: "examples/...", may: []string{"plugins/sdk", "providers", "diag"}, tests: []string{"plugins/sdk/sdktest"}},
		{who: "completion/...", may: []string{"completion/...", "providers", "diag"}},
		{who: "completion/ask"},
		{who: "completion/redact"},
		{who: "completion/completiontest"},
		{who: "addr"},
		{who: "diag"},
		{who: "internal/..."},
		// Whole processes are measured; only what their containers are made of is ours.
		{who: "internal/bench", may: []string{"providers/docker/dockertest"}},
		// The whole loop, from what a program logs to what a model's answer does.
		{who: "internal/adversary", tests: append([]string{"providers/docker"}, everything...)},
		// What a model is asked, and what is made of its answer, is the monitor's;
		// the rest is what a project is deployed with.
		{who: "internal/eval", may: append([]string{"monitor", "completion", "apply",
			"providers/docker", "providers/file", "providers/git"}, above...)},
		{who: "internal/eval/cmd", may: []string{"completion", "completion/ask"}},
		// The core against the provider in memory, for tests of what it imports.
		{who: "internal/coretest", may: append([]string{"apply", "check", "providers/memory"}, above...)},
	}
}

// forTests is what every package's tests may use: the conformance suite, a
// provider without an outside world, those that need nothing but a folder, one
// whose outside world has a stand-in, and what tests against Docker Engine
// stand on.
func forTests() []string {
	return []string{"providers/providertest", "providers/memory/...", "providers/file/...", "providers/git/...",
		"providers/applecontainer/...", "providers/docker/dockertest", "completion/completiontest"}
}

// fences keep a library behind the packages that wrap it.
func fences() map[string][]string {
	return map[string][]string{
		"github.com/mitchellh/cli":            {"", "command/..."},
		"github.com/docker":                   {"providers/docker/..."},
		"github.com/moby":                     {"providers/docker/..."},
		"github.com/sashabaranov/go-openai":   {"completion/..."},
		"github.com/hashicorp/go-plugin":      {"plugins/..."},
		"github.com/hashicorp/go-hclog":       {"plugins/..."},
		"google.golang.org/grpc":              {"plugins/..."},
		"google.golang.org/protobuf":          {"plugins/..."},
		"github.com/prometheus/client_golang": {"monitor/..."},
		"github.com/chromedp":                 {"monitor/api"},
	}
}

// arrow is one import.
type arrow struct {
	from, file, to string
	test           bool
}

func TestImportDirections(t *testing.T) {
	for _, problem := range judge(rules(), fences(), arrows(readTree(t))) {
		t.Error(problem)
	}
}

func TestRulesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if seen[r.who] {
			t.Errorf("two rules for %q", r.who)
		}
		seen[r.who] = true
	}
}

func TestForbiddenArrowsAreFound(t *testing.T) {
	const ours = modulePath + "/"
	forbidden := []arrow{
		{from: "state", to: ours + "config"},
		{from: "state", to: ours + "config", test: true},
		{from: "providers", to: ours + "state"},
		{from: "config", to: ours + "providers"},
		{from: "plan", to: ours + "plugins"},
		{from: "plan", to: ours + "plugins", test: true},
		{from: "plan/eval", to: ours + "plan"},
		{from: "plan", to: ours + "apply"},
		{from: "plan", to: ours + "plan/extra"},
		{from: "apply", to: ours + "check"},
		{from: "apply", to: ours + "command"},
		{from: "monitor", to: ours + "command"},
		{from: "monitor", to: ours + "completion"},
		{from: "completion", to: ours + "monitor"},
		{from: "providers/file", to: ours + "providers/docker"},
		{from: "providers/file", to: ours + "providers/providertest"},
		{from: "diag", to: ours + "addr"},
		{from: "internal/marks", to: ours + "diag"},
		{from: "brandnew", to: ours + "diag"},
		{from: "plan", to: modulePath},
		{from: "plan", to: "github.com/mitchellh/cli"},
		{from: "providers/file", to: "github.com/docker/docker/client"},
		{from: "monitor", to: "github.com/sashabaranov/go-openai"},
		{from: "providers", to: "google.golang.org/grpc/codes"},
	}
	for _, a := range forbidden {
		if len(judge(rules(), fences(), []arrow{a})) == 0 {
			t.Errorf("%s may import %s (test file: %v), but must not", a.from, a.to, a.test)
		}
	}
	allowed := []arrow{
		{from: "", to: ours + "command"},
		{from: "command/views", to: ours + "plan"},
		{from: "monitor", to: ours + "apply"},
		{from: "apply", to: ours + "plan/dag"},
		{from: "plan", to: ours + "internal/marks"},
		{from: "providers/file", to: ours + "providers"},
		{from: "providers/file", to: ours + "providers/providertest", test: true},
		{from: "apply", to: ours + "providers/providertest", test: true},
		{from: "plugins/proto", to: "google.golang.org/grpc"},
		{from: "command", to: "github.com/mitchellh/cli"},
		{from: "plan", to: "github.com/mitchellh/cliparse"},
		{from: "plan", to: "context"},
	}
	for _, a := range allowed {
		for _, problem := range judge(rules(), fences(), []arrow{a}) {
			t.Errorf("wrongly refused: %s", problem)
		}
	}
}

func arrows(tree []pkg) []arrow {
	var all []arrow
	for _, p := range tree {
		for _, f := range p.files {
			for _, imported := range f.imports {
				all = append(all, arrow{from: p.path, file: f.name, to: imported, test: f.test})
			}
		}
	}
	return all
}

// judge returns a line for each forbidden arrow.
func judge(rules []rule, fences map[string][]string, all []arrow) []string {
	var problems []string
	for _, a := range all {
		for library, where := range fences {
			inLibrary := a.to == library || strings.HasPrefix(a.to, library+"/")
			if inLibrary && !withinAny(where, a.from) {
				problems = append(problems, fmt.Sprintf("%s: package %q imports %s, which only %q may",
					a.file, a.from, a.to, where))
			}
		}
		to, ours := strings.CutPrefix(a.to, modulePath)
		if !ours || to != "" && to[0] != '/' {
			continue
		}
		to = strings.TrimPrefix(to, "/")
		if to == a.from || within("internal/...", to) && to != "" {
			continue
		}
		r, found := ruleFor(rules, a.from)
		if !found {
			problems = append(problems, fmt.Sprintf("%s: package %q has no rule in archtest: give it a place in the design",
				a.file, a.from))
			continue
		}
		may := r.may
		if a.test {
			may = slices.Concat(below(rules, a.from), r.tests, forTests())
		}
		if !withinAny(may, to) {
			problems = append(problems, fmt.Sprintf("%s: package %q must not import %q; it may import %q",
				a.file, a.from, to, may))
		}
	}
	sort.Strings(problems)
	return problems
}

// ruleFor returns the rule with the longest pattern that names the package.
func ruleFor(rules []rule, pkgPath string) (rule, bool) {
	var best rule
	found := false
	for _, r := range rules {
		if within(r.who, pkgPath) && (!found || len(r.who) > len(best.who)) {
			best, found = r, true
		}
	}
	return best, found
}

// below returns all patterns that can be reached from a package.
func below(rules []rule, pkgPath string) []string {
	var all []string
	queue := []string{pkgPath}
	for len(queue) > 0 {
		next := strings.TrimSuffix(queue[0], "/...")
		queue = queue[1:]
		r, _ := ruleFor(rules, next)
		for _, pattern := range r.may {
			if !slices.Contains(all, pattern) {
				all = append(all, pattern)
				queue = append(queue, pattern)
			}
		}
	}
	return all
}
