package command

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// faults returns everything that is wrong with the configuration, given what
// loading it found: what its schemas and references say is added, so that all
// mistakes are reported at once. It is not where there are syntax errors,
// because what could not be read would seem not to be there.
func (p *project) faults(ctx context.Context, found diag.Diagnostics) diag.Diagnostics {
	for name, f := range p.config.Files {
		if !parses(name, f.Bytes) {
			return found
		}
	}
	known := map[string]bool{}
	for _, d := range found {
		known[fault(d)] = true
	}
	for _, d := range plan.Validate(ctx, p.config, p.plugins, p.env.Version) {
		if !known[fault(d)] {
			found = append(found, d)
		}
	}
	return found.Sorted()
}

// fault is what tells one problem from another: what it is, and where.
func fault(d diag.Diagnostic) string {
	if d.Subject == nil {
		return d.Error()
	}
	return d.Summary + " " + d.Subject.String()
}

func parses(name string, src []byte) bool {
	if strings.HasSuffix(name, ".json") {
		return json.Valid(src)
	}
	_, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	return !diags.HasErrors()
}
