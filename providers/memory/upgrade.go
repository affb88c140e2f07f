package memory

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Upgrade reads the attributes of an item of version 0, when there were no
// kinds and tags were called labels.
func (p *provider) Upgrade(_ context.Context, req providers.UpgradeRequest) (providers.UpgradeResponse, error) {
	ty, ok := p.types[req.Type]
	if !ok {
		return providers.UpgradeResponse{}, unknownType(req.Type)
	}
	if req.Type != itemType || req.Version != 0 {
		return providers.UpgradeResponse{State: cty.NullVal(ty), Diagnostics: diag.Errorf("Unknown version",
			"Version %d of %s is not known. Use the version of the provider that wrote it.", req.Version, req.Type)}, nil
	}
	var old map[string]json.RawMessage
	if err := json.Unmarshal(req.State, &old); err != nil {
		return providers.UpgradeResponse{}, fmt.Errorf("read an item of version 0: %w", err)
	}
	old["tags"] = old["labels"]
	old["kind"] = json.RawMessage(`"plain"`)
	attrs := map[string]cty.Value{}
	for name, at := range ty.AttributeTypes() {
		attrs[name] = cty.NullVal(at)
		if raw := old[name]; raw != nil {
			v, err := ctyjson.Unmarshal(raw, at)
			if err != nil {
				return providers.UpgradeResponse{}, fmt.Errorf("read %s of an item of version 0: %w", name, err)
			}
			attrs[name] = v
		}
	}
	return providers.UpgradeResponse{State: cty.ObjectVal(attrs)}, nil
}
