package sdk_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/sdk"
	"github.com/clockwork-hcl/clockwork/providers"
)

// note is a struct for handlers that are made of functions.
type note struct {
	Name string                           `cw:"name,required,replace"`
	Text sdk.Optional[string]             `cw:"text,optional"`
	Key  sdk.Optional[sdk.Secret[string]] `cw:"key,optional"`
	Rev  sdk.Computed[int]                `cw:"rev,computed"`
	More sdk.Value[string]                `cw:"more,computed"`
}

// fns is a handler made of functions.
type fns struct {
	create, update func(*sdk.Call[int], note) (*note, error)
	read           func(context.Context, *sdk.Call[int]) (*note, error)
	remove         func() error
	plan           func(*sdk.Plan[note]) error
}

func (f fns) Create(_ context.Context, c *sdk.Call[int], want note) (*note, error) {
	return f.create(c, want)
}
func (f fns) Read(ctx context.Context, c *sdk.Call[int], _ note) (*note, error) {
	return f.read(ctx, c)
}
func (f fns) Update(_ context.Context, c *sdk.Call[int], _, want note) (*note, error) {
	return f.update(c, want)
}
func (f fns) Delete(context.Context, *sdk.Call[int], note) error { return f.remove() }
func (f fns) Plan(_ context.Context, _ *sdk.Call[int], p *sdk.Plan[note]) error {
	if f.plan == nil {
		return nil
	}
	return f.plan(p)
}

type host struct {
	Host string `cw:"host,required"`
}

// notes makes a provider of functions. connect may be nil.
func notes(t *testing.T, f fns, connect func(sdk.Setup, host) (int, error)) *sdk.Provider {
	t.Helper()
	p := sdk.New(sdk.Spec[host, int]{
		Name: "notes",
		Connect: func(_ context.Context, setup sdk.Setup, s host) (int, error) {
			if connect == nil {
				return 0, nil
			}
			return connect(setup, s)
		},
		Resources: []sdk.ResourceType[int]{sdk.Resource("notes_note", "", f)},
		Asserts: []sdk.AssertType[int]{
			sdk.Assert("note_fine", "", func(_ context.Context, _ *sdk.Call[int], _ struct{}, was note) (sdk.Verdict, error) {
				if was.Text.IsNull() {
					return sdk.Verdict{}, errors.New("the key is " + was.Key.Or(sdk.NewSecret("")).Reveal())
				}
				return sdk.Pass(strings.Repeat("ä", 200)), nil
			}),
		},
	})
	if err := p.Problems(); err != nil {
		t.Fatal(err)
	}
	configure(t, p, cty.StringVal("h"))
	return p
}

func configure(t *testing.T, p *sdk.Provider, value cty.Value) {
	t.Helper()
	resp, err := p.Configure(t.Context(), providers.ConfigureRequest{Name: "c", Project: providers.Project{Name: "p", Dir: "/project"},
		Config: cty.ObjectVal(map[string]cty.Value{"host": value})})
	if err != nil || resp.Diagnostics.HasErrors() {
		t.Fatal(err, resp.Diagnostics)
	}
}

func target() providers.Target {
	return providers.Target{Configuration: "c", Type: "notes_note", Address: "notes_note.n"}
}

func noteValue(more map[string]cty.Value) cty.Value {
	attrs := map[string]cty.Value{"name": cty.StringVal("n"), "text": cty.NullVal(cty.String), "key": cty.NullVal(cty.String),
		"rev": cty.NumberIntVal(1), "more": cty.NullVal(cty.String)}
	for name, v := range more {
		attrs[name] = v
	}
	return cty.ObjectVal(attrs)
}

func none() cty.Value { return cty.NullVal(noteValue(nil).Type()) }

func request(action sdk.Action) providers.ApplyRequest {
	req := providers.ApplyRequest{Target: target(), Action: action, Intent: "i", Config: none(), Prior: noteValue(nil), Planned: none(),
		Progress: func(string) {}}
	if action == sdk.Create {
		req.Prior = none()
	}
	if action != sdk.Delete {
		req.Planned = noteValue(map[string]cty.Value{"rev": cty.UnknownVal(cty.Number), "more": cty.UnknownVal(cty.String)})
		req.Config = noteValue(map[string]cty.Value{"rev": cty.NullVal(cty.Number)})
	}
	return req
}

