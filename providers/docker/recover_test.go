package docker_test

import (
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// A container that was being made when Clockwork was killed is found by the
// intent in its labels: it is gone on with, unless files are missing in it.
func TestHalfMadeContainerIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, schema := configured(t, nil)
	rt := schema.Resources["docker_container"]
	half := func(suffix string, more providertest.Attrs) providers.RecoverResponse {
		t.Helper()
		intent := w.name + suffix
		_, err := w.engine.ContainerCreate(bg, &container.Config{Image: "busybox:stable", Cmd: []string{"sleep", "600"},
			Labels: map[string]string{"clockwork.project": "test", "clockwork.address": "docker_container.x", "clockwork.intent": intent}},
			nil, nil, nil, w.name+suffix)
		w.must(err)
		attrs := providertest.Attrs{"name": str(w.name + suffix), "image": str("busybox:stable"),
			"command": cty.ListVal([]cty.Value{str("sleep"), str("600")})}
		for name, v := range more {
			attrs[name] = v
		}
		config, err := providertest.Value(&rt.Object, attrs)
		w.must(err)
		planned, err := cty.Transform(providers.Propose(&rt.Object, cty.NilVal, config), func(_ cty.Path, v cty.Value) (cty.Value, error) {
			if !v.IsKnown() {
				return cty.NullVal(v.Type()), nil // as it is kept in the journal
			}
			return v, nil
		})
		w.must(err)
		resp, err := p.(providers.Recoverer).Recover(bg, providers.RecoverRequest{Target: targetOf("docker_container.x"),
			Action: providers.Create, Intent: intent, Prior: cty.NullVal(rt.Type()), Planned: planned})
		if err != nil || resp.Diagnostics.HasErrors() {
			t.Fatal(err, resp.Diagnostics)
		}
		return resp
	}
	plain := half("-plain", nil)
	if plain.State.IsNull() || plain.Tainted || plain.State.GetAttr("must_run").True() {
		t.Errorf("a container that was only created: tainted %v, %#v", plain.Tainted, plain.State)
	}
	files := half("-files", providertest.Attrs{"upload": cty.MapVal(map[string]cty.Value{
		"/etc/a": cty.ObjectVal(map[string]cty.Value{"content": str("x")})})})
	if files.State.IsNull() || !files.Tainted {
		t.Errorf("a container whose files may be missing is fit for use: %#v", files.State)
	}
}
