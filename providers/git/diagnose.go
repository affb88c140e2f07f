package git

import (
	"context"
	"strconv"
	"strings"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Diagnose says what is checked out, what was changed by hand, and whether the
// remote can be reached. It tells no url.
func (p *provider) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	abs, ds := placeOf(project, req.State)
	if ds.HasErrors() {
		return providers.DiagnoseResponse{Summary: "Its path cannot be used.", Diagnostics: ds}, nil
	}
	facts := map[string]string{"path": abs, "exists": "false"}
	resp := providers.DiagnoseResponse{Facts: facts}
	if version, err := run(ctx, call{args: []string{"version"}}); err == nil {
		facts["git"] = strings.TrimSpace(strings.TrimPrefix(version, "git version "))
	}
	if summary := p.diagnoseRemote(ctx, project, req, facts); summary != "" {
		resp.Summary = summary
	}
	what, err := find(abs)
	switch {
	case err != nil:
		resp.Summary = "It cannot be looked at: " + plain(err) + "."
		return resp, ctx.Err()
	case what == nothing:
		resp.Summary = "It does not exist."
		return resp, ctx.Err()
	}
	facts["exists"], facts["kind"] = "true", what
	if what != aCheckout {
		resp.Summary = "It is " + what + "."
		return resp, ctx.Err()
	}
	found, err := look(ctx, abs, true, flag(req.State, "submodules"))
	if err != nil {
		ds := failure("Looking at the checkout", err)
		resp.Summary, facts["failure"] = ds[0].Summary+".", ds[0].Detail
		return resp, ctx.Err()
	}
	applied := text(req.State, "commit")
	facts["commit"], facts["applied_commit"] = found.commit, applied
	facts["branch"], facts["applied_branch"] = found.branch, text(req.State, "branch")
	facts["local_changes"] = strconv.Itoa(len(found.changes))
	if len(found.changes) > 0 {
		facts["changed_files"] = list(found.changes)
	}
	switch {
	case found.commit != applied:
		resp.Summary = "It is not at the commit that was applied."
	case found.branch != text(req.State, "branch"):
		resp.Summary = "It is not on the branch that was applied."
	case len(found.changes) > 0:
		resp.Summary = "It has local changes."
	case resp.Summary == "":
		resp.Summary = "It is as it was applied."
	}
	return resp, ctx.Err()
}

// diagnoseRemote asks the remote, and returns what is the matter with it.
func (p *provider) diagnoseRemote(ctx context.Context, project string, req providers.DiagnoseRequest, facts map[string]string) string {
	url, ref := text(req.State, "url"), text(req.State, "ref")
	if checkURL(url) != nil {
		return "Its remote was changed to one that is not used here."
	}
	if asCommit(ref) != "" {
		ref = "" // a remote is not asked for a commit, but for anything at all
	}
	there, err := ask(ctx, location(project, url), ref)
	if no, ok := err.(*notFound); ok {
		facts["remote"] = "reachable"
		return no.ds[0].Summary + "."
	}
	if err != nil {
		ds := failure("Asking the remote", err)
		facts["remote"], facts["remote_failure"] = "unreachable", ds[0].Detail
		return ds[0].Summary + "."
	}
	facts["remote"] = "reachable"
	if asCommit(text(req.State, "ref")) == "" {
		facts["remote_commit"] = there.Commit
	}
	return ""
}
