package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

var resourceSchema = &hcl.BodySchema{
	Attributes: attributes("description", "count", "for_each", "depends_on", "provider"),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}, {Type: "monitor"}},
}

// MetaArguments returns the names of the arguments and blocks that every
// resource can have, whatever its provider says: for suggestions.
func MetaArguments() []string {
	var names []string
	for _, a := range resourceSchema.Attributes {
		names = append(names, a.Name)
	}
	for _, b := range resourceSchema.Blocks {
		names = append(names, b.Type)
	}
	return names
}

func decodeResource(b *hcl.Block, mode addr.Mode, opts *Options) (*Resource, diag.Diagnostics) {
	content, rest, diags := split(b.Body, resourceSchema)
	r := &Resource{
		Mode: mode, Type: b.Labels[0], Name: b.Labels[1],
		Config: rest, TypeRange: b.LabelRanges[0], Range: header(b),
	}
	named := checkLabels(b, "a resource type", "the name of a resource")
	diags = append(diags, named...)
	if named.HasErrors() {
		return nil, diags
	}
	r.Description = expr(content, "description")
	var ds diag.Diagnostics
	r.Count, r.ForEach, ds = decodeRepetition(content)
	diags = append(diags, ds...)
	r.DependsOn, ds = decodeDependsOn(content)
	diags = append(diags, ds...)
	r.Provider = ProviderRef{Name: opts.providerOf(r.Type), Range: r.TypeRange}
	if attr := content.Attributes["provider"]; attr != nil {
		ref, ds := decodeProviderRef(attr.Expr)
		diags = append(diags, ds...)
		if !ds.HasErrors() {
			r.Provider = ref
		}
	}
	return r, append(diags, r.decodeBlocks(content.Blocks)...)
}

// checkLabels checks a type and a name.
func checkLabels(b *hcl.Block, aType, aName string) diag.Diagnostics {
	diags := checkName(aType, b.Labels[0], b.LabelRanges[0])
	diags = append(diags, checkName(aName, b.Labels[1], b.LabelRanges[1])...)
	if b.Type != "assert" && isRoot(b.Labels[0]) {
		diags = append(diags, diag.At(b.LabelRanges[0], "Reserved name",
			"%q cannot be a type, because a reference that begins with it means something else. Use one of your providers' types.", b.Labels[0])...)
	}
	return diags
}

func (r *Resource) decodeBlocks(blocks hcl.Blocks) diag.Diagnostics {
	var diags diag.Diagnostics
	first := map[string]*hcl.Block{}
	for _, b := range blocks {
		if first[b.Type] != nil {
			diags = append(diags, duplicateBlock(b.Type, b.TypeRange, first[b.Type].TypeRange)...)
			continue
		}
		first[b.Type] = b
		switch {
		case b.Type == "lifecycle":
			var ds diag.Diagnostics
			r.Lifecycle, ds = decodeLifecycle(b, r.Mode)
			diags = append(diags, ds...)
		case r.Mode == addr.Data:
			diags = append(diags, diag.At(b.TypeRange, "Unsupported block type",
				"A data source is only read and cannot be monitored. Remove this block.")...)
		default:
			var ds diag.Diagnostics
			r.Monitor, ds = decodeMonitor(b)
			diags = append(diags, ds...)
		}
	}
	return diags
}

func duplicateBlock(what string, rng, first hcl.Range) diag.Diagnostics {
	return diag.At(rng, "Duplicate block", "There is one %s block already, at %s. Move everything into one.", what, place(first))
}

// decodeRepetition reads count and for_each, of which there can be one.
func decodeRepetition(content *hcl.BodyContent) (count, forEach hcl.Expression, diags diag.Diagnostics) {
	count, forEach = expr(content, "count"), expr(content, "for_each")
	if count != nil && forEach != nil {
		diags = diag.At(content.Attributes["for_each"].NameRange, "Both count and for_each",
			"There is a count already at %s, and only one of the two can decide which instances there are. Remove one.",
			place(content.Attributes["count"].NameRange))
	}
	return count, forEach, diags
}

// decodeProviderRef reads the name of a provider configuration.
func decodeProviderRef(e hcl.Expression) (ProviderRef, diag.Diagnostics) {
	t, diags := traversal(e)
	if diags.HasErrors() {
		return ProviderRef{}, diags
	}
	ref := ProviderRef{Name: t.RootName(), Range: e.Range()}
	if len(t) > 1 {
		alias, ok := t[1].(hcl.TraverseAttr)
		if !ok || len(t) > 2 {
			return ProviderRef{}, diag.At(e.Range(), "Invalid provider reference",
				"A provider configuration is named by its provider, perhaps with an alias behind it. Write NAME or NAME.ALIAS.")
		}
		ref.Alias = alias.Name
	}
	return ref, nil
}

// providerOf returns the local name of the provider that a resource type
// belongs to unless the block says otherwise.
func (o *Options) providerOf(typeName string) string {
	if name, ok := o.TypeProviders[typeName]; ok {
		return name
	}
	prefix, _, _ := strings.Cut(typeName, "_")
	return prefix
}
