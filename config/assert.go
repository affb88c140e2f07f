package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

var assertSchema = &hcl.BodySchema{
	Attributes: attributes("target", "for_each", "interval", "timeout", "failure_threshold", "success_threshold",
		"start_grace", "severity", "remediate", "count", "depends_on"),
	Blocks: []hcl.BlockHeaderSchema{{Type: "lifecycle"}, {Type: "monitor"}},
}

func decodeAssert(b *hcl.Block) (*Assert, diag.Diagnostics) {
	content, rest, diags := split(b.Body, assertSchema)
	a := &Assert{
		Type: b.Labels[0], Name: b.Labels[1],
		Config: rest, TypeRange: b.LabelRanges[0], Range: header(b),
		Target:           expr(content, "target"),
		ForEach:          expr(content, "for_each"),
		Interval:         expr(content, "interval"),
		Timeout:          expr(content, "timeout"),
		FailureThreshold: expr(content, "failure_threshold"),
		SuccessThreshold: expr(content, "success_threshold"),
		StartGrace:       expr(content, "start_grace"),
		Severity:         expr(content, "severity"),
		Remediate:        expr(content, "remediate"),
	}
	named := checkLabels(b, "an assert type", "the name of an assert")
	diags = append(diags, named...)
	if named.HasErrors() {
		return nil, diags
	}
	if attr := content.Attributes["count"]; attr != nil {
		diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
			"An assert cannot have a count. Use for_each to assert the same of several things.")...)
	}
	if attr := content.Attributes["depends_on"]; attr != nil {
		diags = append(diags, diag.At(attr.NameRange, "Unsupported argument",
			"Asserts are checked when everything is applied, so there is nothing to wait for. Remove depends_on.")...)
	}
	for _, inner := range content.Blocks {
		diags = append(diags, diag.At(inner.TypeRange, "Unsupported block type",
			"An assert has no %s block. Remove it, or write it in the resource.", inner.Type)...)
	}
	return a, diags
}
