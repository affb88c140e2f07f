package vet_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// denial is an answer, or circumstances, that one gate denies.
type denial struct {
	gate   string
	answer string
	reason string
	with   func(*world)
}

func denials() map[string]denial {
	fine := change("memory", `"256MiB"`)
	return map[string]denial{
		"nothing":                {gate: "answer", answer: ``, reason: "ends too early"},
		"a key twice":            {gate: "answer", answer: strings.Replace(fine, `"cause"`, `"verdict": "no_fix", "cause"`, 1), reason: "twice"},
		"a key in another case":  {gate: "answer", answer: strings.Replace(fine, `"cause"`, `"Cause"`, 1), reason: `no "cause"`},
		"a key too much":         {gate: "answer", answer: strings.Replace(fine, `"cause"`, `"target": "x", "cause"`, 1), reason: "something else"},
		"another word":           {gate: "answer", answer: strings.Replace(fine, `"fix"`, `"FIX"`, 1), reason: "verdict"},
		"evidence made up":       {gate: "answer", answer: strings.Replace(fine, `"e1"`, `"e9"`, 1), reason: "not given"},
		"null for a list":        {gate: "answer", answer: `{"verdict":"fix","cause":"","evidence":[],"confidence":1,"changes":null}`, reason: "wrong type"},
		"no changes":             {gate: "answer", answer: changes(""), reason: "comes with changes"},
		"a number of 1e18":       {gate: "answer", answer: change("cpus", "1e18"), reason: "too large"},
		"a number without end":   {gate: "answer", answer: change("cpus", "1e-9999999"), reason: "larger exponent"},
		"one as a text":          {gate: "answer", answer: change("cpus", `"1e-9999999"`), reason: "too large"},
		"a huge text":            {gate: "answer", answer: change("env", `{"A": "`+strings.Repeat("x", 5000)+`"}`), reason: "more than 4096"},
		"bidi":                   {gate: "answer", answer: change("restart", `"al\u202eways"`), reason: "invisible"},
		"zero width":             {gate: "answer", answer: change("image", `"ngi\u200bnx"`), reason: "invisible"},
		"ANSI":                   {gate: "answer", answer: change("restart", `"\u001b[2Jx"`), reason: "control"},
		"64 KiB":                 {gate: "answer", answer: strings.Repeat(" ", 65<<10) + fine, reason: "65536"},
		"a path with an index":   {gate: "answer", answer: change("env[0]", `"x"`), reason: "double quotes"},
		"another resource":       {gate: "answer", answer: change("box_container.other.Memory", `"256MiB"`), reason: "made of names"},
		"no such attribute":      {gate: "target", answer: change("box_container.other.memory", `"256MiB"`), reason: "no attribute box_container"},
		"an assert":              {gate: "target", answer: change("assert.web.url", `"x"`), reason: "no attribute"},
		"the policy":             {gate: "target", answer: change("remediation", `"x"`), reason: "no attribute"},
		"lifecycle":              {gate: "target", answer: change("lifecycle.prevent_destroy", `false`), reason: "no attribute"},
		"a sensitive attribute":  {gate: "target", answer: change("token", `"x"`), reason: "sensitive"},
		"what the provider sets": {gate: "target", answer: change("id", `"x"`), reason: "set by the provider"},
		"another type":           {gate: "target", answer: change("memory", `{"a": 1}`), reason: "does not fit"},
		"attributes made up":     {gate: "target", answer: change(`networks["a"]`, `{"privileged": true}`), reason: "there is not"},
		"one inside the other":   {gate: "target", answer: changes(`{"path":"env","value":{}},{"path":"env","key":"A","value":"x"}`), reason: "inside the other"},
		"no fix": {gate: "target", reason: "no_fix",
			answer: `{"verdict":"no_fix","cause":"","evidence":[],"confidence":1,"changes":[]}`},
		"not deployed": {gate: "target", answer: fine, reason: "not deployed", with: func(w *world) {
			other := *w.Input.State
			other.Objects = map[state.ObjectKey]*state.Object{}
			w.Input.State = &other
		}},
		"never, though listed":  {gate: "tier", answer: change("command", `"sh"`), reason: "never changed"},
		"what holds such a one": {gate: "tier", answer: change("healthcheck", `{"test": "true", "interval": "11s"}`), reason: "never changed"},
		"no policy":             {gate: "tier", answer: fine, reason: "no ai block", with: func(w *world) { w.Policy.AI = nil }},
		"more than max_changes": {gate: "tier", answer: changes(`{"path":"memory","value":"256MiB"},{"path":"cpus","value":2},{"path":"env","key":"A","value":"x"}`), reason: "max_changes is 2"},
		"in small steps": {gate: "tier", answer: fine, reason: "3 attributes would differ", with: func(w *world) {
			w.overlay(state.Overlay{Path: "cpus", Value: json.RawMessage("2"), Over: json.RawMessage("1")},
				state.Overlay{Path: `env["A"]`, Value: json.RawMessage(`"x"`), Over: json.RawMessage("null")})
		}},
		"too much":                 {gate: "bounds", answer: change("memory", `"513MiB"`), reason: "out of bounds"},
		"too little":               {gate: "bounds", answer: change("memory", `"1KiB"`), reason: "out of bounds"},
		"no limit":                 {gate: "target", answer: change("memory", `"-1"`), reason: "not a size"},
		"no limit, bounded above":  {gate: "bounds", answer: change("shares", `-1`), reason: "lifts a limit"},
		"removed":                  {gate: "bounds", answer: change("memory", `null`), reason: "cannot be removed"},
		"not a size":               {gate: "target", answer: change("memory", `"much"`), reason: "not a size"},
		"an unlisted image":        {gate: "image", answer: change("image", `"evil`+digest+`"`), reason: "does not list"},
		"a registry in between":    {gate: "image", answer: change("image", `"evil.example.com/nginx`+digest+`"`), reason: "does not list"},
		"a port for a tag":         {gate: "image", answer: change("image", `"nginx:1/x`+digest+`"`), reason: "does not list"},
		"a homoglyph":              {gate: "image", answer: change("image", `"ngіnx`+digest+`"`), reason: "not the name"},
		"upper case":               {gate: "image", answer: change("image", `"NGINX`+digest+`"`), reason: "not the name"},
		"userinfo":                 {gate: "image", answer: change("image", `"nginx@evil.example.com/x"`), reason: "not the name"},
		"no image":                 {gate: "image", answer: change("image", `null`), reason: "not the name"},
		"a provider that is gone":  {gate: "plan", answer: fine, reason: "cannot be planned", with: func(w *world) { w.Options.SkipRefresh = true; w.breakPlan() }},
		"nobody can name the plan": {gate: "plan", answer: fine, reason: "told from each other", with: func(w *world) { w.Hash = nil }},
		"nothing to change":        {gate: "diff", answer: change("memory", `"128MiB"`), reason: "0 changes"},
		"drift beside it": {gate: "diff", answer: fine, reason: "would change cpus", with: func(w *world) {
			w.stored(func(o map[string]any) { o["cpus"] = 7 })
		}},
		"another element beside it": {gate: "diff", answer: changes(`{"path":"env","key":"A","value":"x"}`), reason: "make it anew", with: func(w *world) {
			w.stored(func(o map[string]any) { o["env"] = map[string]any{"MODE": "test"} })
		}},
		"tainted": {gate: "diff", answer: fine, reason: "make it anew", with: func(w *world) {
			w.object(func(o *state.Object) { o.Tainted = true })
		}},
		"a secret":                  {gate: "secrets", answer: change(`env["A"]`, `"x hunter2-hunter2"`), reason: "holds a secret"},
		"a secret in base64":        {gate: "secrets", answer: change(`env["A"]`, `"aHVudGVyMi1odW50ZXIy"`), reason: "holds a secret"},
		"a secret in two lines":     {gate: "secrets", answer: change(`env["A"]`, `"hunter2-\nhunter2"`), reason: "holds a secret"},
		"a secret as a key":         {gate: "secrets", answer: change(`env["hunter2-hunter2"]`, `"x"`), reason: "holds a secret"},
		"the mark of a secret":      {gate: "secrets", answer: change(`env["A"]`, `"«redacted 3f»"`), reason: "left out"},
		"what looks like one":       {gate: "secrets", answer: change(`env["A"]`, `"ghp_0123456789abcdef0123456789"`), reason: "looks like"},
		"a password in a URL":       {gate: "secrets", answer: change(`env["A"]`, `"redis://u:p@h"`), reason: "looks like"},
		"the engine's socket":       {gate: "host", answer: change(`env["A"]`, `"unix:///var/run/docker.sock"`), reason: "host"},
		"the engine's socket by ..": {gate: "host", answer: change(`env["A"]`, `"/tmp/../run/./Docker.sock"`), reason: "host"},
		"the kernel's files":        {gate: "host", answer: change(`env["A"]`, `"x:/srv/../proc/1/root"`), reason: "host"},
		"the same again": {gate: "repetition", answer: change("memory", `"256MiB" `), reason: "did not help", with: func(w *world) {
			w.Failed = [][]state.Overlay{{{Path: "memory", Value: json.RawMessage(`"256MiB"`)}}}
		}},
		"nothing is left":       {gate: "budget", answer: fine, reason: "used up", with: func(w *world) { w.Spent = func() error { return errors.New("used up") } }},
		"nobody counts":         {gate: "budget", answer: fine, reason: "nobody knows", with: func(w *world) { w.Spent = nil }},
		"a gate panics":         {gate: "budget", answer: fine, reason: "gate itself failed", with: func(w *world) { w.Spent = func() error { panic("x") } }},
		"another state":         {gate: "state", answer: fine, reason: "state has changed", with: func(w *world) { w.Serial++ }},
		"another configuration": {gate: "state", answer: fine, reason: "configuration has changed", with: func(w *world) { w.ConfigHash = "x" }},
		"another plan approved": {gate: "approval", answer: fine, reason: "another plan", with: func(w *world) { w.Approved = "x" }},
		"mode off":              {gate: "approval", answer: fine, reason: "forbids", with: func(w *world) { w.Policy.Mode = plan.HealOff }},
		"no mode":               {gate: "approval", answer: fine, reason: "forbids", with: func(w *world) { w.Policy.Mode = "" }},
	}
}

