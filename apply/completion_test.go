package apply_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/state"
)

// oracle answers as a test wants, and holds every answer to the question's check.
type oracle struct {
	answer func(q ask.Question) string
	hold   chan struct{} // when set, no answer comes before it is closed
	begun  chan string   // when set, told of each question

	mu          sync.Mutex
	asked       []ask.Question
	held, peak  int
	rejected    error // what the last check said
	unavailable error
}

func (m *oracle) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	m.mu.Lock()
	m.asked = append(m.asked, q)
	m.held++
	m.peak = max(m.peak, m.held)
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.held--
		m.mu.Unlock()
	}()
	if m.begun != nil {
		m.begun <- q.Subject
	}
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-ctx.Done():
			return ask.Reply{}, ctx.Err()
		}
	}
	if m.unavailable != nil {
		return ask.Reply{}, m.unavailable
	}
	answer := m.answer(q)
	if err := q.Check([]byte(answer)); err != nil {
		m.mu.Lock()
		m.rejected = err
		m.mu.Unlock()
		return ask.Reply{}, &ask.Error{Reason: ask.Invalid, Detail: "No answer was acceptable: " + err.Error() + ". Ask another model."}
	}
	return ask.Reply{Answer: []byte(answer), Model: "test-1"}, nil
}

func (m *oracle) calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.asked)
}

// oracleOf is one that always answers the same.
func oracleOf(answer string) *oracle {
	return &oracle{answer: func(ask.Question) string { return answer }}
}

// toldProvider is the provider in memory with an item whose value and kind must be
// set, and may be completed.
type toldProvider struct {
	whole
	schema *providers.Schema
}

type whole interface {
	providers.Provider
	providers.Planner
	providers.Importer
	providers.DataReader
	providers.Checker
	providers.Diagnoser
	providers.Watcher
	providers.Recoverer
	providers.Upgrader
}

func (p toldProvider) Schema(context.Context) (*providers.Schema, error) { return p.schema, nil }

func newToldProvider(t testing.TB, world *memory.Store) providers.Provider {
	p := memory.New(memory.Options{Store: world}).(whole)
	s, err := p.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"value", "kind"} {
		a := s.Resources["memory_item"].Attributes[name]
		a.Required, a.Optional, a.Completable, a.Default = true, false, true, cty.NilVal
		a.Tier = providers.TierApproval
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return toldProvider{p, s}
}

// completing is a project with that provider.
func completing(t testing.TB, m *oracle, main string) *coretest.Project {
	world := &memory.Store{}
	p := coretest.With(t, map[string]func() providers.Provider{
		"memory": func() providers.Provider { return newToldProvider(t, world) },
	}, main)
	p.World = world
	if m != nil {
		p.Completer = m
	}
	return p
}

func completed(t testing.TB, p *coretest.Project, address string) *state.Completed {
	t.Helper()
	i, err := addr.ParseInstance(address)
	if err != nil {
		t.Fatal(err)
	}
	o := p.State().Objects[state.ObjectKey{Instance: i}]
	if o == nil {
		t.Fatalf("%s is not in state", address)
	}
	return o.Completed
}

// same tells whether two are written as the same JSON.
func same(a, b *state.Completed) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func attribute(c plan.Change, name string) string {
	v, _ := c.After.GetAttr(name).Unmark()
	return v.AsString()
}

const lacking = `
resource "memory_item" "a" {
  description = "says hello"
  name        = "a"
}
`

const hello = `{"value": "hello ${var.x}", "kind": "plain"}`

// TestCompletedOnce: the first plan asks; after the apply nobody is asked, also
// where nobody could be.
func TestCompletedOnce(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking)
	made := p.Plan(plan.Options{})
	if len(made.Changes) != 1 || attribute(made.Changes[0], "value") != "hello ${var.x}" {
		t.Fatal(coretest.Summary(made))
	}
	if c := made.Changes[0].Completed; c == nil || c.Origin.Model != "test-1" || string(c.Values["kind"]) != `"plain"` || len(c.Values) != 2 {
		t.Fatalf("%+v", c)
	}
	p.Run(plan.Options{}) // and plans again, which must change nothing
	if m.calls() != 2 {
		t.Errorf("%d questions", m.calls())
	}
	if item, _ := p.World.Item(memory.DefaultNamespace, "a"); item.Value == nil || *item.Value != "hello ${var.x}" {
		t.Errorf("the item is %+v", item)
	}
	for name, c := range map[string]ask.Completer{"nobody": nil, "not set up": &oracle{unavailable: &ask.Error{Reason: ask.NotConfigured}}} {
		p.Completer = c
		if again := p.Plan(plan.Options{}); again.HasChanges() || len(again.Refreshed) > 0 {
			t.Errorf("%s: %s", name, coretest.Summary(again))
		}
	}
}

