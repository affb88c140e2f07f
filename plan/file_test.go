package plan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

var update = flag.Bool("update", false, "write the golden files")

// anyType is a type at random.
func anyType(rng *rand.Rand, depth int) cty.Type {
	n := 7
	if depth == 0 {
		n = 3
	}
	switch rng.IntN(n) {
	case 0:
		return cty.String
	case 1:
		return cty.Number
	case 2:
		return cty.Bool
	case 3:
		return cty.List(anyType(rng, depth-1))
	case 4:
		return cty.Map(anyType(rng, depth-1))
	case 5:
		return cty.Set(anyType(rng, 0))
	}
	attrs := map[string]cty.Type{}
	for i := range rng.IntN(4) {
		attrs[fmt.Sprintf("a%d", i)] = anyType(rng, depth-1)
	}
	return cty.Object(attrs)
}

// anyValue is a value of a type at random: null, unknown and marked anywhere.
func anyValue(rng *rand.Rand, ty cty.Type, mayMark bool) cty.Value {
	v := plainValue(rng, ty, mayMark)
	if mayMark && rng.IntN(6) == 0 {
		v = v.Mark(marks.Sensitive)
	}
	return v
}

func plainValue(rng *rand.Rand, ty cty.Type, mayMark bool) cty.Value {
	switch rng.IntN(8) {
	case 0:
		return cty.NullVal(ty)
	case 1:
		return cty.UnknownVal(ty)
	case 2:
		return cty.UnknownVal(ty).RefineNotNull()
	}
	switch {
	case ty == cty.String:
		return cty.StringVal([]string{"", "a", "ä\n\x00", "${x}", strings.Repeat("long", 20)}[rng.IntN(5)])
	case ty == cty.Number:
		return []cty.Value{cty.Zero, cty.NumberIntVal(-1), cty.MustParseNumberVal("1e200"), cty.MustParseNumberVal("0.1"), cty.MustParseNumberVal("123456789012345678901234567890.5")}[rng.IntN(5)]
	case ty == cty.Bool:
		return cty.BoolVal(rng.IntN(2) == 0)
	case ty.IsObjectType():
		vals := map[string]cty.Value{}
		atys := ty.AttributeTypes()
		for _, name := range slices.Sorted(maps.Keys(atys)) { // the same each time
			vals[name] = anyValue(rng, atys[name], mayMark)
		}
		return cty.ObjectVal(vals)
	}
	n := rng.IntN(4)
	ety := ty.ElementType()
	var list []cty.Value
	dict := map[string]cty.Value{}
	for i := range n {
		v := anyValue(rng, ety, mayMark && !ty.IsSetType())
		list = append(list, v)
		dict[fmt.Sprintf("k%d", i)] = v
	}
	switch {
	case n == 0 && ty.IsListType():
		return cty.ListValEmpty(ety)
	case n == 0 && ty.IsMapType():
		return cty.MapValEmpty(ety)
	case n == 0:
		return cty.SetValEmpty(ety)
	case ty.IsListType():
		return cty.ListVal(list)
	case ty.IsMapType():
		return cty.MapVal(dict)
	}
	return cty.SetVal(list)
}

func instance(s string) addr.Instance {
	i, err := addr.ParseInstance(s)
	if err != nil {
		panic(err)
	}
	return i
}

func target(s string) addr.Target {
	t, err := addr.ParseTarget(s)
	if err != nil {
		panic(err)
	}
	return t
}

var someAddresses = []string{"memory_item.a", "memory_item.a[3]", `module.m["x.y\"z"].memory_item.b["ä ]"]`, "module.a[0].module.b.memory_shelf.c", "data.memory_item.d"}

// anyPlan is a plan at random, as the newest version of the format holds it.
func anyPlan(rng *rand.Rand) *plan.Plan {
	p := planOf(rng, plan.Restart)
	if rng.IntN(2) == 0 {
		p.Restarts = []addr.Instance{instance(someAddresses[rng.IntN(4)])}
	}
	return p
}