// object changes the target's object in the state that is looked at.
func (w *world) object(edit func(*state.Object)) {
	st := *w.Input.State
	key := state.ObjectKey{Instance: w.Target}
	o := *st.Objects[key]
	edit(&o)
	objects := map[state.ObjectKey]*state.Object{}
	for k, v := range st.Objects {
		objects[k] = v
	}
	objects[key] = &o
	st.Objects = objects
	w.Input.State = &st
}

func (w *world) overlay(entries ...state.Overlay) {
	w.object(func(o *state.Object) { o.Overlay = entries })
}

func (w *world) stored(edit func(map[string]any)) {
	w.object(func(o *state.Object) {
		var attributes map[string]any
		if err := json.Unmarshal(o.Attributes, &attributes); err != nil {
			w.p.Fatal(err)
		}
		edit(attributes)
		o.Attributes, _ = json.Marshal(attributes)
	})
}

// breakPlan has the state name an object that no provider can plan for.
func (w *world) breakPlan() {
	w.object(func(o *state.Object) { o.SchemaVersion = 99 })
}

func (d denial) run(t *testing.T, without string) (*world, vet.Verdict) {
	w := newWorld(t)
	w.Answer = []byte(d.answer)
	if d.with != nil {
		d.with(w)
	}
	return w, vet.VetWithout(context.Background(), w.Request, without)
}