// TestSamePlanWhenMoreIsKnown: what was not known when the model was asked is no
// reason to ask it again.
func TestSamePlanWhenMoreIsKnown(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking+`
resource "memory_shelf" "s" { name = "s" }
resource "memory_item" "b" {
  description = "lies on a shelf"
  name        = "b"
  tags        = { shelf = memory_shelf.s.id }
}
`)
	p.Run(plan.Options{})
	if m.calls() != 2 {
		t.Errorf("%d questions", m.calls())
	}
	for _, q := range m.asked {
		if q.Subject == "memory_item.b" && !strings.Contains(fmt.Sprint(q.Evidence), `tags["shelf"] (not known yet)`) {
			t.Errorf("evidence: %v", q.Evidence)
		}
	}
}

// TestAsksAgain: for another description, and when it is told to.
func TestAsksAgain(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking)
	p.Run(plan.Options{})
	was := completed(t, p, "memory_item.a")

	p.Files["main.cw.hcl"] = strings.Replace(lacking, "hello", "hello again", 1)
	made := p.Plan(plan.Options{})
	if made.HasChanges() || len(made.Refreshed) != 1 || m.calls() != 2 {
		t.Errorf("the same answer: %s, %d calls", coretest.Summary(made), m.calls())
	}
	// Where there is nobody to ask, it stays, and the next who can asks.
	p.Completer = nil
	p.Run(plan.Options{})
	if now := completed(t, p, "memory_item.a"); !same(now, was) {
		t.Errorf("without a model it is %+v", now)
	}
	p.Completer = m
	p.Run(plan.Options{})
	now := completed(t, p, "memory_item.a")
	if now.Inputs == was.Inputs || m.calls() != 3 {
		t.Errorf("the state did not learn of the new question: %+v, %d calls", now, m.calls())
	}

	m.answer = func(ask.Question) string { return `{"value": "hi", "kind": "plain"}` }
	if made = p.Plan(plan.Options{}); made.HasChanges() {
		t.Error(coretest.Summary(made))
	}
	made = p.Plan(plan.Options{Recomplete: []addr.Target{p.Target("memory_item.a")}})
	if got := coretest.Summary(made); got != "update memory_item.a" || attribute(made.Changes[0], "value") != "hi" {
		t.Error(got)
	}
	// Who wants another answer does not get the old one for it.
	m.unavailable = &ask.Error{Reason: ask.Unavailable, Detail: "It is not there. Start it."}
	_, diags := p.TryPlan(plan.Options{Recomplete: []addr.Target{p.Target("memory_item.a")}})
	if !strings.Contains(diags.Error(), "It is not there.") {
		t.Error(diags)
	}
}

// TestRecompleteMany names a whole resource, and things with nothing to complete.
func TestRecompleteMany(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, `
resource "memory_item" "many" {
  count       = 3
  description = "number ${count.index}"
  name        = "a${count.index}"
}
resource "memory_item" "own" {
  description = "is written out"
  name        = "own"
  value       = "v"
  kind        = "plain"
}
`)
	p.Run(plan.Options{})
	for address, want := range map[string]int{"memory_item.many": 3, "memory_item.many[1]": 1, "memory_item.own": 0, "memory_item.none": 0} {
		before := m.calls()
		made, diags := p.TryPlan(plan.Options{Recomplete: []addr.Target{p.Target(address)}})
		if diags.HasErrors() || made.HasChanges() {
			t.Fatalf("%s: %v", address, diags)
		}
		if got := m.calls() - before; got != want {
			t.Errorf("%s: %d questions", address, got)
		}
		if (len(diags) > 0) != (want == 0) {
			t.Errorf("%s: %v", address, diags)
		}
	}
}

