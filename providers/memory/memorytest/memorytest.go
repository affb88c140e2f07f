package memorytest

import (
	"strconv"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/memory"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

const namespace = "suite"

// Config is the suite's configuration for a memory provider over store. start
// starts a provider over that store each time it is called.
func Config(store *memory.Store, start func(testing.TB) providers.Provider) providertest.Config {
	item := func(t testing.TB, env providertest.Env) providertest.Case { return itemCase(store, env) }
	return providertest.Config{
		New:      start,
		Provider: providertest.Attrs{"namespace": cty.StringVal(namespace)},
		Resources: []providertest.Resource{
			{Type: "memory_item", New: item},
			{Type: "memory_item", Name: "memory_item_on_shelf", New: func(t testing.TB, env providertest.Env) providertest.Case {
				return itemOnShelf(store, env)
			}},
			{Type: "memory_item", Name: "memory_item_fragile", New: func(t testing.TB, env providertest.Env) providertest.Case {
				return fragileItem(store, env)
			}},
			{Type: "memory_shelf", New: func(t testing.TB, env providertest.Env) providertest.Case { return shelfCase(store, env) }},
		},
		Data: []providertest.Data{{Type: "memory_item", New: func(t testing.TB, env providertest.Env) providertest.DataCase {
			return dataCase(store, env)
		}}},
		Asserts: []providertest.Assert{
			{Type: "item_exists", Resource: "memory_item"},
			{Type: "item_value", Resource: "memory_item",
				Config: func(providertest.Case) providertest.Attrs {
					return providertest.Attrs{"equals": cty.StringVal("hello")}
				},
				Break: func(t testing.TB, c providertest.Case) { c.Drift(t) },
			},
			{Type: "item_value", Name: "item_value_matches", Resource: "memory_item",
				Config: func(providertest.Case) providertest.Attrs {
					return providertest.Attrs{"matches": cty.StringVal("^hel+o$")}
				},
				Break: func(t testing.TB, c providertest.Case) { c.Drift(t) },
				Invalid: func(testing.TB, providertest.Case) []providertest.Invalid {
					return []providertest.Invalid{{Name: "pattern", Path: cty.GetAttrPath("matches"),
						Config: providertest.Attrs{"matches": cty.StringVal("(")}}}
				},
			},
		},
		Upgrades: []providertest.Upgrade{{
			Type: "memory_item", Version: 0,
			State: `{"name":"a","value":"v","labels":{"x":"y"},"id":"item-1","revision":3,"checksum":null}`,
			Want: providertest.Attrs{
				"name": cty.StringVal("a"), "kind": cty.StringVal("plain"), "value": cty.StringVal("v"),
				"tags": cty.MapVal(map[string]cty.Value{"x": cty.StringVal("y")}),
				"id":   cty.StringVal("item-1"), "revision": cty.NumberIntVal(3),
			},
		}},
	}
}

func with(base, more providertest.Attrs) providertest.Attrs {
	out := providertest.Attrs{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func part(name, size string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name), "size": cty.StringVal(size)})
}

func itemCase(store *memory.Store, env providertest.Env) providertest.Case {
	config := providertest.Attrs{
		"name":   cty.StringVal(env.Name),
		"value":  cty.StringVal("hello"),
		"limit":  cty.StringVal("64MiB"),
		"secret": cty.StringVal("s-" + providertest.Canary),
		"tags":   cty.MapVal(map[string]cty.Value{"a": cty.StringVal("1"), "b": cty.StringVal("2")}),
		"part":   cty.TupleVal([]cty.Value{part("lid", "1KiB"), part("box", "2048")}),
	}
	return providertest.Case{
		Config: config,
		Update: with(config, providertest.Attrs{
			"value": cty.StringVal("good-bye"),
			"limit": cty.StringVal("1g"),
			"part":  cty.TupleVal([]cty.Value{part("lid", "1024"), part("bag", "1k"), part("band", "9")}),
		}),
		Replace: with(config, providertest.Attrs{"name": cty.StringVal(env.Name + "-other")}),
		Invalid: []providertest.Invalid{
			{Name: "name", Config: with(config, providertest.Attrs{"name": cty.StringVal("No Name")}), Path: cty.GetAttrPath("name")},
			{Name: "limit", Config: with(config, providertest.Attrs{"limit": cty.StringVal("many")}), Path: cty.GetAttrPath("limit")},
			{Name: "part twice", Config: with(config, providertest.Attrs{
				"part": cty.TupleVal([]cty.Value{part("lid", "1"), part("lid", "2")})},
			), Path: cty.GetAttrPath("part").IndexInt(1).GetAttr("name")},
		},
		Exists: func(testing.TB) bool {
			item, ok := store.Item(namespace, env.Name)
			return ok && item.Ready
		},
		Drift: func(testing.TB) {
			other := "changed by hand"
			store.EditItem(namespace, env.Name, func(i *memory.Item) { i.Value, i.Tags["c"] = &other, "3" })
		},
		Started: func(testing.TB) string {
			item, _ := store.Item(namespace, env.Name)
			return strconv.Itoa(item.Restarts)
		},
		Remove: func(testing.TB) { store.RemoveItem(namespace, env.Name) },
		Foreign: func(testing.TB) func() bool {
			store.PutItem(namespace, memory.Item{Name: env.Name, Kind: "foreign", Ready: true})
			return func() bool {
				item, ok := store.Item(namespace, env.Name)
				return ok && item.Kind == "foreign" && item.Revision == 0
			}
		},
		Slow: func(testing.TB) func() {
			store.SetLatency(memory.OpCreate, time.Hour)
			return func() { store.SetLatency(memory.OpCreate, 0) }
		},
		ImportID: env.Name,
	}
}