func TestDenials(t *testing.T) {
	for name, d := range denials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, got := d.run(t, "")
			last := got.Gates[len(got.Gates)-1]
			if got.Outcome != vet.Deny || got.Vetted != nil || last.Name != d.gate || last.Outcome != vet.Deny || !strings.Contains(last.Reason, d.reason) {
				t.Errorf("%v by %s: %s; not by %s: %s", got.Outcome, last.Name, last.Reason, d.gate, d.reason)
			}
			if strings.Contains(last.Reason, "hunter2") || w.applied.Load() != 0 {
				t.Errorf("%q, applied %d times", last.Reason, w.applied.Load())
			}
		})
	}
}

// TestEveryGateIsNeeded takes each gate away in turn: what it denies must then be
// missed by TestDenials.
func TestEveryGateIsNeeded(t *testing.T) {
	for _, name := range vet.GateNames() {
		needed := false
		for _, d := range denials() {
			if d.gate != name {
				continue
			}
			_, got := d.run(t, name)
			last := got.Gates[len(got.Gates)-1]
			needed = needed || got.Outcome != vet.Deny || last.Name != d.gate
		}
		if !needed {
			t.Errorf("without the gate %q nothing is different", name)
		}
	}
}

func TestAllowed(t *testing.T) {
	for name, answer := range map[string]string{
		"in bounds":              change("memory", `"256MiB"`),
		"at the bounds":          changes(`{"path":"memory","value":"512MiB"},{"path":"healthcheck.interval","value":"20s"}`),
		"near to what was there": change("cpus", "2"),
		"an element":             changes(`{"path":"networks","key":"back","value":{"aliases":["web"]}}`),
		"an element by its path": change(`networks["back"]`, `{}`),
		"an element taken out":   change(`networks["front"]`, `null`),
		"what makes it anew":     change(`env["REDIS_HOST"]`, `"redis"`),
		"a template stays text":  change(`env["A"]`, `"${file(\"/etc/shadow\")}%{ if true }"`),
		"an image by its digest": change("image", `"docker.io/library/nginx:1.26`+digest+`"`),
		"from another registry":  change("image", `"registry.example.com:5000/team/app`+digest+`"`),
	} {
		w := newWorld(t)
		w.Answer = []byte(answer)
		got := vet.Vet(context.Background(), w.Request)
		if got.Outcome != vet.Allow || got.Vetted == nil || !got.Proposed.FromModel {
			t.Errorf("%s: %v, %+v", name, got.Outcome, got.Gates[len(got.Gates)-1])
			continue
		}
		if name == "a template stays text" {
			env := got.Proposed.Changes[0].After.GetAttr("env").Index(cty.StringVal("A")).AsString()
			if env != `${file("/etc/shadow")}%{ if true }` {
				t.Errorf("it became %q", env)
			}
		}
	}
}

