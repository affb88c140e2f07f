package apply_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/apply"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// The model: projects of shelves and items are made at random, changed at
// random, and the world is changed and made to fail behind Clockwork's back.
// Whatever happens, an apply that says it went well must have made the world
// as configured, with nothing left to do; and after any failure an apply
// without faults must get there, with nothing left behind.

type modelShelf struct {
	there bool
	gen   int
	cbd   bool
}

type modelItem struct {
	there   bool
	gen     int
	count   int // -1: no count; -2: for_each over two keys
	shelf   int // -1: none
	ref     int // -1: none; else its value is made of that item's ids
	dep     int // -1: none; else depends_on
	value   int
	fragile bool
	cbd     bool
	trigger bool // replaced when what it refers to is
	module  bool // written in a module
}

type model struct {
	rng     *rand.Rand
	shelves []modelShelf
	items   []modelItem
	rank    []int // an item refers only to items of a lower rank
	cbd     bool  // whether create_before_destroy is used in this project
	base    int   // of the generations in use
}

func newModel(rng *rand.Rand) *model {
	m := &model{rng: rng, shelves: make([]modelShelf, 3), items: make([]modelItem, 5), cbd: rng.IntN(2) == 0}
	m.rank = rng.Perm(len(m.items))
	for i := range m.shelves {
		m.editShelf(i)
	}
	for i := range m.items {
		m.editItem(i)
	}
	m.mend()
	return m
}

func (m *model) chance(percent int) bool { return m.rng.IntN(100) < percent }

func (m *model) editShelf(i int) {
	m.shelves[i] = modelShelf{there: m.chance(75), gen: m.base + m.rng.IntN(4), cbd: m.cbd && m.chance(15)}
}

func (m *model) editItem(i int) {
	it := modelItem{there: m.chance(80), gen: m.base + m.rng.IntN(4), count: -1, shelf: -1, ref: -1, dep: -1, value: m.rng.IntN(5),
		fragile: m.chance(20), cbd: m.cbd && m.chance(25), trigger: !m.cbd && m.chance(20), module: m.items[i].module}
	if m.chance(10) {
		it.module = m.chance(40)
	}
	switch {
	case m.chance(30):
		it.count = m.rng.IntN(4)
	case m.chance(20):
		it.count = -2
	}
	if m.chance(60) {
		it.shelf = m.rng.IntN(len(m.shelves))
	}
	if m.chance(50) {
		it.ref = m.rng.IntN(len(m.items))
	}
	if m.chance(20) {
		it.dep = m.rng.IntN(len(m.items))
	}
	m.items[i] = it
}

// mend takes out references to what is not there, or that would be circular.
func (m *model) mend() {
	for i := range m.items {
		it := &m.items[i]
		if it.shelf >= 0 && !m.shelves[it.shelf].there {
			it.shelf = -1
		}
		for _, ref := range []*int{&it.ref, &it.dep} {
			if *ref >= 0 && (!m.items[*ref].there || m.rank[*ref] >= m.rank[i] || m.items[*ref].module && !it.module) {
				*ref = -1
			}
		}
		// What is in the module is referred to by nothing outside of it, and
		// refers to what is outside by its inputs only.
		if it.module {
			it.trigger = it.trigger && it.ref >= 0 && m.items[it.ref].module
			if it.dep >= 0 && !m.items[it.dep].module {
				it.dep = -1
			}
		}
	}
}

func (m *model) edit() {
	for range 1 + m.rng.IntN(3) {
		switch {
		case m.chance(30):
			m.editShelf(m.rng.IntN(len(m.shelves)))
		case m.chance(5):
			m.rank = m.rng.Perm(len(m.items))
		default:
			m.editItem(m.rng.IntN(len(m.items)))
		}
	}
	m.mend()
}

func (m *model) shelfName(i int) string { return fmt.Sprintf("s%d-%d", i, m.shelves[i].gen) }

