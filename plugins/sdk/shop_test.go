package sdk_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
	"github.com/clockwork-hcl/clockwork/providers"
)

// shelves is a world of things, each under its name.
type shelves struct {
	mu       sync.Mutex
	things   map[string]*stocked
	serial   int
	watchers map[chan string]bool
	slow     map[string]chan struct{}
	connects int
	closed   int
}

// stocked is a thing as it is in the world.
type stocked struct {
	Thing
	intent  string
	started int
}

func newShelves() *shelves {
	return &shelves{things: map[string]*stocked{}, watchers: map[chan string]bool{}, slow: map[string]chan struct{}{}}
}

// change changes the world by hand.
func (s *shelves) change(name string, change func(*stocked)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if change == nil {
		delete(s.things, name)
	} else if s.things[name] != nil {
		change(s.things[name])
	}
	for w := range s.watchers {
		w <- name
	}
}

type Settings struct {
	Currency string                           `cw:"currency,optional,default=EUR" doc:"What prices are in."`
	Token    sdk.Optional[sdk.Secret[string]] `cw:"token,optional" doc:"What to log in with."`
}

type client struct {
	*shelves
	currency string
}

func (c *client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed++
	return nil
}

// Name is a name that says itself whether it is right.
type Name string

func (n Name) Validate() error {
	if strings.Contains(string(n), " ") {
		return sdk.Errorf("Invalid name", "A name has no spaces. Leave them out.")
	}
	return nil
}

type Part struct {
	Name string             `cw:"name,required" doc:"What it is."`
	Size string             `cw:"size,optional,default=1KiB,normalise=bytes" doc:"How large it is."`
	Note sdk.Optional[Name] `cw:"note,optional" doc:"More about it."`
	Code sdk.Computed[int]  `cw:"code,computed,from=name" doc:"Its number."`
}

type Maker struct {
	Name  string                `cw:"name,required" doc:"Who made it."`
	Phone sdk.Optional[float64] `cw:"phone,optional" doc:"How to reach them."`
}

// Common is embedded.
type Common struct {
	ID sdk.Computed[string] `cw:"id,computed,stable" doc:"Unique in the world."`
}

// Thing has one of everything.
type Thing struct {
	Common
	Name    Name                             `cw:"name,required,replace" doc:"Unique in the world."`
	Count   int                              `cw:"count_of,optional,default=1,tier=free" doc:"How many there are."`
	Price   float64                          `cw:"price,required,tier=approval" doc:"For one."`
	Fragile bool                             `cw:"fragile,optional,default=false" doc:"Whether to be careful."`
	Kind    string                           `cw:"kind,optional,default=plain,enum=plain|fancy" doc:"What sort it is."`
	Limit   sdk.Optional[string]             `cw:"limit,optional,normalise=bytes" doc:"How much it may take."`
	Tags    sdk.Optional[map[string]string]  `cw:"tags,optional" doc:"To find it by."`
	Colours []string                         `cw:"colours,required,unordered" doc:"What it comes in."`
	Shops   sdk.Optional[[]string]           `cw:"shops,optional,set" doc:"Where to get it."`
	Parts   []Part                           `cw:"part,optional,block,max=5" doc:"What it is made of."`
	Slots   sdk.Optional[map[string]Part]    `cw:"slots,optional" doc:"What is in it."`
	Maker   sdk.Optional[Maker]              `cw:"maker,optional" doc:"Who made it."`
	Secret  sdk.Optional[sdk.Secret[string]] `cw:"secret,optional" doc:"What nobody may see."`
	Text    sdk.String                       `cw:"text,optional" doc:"What is written on it, known or not."`
	Sum     sdk.Value[string]                `cw:"sum,computed,from=text" doc:"The SHA-256 of the text, or null."`
	Stamp   sdk.Computed[int64]              `cw:"stamp,computed" doc:"Grows with each change."`
	Owner   sdk.Computed[string]             `cw:"owner,optional,computed,stable" doc:"Whose it is; ours unless said."`
	_       struct{}
	Ignored func() `cw:"-"`
}

func (t Thing) Validate() error {
	var errs []error
	if t.Count < 0 {
		errs = append(errs, sdk.At("count_of", "Negative count", "There cannot be fewer than none. Write 0 or more."))
	}
	for i, p := range t.Parts {
		if p.Name == string(t.Name) {
			errs = append(errs, sdk.At(fmt.Sprintf("part[%d].name", i), "Part of itself", "It cannot be a part of itself. Name another."))
		}
	}
	return errors.Join(errs...)
}