// planOf is a plan with actions up to last.
func planOf(rng *rand.Rand, last plan.Action) *plan.Plan {
	at := func() addr.Instance { return instance(someAddresses[rng.IntN(4)]) }
	value := func() cty.Value { return anyValue(rng, anyType(rng, 3), true) }
	p := &plan.Plan{Mode: plan.Mode(rng.IntN(3)), Version: "0.1.0", Timestamp: time.Date(2024, 2, 29, 1, 2, 3, 4, time.UTC),
		Lineage: "l", Serial: rng.Uint64(), ConfigHash: "h", Unchanged: rng.IntN(9), Variables: map[string]cty.Value{}}
	for i := range rng.IntN(3) {
		p.Variables[fmt.Sprint("v", i)] = value()
	}
	for range rng.IntN(4) {
		ty := anyType(rng, 3)
		a := at()
		c := plan.Change{Address: a, Previous: a, Action: plan.Action(rng.IntN(1 + int(last))), Reason: plan.ReasonTainted,
			Provider: state.ProviderConfig{Source: "s", Alias: "a", Module: "module.m"},
			Before:   anyValue(rng, ty, true), After: anyValue(rng, ty, true), Config: anyValue(rng, ty, true),
			Description: "d", PreventDestroy: rng.IntN(2) == 0, CreateBeforeDestroy: rng.IntN(2) == 0, SchemaVersion: rng.IntN(3)}
		if rng.IntN(2) == 0 {
			c.Previous, c.Deposed, c.Private, c.DependsOn = at(), "00aa", []byte{0, 255}, []string{"memory_item.z"}
			c.Replace = []cty.Path{cty.GetAttrPath("a").IndexInt(2).GetAttr("b").IndexString("c"), cty.GetAttrPath("x")}
		}
		p.Changes = append(p.Changes, c)
	}
	if rng.IntN(2) == 0 {
		p.Drift = []plan.Drift{{Address: at(), Deposed: "d", Action: plan.Update, Before: value(), After: value()}}
		p.Refreshed = []plan.Refreshed{
			{Key: state.ObjectKey{Instance: at(), Deposed: "x"}},
			{Key: state.ObjectKey{Instance: at()}, Object: &state.Object{Attributes: json.RawMessage(`{"a":1}`), Private: []byte("p"), Tainted: true,
				Sensitive: []json.RawMessage{json.RawMessage(`[{"a":"x"}]`)}, DependsOn: []string{"a.b"}}}}
		p.Moved = []plan.Move{{From: state.ObjectKey{Instance: at()}, To: state.ObjectKey{Instance: at()}}}
		p.Outputs = []plan.OutputChange{{Name: "o", Action: plan.Create, Before: value(), After: value(), Sensitive: true}}
		p.Targets = []addr.Target{target("module.m"), target("memory_item.a[0]")}
		p.Excludes = []addr.Target{target(`module.m["x"].memory_item.a`)}
		p.Replaces = []addr.Instance{at()}
	}
	return p
}

// samePlan compares plans; values are compared with their marks and unknowns.
func samePlan(a, b any) string {
	return same(reflect.ValueOf(a), reflect.ValueOf(b), "")
}

