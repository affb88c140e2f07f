package git

import (
	"context"
	"errors"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Plan says which commit is to be checked out. The remote is asked where a ref
// may have moved: of a commit id never, of a tag once. When it cannot be
// reached, what is applied stays.
func (p *provider) Plan(ctx context.Context, req providers.PlanRequest) (providers.PlanResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.PlanResponse{}, err
	}
	planned := objects.Edit(req.Proposed)
	planned.Set("local_changes", texts(nil))
	var ds diagnostics
	if path := planned.Get("path"); known(path) {
		abs, more := place(project, path.AsString())
		if ds = append(ds, more...); more == nil {
			planned.Set("abs_path", cty.StringVal(abs))
		}
	}
	at, more := wanted(ctx, project, req)
	if ds = append(ds, more...); ctx.Err() != nil {
		return providers.PlanResponse{}, ctx.Err()
	}
	if at == nil {
		planned.Set("commit", cty.UnknownVal(cty.String))
		planned.Set("branch", cty.UnknownVal(cty.String))
	} else {
		planned.Set("commit", cty.StringVal(at.Commit))
		planned.Set("branch", textOrNull(at.branch()))
	}
	if !req.Prior.IsNull() && text(req.Proposed, "clean") == cleanError && req.Prior.GetAttr("local_changes").LengthInt() > 0 {
		ds = append(ds, warning("clean", "Local changes will stop the apply",
			`The checkout has local changes (%s). They are not discarded: commit and push them, or undo them. With clean = "discard" they would be lost.`,
			list(strs(req.Prior.GetAttr("local_changes"))))...)
	}
	return providers.PlanResponse{Planned: planned.Value(), Diagnostics: ds}, nil
}

// wanted is what is to be checked out; nil when that is not known yet.
func wanted(ctx context.Context, project string, req providers.PlanRequest) (*target, diagnostics) {
	url, ref := req.Proposed.GetAttr("url"), req.Proposed.GetAttr("ref")
	if !known(url) || !ref.IsKnown() {
		return nil, nil
	}
	if ds := checkURL(url.AsString()); ds != nil {
		return nil, ds
	}
	if !ref.IsNull() {
		if ds := checkRef(ref.AsString()); ds != nil {
			return nil, ds
		}
	}
	name := text(req.Proposed, "ref")
	if commit := asCommit(name); commit != "" {
		return &target{Commit: commit}, nil
	}
	where, was := location(project, url.AsString()), readPrivate(req.Private)
	applied := !req.Prior.IsNull() && was.isOf(where, name)
	if applied && !was.moves() {
		return &was.target, nil
	}
	t, err := ask(ctx, where, name)
	var no *notFound
	switch isNo := errors.As(err, &no); {
	case err == nil:
		return &t, nil
	case applied && isNo:
		return &was.target, asWarnings(no.ds, "The checkout stays as it is.")
	case applied:
		return &was.target, asWarnings(failure("Asking the remote where the ref is", err), "The checkout stays as it is.")
	case isNo:
		return nil, no.ds
	}
	// Something else in the plan may be about to make the remote.
	return nil, asWarnings(failure("Asking the remote where the ref is", err), "Until then, applying will fail.")
}

func strs(list cty.Value) []string {
	var out []string
	for _, v := range list.AsValueSlice() {
		out = append(out, v.AsString())
	}
	return out
}