// itemName is the name of one instance. With create_before_destroy whatever
// forces a replacement is part of it, for old and new exist side by side.
func (m *model) itemName(i int, key string) string {
	it := m.items[i]
	name := fmt.Sprintf("i%d-%d%s", i, it.gen, key)
	if it.shelf < 0 {
		// What is not set is not compared, so this alone would be no change.
		name += "n"
	}
	if m.cbd {
		name += fmt.Sprintf("-%v", it.fragile)
		if it.shelf >= 0 {
			name += "-" + m.shelfName(it.shelf)
		}
	}
	return name
}

func (m *model) keys(i int) []string {
	switch it := m.items[i]; {
	case !it.there:
		return nil
	case it.count == -1:
		return []string{""}
	case it.count == -2:
		return []string{"x", "y"}
	default:
		var keys []string
		for n := range it.count {
			keys = append(keys, strconv.Itoa(n))
		}
		return keys
	}
}

// config writes the project's files.
func (m *model) config() map[string]string {
	var root, mod strings.Builder
	inputs := map[string]string{}
	for i, s := range m.shelves {
		if s.there {
			fmt.Fprintf(&root, "resource \"memory_shelf\" \"s%d\" {\n  name = %q\n", i, m.shelfName(i))
			if s.cbd {
				root.WriteString("  lifecycle { create_before_destroy = true }\n")
			}
			root.WriteString("}\n")
		}
	}
	for i, it := range m.items {
		if !it.there {
			continue
		}
		w := &root
		outside := func(expr string) string { return expr }
		if it.module {
			w = &mod
			outside = func(expr string) string {
				name := fmt.Sprintf("in%d", len(inputs))
				inputs[name] = expr
				return "var." + name
			}
		}
		fmt.Fprintf(w, "resource \"memory_item\" \"i%d\" {\n", i)
		key := ""
		switch {
		case it.count >= 0:
			fmt.Fprintf(w, "  count = %d\n", it.count)
			key = "${count.index}"
		case it.count == -2:
			fmt.Fprintf(w, "  for_each = toset([\"x\", \"y\"])\n")
			key = "${each.key}"
		}
		fmt.Fprintf(w, "  name = \"%s\"\n", m.itemName(i, key))
		if it.shelf >= 0 {
			fmt.Fprintf(w, "  shelf = %s\n", outside(fmt.Sprintf("memory_shelf.s%d.name", it.shelf)))
		}
		if it.ref >= 0 {
			ids := fmt.Sprintf("memory_item.i%d.id", it.ref)
			switch ref := m.items[it.ref]; {
			case ref.count >= 0:
				ids = fmt.Sprintf("join(\",\", memory_item.i%d[*].id)", it.ref)
			case ref.count == -2:
				ids = fmt.Sprintf("join(\",\", [for x in memory_item.i%d : x.id])", it.ref)
			}
			if !m.items[it.ref].module {
				ids = outside(ids)
			}
			fmt.Fprintf(w, "  value = %s\n", ids)
		} else {
			fmt.Fprintf(w, "  value = \"v%d\"\n", it.value)
		}
		if it.fragile {
			w.WriteString("  kind = \"fragile\"\n")
		}
		fmt.Fprintf(w, "  tags = { v = \"%d\" }\n  secret = \"top-%d\"\n", it.value, it.value)
		if it.dep >= 0 {
			fmt.Fprintf(w, "  depends_on = [memory_item.i%d]\n", it.dep)
		}
		if it.cbd {
			w.WriteString("  lifecycle { create_before_destroy = true }\n")
		}
		if it.trigger && it.ref >= 0 {
			fmt.Fprintf(w, "  lifecycle { replace_triggered_by = [memory_item.i%d] }\n", it.ref)
		}
		w.WriteString("}\n")
	}
	if mod.Len() > 0 {
		root.WriteString("module \"m\" {\n  source = \"./m\"\n")
		for _, name := range slices.Sorted(maps.Keys(inputs)) {
			fmt.Fprintf(&root, "  %s = %s\n", name, inputs[name])
			fmt.Fprintf(&mod, "variable %q {}\n", name)
		}
		root.WriteString("}\n")
	}
	for i, it := range m.items {
		if it.there && !it.module {
			fmt.Fprintf(&root, "output \"o%d\" {\n  value = memory_item.i%d\n  sensitive = true\n}\n", i, i)
		}
	}
	return map[string]string{"main.cw.hcl": root.String() + "locals {}\n", "m/main.cw.hcl": mod.String() + "locals {}\n"}
}