type things struct{}

// finish fills in what the world computes.
func (things) finish(c *client, t *Thing) {
	c.serial++
	t.Stamp = sdk.Set(int64(c.serial))
	if t.Owner.IsUnknown() {
		t.Owner = sdk.Set("us")
	}
	for i := range t.Parts {
		t.Parts[i].Code = sdk.Set(len(t.Parts[i].Name))
	}
	if slots, ok := t.Slots.Get(); ok {
		slots = maps.Clone(slots)
		for name, p := range slots {
			p.Code = sdk.Set(len(p.Name))
			slots[name] = p
		}
		t.Slots = sdk.Some(slots)
	}
	t.Sum = sumOf(t.Text)
}

func sumOf(text sdk.String) sdk.Value[string] {
	o, known := text.Known()
	if !known {
		return sdk.Unknown[string]()
	}
	s, set := o.Get()
	if !set {
		return sdk.Null[string]()
	}
	sum := sha256.Sum256([]byte(s))
	return sdk.Known(hex.EncodeToString(sum[:]))
}

func (h things) Create(ctx context.Context, c *sdk.Call[*client], want Thing) (*Thing, error) {
	c.Progress("making %s with %v", want.Name, want.Secret.Or(sdk.NewSecret("")).Reveal())
	c.Client.mu.Lock()
	slow := c.Client.slow[string(want.Name)]
	c.Client.mu.Unlock()
	if slow != nil {
		select {
		case <-slow:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	if c.Client.things[string(want.Name)] != nil {
		return nil, sdk.At("name", "Thing exists", "There is a %s already. Import it, or choose another name.", want.Name)
	}
	h.finish(c.Client, &want)
	want.ID = sdk.Set(fmt.Sprintf("thing-%d", c.Client.serial))
	c.SetPrivate([]byte("made by " + c.Client.currency))
	c.Client.things[string(want.Name)] = &stocked{Thing: want, intent: c.Intent, started: 1}
	return &want, nil
}

func (things) Read(_ context.Context, c *sdk.Call[*client], was Thing) (*Thing, error) {
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	found := c.Client.things[string(was.Name)]
	if found == nil {
		return nil, nil
	}
	now := found.Thing
	// As the world spells it, and with what it fills in by itself.
	now.Colours = slices.Sorted(slices.Values(now.Colours))
	if s, ok := now.Limit.Get(); ok {
		n, err := providers.ParseBytes(s)
		if err != nil {
			return nil, err
		}
		now.Limit = sdk.Some(fmt.Sprint(n))
	} else {
		now.Limit = sdk.Some("1GiB")
	}
	return &now, nil
}

func (h things) Update(_ context.Context, c *sdk.Call[*client], was, want Thing) (*Thing, error) {
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	old := c.Client.things[string(was.Name)]
	if old == nil {
		return nil, errors.New("it has gone since the plan was made")
	}
	h.finish(c.Client, &want)
	want.ID = was.ID
	c.Client.things[string(want.Name)] = &stocked{Thing: want, intent: c.Intent, started: old.started}
	return &want, nil
}

func (things) Delete(_ context.Context, c *sdk.Call[*client], was Thing) error {
	c.Client.change(string(was.Name), nil)
	return nil
}

func (things) Plan(_ context.Context, _ *sdk.Call[*client], p *sdk.Plan[Thing]) error {
	p.Want.Sum = sumOf(p.Want.Text)
	if p.Was != nil && p.Was.Fragile && !p.Want.Fragile {
		p.Replace("fragile")
	}
	return nil
}

func (h things) Import(ctx context.Context, c *sdk.Call[*client], id string) (*Thing, error) {
	found, err := h.Read(ctx, c, Thing{Name: Name(id)})
	if found != nil && c.Client.things[id].Limit.IsNull() {
		found.Limit = sdk.Optional[string]{}
	}
	return found, err
}

func (things) Diagnose(_ context.Context, c *sdk.Call[*client], was Thing) (sdk.Diagnosis, error) {
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	found := c.Client.things[string(was.Name)]
	if found == nil {
		return sdk.Diagnosis{Summary: "It is gone."}, nil
	}
	secret := found.Secret.Or(sdk.NewSecret("")).Reveal()
	return sdk.Diagnosis{Summary: "It is there, with " + secret + ".",
		Facts: map[string]string{"secret": secret, "stamp": found.Stamp.String()}, Logs: []string{"log: " + secret}}, nil
}

func (things) Watch(ctx context.Context, c *sdk.Call[*client], w *sdk.Watch[Thing]) error {
	changes := make(chan string, 1000)
	c.Client.mu.Lock()
	c.Client.watchers[changes] = true
	c.Client.mu.Unlock()
	defer func() {
		c.Client.mu.Lock()
		defer c.Client.mu.Unlock()
		delete(c.Client.watchers, changes)
	}()
	w.Resync()
	for {
		select {
		case <-ctx.Done():
			return nil
		case name := <-changes:
			for _, o := range w.Objects {
				if string(o.State.Name) == name {
					w.Changed(o.Address, "changed", "it was changed")
				}
			}
		}
	}
}

func (h things) Recover(ctx context.Context, c *sdk.Call[*client], lost sdk.Lost[Thing]) (*Thing, error) {
	subject := lost.Was
	if subject == nil {
		subject = lost.Want
	}
	c.Client.mu.Lock()
	found := c.Client.things[string(subject.Name)]
	foreign := found == nil || lost.Action == sdk.Create && found.intent != lost.Intent
	c.Client.mu.Unlock()
	if foreign {
		return nil, nil
	}
	return h.Read(ctx, c, *subject)
}

func (h things) Restart(ctx context.Context, c *sdk.Call[*client], was Thing) (*Thing, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	found := c.Client.things[string(was.Name)]
	if found == nil {
		return nil, errors.New("it has gone since the plan was made")
	}
	found.started++
	h.finish(c.Client, &found.Thing)
	now := found.Thing
	return &now, nil
}

func (things) Upgrades() []sdk.Upgrade {
	return []sdk.Upgrade{
		func(old map[string]any) error { // 0: "title" in place of "name"
			old["name"] = old["title"]
			return nil
		},
		func(old map[string]any) error { // 1: one colour
			old["colours"] = []any{old["colour"]}
			return nil
		},
	}
}

// Query is a data source.
type Query struct {
	Name  string                `cw:"name,required" doc:"The thing's name."`
	Price sdk.Computed[float64] `cw:"price,computed" doc:"What it costs."`
	Tag   sdk.String            `cw:"tag,computed" doc:"Its tag 'a', if it has one."`
}

func query(_ context.Context, c *sdk.Call[*client], want Query) (*Query, error) {
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	found := c.Client.things[want.Name]
	if found == nil {
		return nil, sdk.At("name", "No such thing", "There is no %s. Make it first.", want.Name)
	}
	want.Price, want.Tag = sdk.Set(found.Price), sdk.Null[string]()
	if tag, ok := found.Tags.Or(nil)["a"]; ok {
		want.Tag = sdk.Known(tag)
	}
	return &want, nil
}

type Atleast struct {
	Price float64 `cw:"price,required" doc:"What it must cost."`
}

func costs(_ context.Context, c *sdk.Call[*client], args Atleast, was Thing) (sdk.Verdict, error) {
	c.Client.mu.Lock()
	defer c.Client.mu.Unlock()
	found := c.Client.things[string(was.Name)]
	switch {
	case found == nil:
		return sdk.Fail("it is gone"), nil
	case found.Price < args.Price:
		return sdk.Fail(fmt.Sprintf("it costs %v", found.Price)), nil
	}
	return sdk.Pass(fmt.Sprintf("it costs %v", found.Price)), nil
}

// newShop makes a provider whose world is s.
func newShop(s *shelves) *sdk.Provider {
	return sdk.New(sdk.Spec[Settings, *client]{
		Name: "shop", Doc: "A shop.",
		Connect: func(_ context.Context, _ sdk.Setup, settings Settings) (*client, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.connects++
			return &client{s, settings.Currency}, nil
		},
		Resources: []sdk.ResourceType[*client]{
			sdk.Resource("shop_thing", "A thing.", things{}, sdk.CheckEvery(30*time.Second), sdk.Identity("", "name")),
		},
		Data:    []sdk.DataType[*client]{sdk.Data("shop_thing", "A thing that is there.", query)},
		Asserts: []sdk.AssertType[*client]{sdk.Assert("thing_costs", "It is not given away.", costs)},
	})
}
