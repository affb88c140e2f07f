package docker

import (
	"context"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// plan finds what a schema cannot say: whether another name is another image,
// whether the folder that is built has changed, and whether a tag has moved in
// its registry. A create needs no engine: nothing is known of it beforehand.
func (imageType) plan(ctx context.Context, s scope, req providers.PlanRequest) (providers.PlanResponse, error) {
	resp := providers.PlanResponse{Planned: req.Proposed}
	name, build := req.Proposed.GetAttr("name"), req.Proposed.GetAttr("build")
	if req.Prior.IsNull() {
		if known(build) {
			resp.Diagnostics = asWarnings(s.lookAtContext(build))
		}
		return resp, nil
	}
	if !name.IsKnown() || !sameImage(name.AsString(), textOf(req.Prior.GetAttr("name"))) {
		resp.Replace = []cty.Path{cty.GetAttrPath("name")}
		return resp, nil
	}
	planned := objects.Edit(req.Proposed)
	for _, attribute := range []string{"build", "platform"} {
		if !req.Proposed.GetAttr(attribute).RawEquals(req.Prior.GetAttr(attribute)) {
			planned.Set("image_id", cty.UnknownVal(cty.String))
			planned.Set("repo_digest", cty.UnknownVal(cty.String))
		}
	}
	var err error
	switch {
	case known(build):
		resp.Diagnostics, err = s.planBuild(ctx, req, planned)
	case build.IsNull() && textOf(req.Proposed.GetAttr("pull")) == pullAlways && planned.Get("image_id").IsKnown():
		resp.Diagnostics = s.planPull(ctx, planned)
	}
	resp.Planned = planned.Value()
	return resp, err
}

// planBuild notices when the context is no longer the one that was built.
// When something else changes as well, what is in the context at that time is
// built, because other resources may yet write there.
func (s scope) planBuild(ctx context.Context, req providers.PlanRequest, planned *objects.Edited) (diagnostics, error) {
	build, prior := planned.Get("build"), req.Prior.GetAttr("build")
	if prior.IsNull() || !planned.Get("image_id").IsKnown() {
		again := objects.Edit(build)
		again.Set("context_sha256", cty.UnknownVal(cty.String))
		planned.Set("build", again.Value())
		return nil, nil
	}
	sum, err := s.contextOf(build).sum(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return asWarnings(contextFailed(err, "The image stays as it is.")), nil
	case textOf(prior.GetAttr("context_sha256")) == sum:
		return nil, nil
	}
	again := objects.Edit(build)
	again.Set("context_sha256", cty.StringVal(sum))
	planned.Set("build", again.Value())
	planned.Set("image_id", cty.UnknownVal(cty.String))
	return nil, nil
}

// planPull asks the registry whether the tag has moved.
func (s scope) planPull(ctx context.Context, planned *objects.Edited) diagnostics {
	ref, err := parseImage(planned.Get("name").AsString())
	if err != nil || !ref.isTag() {
		return nil
	}
	c, err := s.engine.dial(ctx)
	if err != nil {
		return asWarnings(s.failure("Registry was not asked", "Asking for "+ref.String(), err, ""))
	}
	auth, ds := s.loginFor(ref.registry())
	if ds.HasErrors() {
		return asWarnings(ds)
	}
	there, err := c.DistributionInspect(ctx, ref.String(), auth)
	if err != nil {
		_, detail := s.pullRefused(ref, "Asking its registry for "+ref.String(), err)
		return diag.Warningf("Registry was not asked", "Whether %s has moved is not known, and it stays as it is. %s", ref, detail)
	}
	now := ref.repository() + "@" + there.Descriptor.Digest.String()
	if was := textOf(planned.Get("repo_digest")); !strings.EqualFold(was, now) {
		planned.Set("repo_digest", cty.StringVal(now))
		planned.Set("image_id", cty.UnknownVal(cty.String))
	}
	return nil
}