func itemOnShelf(store *memory.Store, env providertest.Env) providertest.Case {
	shelf := env.Name + "-shelf"
	for _, name := range []string{shelf, shelf + "-other"} {
		store.PutShelf(namespace, memory.Shelf{Name: name, Capacity: 3})
	}
	c := itemCase(store, env)
	c.Config = providertest.Attrs{"name": cty.StringVal(env.Name), "shelf": cty.StringVal(shelf)}
	c.Update = with(c.Config, providertest.Attrs{"kind": cty.StringVal("fragile")})
	c.Replace = with(c.Config, providertest.Attrs{"shelf": cty.StringVal(shelf + "-other")})
	c.Drift, c.Slow, c.Invalid = nil, nil, nil
	return c
}

// fragileItem is replaced by a rule that only Plan knows.
func fragileItem(store *memory.Store, env providertest.Env) providertest.Case {
	c := itemCase(store, env)
	c.Config = providertest.Attrs{"name": cty.StringVal(env.Name), "kind": cty.StringVal("fragile")}
	c.Update = with(c.Config, providertest.Attrs{"value": cty.StringVal("v")})
	c.Replace = providertest.Attrs{"name": cty.StringVal(env.Name)}
	c.Drift, c.Slow, c.Invalid = nil, nil, nil
	return c
}

func shelfCase(store *memory.Store, env providertest.Env) providertest.Case {
	config := providertest.Attrs{"name": cty.StringVal(env.Name)}
	return providertest.Case{
		Config:  config,
		Update:  with(config, providertest.Attrs{"capacity": cty.NumberIntVal(7)}),
		Replace: providertest.Attrs{"name": cty.StringVal(env.Name + "-other")},
		Exists: func(testing.TB) bool {
			shelf, ok := store.Shelf(namespace, env.Name)
			return ok && shelf.Intent != ""
		},
		Drift: func(testing.TB) {
			shelf, _ := store.Shelf(namespace, env.Name)
			shelf.Capacity = 99
			store.PutShelf(namespace, shelf)
		},
		Remove: func(testing.TB) { store.RemoveShelf(namespace, env.Name) },
		Foreign: func(testing.TB) func() bool {
			store.PutShelf(namespace, memory.Shelf{Name: env.Name, Capacity: 5})
			return func() bool {
				shelf, ok := store.Shelf(namespace, env.Name)
				return ok && shelf.Capacity == 5 && shelf.Intent == ""
			}
		},
		ImportID: env.Name,
	}
}

func dataCase(store *memory.Store, env providertest.Env) providertest.DataCase {
	value := "found"
	store.PutItem(namespace, memory.Item{Name: env.Name, Kind: "plain", Value: &value, Tags: map[string]string{"k": "v"}, Revision: 4, Ready: true})
	return providertest.DataCase{
		Config: providertest.Attrs{"name": cty.StringVal(env.Name)},
		Want: providertest.Attrs{
			"value": cty.StringVal("found"), "revision": cty.NumberIntVal(4),
			"tags": cty.MapVal(map[string]cty.Value{"k": cty.StringVal("v")}),
		},
		Missing: providertest.Attrs{"name": cty.StringVal(env.Name + "-missing")},
	}
}