func apply(t *testing.T, p *sdk.Provider, req providers.ApplyRequest) providers.ApplyResponse {
	t.Helper()
	resp, err := p.Apply(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func wantSaid(t *testing.T, ds diag.Diagnostics, text string) {
	t.Helper()
	if !strings.Contains(ds.Error(), text) {
		t.Errorf("it says %v, not %s", ds, text)
	}
}

// What a create leaves behind is told as it is.
func TestCreateThatFails(t *testing.T) {
	made := func(n note) *note { n.Rev, n.More = sdk.Set(1), sdk.Null[string](); return &n }
	for _, c := range []struct {
		name    string
		create  func(*sdk.Call[int], note) (*note, error)
		says    string
		exists  bool
		tainted bool
	}{
		{"nothing came to be", func(*sdk.Call[int], note) (*note, error) { return nil, errors.New("no room") }, "Cannot create notes_note: No room.", false, false},
		{"half made", func(_ *sdk.Call[int], n note) (*note, error) { return made(n), errors.New("no room") }, "No room.", true, true},
		{"nothing said", func(*sdk.Call[int], note) (*note, error) { return nil, nil }, "returned neither an object nor an error", false, false},
		{"still unknown", func(_ *sdk.Call[int], n note) (*note, error) { return &n, nil },
			"The provider's method Create of notes_note returned an object whose rev is unknown. Please report it", true, true},
		{"not UTF-8", func(_ *sdk.Call[int], n note) (*note, error) {
			n = *made(n)
			n.More = sdk.Known("\xff")
			return &n, nil
		}, "whose more is not UTF-8", true, true},
		{"well, and tainted for no reason", func(c *sdk.Call[int], n note) (*note, error) { c.Taint(); return made(n), nil }, "", true, false},
		{"no such path", func(*sdk.Call[int], note) (*note, error) { return nil, sdk.At("txt", "Bad", "It is bad.") },
			"It is bad. (The provider says that this is about txt, which does not exist.)", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := apply(t, notes(t, fns{create: c.create}, nil), request(sdk.Create))
			if resp.State.IsNull() == c.exists || resp.Tainted != c.tainted || resp.Diagnostics.HasErrors() != (c.says != "") {
				t.Errorf("the answer is %#v", resp)
			}
			if !resp.State.IsWhollyKnown() {
				t.Errorf("the state holds unknown values: %#v", resp.State)
			}
			wantSaid(t, resp.Diagnostics, c.says)
		})
	}
}

// After a change that failed, the state is what is there.
func TestChangeThatFails(t *testing.T) {
	failing := errors.New("no room")
	now := func(text string) func(context.Context, *sdk.Call[int]) (*note, error) {
		return func(context.Context, *sdk.Call[int]) (*note, error) {
			return &note{Name: "n", Text: sdk.Some(text), Rev: sdk.Set(2)}, nil
		}
	}
	prior := noteValue(map[string]cty.Value{"text": cty.StringVal("old")})
	for _, c := range []struct {
		name   string
		action sdk.Action
		f      fns
		want   cty.Value
		taint  bool
	}{
		{"an update that is half done", sdk.Update, fns{read: now("new")}, noteValue(map[string]cty.Value{"text": cty.StringVal("new"), "rev": cty.NumberIntVal(2)}), false},
		{"an update of what is gone", sdk.Update, fns{read: func(context.Context, *sdk.Call[int]) (*note, error) { return nil, nil }}, none(), false},
		{"an update of what cannot be read", sdk.Update, fns{read: func(context.Context, *sdk.Call[int]) (*note, error) { return nil, failing }}, prior, false},
		{"an update that says itself what there is", sdk.Update, fns{update: func(c *sdk.Call[int], n note) (*note, error) {
			c.Taint()
			n.Text, n.Rev = sdk.Some("said"), sdk.Set(3)
			return &n, failing
		}}, noteValue(map[string]cty.Value{"text": cty.StringVal("said"), "rev": cty.NumberIntVal(3)}), true},
		{"a delete that did nothing", sdk.Delete, fns{read: now("old")}, noteValue(map[string]cty.Value{"text": cty.StringVal("old"), "rev": cty.NumberIntVal(2)}), false},
		{"a delete that did it all the same", sdk.Delete, fns{read: func(context.Context, *sdk.Call[int]) (*note, error) { return nil, nil }}, none(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.f.update == nil {
				c.f.update = func(*sdk.Call[int], note) (*note, error) { return nil, failing }
			}
			c.f.remove = func() error { return failing }
			req := request(c.action)
			req.Prior = prior
			resp := apply(t, notes(t, c.f, nil), req)
			if !resp.State.RawEquals(c.want) || resp.Tainted != c.taint {
				t.Errorf("the answer is %#v\nnot %#v", resp, c.want)
			}
			wantSaid(t, resp.Diagnostics, "Cannot "+c.action.String()+" notes_note: No room.")
		})
	}
}

// A method that hangs when it looks again does not hold up the answer for ever.
func TestLookingAgainThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		p := notes(t, fns{
			remove: func() error { return errors.New("no") },
			read:   func(context.Context, *sdk.Call[int]) (*note, error) { <-stuck; return nil, nil },
		}, nil)
		begun := time.Now()
		resp := apply(t, p, request(sdk.Delete))
		if !resp.State.RawEquals(noteValue(nil)) {
			t.Errorf("the state is %#v", resp.State)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		close(stuck)
	})
}