func TestApproval(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		mode   plan.HealMode
		can    bool // a person's approval is enough
	}{
		"not listed":              {change("restart", `"always"`), plan.HealAuto, true},
		"an image by its tag":     {change("image", `"nginx:1.26"`), plan.HealAuto, true},
		"far from what was there": {change("cpus", "64"), plan.HealAuto, true},
		"removed, without bounds": {change("cpus", "null"), plan.HealAuto, true},
		"mode approve":            {change("memory", `"256MiB"`), plan.HealApprove, true},
		"mode suggest":            {change("memory", `"256MiB"`), plan.HealSuggest, false},
	} {
		w := newWorld(t)
		w.Answer, w.Policy.Mode = []byte(c.answer), c.mode
		got := vet.Vet(context.Background(), w.Request)
		if got.Outcome != vet.NeedsApproval || got.Vetted != nil || got.Proposed == nil || got.Hash == "" {
			t.Errorf("%s: %v, %+v", name, got.Outcome, got.Gates)
			continue
		}
		w.Approved = got.Hash
		if again := vet.Vet(context.Background(), w.Request); (again.Outcome == vet.Allow) != c.can || (again.Vetted != nil) != c.can {
			t.Errorf("%s, approved: %v, %+v", name, again.Outcome, again.Gates)
		}
		w.Answer = []byte(strings.Replace(c.answer, `"value": `, `"value": "x", "key": `, 1))
		if again := vet.Vet(context.Background(), w.Request); again.Vetted != nil {
			t.Errorf("%s: the approval was good for another plan", name)
		}
	}
}