// check compares the world with the configuration.
func (m *model) check(p *coretest.Project) error {
	const ns = memory.DefaultNamespace
	var want []string
	objects := 0
	for i, s := range m.shelves {
		for gen := range m.base + 4 {
			_, is := p.World.Shelf(ns, fmt.Sprintf("s%d-%d", i, gen))
			if is != (s.there && s.gen == gen) {
				return fmt.Errorf("shelf s%d-%d: there is %v", i, gen, is)
			}
			if is {
				objects++
			}
		}
	}
	for i, it := range m.items {
		for _, key := range m.keys(i) {
			name := m.itemName(i, key)
			want = append(want, name)
			objects++
			got, ok := p.World.Item(ns, name)
			if !ok {
				return fmt.Errorf("item %s is not there", name)
			}
			value := fmt.Sprintf("v%d", it.value)
			if it.ref >= 0 {
				var ids []string
				for _, key := range m.keys(it.ref) {
					ref, _ := p.World.Item(ns, m.itemName(it.ref, key))
					ids = append(ids, ref.ID)
				}
				value = strings.Join(ids, ",")
			}
			shelf := ""
			if it.shelf >= 0 {
				shelf = m.shelfName(it.shelf)
			}
			kind := "plain"
			if it.fragile {
				kind = "fragile"
			}
			tags := map[string]string{"v": strconv.Itoa(it.value)}
			if got.Value == nil || *got.Value != value || got.Shelf != shelf || got.Kind != kind || !maps.Equal(got.Tags, tags) || !got.Ready {
				return fmt.Errorf("item %s is %+v (value %q), not as configured: value %q, shelf %q, kind %s, tags %v", name, got, *got.Value, value, shelf, kind, tags)
			}
		}
	}
	slices.Sort(want)
	if got := p.World.Items(ns); !slices.Equal(got, want) {
		return fmt.Errorf("there are the items %v, not %v", got, want)
	}
	if got := p.Addresses(); len(got) != objects {
		return fmt.Errorf("the state holds %v, which are not %d objects", got, objects)
	}
	return nil
}

// drift changes the world by hand.
func (m *model) drift(p *coretest.Project) {
	const ns = memory.DefaultNamespace
	names := p.World.Items(ns)
	for range m.rng.IntN(3) {
		if len(names) == 0 {
			return
		}
		name := names[m.rng.IntN(len(names))]
		switch m.rng.IntN(4) {
		case 0:
			p.World.RemoveItem(ns, name)
		case 1:
			p.World.EditItem(ns, name, func(i *memory.Item) { i.Tags = map[string]string{"by": "hand"}; i.Revision++ })
		case 2:
			p.World.EditItem(ns, name, func(i *memory.Item) { v := "by hand"; i.Value = &v })
		case 3:
			p.World.RemoveShelf(ns, m.shelfName(m.rng.IntN(len(m.shelves))))
		}
	}
}

var errTransport = errors.New("the connection broke")

// faults makes calls fail, and returns how to make them work again.
func (m *model) faults(p *coretest.Project) (heal func()) {
	var removes []func()
	for range 1 + m.rng.IntN(3) {
		ops := []memory.Op{memory.OpCreate, memory.OpUpdate, memory.OpDelete, memory.OpRead, memory.OpRecover}
		f := memory.Fault{Op: ops[m.rng.IntN(len(ops))], When: memory.When(m.rng.IntN(3)), Times: 1 + m.rng.IntN(2), Message: "a fault"}
		if m.chance(40) {
			f.Err = errTransport
		}
		removes = append(removes, p.World.Inject(f))
	}
	return func() {
		for _, remove := range removes {
			remove()
		}
	}
}

// stopper closes a channel after so many steps.
type stopper struct {
	left atomic.Int64
	stop chan struct{}
}

func (s *stopper) PreApply(string, plan.Action) {}
func (s *stopper) Progress(string, string)      {}
func (s *stopper) PostApply(string, plan.Action, time.Duration, cty.Value, diag.Diagnostics) {
	if s.left.Add(-1) == 0 {
		close(s.stop)
	}
}