// What a user cannot have written is refused before anything is made, though it
// was not known when it was planned.
func TestLateMistake(t *testing.T) {
	p := sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{sdk.Resource("acme_thing", "", updating[struct {
		Count int `cw:"n,required"`
	}]{})}})
	value := cty.ObjectVal(map[string]cty.Value{"n": cty.NumberFloatVal(1.5)})
	if _, err := p.Configure(t.Context(), providers.ConfigureRequest{Name: "c", Config: cty.EmptyObjectVal}); err != nil {
		t.Fatal(err)
	}
	resp := apply(t, p, providers.ApplyRequest{Target: providers.Target{Configuration: "c", Type: "acme_thing"}, Action: sdk.Create,
		Config: value, Planned: value, Prior: cty.NullVal(value.Type())})
	wantSaid(t, resp.Diagnostics, "Not a whole number")
	if !resp.State.IsNull() || !resp.Diagnostics[0].Path.Equals(cty.GetAttrPath("n")) {
		t.Errorf("the answer is %#v", resp)
	}
}

// What a method says of secrets is hidden, those of the configuration too.
func TestSaidSecrets(t *testing.T) {
	var progress []string
	req := request(sdk.Create)
	req.Planned = noteValue(map[string]cty.Value{"key": cty.StringVal("p&ss\"word"), "rev": cty.UnknownVal(cty.Number)})
	req.Progress = func(text string) { progress = append(progress, text) }
	p := notes(t, fns{create: func(c *sdk.Call[int], n note) (*note, error) {
		key, _ := n.Key.Get()
		c.Progress("with %s", key.Reveal())
		c.Warn(sdk.Errorf("Key "+key.Reveal(), "It is %s.", key.Reveal()))
		return nil, errors.New(`get http://h/?k=p%26ss%22word: {"k":"p&ss\"word"} p&ss"word`)
	}}, nil)
	resp := apply(t, p, req)
	for _, text := range append(progress, resp.Diagnostics.Error()) {
		if strings.Contains(text, "ss") && strings.Contains(text, "word") {
			t.Errorf("the secret shows in %s", text)
		}
	}
	if len(progress) != 1 || progress[0] != "with (sensitive)" || len(resp.Diagnostics) != 2 || resp.Diagnostics[0].Severity != diag.Warning {
		t.Errorf("it said %q and %v", progress, resp.Diagnostics)
	}
}