// TestUserWins: what the user writes later is taken out of what is remembered, and
// nobody is asked for the rest.
func TestUserWins(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking)
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] = strings.Replace(lacking, `name        = "a"`, "name = \"a\"\nkind = \"fragile\"", 1)
	p.Run(plan.Options{})
	c := completed(t, p, "memory_item.a")
	if len(c.Values) != 1 || string(c.Values["value"]) != `"hello ${var.x}"` || m.calls() != 1 {
		t.Errorf("%+v after %d questions", c, m.calls())
	}
	// The same value, but the user's own: nothing to do but to remember that.
	p.Files["main.cw.hcl"] = strings.Replace(lacking, `name        = "a"`, "name = \"a\"\nkind = \"fragile\"\nvalue = \"hello $${var.x}\"", 1)
	if made := p.Plan(plan.Options{}); made.HasChanges() {
		t.Error(coretest.Summary(made))
	}
	p.Run(plan.Options{})
	if c := completed(t, p, "memory_item.a"); c != nil || m.calls() != 1 {
		t.Errorf("%+v after %d questions", c, m.calls())
	}
	// Taken out again, it is completed again.
	p.Files["main.cw.hcl"] = lacking
	p.Run(plan.Options{})
	if c := completed(t, p, "memory_item.a"); c == nil || m.calls() != 2 {
		t.Errorf("%+v after %d questions", c, m.calls())
	}
}

// TestCompletedStays: with the object, whatever becomes of it.
func TestCompletedStays(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking)
	p.Run(plan.Options{})
	was := completed(t, p, "memory_item.a")
	p.Run(plan.Options{Replaces: []addr.Instance{{Resource: addr.Resource{Type: "memory_item", Name: "a"}}}})
	p.Run(plan.Options{Restarts: []addr.Instance{{Resource: addr.Resource{Type: "memory_item", Name: "a"}}}})
	p.Run(plan.Options{Mode: plan.RefreshOnly})
	p.World.RemoveItem(memory.DefaultNamespace, "a")
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] = strings.Replace(lacking, "name ", "count = 1\n  name ", 1)
	p.Run(plan.Options{})
	if now := completed(t, p, "memory_item.a[0]"); !same(now, was) || m.calls() != 1 {
		t.Errorf("%+v after %d questions", now, m.calls())
	}

	// A change that fails leaves what was completed for it: it is tried again.
	m.answer = func(ask.Question) string { return `{"value": "hi", "kind": "plain"}` }
	p.World.Inject(memory.Fault{Op: memory.OpUpdate, Times: 1, Message: "It broke."})
	again := plan.Options{Recomplete: []addr.Target{p.Target("memory_item.a[0]")}}
	if _, diags := p.TryRun(again); !strings.Contains(diags.Error(), "It broke.") {
		t.Error(diags)
	}
	// So does one whose end nobody has seen.
	p.World.Inject(memory.Fault{Op: memory.OpUpdate, When: memory.After, Times: 1, Err: errLost})
	if _, diags := p.TryRun(plan.Options{}); !strings.Contains(diags.Error(), "lost") {
		t.Error(diags)
	}
	if _, diags := p.TryRun(plan.Options{}); diags.HasErrors() {
		t.Error(diags)
	}
	if made := p.Plan(plan.Options{}); made.HasChanges() || m.calls() != 2 {
		t.Errorf("%s after %d questions", coretest.Summary(made), m.calls())
	}
	if c := completed(t, p, "memory_item.a[0]"); string(c.Values["value"]) != `"hi"` {
		t.Errorf("%+v", c)
	}
}

// TestNotAsked: what plans nothing new asks nobody.
func TestNotAsked(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking)
	p.Run(plan.Options{})
	then := p.State()
	m.answer = func(q ask.Question) string {
		t.Errorf("asked for %s", q.Subject)
		return hello
	}
	p.Files["main.cw.hcl"] = strings.Replace(lacking, "hello", "goodbye", 1)
	p.Plan(plan.Options{Mode: plan.RefreshOnly})
	p.Plan(plan.Options{Mode: plan.Destroy})

	store := p.Open()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	made, diags := plan.MakeRollback(t.Context(), in, then, plan.Options{})
	if diags.HasErrors() || made.HasChanges() {
		t.Errorf("rollback: %s %v", coretest.Summary(made), diags)
	}
	if diags := plan.Validate(t.Context(), in.Config, in.Providers, "0.1.0"); len(diags) > 0 {
		t.Errorf("validate: %v", diags)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	p.Run(plan.Options{Mode: plan.Destroy})
	if len(p.Addresses()) > 0 {
		t.Errorf("%q are left", p.Addresses())
	}
	// Rolled back to, it is there again with all that it had.
	store = p.Open()
	defer store.Close()
	in.State = store.State()
	made, diags = plan.MakeRollback(t.Context(), in, then, plan.Options{})
	if diags.HasErrors() || len(made.Changes) != 1 || made.Changes[0].Completed == nil {
		t.Errorf("rollback: %s %v", coretest.Summary(made), diags)
	}
}

