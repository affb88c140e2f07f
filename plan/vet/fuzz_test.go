package vet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/providers"
)

// FuzzVet: whatever a model says, what would be applied is what the policy permits.
func FuzzVet(f *testing.F) {
	for _, d := range denials() {
		f.Add([]byte(d.answer))
	}
	f.Add([]byte(change("memory", `"256MiB"`)))
	f.Add([]byte(changes(`{"path":"networks","key":"back","value":{"aliases":["web"]}},{"path":"env","key":"A","value":"x"}`)))
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, answer []byte) { w.permitted(t, answer) })
}

// FuzzVetChange does the same from answers that can be read, so that more of them come
// far.
func FuzzVetChange(f *testing.F) {
	for _, c := range [][3]string{
		{"memory", "", `"256MiB"`}, {"cpus", "", "2"}, {"shares", "", "1e3"}, {"env", "A", `"x"`}, {"env", "", `{"MODE":null}`}, {"networks", "b", `{"aliases":["a"]}`},
		{"healthcheck.interval", "", `"11s"`}, {"wait", "", `{"timeout":"50s"}`}, {"ulimits", "n", `{"soft":1}`}, {"ulimits", "", "{}"}, {"groups", "", `["a","b"]`},
		{"image", "", `"nginx` + digest + `"`}, {"ports", "", `[{"container":80}]`}, {"forgotten.known", "", `"x"`}, {"alone", "", "true"},
		{`networks["a"].aliases`, "", `[null]`}, {"healthcheck", "", "{}"}, {"token", "", "1"}, {"command", "", "1"}, {"memory", "", `"0x1G"`},
	} {
		f.Add(c[0], c[1], c[2])
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, path, key, value string) {
		change := map[string]any{"path": path, "value": json.RawMessage(value)}
		if key != "" {
			change["key"] = key
		}
		answer, err := json.Marshal(map[string]any{"verdict": "fix", "cause": "", "evidence": []string{}, "confidence": 1, "changes": []any{change}})
		if err == nil {
			w.permitted(t, answer)
		}
	})
}

// permitted vets an answer, and checks what came of it without any code of the gates.
func (w *world) permitted(t *testing.T, answer []byte) {
	r := w.Request
	r.Answer = answer
	got := vet.Vet(context.Background(), r)
	if (got.Vetted != nil) != (got.Outcome == vet.Allow) {
		t.Fatalf("%v, %v", got.Outcome, got.Vetted)
	}
	for _, g := range got.Gates {
		if strings.Contains(g.Reason, "hunter2-hunter2") {
			t.Fatalf("%s says a secret", g.Name)
		}
	}
	if got.Vetted == nil {
		return
	}
	c := got.Vetted.Plan().Changes
	if len(c) != 1 || c[0].Address != r.Target || len(c[0].Overlay) > r.Policy.AI.MaxChanges {
		t.Fatalf("%d changes, of %s", len(c), c[0].Address)
	}
	before, _ := c[0].Before.UnmarkDeep()
	after, _ := c[0].After.UnmarkDeep()
	schema, err := boxes{}.Schema(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	obj := &schema.Resources["box_container"].Object
	for _, path := range providers.Changed(obj, before, after) {
		attribute := plan.PathOf(path).Attribute()
		if a := obj.Attributes[attribute]; a != nil && a.Computed {
			continue
		}
		if !slices.ContainsFunc(r.Policy.AI.Allow, func(p plan.AllowPattern) bool {
			return p.Type == "box_container" && strings.HasPrefix(attribute+".", p.Attribute+".") && obj.TierAt(strings.Split(p.Attribute, ".")...) != providers.TierNever
		}) {
			t.Errorf("%s changes", attribute)
		}
	}
	within(t, after.GetAttr("memory"), "memory", 64<<20, 512<<20, providers.ParseBytes)
	within(t, after.GetAttr("healthcheck").GetAttr("interval"), "interval", int64(5*time.Second), int64(20*time.Second), nanoseconds)
	if v := after.GetAttr("wait"); !v.IsNull() {
		within(t, v.GetAttr("timeout"), "timeout", int64(30*time.Second), int64(2*time.Minute), nanoseconds)
	}
	number(t, after.GetAttr("cpus"), "cpus", 0.5, 2)
	number(t, after.GetAttr("shares"), "shares", 0, 2048)
	if v := after.GetAttr("ulimits"); !v.IsNull() {
		for _, e := range v.AsValueSlice() {
			number(t, e.GetAttr("soft"), "soft", 0, 4096)
		}
	}
	if v := after.GetAttr("image"); !v.RawEquals(before.GetAttr("image")) {
		image, digest, _ := strings.Cut(v.AsString(), "@sha256:")
		image, _, _ = strings.Cut(strings.TrimPrefix(image, "registry.example.com:5000/team/app"), ":")
		if len(digest) != 64 || !slices.Contains([]string{"", "nginx", "library/nginx", "docker.io/library/nginx", "docker.io/nginx", "index.docker.io/nginx", "index.docker.io/library/nginx"}, image) {
			t.Errorf("the image is %s", v.AsString())
		}
	}
	for _, name := range []string{"env", "networks", "groups"} {
		if strings.Contains(after.GetAttr(name).GoString(), "hunter2-hunter2") || strings.Contains(after.GetAttr(name).GoString(), "docker.sock") {
			t.Errorf("%s is %#v", name, after.GetAttr(name))
		}
	}
}

func nanoseconds(s string) (int64, error) {
	d, err := time.ParseDuration(s)
	return int64(d), err
}

func within(t *testing.T, v cty.Value, name string, least, most int64, parse func(string) (int64, error)) {
	if v.IsNull() {
		t.Errorf("%s is gone", name)
		return
	}
	if n, err := parse(v.AsString()); err != nil || n < least || n > most {
		t.Errorf("%s is %s", name, v.AsString())
	}
}

func number(t *testing.T, v cty.Value, name string, least, most float64) {
	if v.IsNull() {
		return
	}
	if f, _ := v.AsBigFloat().Float64(); f < least || f > most || fmt.Sprint(f) == "NaN" {
		t.Errorf("%s is %v", name, f)
	}
}
