package sdk_test

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plugins/plugintest"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// A provider with everything that can be declared passes the suite, in process
// and over gRPC.
func TestConformance(t *testing.T) {
	t.Run("in process", func(t *testing.T) {
		s := newShelves()
		providertest.Run(t, shopConfig(s, func(testing.TB) providers.Provider { return newShop(s) }))
	})
	t.Run("grpc", func(t *testing.T) {
		s := newShelves()
		providertest.Run(t, shopConfig(s, func(t testing.TB) providers.Provider { return plugintest.OverGRPC(t, "shop", newShop(s)) }))
	})
}

func shopConfig(s *shelves, create func(t testing.TB) providers.Provider) providertest.Config {
	object := func(attrs map[string]cty.Value) cty.Value { return cty.ObjectVal(attrs) }
	texts := func(texts ...string) cty.Value {
		var all []cty.Value
		for _, text := range texts {
			all = append(all, cty.StringVal(text))
		}
		return cty.ListVal(all)
	}
	attrs := func(name string, more providertest.Attrs) providertest.Attrs {
		all := providertest.Attrs{
			"name": cty.StringVal(name), "price": cty.MustParseNumberVal("0.1"), "colours": texts("red", "green", "blue"),
			"limit": cty.StringVal("64MiB"), "secret": cty.StringVal("the " + providertest.Canary),
			"tags": cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b")}), "shops": texts("x", "y"),
			"text": cty.StringVal("hello"),
			"part": cty.ListVal([]cty.Value{object(map[string]cty.Value{"name": cty.StringVal("p")})}),
			"slots": cty.MapVal(map[string]cty.Value{"s": object(map[string]cty.Value{
				"name": cty.StringVal("q"), "size": cty.StringVal("2KiB")})}),
			"maker": object(map[string]cty.Value{"name": cty.StringVal("ada")}),
		}
		for name, v := range more {
			all[name] = v
		}
		return all
	}
	newCase := func(t testing.TB, env providertest.Env) providertest.Case {
		n := env.Name
		return providertest.Case{
			Config: attrs(n, nil),
			Update: attrs(n, providertest.Attrs{"price": cty.NumberIntVal(2), "colours": texts("blue"), "tags": cty.NilVal,
				"part": cty.NilVal, "maker": cty.NilVal, "fragile": cty.True, "text": cty.NilVal}),
			Replace: attrs(n+"x", nil),
			Invalid: []providertest.Invalid{
				{Name: "name", Config: attrs("a b", nil), Path: cty.GetAttrPath("name")},
				{Name: "count", Config: attrs(n, providertest.Attrs{"count_of": cty.NumberIntVal(-1)}), Path: cty.GetAttrPath("count_of")},
				{Name: "fraction", Config: attrs(n, providertest.Attrs{"count_of": cty.NumberFloatVal(1.5)}), Path: cty.GetAttrPath("count_of")},
				{Name: "nested", Config: attrs("p", nil), Path: cty.GetAttrPath("part").IndexInt(0).GetAttr("name")},
				{Name: "note", Config: attrs(n, providertest.Attrs{"slots": cty.MapVal(map[string]cty.Value{"k": object(map[string]cty.Value{
					"name": cty.StringVal("q"), "note": cty.StringVal("a b")})})}),
					Path: cty.GetAttrPath("slots").IndexString("k").GetAttr("note")},
				{Name: "null", Config: attrs(n, providertest.Attrs{"colours": cty.ListVal([]cty.Value{cty.NullVal(cty.String)})}),
					Path: cty.GetAttrPath("colours").IndexInt(0)},
			},
			Exists: func(testing.TB) bool { s.mu.Lock(); defer s.mu.Unlock(); return s.things[n] != nil },
			Drift:  func(testing.TB) { s.change(n, func(t *stocked) { t.Price = 3 }) },
			Started: func(testing.TB) string {
				s.mu.Lock()
				defer s.mu.Unlock()
				return string(rune('a' + s.things[n].started))
			},
			Remove: func(testing.TB) { s.change(n, nil) },
			Foreign: func(testing.TB) func() bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				theirs := &stocked{Thing: Thing{Name: Name(n), Price: 7}, intent: "theirs"}
				s.things[n] = theirs
				return func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.things[n] == theirs && theirs.Price == 7 }
			},
			Slow: func(testing.TB) func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				wait := make(chan struct{})
				s.slow[n] = wait
				return func() {
					s.mu.Lock()
					defer s.mu.Unlock()
					if s.slow[n] == wait {
						close(wait)
						delete(s.slow, n)
					}
				}
			},
			ImportID: n,
		}
	}
	return providertest.Config{
		New:      create,
		Provider: providertest.Attrs{"token": cty.StringVal("token " + providertest.Canary)},
		Resources: []providertest.Resource{
			{Type: "shop_thing", New: newCase},
			{Type: "shop_thing", Name: "least", New: func(_ testing.TB, env providertest.Env) providertest.Case {
				return providertest.Case{Config: providertest.Attrs{"name": cty.StringVal(env.Name), "price": cty.NumberIntVal(1), "colours": cty.ListValEmpty(cty.String)}}
			}},
		},
		Data: []providertest.Data{{Type: "shop_thing", New: func(_ testing.TB, env providertest.Env) providertest.DataCase {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.things[env.Name] = &stocked{Thing: Thing{Name: Name(env.Name), Price: 4}}
			return providertest.DataCase{
				Config:  providertest.Attrs{"name": cty.StringVal(env.Name)},
				Want:    providertest.Attrs{"price": cty.NumberIntVal(4), "tag": cty.NullVal(cty.String)},
				Missing: providertest.Attrs{"name": cty.StringVal("nobody")},
			}
		}}},
		Asserts: []providertest.Assert{{Type: "thing_costs", Resource: "shop_thing", Config: func(providertest.Case) providertest.Attrs {
			return providertest.Attrs{"price": cty.MustParseNumberVal("0.1")}
		}}},
		Upgrades: []providertest.Upgrade{{Type: "shop_thing", Version: 0,
			State: `{"title":"a","colour":"red","price":3,"gone":true,"id":"x","stamp":1,"owner":"us"}`,
			Want: providertest.Attrs{"name": cty.StringVal("a"), "colours": texts("red"), "price": cty.NumberIntVal(3), "count_of": cty.NumberIntVal(1),
				"fragile": cty.False, "kind": cty.StringVal("plain"), "id": cty.StringVal("x"), "stamp": cty.NumberIntVal(1), "owner": cty.StringVal("us")}}},
	}
}