// TestIgnored: nobody is asked for what is not to change.
func TestIgnored(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, strings.Replace(lacking, "name ", "lifecycle { ignore_changes = [value, kind] }\n  name ", 1))
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] = strings.Replace(p.Files["main.cw.hcl"], "hello", "goodbye", 1)
	p.Run(plan.Options{})
	if m.calls() != 1 || completed(t, p, "memory_item.a") == nil {
		t.Errorf("%d questions", m.calls())
	}
}

// TestNotCompleted: a failure is said once, with its place, and not again of what
// depends on it.
func TestNotCompleted(t *testing.T) {
	const config = lacking + `
resource "memory_item" "after" {
  name  = "after"
  value = memory_item.a.value
  kind  = "plain"
}
`
	for name, tc := range map[string]struct {
		m    *oracle
		main string
		want []string
	}{
		"unavailable": {&oracle{unavailable: &ask.Error{Reason: ask.Unavailable, Detail: "It is not there. Start it."}}, config, []string{
			"main.cw.hcl:2,1-", "Resource could not be completed", `lacks "kind", "value"`, "It is not there. Start it. Or write the argument"}},
		"not set up": {&oracle{unavailable: &ask.Error{Reason: ask.NotConfigured, Detail: "Set CW_MODEL."}}, config, []string{
			"Missing required argument", `The argument "value" is required, but it is not set. Set it here. Set CW_MODEL.`}},
		"enum":      {oracleOf(`{"value": "a", "kind": "odd"}`), config, []string{"Resource could not be completed", `"kind": it must be one of`}},
		"more":      {oracleOf(`{"value": "a", "kind": "plain", "name": "b"}`), config, []string{`"name" was not asked for`}},
		"malformed": {oracleOf(`Sure! Here it is`), config, []string{"not one JSON object"}},
		"provider": {oracleOf(`{"value": "a", "kind": "plain"}`), strings.Replace(config, `= "a"`, `= "Not A Name"`, 1), []string{
			"main.cw.hcl:4,17-", "Not a name"}},
	} {
		p := completing(t, tc.m, tc.main)
		_, diags := p.TryPlan(plan.Options{})
		text := diags.Error()
		for _, d := range diags {
			if d.Subject != nil {
				text += d.Subject.String()
			}
		}
		for _, want := range tc.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s\ndoes not say %q", name, text, want)
			}
		}
		if strings.Contains(text, "memory_item.after") {
			t.Errorf("%s: %s", name, text)
		}
		// What the user wrote is looked at first, so that no model is asked in vain.
		if want := map[bool]int{true: 0, false: 1}[name == "provider"]; tc.m.calls() != want {
			t.Errorf("%s: %d questions", name, tc.m.calls())
		}
	}
}

// TestSecretsAreNamed: all that is sensitive is named to who sends.
func TestSecretsAreNamed(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, `
variable "root" {
  sensitive = true
  default   = "secret-of-root"
}
variable "more" {
  type      = map(number)
  sensitive = true
  default   = { key-that-is-secret = 123456789 }
}
resource "memory_item" "kept" {
  name   = "kept"
  value  = "v"
  kind   = "plain"
  secret = "secret-in-state"
  tags   = { token = var.root }
}
output "out" {
  sensitive = true
  value     = "secret-output"
}
module "m" { source = "./m" }
`)
	p.Files["m/main.cw.hcl"] = `
variable "child" {
  sensitive = true
  default   = { pin = 123456, name = "secret-of-child" }
}
resource "memory_item" "kept" {
  name   = "inner"
  value  = "v"
  kind   = "plain"
  tags   = { token = var.child.name }
}
`
	p.Run(plan.Options{})
	p.Files["main.cw.hcl"] += `
resource "memory_item" "a" {
  description = "says hello"
  name        = "a"
  secret      = "secret-of-its-own"
  tags        = { token = "x-${var.root}", open = "shown" }
}
`
	// In a module, so that its variable has been evaluated before.
	p.Files["m/main.cw.hcl"] += `
resource "memory_item" "b" {
  description = "says hello"
  name        = "b"
  tags        = { child = var.child.name }
}
`
	p.Plan(plan.Options{})
	if m.calls() != 2 {
		t.Fatalf("%d questions", m.calls())
	}
	for _, q := range m.asked {
		want := []string{"secret-of-root", "secret-in-state", "secret-output", "123456789", "key-that-is-secret"}
		if q.Subject == "memory_item.a" {
			want = append(want, "secret-of-its-own", "x-secret-of-root")
		} else {
			want = append(want, "secret-of-child")
		}
		for _, secret := range want {
			if !slices.Contains(q.Secrets, secret) {
				t.Errorf("%s: %q does not hold %q", q.Subject, q.Secrets, secret)
			}
		}
		for _, e := range q.Evidence {
			raw, err := json.Marshal(e)
			if err != nil || strings.Contains(string(raw), "secret-") {
				t.Errorf("%s: evidence tells a secret: %s (%v)", q.Subject, raw, err)
			}
		}
	}
}