func TestCheckThatCannotLook(t *testing.T) {
	p := notes(t, fns{}, nil)
	check := func(state cty.Value) providers.CheckResponse {
		t.Helper()
		resp, err := p.Check(t.Context(), providers.CheckRequest{Target: target(), Assert: "note_fine", Config: cty.EmptyObjectVal, State: state})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if got := check(none()); got.Outcome != providers.Unknown || got.Message != "it was never applied" {
		t.Errorf("of what is not there it says %+v", got)
	}
	got := check(noteValue(map[string]cty.Value{"key": cty.StringVal("swordfish")}))
	if got.Outcome != providers.Unknown || got.Message != "The key is (sensitive)." || len(got.Diagnostics) != 1 {
		t.Errorf("of what cannot be looked at it says %+v", got)
	}
	if got := check(noteValue(map[string]cty.Value{"text": cty.StringVal("x")})); got.Outcome != providers.Pass || len(got.Message) > 200 {
		t.Errorf("it says %+v", got)
	}
}

// A client is made when it is needed, once, and again after an error; of a
// configuration that is not known yet, never.
func TestConnect(t *testing.T) {
	var mu sync.Mutex
	connects, fail := []string{}, true
	f := fns{
		read: func(_ context.Context, c *sdk.Call[int]) (*note, error) {
			return &note{Name: c.Path("x"), Rev: sdk.Set(c.Client)}, nil
		},
		plan:   func(p *sdk.Plan[note]) error { p.Want.Rev = sdk.Set(5); return nil },
		create: func(*sdk.Call[int], note) (*note, error) { return nil, errors.New("reached") },
	}
	p := notes(t, f, func(setup sdk.Setup, s host) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		connects = append(connects, s.Host+" in "+setup.Project.Dir)
		if fail {
			return 0, sdk.At("host", "No answer", "Host %s does not answer.", s.Host)
		}
		return 7, nil
	})
	if len(connects) > 0 {
		t.Error("it connects before anything is asked")
	}
	read := func() providers.ReadResponse {
		t.Helper()
		resp, err := p.Read(t.Context(), providers.ReadRequest{Target: target(), State: noteValue(nil), Private: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	resp := read()
	wantSaid(t, resp.Diagnostics, "No answer: Host h does not answer.")
	if !resp.State.RawEquals(noteValue(nil)) || string(resp.Private) != "x" || len(resp.Diagnostics[0].Path) > 0 {
		t.Errorf("what cannot be looked at is %#v", resp)
	}
	made := apply(t, p, request(sdk.Create))
	wantSaid(t, made.Diagnostics, "No answer")
	if !made.State.IsNull() {
		t.Errorf("what was not made is %#v", made.State)
	}
	mu.Lock()
	fail = false
	mu.Unlock()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if resp := read(); resp.Diagnostics.HasErrors() || !resp.State.GetAttr("rev").RawEquals(cty.NumberIntVal(7)) {
				t.Errorf("read %#v", resp)
			}
		})
	}
	all.Wait()
	configure(t, p, cty.StringVal("h")) // the same again
	read()
	if len(connects) != 3 || connects[0] != "h in /project" {
		t.Errorf("it connects %q", connects)
	}
	configure(t, p, cty.StringVal("other"))
	read()
	if len(connects) != 4 {
		t.Errorf("it connects %q", connects)
	}

	configure(t, p, cty.UnknownVal(cty.String))
	wantSaid(t, read().Diagnostics, "depends on something that is not known yet")
	proposed := request(sdk.Create).Planned
	plan := func() providers.PlanResponse {
		t.Helper()
		resp, err := p.Plan(t.Context(), providers.PlanRequest{Target: target(), Config: request(sdk.Create).Config, Prior: none(), Proposed: proposed})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if resp := plan(); len(resp.Diagnostics) > 0 || !resp.Planned.RawEquals(proposed) {
		t.Errorf("without a configuration the plan is %#v", resp)
	}
	configure(t, p, cty.StringVal("h"))
	if resp := plan(); !resp.Planned.GetAttr("rev").RawEquals(cty.NumberIntVal(5)) || resp.Planned.GetAttr("more").IsKnown() {
		t.Errorf("the plan is %#v", resp)
	}
	if len(connects) != 5 {
		t.Errorf("it connects %q", connects)
	}
}

// A client that can be closed is closed, once nobody uses it.
func TestClientsAreClosed(t *testing.T) {
	s := newShelves()
	p := newShop(s)
	configure := func(token string) {
		t.Helper()
		_, err := p.Configure(t.Context(), providers.ConfigureRequest{Name: "c", Config: cty.ObjectVal(map[string]cty.Value{
			"currency": cty.StringVal("EUR"), "token": cty.StringVal(token)})})
		if err != nil {
			t.Fatal(err)
		}
	}
	use := func() {
		t.Helper()
		_, err := p.Data(t.Context(), providers.DataRequest{Target: providers.Target{Configuration: "c", Type: "shop_thing"},
			Config: cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("x"), "price": cty.NullVal(cty.Number), "tag": cty.NullVal(cty.String)})})
		if err != nil {
			t.Fatal(err)
		}
	}
	configure("a")
	use()
	ctx, stop := context.WithCancel(t.Context())
	watching, watched := make(chan bool, 1), make(chan error, 1)
	ty := func() cty.Type { schema, _ := p.Schema(t.Context()); return schema.Resources["shop_thing"].Type() }()
	attrs := map[string]cty.Value{}
	for name, aty := range ty.AttributeTypes() {
		attrs[name] = cty.NullVal(aty)
	}
	attrs["name"], attrs["price"], attrs["colours"] = cty.StringVal("x"), cty.NumberIntVal(1), cty.ListValEmpty(cty.String)
	attrs["id"], attrs["stamp"], attrs["owner"] = cty.StringVal("x"), cty.NumberIntVal(1), cty.StringVal("us")
	go func() {
		watched <- p.Watch(ctx, providers.WatchRequest{Configuration: "c", Resources: []providers.WatchTarget{{
			Target: providers.Target{Configuration: "c", Type: "shop_thing", Address: "x"}, State: cty.ObjectVal(attrs)}}},
			func(providers.Event) { watching <- true })
	}()
	select {
	case <-watching:
	case err := <-watched:
		t.Fatal(err)
	}
	configure("b")
	use()
	if s.closed != 0 || s.connects != 2 {
		t.Errorf("connected %d times, closed %d times while one is in use", s.connects, s.closed)
	}
	stop()
	if err := <-watched; err != nil {
		t.Error(err)
	}
	if s.closed != 1 {
		t.Errorf("closed %d times once it is not in use", s.closed)
	}
	if err := p.Close(); err != nil || s.closed != 2 {
		t.Errorf("closed %d times in the end (%v)", s.closed, err)
	}
}

