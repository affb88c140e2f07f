package conformance

import (
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/config/funcs"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan/eval"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// evalContext is what expressions in a case can refer to: name, which is unique;
// dir, the folder of the project; secret, for sensitive attributes; and env, the
// environment.
func evalContext(env providertest.Env) *hcl.EvalContext {
	environ := map[string]cty.Value{}
	for _, e := range os.Environ() {
		if name, value, ok := strings.Cut(e, "="); ok && name != "" {
			environ[name] = cty.StringVal(value)
		}
	}
	return &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"name":   cty.StringVal(env.Name),
			"dir":    cty.StringVal(env.Project.Dir),
			"secret": cty.StringVal("secret-" + providertest.Canary),
			"env":    cty.ObjectVal(environ),
		},
		Functions: funcs.Functions(funcs.Options{BaseDir: env.Project.Dir}),
	}
}

// decode evaluates a body of attributes of obj. What it sets, be it to null, is
// in the result. A whole body says everything, and a part of one only what
// differs.
func decode(obj *providers.Object, body *hclsyntax.Body, ctx *hcl.EvalContext, whole bool) (providertest.Attrs, diag.Diagnostics) {
	if !whole {
		obj = relaxed(obj)
	}
	v, diags := eval.NewDecoder(obj).Decode(body, ctx)
	if diags.HasErrors() {
		return nil, diags
	}
	v, _ = v.UnmarkDeep()
	attrs := providertest.Attrs{}
	for name := range body.Attributes {
		attrs[name] = v.GetAttr(name)
	}
	for _, b := range body.Blocks {
		if v.Type().HasAttribute(b.Type) { // not "dynamic", which the decoder has expanded
			attrs[b.Type] = v.GetAttr(b.Type)
		} else if b.Type == "dynamic" && len(b.Labels) == 1 {
			attrs[b.Labels[0]] = v.GetAttr(b.Labels[0])
		}
	}
	return attrs, diags
}

// relaxed is obj with nothing required of it.
func relaxed(obj *providers.Object) *providers.Object {
	out := &providers.Object{Description: obj.Description, Attributes: map[string]*providers.Attribute{}}
	for name, a := range obj.Attributes {
		free := *a
		if free.Required {
			free.Required, free.Optional = false, true
		}
		if free.Nested != nil {
			n := *free.Nested
			n.MinItems = 0
			free.Nested = &n
		}
		out.Attributes[name] = &free
	}
	return out
}

// over is base with what part says instead.
func over(base, part providertest.Attrs) providertest.Attrs {
	out := maps.Clone(base)
	if out == nil {
		out = providertest.Attrs{}
	}
	for name, v := range part {
		if v.IsNull() {
			delete(out, name)
		} else {
			out[name] = v
		}
	}
	return out
}

// Attrs reads attributes of obj as they stand in a block of a configuration.
// What can be referred to is described with the file of cases. A whole text says
// everything that is required, a part of one only what differs from base.
func Attrs(obj *providers.Object, text string, env providertest.Env) (providertest.Attrs, error) {
	return attrsOf(obj, nil, text, env, true)
}

// AttrsOver reads what differs from base.
func AttrsOver(obj *providers.Object, base providertest.Attrs, text string, env providertest.Env) (providertest.Attrs, error) {
	return attrsOf(obj, base, text, env, false)
}

func attrsOf(obj *providers.Object, base providertest.Attrs, text string, env providertest.Env, whole bool) (providertest.Attrs, error) {
	source, hdiags := hclsyntax.ParseConfig([]byte(text), "case", hcl.InitialPos)
	if hdiags.HasErrors() {
		return nil, errorOf(diag.FromHCL(hdiags))
	}
	attrs, ds := decode(obj, source.Body.(*hclsyntax.Body), evalContext(env), whole)
	if err := errorOf(ds); err != nil {
		return nil, err
	}
	return over(base, attrs), nil
}

// Expected reads what a provider is expected to return of an object: any of its
// attributes, those too that only the provider sets, and null ones.
func Expected(obj *providers.Object, text string, env providertest.Env) (providertest.Attrs, error) {
	source, hdiags := hclsyntax.ParseConfig([]byte(text), "case", hcl.InitialPos)
	if hdiags.HasErrors() {
		return nil, errorOf(diag.FromHCL(hdiags))
	}
	attrs, ds := decode(settable(obj), source.Body.(*hclsyntax.Body), evalContext(env), false)
	return attrs, errorOf(ds)
}

// Path reads the path of an attribute, such as "ports[0].host".
func Path(text string) (cty.Path, error) {
	traversal, hdiags := hclsyntax.ParseTraversalAbs([]byte(text), "path", hcl.InitialPos)
	if hdiags.HasErrors() {
		return nil, fmt.Errorf("%q is no path of an attribute, such as ports[0].host", text)
	}
	var path cty.Path
	for _, step := range traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			path = path.GetAttr(step.Name)
		case hcl.TraverseAttr:
			path = path.GetAttr(step.Name)
		case hcl.TraverseIndex:
			path = path.Index(step.Key)
		}
	}
	return path, nil
}
