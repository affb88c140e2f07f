package memory

import (
	"context"
	"regexp"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

func (p *provider) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	var resp providers.ValidateResponse
	if req.Config.IsNull() || !req.Config.IsKnown() {
		return resp, nil
	}
	switch {
	case req.Kind == providers.KindResource && req.Type == itemType:
		resp.Diagnostics = validateItem(req.Config)
	case req.Kind == providers.KindAssert && req.Type == "item_value":
		if v := req.Config.GetAttr("matches"); known(v) {
			if _, err := regexp.Compile(v.AsString()); err != nil {
				resp.Diagnostics = attrDiag("matches", "Not a regular expression",
					`The value of "matches" cannot be read as a regular expression. Correct it.`)
			}
		}
	}
	return resp, nil
}

func validateItem(config cty.Value) diag.Diagnostics {
	var ds diag.Diagnostics
	nameOK := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	if v := config.GetAttr("name"); known(v) && !nameOK.MatchString(v.AsString()) {
		ds = append(ds, attrDiag("name", "Not a name",
			"A name begins with a small letter or a digit, and goes on with these, dots, dashes and underscores. Choose another.")...)
	}
	ds = append(ds, validateBytes(config.GetAttr("limit"), cty.GetAttrPath("limit"))...)
	parts := config.GetAttr("part")
	if !known(parts) {
		return ds
	}
	seen := map[string]bool{}
	for i, part := range parts.AsValueSlice() {
		if !known(part) {
			continue
		}
		at := cty.GetAttrPath("part").IndexInt(i)
		ds = append(ds, validateBytes(part.GetAttr("size"), at.GetAttr("size"))...)
		name := part.GetAttr("name")
		if !known(name) {
			continue
		}
		if seen[name.AsString()] {
			twice := diag.Errorf("Part given twice", "There are two parts named %q. Give each a name of its own.", name.AsString())
			twice[0].Path = at.GetAttr("name")
			ds = append(ds, twice...)
		}
		seen[name.AsString()] = true
	}
	return ds
}

func validateBytes(v cty.Value, at cty.Path) diag.Diagnostics {
	if !known(v) {
		return nil
	}
	if _, err := providers.ParseBytes(v.AsString()); err == nil {
		return nil
	}
	ds := diag.Errorf("Not a size", `A size is a number of bytes, or a number with a unit, such as "64MiB". Correct it.`)
	ds[0].Path = at
	return ds
}

func known(v cty.Value) bool { return v.IsKnown() && !v.IsNull() }

// Plan knows the checksum beforehand, and that what is fragile stays so.
func (p *provider) Plan(_ context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	resp := providers.PlanResponse{Planned: req.Proposed}
	if req.Type != itemType || req.Proposed.IsNull() || !req.Proposed.IsKnown() {
		return resp, nil
	}
	sum := checksum(req.Proposed.GetAttr("value"))
	if !sum.RawEquals(req.Proposed.GetAttr("checksum")) {
		attrs := req.Proposed.AsValueMap()
		attrs["checksum"] = sum
		resp.Planned = cty.ObjectVal(attrs)
	}
	if !req.Prior.IsNull() {
		was, kind := req.Prior.GetAttr("kind"), req.Proposed.GetAttr("kind")
		if was.RawEquals(cty.StringVal("fragile")) && !kind.RawEquals(was) {
			resp.Replace = []cty.Path{cty.GetAttrPath("kind")}
		}
	}
	return resp, nil
}
