package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Import takes the path as the id. The ref is the branch that is checked out,
// or the commit where none is.
func (p *provider) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.ImportResponse{}, err
	}
	resp := providers.ImportResponse{State: cty.NullVal(p.ty)}
	abs, ds := place(project, req.ID)
	if resp.Diagnostics = ds; ds.HasErrors() {
		return resp, nil
	}
	what, err := find(abs)
	switch {
	case err != nil:
		resp.Diagnostics = failure("Looking at "+abs, err)
		return resp, nil
	case what == nothing:
		return resp, nil
	case what != aCheckout:
		resp.Diagnostics = about("path", "Not a checkout", "There is %s at %s. Give the path of a checkout's top folder.", what, abs)
		return resp, nil
	}
	url, err := setting(ctx, abs, "remote.origin.url")
	if err == nil && url == "" {
		resp.Diagnostics = about("url", "No remote", "The checkout at %s has no remote named origin, so nothing says where it is from. Add one with git remote add origin URL.", abs)
		return resp, nil
	}
	var found looked
	if err == nil {
		found, err = look(ctx, abs, false, false)
	}
	if err != nil {
		resp.Diagnostics = failure("Looking at the checkout "+abs, err)
		return resp, ctx.Err()
	}
	attrs := map[string]cty.Value{}
	for name, a := range p.schema.Resources[repositoryType].Attributes {
		attrs[name] = cty.NullVal(a.Type)
		if a.Default != cty.NilVal {
			attrs[name] = a.Default
		}
	}
	ref := found.branch
	if ref == "" {
		ref = found.commit
	}
	attrs["path"], attrs["url"], attrs["ref"] = cty.StringVal(req.ID), cty.StringVal(withoutSecret(printable(url))), textOrNull(ref)
	attrs["submodules"] = cty.BoolVal(hasSubmodules(abs))
	resp.State, resp.Diagnostics = describe(ctx, project, abs, cty.ObjectVal(attrs), private{})
	return resp, ctx.Err()
}

// hasSubmodules tells whether any were checked out.
func hasSubmodules(abs string) bool {
	_, err := os.Stat(filepath.Join(abs, ".git", "modules"))
	return !errors.Is(err, fs.ErrNotExist)
}