// renew gives everything another name: where create_before_destroy has left
// something half made, only another name can be made beside it.
func (m *model) renew() {
	m.base += 4
	for i := range m.shelves {
		m.shelves[i].gen += 4
	}
	for i := range m.items {
		m.items[i].gen += 4
	}
}

func runModel(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := newModel(rng)
	p := coretest.New(t, "")
	history := []string{}
	fail := func(format string, args ...any) {
		t.Helper()
		world := []string{}
		for _, name := range p.World.Items(memory.DefaultNamespace) {
			item, _ := p.World.Item(memory.DefaultNamespace, name)
			world = append(world, fmt.Sprintf("%s on %q, ready %v", name, item.Shelf, item.Ready))
		}
		for key, o := range p.State().Objects {
			world = append(world, fmt.Sprintf("state: %s after %v, tainted %v", key, o.DependsOn, o.Tainted))
		}
		slices.Sort(world)
		t.Fatalf("seed %d: %s\n%s\nnow:\n%s\n%s\n%s", seed, fmt.Sprintf(format, args...), strings.Join(history, "\n"),
			p.Files["main.cw.hcl"], p.Files["m/main.cw.hcl"], strings.Join(world, "\n"))
	}
	write := func() { p.Files = m.config() }
	run := func(opts plan.Options) diag.Diagnostics {
		_, diags := p.TryRun(opts)
		return diags
	}
	settled := func(what string) {
		t.Helper()
		if after, diags := p.TryPlan(plan.Options{}); diags.HasErrors() || after.HasChanges() {
			fail("%s: there are still changes: %s %v", what, coretest.Summary(after), diags)
		}
		if err := m.check(p); err != nil {
			fail("%s: %v", what, err)
		}
	}
	for step := range 5 {
		write()
		p.Apply = apply.Options{Parallelism: 1 + rng.IntN(8)}
		opts := plan.Options{Parallelism: 1 + rng.IntN(8)}
		before, _ := p.TryPlan(opts)
		history = append(history, fmt.Sprintf("step %d: %s", step, coretest.Summary(before)))
		if !m.chance(40) {
			if diags := run(opts); diags.HasErrors() {
				fail("apply failed: %v", diags)
			}
			settled("applied")
		} else {
			heal := m.faults(p)
			if m.chance(30) {
				s := &stopper{stop: make(chan struct{})}
				s.left.Store(int64(1 + rng.IntN(4)))
				p.Apply.Hook, p.Apply.Stop = s, s.stop
			}
			for range 1 + rng.IntN(2) {
				diags := run(opts)
				history = append(history, fmt.Sprintf("faulty run: %v", diags))
				if !diags.HasErrors() {
					heal()
					settled("applied without notice of faults")
				}
				p.Apply.Hook, p.Apply.Stop = nil, nil
			}
			heal()
			if m.cbd {
				m.renew()
				write()
			}
			if diags := run(plan.Options{}); diags.HasErrors() {
				fail("apply after the faults failed: %v", diags)
			}
			settled("recovered")
		}
		if m.chance(70) {
			m.edit()
		}
		m.drift(p)
	}
	if diags := run(plan.Options{Mode: plan.Destroy}); diags.HasErrors() {
		fail("destroy: %v", diags)
	}
	for i := range m.shelves {
		m.shelves[i].there = false
	}
	for i := range m.items {
		m.items[i].there = false
	}
	if err := m.check(p); err != nil {
		fail("destroyed: %v", err)
	}
}

// TestModel runs a few hundred seeds. CW_MODEL_SEED runs one, CW_MODEL_SEEDS
// so many.
func TestModel(t *testing.T) {
	if s := os.Getenv("CW_MODEL_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		runModel(t, seed)
		return
	}
	seeds := 200
	if raced {
		seeds = 30
	}
	if n, err := strconv.Atoi(os.Getenv("CW_MODEL_SEEDS")); err == nil {
		seeds = n
	}
	for seed := range seeds {
		runModel(t, uint64(seed))
	}
}
