package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

// contents is what one or several files declare, in the order of the files.
type contents struct {
	settings     []*Settings
	providers    []*ProviderConfig
	variables    []*Variable
	locals       []*Local
	outputs      []*Output
	resources    []*Resource // managed ones and data sources
	asserts      []*Assert
	calls        []*ModuleCall
	remediations []*Remediation
	moved        []*Move
	removed      []*Removal
}

var fileSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "clockwork"},
	{Type: "provider", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "assert", LabelNames: []string{"type", "name"}},
	{Type: "module", LabelNames: []string{"name"}},
	{Type: "remediation", LabelNames: []string{"name"}},
	{Type: "moved"},
	{Type: "removed"},
	{Type: "import"},
}}

// decode adds what body declares. Of a block with errors as much is kept as can
// be made sense of, so that references to it are no errors too.
func (c *contents) decode(body hcl.Body, opts *Options) diag.Diagnostics {
	content, diags := closed(body, fileSchema)
	for _, b := range content.Blocks {
		diags = append(diags, c.block(b, opts)...)
	}
	return diags
}

func (c *contents) block(b *hcl.Block, opts *Options) diag.Diagnostics {
	switch b.Type {
	case "clockwork":
		return keep(&c.settings)(decodeSettings(b, opts))
	case "provider":
		return keep(&c.providers)(decodeProvider(b))
	case "variable":
		return keep(&c.variables)(decodeVariable(b))
	case "locals":
		locals, diags := decodeLocals(b)
		c.locals = append(c.locals, locals...)
		return diags
	case "output":
		return keep(&c.outputs)(decodeOutput(b))
	case "data":
		return keep(&c.resources)(decodeResource(b, addr.Data, opts))
	case "resource":
		return keep(&c.resources)(decodeResource(b, addr.Managed, opts))
	case "assert":
		return keep(&c.asserts)(decodeAssert(b))
	case "module":
		return keep(&c.calls)(decodeCall(b))
	case "remediation":
		return keep(&c.remediations)(decodeRemediation(b))
	case "moved":
		return keep(&c.moved)(decodeMoved(b))
	case "removed":
		return keep(&c.removed)(decodeRemoved(b))
	case "import":
		return decodeImport(b)
	}
	return nil
}

// keep adds a block that was decoded, unless nothing could be made of it.
func keep[T any](list *[]*T) func(*T, diag.Diagnostics) diag.Diagnostics {
	return func(block *T, diags diag.Diagnostics) diag.Diagnostics {
		if block != nil {
			*list = append(*list, block)
		}
		return diags
	}
}

func (c *contents) add(o *contents) {
	c.settings = append(c.settings, o.settings...)
	c.providers = append(c.providers, o.providers...)
	c.variables = append(c.variables, o.variables...)
	c.locals = append(c.locals, o.locals...)
	c.outputs = append(c.outputs, o.outputs...)
	c.resources = append(c.resources, o.resources...)
	c.asserts = append(c.asserts, o.asserts...)
	c.calls = append(c.calls, o.calls...)
	c.remediations = append(c.remediations, o.remediations...)
	c.moved = append(c.moved, o.moved...)
	c.removed = append(c.removed, o.removed...)
}
