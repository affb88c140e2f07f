package config

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

var callSchema = &hcl.BodySchema{
	Attributes: append(attributes("version", "count", "for_each", "depends_on", "providers"),
		hcl.AttributeSchema{Name: "source", Required: true}),
	Blocks: []hcl.BlockHeaderSchema{{Type: "lifecycle"}, {Type: "locals"}},
}

func decodeCall(b *hcl.Block) (*ModuleCall, diag.Diagnostics) {
	content, rest, diags := split(b.Body, callSchema)
	c := &ModuleCall{Name: b.Labels[0], Config: rest, Range: header(b)}
	if ds := checkName("the name of a module", c.Name, b.LabelRanges[0]); ds != nil {
		return nil, append(diags, ds...)
	}
	attr := content.Attributes["source"]
	switch {
	case attr != nil:
		ds := c.decodeSource(attr)
		diags = append(diags, ds...)
	case !diags.HasErrors(): // nothing was there at all, and so nothing was asked for
		diags = append(diags, missing(content, "source")...)
	}
	if attr := content.Attributes["version"]; attr != nil {
		diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
			"A module in a local folder has no versions to choose from. Remove this argument.")...)
	}
	var ds diag.Diagnostics
	c.Count, c.ForEach, ds = decodeRepetition(content)
	diags = append(diags, ds...)
	c.DependsOn, ds = decodeDependsOn(content)
	diags = append(diags, ds...)
	if attr := content.Attributes["providers"]; attr != nil {
		c.Providers, ds = decodePassed(attr)
		diags = append(diags, ds...)
	}
	for _, inner := range content.Blocks {
		diags = append(diags, diag.At(inner.TypeRange, "Unsupported block type",
			"A module block has no %s block. Write it inside the module.", inner.Type)...)
	}
	return c, diags
}

func missing(content *hcl.BodyContent, name string) diag.Diagnostics {
	return diag.At(content.MissingItemRange, "Missing required argument",
		"The argument %q is required, but it is not set. Set it here.", name)
}

// decodeSource reads where the module is. Source stays empty if that is not a
// local folder.
func (c *ModuleCall) decodeSource(attr *hcl.Attribute) diag.Diagnostics {
	v, diags := static(attr, cty.String)
	if diags.HasErrors() {
		return diags
	}
	source := v.AsString()
	c.sourceRange = attr.Expr.Range()
	if isLocalSource(source) {
		c.Source = source
		return nil
	}
	hint := ""
	if isPathLike(source) {
		hint = ` Did you mean "./` + path.Clean(source) + `"?`
	}
	return diag.At(attr.Expr.Range(), "Unsupported module source",
		"The module source %q is not supported yet: only folders beside or below this one are.%s Copy the module here and write a path that begins with ./ or ../.",
		source, hint)
}

func isLocalSource(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// isPathLike tells whether a source looks like a relative path whose ./ was
// forgotten, rather than like an address.
func isPathLike(source string) bool {
	return source != "" && !strings.HasPrefix(source, "/") && !strings.ContainsAny(source, `:?\`) &&
		!strings.Contains(strings.SplitN(source, "/", 2)[0], ".")
}

// decodePassed reads the providers argument of a module block.
func decodePassed(attr *hcl.Attribute) (map[string]ProviderRef, diag.Diagnostics) {
	pairs, hdiags := hcl.ExprMap(attr.Expr)
	if hdiags.HasErrors() {
		return nil, diag.At(attr.Expr.Range(), "Invalid providers",
			"The argument providers is a map that is written out, from a configuration's name in the module to one here. Write it as { docker = docker.eu }.")
	}
	passed := make(map[string]ProviderRef, len(pairs))
	var diags diag.Diagnostics
	for _, pair := range pairs {
		key, ds := decodeProviderRef(pair.Key)
		diags = append(diags, ds...)
		value, vds := decodeProviderRef(pair.Value)
		diags = append(diags, vds...)
		if ds.HasErrors() || vds.HasErrors() {
			continue
		}
		if _, again := passed[key.String()]; again {
			diags = append(diags, diag.At(pair.Key.Range(), "Duplicate provider",
				"The configuration %q is passed to the module twice. Remove one of the two.", key)...)
			continue
		}
		passed[key.String()] = value
	}
	return passed, diags
}