func same(a, b reflect.Value, at string) string {
	if v, ok := a.Interface().(cty.Value); ok {
		w := b.Interface().(cty.Value)
		if !v.RawEquals(w) {
			return fmt.Sprintf("%s: %#v is %#v", at, v, w)
		}
		return ""
	}
	if p, ok := a.Interface().(cty.Path); ok {
		if !p.Equals(b.Interface().(cty.Path)) {
			return at + ": another path"
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() != b.IsNil() {
			return at + ": nil"
		}
		if a.IsNil() {
			return ""
		}
		return same(a.Elem(), b.Elem(), at)
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() || strings.HasSuffix(a.Type().PkgPath(), "/addr") {
			break
		}
		for i := range a.NumField() {
			if d := same(a.Field(i), b.Field(i), at+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d", at, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := same(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", at, i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Map:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d", at, a.Len(), b.Len())
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() {
				return fmt.Sprintf("%s: no %v", at, k)
			}
			if d := same(a.MapIndex(k), b.MapIndex(k), fmt.Sprintf("%s[%v]", at, k)); d != "" {
				return d
			}
		}
		return ""
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		return fmt.Sprintf("%s: %v is %v", at, a, b)
	}
	return ""
}

func TestFileRoundTrip(t *testing.T) {
	for seed := range uint64(500) {
		want := anyPlan(rand.New(rand.NewPCG(seed, 2)))
		raw, err := plan.Encode(want)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := plan.Decode(raw)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if d := samePlan(want, got); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
		again, err := plan.Encode(got)
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("seed %d: not the same bytes again (%v)", seed, err)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	raw, err := plan.Encode(anyPlan(rng))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(raw); n += 1 + len(raw)/200 {
		if _, err := plan.Decode(raw[:n]); err == nil {
			t.Errorf("cut after %d bytes, and read all the same", n)
		}
	}
	for range 500 {
		bad := bytes.Clone(raw)
		i := rng.IntN(len(bad))
		bad[i] ^= 1 << rng.IntN(8)
		got, err := plan.Decode(bad)
		if err == nil {
			// JSON knows names in either case: what is read must be the same.
			if again, _ := plan.Encode(got); !bytes.Equal(again, raw) {
				t.Errorf("a bit of byte %d changed, and another plan read", i)
			}
		}
	}
	for want, src := range map[string]string{
		"not a plan":      "hello",
		"is not a plan":   "{}",
		"another version": `{"clockwork_plan":4,"sha256":"","plan":{}}`,
		"checksum":        `{"clockwork_plan":2,"sha256":"00","plan":{}}`,
	} {
		if _, err := plan.Decode([]byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", src, err, want)
		}
	}
}

// sealed wraps a plan's JSON as a file whose checksum is right.
func sealed(doc []byte) []byte {
	sum := sha256.Sum256(doc)
	return fmt.Appendf(nil, `{"clockwork_plan":%d,"sha256":"%s","plan":%s}`, plan.FileVersion, hex.EncodeToString(sum[:]), doc)
}

func TestSealedNonsense(t *testing.T) {
	for _, doc := range []string{
		`{"mode":9}`, `{"mode":-1}`, `{"changes":[{"address":"x"}]}`, `{"changes":[{"address":"memory_item.a","action":99}]}`,
		`{"changes":[{"address":"memory_item.a","before":{"value":"AA=="}}]}`, `{"outputs":[{"name":"o","action":99}]}`,
		`{"drift":[{"address":"memory_item.a","action":99}]}`, `{"changes":[{"address":"memory_item.a","replace":[[null]]}]}`,
		`{"targets":["["]}`, `{"restarts":["x"]}`, `{"replaces":["module.x"]}`, `{"moved":[{"from":{"address":""},"to":{"address":""}}]}`, `[]`,
	} {
		if _, err := plan.Decode(sealed([]byte(doc))); err == nil {
			t.Errorf("%s was read", doc)
		}
	}
}

// TestFileVersions reads the plan files of every version there has been.
func TestFileVersions(t *testing.T) {
	// The fixture of an older version stays as that version wrote it.
	want := anyPlan(rand.New(rand.NewPCG(16, 3)))
	second := *want
	origin := state.Origin{Model: "m", Time: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), Incident: "i-1", Cause: "too little"}
	overlay := []state.Overlay{{Path: `tags["a"]`, Value: json.RawMessage(`"b"`), Over: json.RawMessage("null"), Origin: origin}}
	want.Changes = slices.Clone(want.Changes)
	want.Changes[0].Overlay = overlay
	want.Changes[0].Completed = &state.Completed{Values: map[string]json.RawMessage{"value": json.RawMessage(`"x"`)}, Inputs: "h", Origin: origin}
	want.Overlays = []plan.Overlay{{Address: want.Changes[0].Address, Entries: overlay}}
	if *update {
		if err := plan.WriteFile(filepath.Join("testdata", "plan", fmt.Sprintf("v%d.json", plan.FileVersion)), want); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]*plan.Plan{
		"v1.json": planOf(rand.New(rand.NewPCG(3, 3)), plan.Forget),
		"v2.json": &second,
		"v3.json": want,
	} {
		got, diags := plan.ReadFile(filepath.Join("testdata", "plan", name))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if d := samePlan(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	early := fmt.Appendf(nil, `{"changes":[{"address":"memory_item.a","action":%d}]}`, plan.Restart)
	if _, err := plan.Decode(sealed(early)); err != nil {
		t.Error(err)
	}
	if _, err := plan.Decode(bytes.Replace(sealed(early), fmt.Appendf(nil, `_plan":%d`, plan.FileVersion), []byte(`_plan":1`), 1)); err == nil {
		t.Error("a plan of version 1 has a restart, and was read all the same")
	}
	if _, diags := plan.ReadFile(filepath.Join(t.TempDir(), "none")); !strings.Contains(diags.Error(), "Plan cannot be read") {
		t.Error(diags)
	}
	out := filepath.Join(t.TempDir(), "plan")
	if err := plan.WriteFile(out, want); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// FuzzDecode looks for files that are read and cannot be written again, or that
// end in a panic. The checksum is put right, so that what it covers is reached.
func FuzzDecode(f *testing.F) {
	for seed := range uint64(4) {
		raw, err := plan.Encode(anyPlan(rand.New(rand.NewPCG(seed, 4))))
		if err != nil {
			f.Fatal(err)
		}
		var doc struct{ Plan json.RawMessage }
		if err := json.Unmarshal(raw, &doc); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(doc.Plan))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !json.Valid(doc) {
			doc, _ = json.Marshal(string(doc))
		}
		p, err := plan.Decode(sealed(doc))
		if err != nil {
			return
		}
		raw, err := plan.Encode(p)
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		if _, err := plan.Decode(raw); err != nil {
			t.Fatalf("written, but not read: %v", err)
		}
	})
}
