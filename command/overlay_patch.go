package command

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// patched returns a file's text in which the block of a resource sets what lies over
// it. False says that it cannot be written in there by a program, but only by a
// person.
func patched(src []byte, r *config.Resource, entries []state.Overlay) ([]byte, bool) {
	f, diags := hclwrite.ParseConfig(src, r.Range.Filename, r.Range.Start)
	if diags.HasErrors() {
		return nil, false
	}
	block := f.Body().FirstMatchingBlock("resource", []string{r.Type, r.Name})
	if block == nil {
		return nil, false
	}
	for _, e := range entries {
		path, err := plan.ParseAttributePath(e.Path)
		if err != nil || !setIn(block.Body(), path, e.Value) {
			return nil, false
		}
	}
	if !bytes.Equal(hclwrite.Format(src), src) {
		return f.Bytes(), true // lines that have nothing to do with it stay as they are
	}
	return hclwrite.Format(f.Bytes()), true
}

// setIn sets one value in a body.
func setIn(body *hclwrite.Body, path plan.AttributePath, value json.RawMessage) bool {
	name := path[0].Name
	inner := body.FirstMatchingBlock(name, nil)
	switch {
	case len(path) == 1 && isNothing(value):
		body.RemoveAttribute(name)
		return true
	case len(path) == 1:
		v, ok := ctyOf(value)
		if ok {
			body.SetAttributeValue(name, v)
		}
		return ok
	case inner != nil && !path[1].IsKey:
		return setIn(inner.Body(), path[1:], value)
	case len(path) > 2 || isNothing(value):
		return false
	}
	v, ok := ctyOf(value)
	if !ok {
		return false
	}
	key := path[1].Name
	named := key
	if path[1].IsKey {
		named = path[1].Key
		key = string(hclwrite.TokensForValue(cty.StringVal(path[1].Key)).Bytes())
	}
	member := key + " = " + string(hclwrite.TokensForValue(v).Bytes())
	attr := body.GetAttribute(name)
	if attr == nil {
		return setText(body, name, "{ "+member+" }")
	}
	text := strings.TrimSpace(string(attr.Expr().BuildTokens(nil).Bytes()))
	if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") || strings.HasPrefix(strings.TrimSpace(text[1:]), "for ") || strings.Contains(text, named) {
		return false
	}
	rest := strings.TrimRight(strings.TrimSuffix(text, "}"), " \t")
	switch {
	case strings.HasSuffix(rest, "\n"):
		rest += member + "\n"
	case rest == "{":
		rest += " " + member + " "
	default:
		rest += ", " + member + " "
	}
	return setText(body, name, rest+"}")
}

// setText sets an attribute to an expression as it is written.
func setText(body *hclwrite.Body, name, text string) bool {
	f, diags := hclwrite.ParseConfig([]byte("x = "+text+"\n"), "", hclStart)
	if diags.HasErrors() {
		return false
	}
	body.SetAttributeRaw(name, f.Body().GetAttribute("x").Expr().BuildTokens(nil))
	return true
}

func isNothing(raw json.RawMessage) bool {
	return len(bytes.TrimSpace(raw)) == 0 || string(bytes.TrimSpace(raw)) == "null"
}

func ctyOf(raw json.RawMessage) (cty.Value, bool) {
	ty, err := ctyjson.ImpliedType(raw)
	if err != nil {
		return cty.NilVal, false
	}
	v, err := ctyjson.Unmarshal(raw, ty)
	return withoutNulls(v), err == nil
}

// withoutNulls leaves out what an object does not set.
func withoutNulls(v cty.Value) cty.Value {
	if v.IsNull() || !v.Type().IsObjectType() {
		return v
	}
	vals := map[string]cty.Value{}
	for name, x := range v.AsValueMap() {
		if !x.IsNull() {
			vals[name] = withoutNulls(x)
		}
	}
	return cty.ObjectVal(vals)
}