// A type that cannot recover, in a provider that can, is as one in a provider
// that cannot.
func TestRecoverWithout(t *testing.T) {
	p := notes(t, fns{read: func(context.Context, *sdk.Call[int]) (*note, error) { return &note{Name: "n", Rev: sdk.Set(9)}, nil }}, nil)
	ask := func(action sdk.Action, prior cty.Value) providers.RecoverResponse {
		resp, err := p.Recover(t.Context(), providers.RecoverRequest{Target: target(), Action: action, Prior: prior, Planned: noteValue(nil)})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	created := ask(sdk.Create, none())
	wantSaid(t, created.Diagnostics, "Interrupted create cannot be looked up")
	if !created.State.IsNull() || created.Diagnostics.HasErrors() {
		t.Errorf("the answer is %#v", created)
	}
	if updated := ask(sdk.Update, noteValue(nil)); !updated.State.GetAttr("rev").RawEquals(cty.NumberIntVal(9)) {
		t.Errorf("the answer is %#v", updated)
	}
}

// Plan may set what is computed, and name what forces a replacement.
func TestPlan(t *testing.T) {
	plan := func(f func(*sdk.Plan[note]) error, proposed cty.Value) providers.PlanResponse {
		t.Helper()
		resp, err := notes(t, fns{plan: f}, nil).Plan(t.Context(), providers.PlanRequest{Target: target(), Config: noteValue(nil), Prior: noteValue(nil), Proposed: proposed})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	proposed := noteValue(map[string]cty.Value{"more": cty.UnknownVal(cty.String)})
	got := plan(func(p *sdk.Plan[note]) error {
		if p.Was == nil || !p.Want.More.IsUnknown() {
			t.Errorf("it is asked about %+v", p)
		}
		p.Replace("text")
		return nil
	}, proposed)
	if len(got.Diagnostics) > 0 || !got.Planned.RawEquals(proposed) || len(got.Replace) != 1 || !got.Replace[0].Equals(cty.GetAttrPath("text")) {
		t.Errorf("the plan is %#v", got)
	}
	got = plan(func(p *sdk.Plan[note]) error { p.Replace("txt"); return nil }, proposed)
	wantSaid(t, got.Diagnostics, `says that "txt" forces a replacement, which is no attribute`)
	got = plan(func(*sdk.Plan[note]) error { return sdk.At("text", "Bad", "It is bad.") }, proposed)
	wantSaid(t, got.Diagnostics, "Bad: It is bad.")
	unknown := noteValue(map[string]cty.Value{"text": cty.UnknownVal(cty.String)})
	got = plan(func(*sdk.Plan[note]) error { t.Error("it is asked about what it cannot see"); return nil }, unknown)
	if !got.Planned.RawEquals(unknown) {
		t.Errorf("the plan is %#v", got)
	}
}

// A call says what the user has set, and what is being replaced.
func TestCall(t *testing.T) {
	req := request(sdk.Create)
	req.Config = noteValue(map[string]cty.Value{"text": cty.StringVal("x")})
	req.Replaces = noteValue(map[string]cty.Value{"text": cty.StringVal("old")})
	apply(t, notes(t, fns{create: func(c *sdk.Call[int], n note) (*note, error) {
		if !c.IsSet("text") || c.IsSet("key") || c.IsSet("nothing") || c.IsSet("[") {
			t.Error("it does not know what is set")
		}
		if old, ok := sdk.Replaces[note](c); !ok || old.Text != sdk.Some("old") {
			t.Errorf("it replaces %+v", old)
		}
		if _, ok := sdk.Replaces[host](c); ok {
			t.Error("it replaces something of another struct")
		}
		if c.Path("a/../b") != "/project/b" || c.Path("/a") != "/a" || c.Intent != "i" || c.Address != "notes_note.n" || c.Type != "notes_note" {
			t.Errorf("the call is %+v", c.Setup)
		}
		return nil, errors.New("enough")
	}}, nil), req)
}

// A state that lacks what there must be is blamed on who forgot to upgrade it.
func TestStateThatLacksSomething(t *testing.T) {
	p := notes(t, fns{}, nil)
	resp, err := p.Read(t.Context(), providers.ReadRequest{Target: target(), State: noteValue(map[string]cty.Value{"rev": cty.NullVal(cty.Number)})})
	if err != nil {
		t.Fatal(err)
	}
	wantSaid(t, resp.Diagnostics, "There is no value for rev, which always has one")
}

// explicit is a handler of attributes that are declared explicitly.
type explicit struct{}

func (explicit) Create(_ context.Context, _ *sdk.Call[struct{}], want cty.Value) (*cty.Value, error) {
	attrs := want.AsValueMap()
	attrs["id"] = cty.StringVal("x")
	made := cty.ObjectVal(attrs)
	return &made, nil
}
func (explicit) Read(_ context.Context, _ *sdk.Call[struct{}], was cty.Value) (*cty.Value, error) {
	return &was, nil
}
func (explicit) Update(_ context.Context, _ *sdk.Call[struct{}], _, want cty.Value) (*cty.Value, error) {
	return &want, nil // forgets the id
}
func (explicit) Delete(context.Context, *sdk.Call[struct{}], cty.Value) error { return nil }
func (explicit) ValidateConfig(config cty.Value) error {
	if v := config.GetAttr("any"); v.IsKnown() && v.Type() == cty.Bool {
		return sdk.At("any", "No bool", "It can be anything but that. Write another.")
	}
	return nil
}

func TestExplicitAttributes(t *testing.T) {
	p := sdk.New(sdk.Spec[struct{}, struct{}]{Name: "acme", Resources: []sdk.ResourceType[struct{}]{
		sdk.Resource("acme_thing", "A thing.", explicit{}, sdk.Attributes(map[string]*providers.Attribute{
			"any": {Type: cty.DynamicPseudoType, Required: true}, "id": {Type: cty.String, Computed: true}})),
	}})
	if err := p.Problems(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Configure(t.Context(), providers.ConfigureRequest{Name: "c", Config: cty.EmptyObjectVal}); err != nil {
		t.Fatal(err)
	}
	object := func(v, id cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"any": v, "id": id}) }
	valid, err := p.Validate(t.Context(), providers.ValidateRequest{Type: "acme_thing", Config: object(cty.True, cty.NullVal(cty.String))})
	if err != nil {
		t.Fatal(err)
	}
	wantSaid(t, valid.Diagnostics, "No bool")
	planned := object(cty.NumberIntVal(1), cty.UnknownVal(cty.String))
	req := providers.ApplyRequest{Target: providers.Target{Configuration: "c", Type: "acme_thing"}, Action: sdk.Create, Config: planned, Planned: planned,
		Prior: cty.NullVal(planned.Type())}
	if made := apply(t, p, req); len(made.Diagnostics) > 0 || !made.State.RawEquals(object(cty.NumberIntVal(1), cty.StringVal("x"))) {
		t.Errorf("made %#v", made)
	}
	req.Action, req.Prior = sdk.Update, object(cty.NumberIntVal(1), cty.StringVal("x"))
	made := apply(t, p, req)
	wantSaid(t, made.Diagnostics, "method Update of acme_thing returned an object whose id is unknown")
	if !made.State.IsWhollyKnown() {
		t.Errorf("made %#v", made.State)
	}
}