// TestAskedAtOnce: several questions are with the model at a time, and not more
// than four.
func TestAskedAtOnce(t *testing.T) {
	m := oracleOf(hello)
	m.hold, m.begun = make(chan struct{}), make(chan string, 9)
	p := completing(t, m, `
resource "memory_item" "many" {
  count       = 9
  description = "number ${count.index}"
  name        = "a${count.index}"
}
`)
	done := make(chan *plan.Plan)
	go func() { done <- p.Plan(plan.Options{}) }()
	for range 4 {
		select {
		case <-m.begun:
		case <-time.After(time.Minute):
			t.Fatal("fewer than four questions at a time")
		}
	}
	close(m.hold)
	if made := <-done; len(made.Changes) != 9 {
		t.Error(coretest.Summary(made))
	}
	if m.calls() != 9 || m.peak != 4 {
		t.Errorf("%d questions, %d at a time", m.calls(), m.peak)
	}
}

// TestCompletionInterrupted: the end of the context ends the asking.
func TestCompletionInterrupted(t *testing.T) {
	m := oracleOf(hello)
	m.hold, m.begun = make(chan struct{}), make(chan string, 1)
	p := completing(t, m, lacking)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-m.begun
		cancel()
	}()
	_, diags := p.TryRunContext(ctx, plan.Options{})
	if len(diags) != 1 || diags[0].Summary != "Planning was interrupted" {
		t.Error(diags)
	}
}

// TestOverlayOverCompleted: what a remediation laid over a completed attribute
// stays there, until the completion is another.
func TestOverlayOverCompleted(t *testing.T) {
	m := oracleOf(hello)
	p := completing(t, m, lacking)
	p.Run(plan.Options{})
	item := p.Target("memory_item.a").Resource.Instance(addr.NoKey)
	overlay := map[addr.Instance][]state.Overlay{item: {{Path: "value", Value: json.RawMessage(`"healed"`), Over: json.RawMessage(`"hello ${var.x}"`),
		Origin: state.Origin{Model: "m", Incident: "i-1"}}}}
	p.Run(plan.Options{Overlays: overlay})
	if o, attributes := objectOf(p, item); attributes["value"] != "healed" || len(o.Overlay) != 1 || o.Completed == nil || m.calls() != 1 {
		t.Errorf("%v %+v after %d questions", attributes, o.Overlay, m.calls())
	}
	store := p.Open()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if _, cfg, diags := plan.Configuration(t.Context(), in, item); diags.HasErrors() || cfg.GetAttr("value").AsString() != "hello ${var.x}" {
		t.Errorf("the configuration is %#v %v", cfg, diags)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	// A plan of what a model proposed asks no other.
	p.Files["main.cw.hcl"] = strings.Replace(lacking, "hello", "goodbye", 1)
	if made := p.Plan(plan.Options{FromModel: true}); made.HasChanges() || m.calls() != 1 {
		t.Errorf("%s after %d questions", coretest.Summary(made), m.calls())
	}
	m.answer = func(ask.Question) string { return `{"value": "hi", "kind": "plain"}` }
	p.Run(plan.Options{Recomplete: []addr.Target{p.Target("memory_item.a")}})
	if o, attributes := objectOf(p, item); attributes["value"] != "hi" || len(o.Overlay) != 0 {
		t.Errorf("%v %+v", attributes, o.Overlay)
	}
}