// TestSocketBehindASymlink: what a path leads to and comes by counts, not what it is
// called.
func TestSocketBehindASymlink(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	link := func(name, to string) string {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	socket := filepath.Join(dir, "docker.sock")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	harmless, self, loop := link("harmless", socket), link("self", "/proc/self"), link("loop", "loop")
	for name, c := range map[string]struct {
		path string
		gate string
	}{
		"a link":                       {harmless, "host"},
		"a link to a link":             {link("again", "harmless"), "host"},
		"a socket that is not there":   {link("later", "/run/docker.sock"), "host"},
		"through what ends at the top": {self + "/root", "host"}, // a link to /
		"what is not there behind one": {self + "/nothing", "host"},
		"above where a link leads":     {self + "/../version", "host"},
		"a link that never ends":       {loop + "/x", "host"},
		"no link":                      {dir + "/plain/../file", "approval"},
	} {
		w.Answer = []byte(change(`env["A"]`, `"`+c.path+`"`))
		got := vet.Vet(context.Background(), w.Request)
		if last := got.Gates[len(got.Gates)-1]; last.Name != c.gate || (got.Outcome == vet.Deny) != (c.gate == "host") {
			t.Errorf("%s: %+v", name, got.Gates)
		}
	}
}

// TestBoundsAreOfTheConfiguration: an overlay does not move what it is measured by.
func TestBoundsAreOfTheConfiguration(t *testing.T) {
	w := newWorld(t)
	w.overlay(state.Overlay{Path: "cpus", Value: json.RawMessage("2"), Over: json.RawMessage("1"), Origin: w.Origin})
	w.Answer = []byte(change("cpus", "4"))
	if got := vet.Vet(context.Background(), w.Request); got.Outcome != vet.NeedsApproval {
		t.Errorf("%v, %+v", got.Outcome, got.Gates)
	}
}

func TestVetWithoutGatesDenies(t *testing.T) {
	w := newWorld(t)
	w.Answer = []byte(change("memory", `"256MiB"`))
	for _, gates := range [][]string{nil, {"silent"}} {
		if got := vet.VetBySilence(context.Background(), w.Request, gates...); got.Outcome != vet.Deny || got.Vetted != nil {
			t.Errorf("%+v", got)
		}
	}
}

func TestAllowedForAndSchema(t *testing.T) {
	w := newWorld(t)
	allowed, err := vet.AllowedFor(context.Background(), w.Request)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, a := range allowed {
		paths = append(paths, a.Path)
	}
	if want := []string{"cpus", "env", "healthcheck.interval", "image", "memory", "networks", "shares"}; !slices.Equal(paths, want) {
		t.Errorf("%q, not %q", paths, want)
	}
	var schema any
	if err := json.Unmarshal(vet.Schema(allowed, w.Evidence), &schema); err != nil {
		t.Fatal(err)
	}
	strict(t, schema, "schema")
	w.Answer = []byte(change("memory", `"9GiB"`))
	if err := vet.Check(context.Background(), w.Request); err == nil || !strings.Contains(err.Error(), "memory is out of bounds") {
		t.Errorf("it is told %v", err)
	}
	w.Answer = []byte(change("memory", `"256MiB"`))
	if err := vet.Check(context.Background(), w.Request); err != nil {
		t.Error(err)
	}
}

// strict checks what strict structured outputs ask of a schema.
func strict(t *testing.T, schema any, at string) {
	t.Helper()
	switch s := schema.(type) {
	case []any:
		for _, x := range s {
			strict(t, x, at)
		}
	case map[string]any:
		if properties, ok := s["properties"].(map[string]any); ok {
			if required, _ := s["required"].([]any); len(required) != len(properties) || s["additionalProperties"] != false {
				t.Errorf("%s is not strict", at)
			}
		}
		for name, x := range s {
			strict(t, x, at+"."+name)
		}
	}
}

// FuzzVet: whatever a model says, what would be applied is what the policy permits.
func FuzzVet(f *testing.F) {
	for _, d := range denials() {
		f.Add([]byte(d.answer))
	}
	f.Add([]byte(change("memory", `"256MiB"`)))
	f.Add([]byte(changes(`{"path":"networks","key":"back","value":{"aliases":["web"]}},{"path":"env","key":"A","value":"x"}`)))
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, answer []byte) {
		r := w.Request
		r.Answer = answer
		got := vet.Vet(context.Background(), r)
		if got.Vetted == nil {
			return
		}
		c := got.Vetted.Plan().Changes
		if len(c) != 1 || c[0].Address != r.Target {
			t.Fatalf("%d changes, of %s", len(c), c[0].Address)
		}
		before, after := c[0].Before, c[0].After
		for name := range before.Type().AttributeTypes() {
			x, _ := before.GetAttr(name).UnmarkDeep()
			y, _ := after.GetAttr(name).UnmarkDeep()
			switch name {
			case "cpus", "shares", "memory", "env", "networks", "image", "healthcheck", "id", "pulled": // permitted, or the provider's
			default:
				if !x.RawEquals(y) {
					t.Errorf("%s changes", name)
				}
			}
		}
		if h := after.GetAttr("healthcheck"); !h.GetAttr("test").RawEquals(before.GetAttr("healthcheck").GetAttr("test")) {
			t.Error("healthcheck.test changes")
		}
		if raw := string(answer); strings.Contains(raw, "hunter2-hunter2") && strings.Contains(after.GetAttr("env").GoString(), "hunter2") {
			t.Error("the secret is in it")
		}
	})
}
