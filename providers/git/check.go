package git

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Check evaluates an assert. It talks to no remote unless it is told to.
func (p *provider) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	project, err := p.project(req.Target)
	if err != nil {
		return providers.CheckResponse{}, err
	}
	if req.State.IsNull() {
		return providers.CheckResponse{Message: "it was never applied"}, nil
	}
	abs, ds := placeOf(project, req.State)
	if ds.HasErrors() {
		return providers.CheckResponse{Message: "its path cannot be used", Diagnostics: ds}, nil
	}
	switch what, err := find(abs); {
	case err != nil:
		return unclear(failure("Looking at "+abs, err)), nil
	case what == nothing:
		return fail("it does not exist"), nil
	case what != aCheckout:
		return fail("it is %s", what), nil
	}
	var resp providers.CheckResponse
	switch req.Assert {
	case assertAtRef:
		resp = checkAtRef(ctx, project, abs, req)
	case assertClean:
		resp = checkClean(ctx, abs, req)
	default:
		return resp, fmt.Errorf("git provider: there is no assert %q", req.Assert)
	}
	return resp, ctx.Err()
}

func pass(format string, args ...any) providers.CheckResponse {
	return providers.CheckResponse{Outcome: providers.Pass, Message: fmt.Sprintf(format, args...)}
}

func fail(format string, args ...any) providers.CheckResponse {
	return providers.CheckResponse{Outcome: providers.Fail, Message: fmt.Sprintf(format, args...)}
}

// unclear is unknown; the reason beside it is a warning.
func unclear(ds diagnostics) providers.CheckResponse {
	return providers.CheckResponse{Message: "it could not be looked at: " + lowerFirst(ds[0].Summary),
		Diagnostics: asWarnings(ds, "Nothing is said of the assert until then.")}
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// brief is a commit as people write it.
func brief(commit string) string { return commit[:min(len(commit), 10)] }

// at says what is checked out.
func (l looked) at() string {
	switch {
	case l.commit == "":
		return "no commit"
	case l.branch == "":
		return brief(l.commit)
	}
	return brief(l.commit) + " on " + clip(shown(l.branch))
}

// clip keeps a name from filling a message.
func clip(name string) string {
	if len(name) <= 60 {
		return name
	}
	return strings.ToValidUTF8(name[:60], "") + "..."
}

func checkAtRef(ctx context.Context, project, abs string, req providers.CheckRequest) providers.CheckResponse {
	found, err := look(ctx, abs, false, false)
	if err != nil {
		return unclear(failure("Looking at the checkout "+abs, err))
	}
	want, what := text(req.State, "commit"), "what was applied"
	if ref := text(req.Config, "ref"); ref != "" {
		if ds := checkRef(ref); ds != nil {
			return providers.CheckResponse{Message: "its ref cannot be used", Diagnostics: ds}
		}
		if want, err = localCommit(ctx, tree{dir: abs}, ref); err != nil {
			return unclear(failure("Looking at the checkout "+abs, err))
		}
		if what = clip(ref); want == "" {
			return fail("it does not know %s", what)
		}
	} else if branch := text(req.State, "branch"); found.commit == want && found.branch != branch {
		if branch == "" {
			return fail("it is at %s, not detached", found.at())
		}
		return fail("it is at %s, not on %s", found.at(), clip(branch))
	}
	if found.commit != want {
		return fail("it is at %s, not at %s (%s)", found.at(), brief(want), what)
	}
	if !flag(req.Config, "remote") {
		return pass("it is at %s", found.at())
	}
	ref := text(req.State, "ref")
	if own := text(req.Config, "ref"); own != "" {
		ref = own
	}
	if asCommit(ref) != "" {
		return pass("it is at %s, which cannot move", found.at())
	}
	there, err := ask(ctx, location(project, text(req.State, "url")), ref)
	var no *notFound
	switch {
	case errors.As(err, &no):
		return fail("the remote does not know the ref")
	case err != nil:
		return unclear(failure("Asking the remote where the ref is", err))
	case there.Commit != found.commit:
		return fail("it is at %s, but the remote is at %s", found.at(), brief(there.Commit))
	}
	return pass("it is at %s, as the remote is", found.at())
}

// localCommit is the commit of a ref as the checkout knows it: of a tag, or of
// a branch of the remote as it was when it was fetched last.
func localCommit(ctx context.Context, t tree, ref string) (string, error) {
	if commit := asCommit(ref); commit != "" {
		return commit, nil
	}
	names := []string{tagsPrefix + ref, "refs/remotes/origin/" + ref}
	if branch, ok := strings.CutPrefix(ref, headsPrefix); ok {
		names = []string{"refs/remotes/origin/" + branch}
	} else if strings.HasPrefix(ref, "refs/") {
		names = []string{ref}
	}
	for _, name := range names {
		if id, err := t.idOf(ctx, name); id != "" || err != nil {
			return id, err
		}
	}
	return "", nil
}

func checkClean(ctx context.Context, abs string, req providers.CheckRequest) providers.CheckResponse {
	untracked := req.Config.GetAttr("untracked").IsNull() || flag(req.Config, "untracked")
	found, err := look(ctx, abs, untracked, flag(req.State, "submodules"))
	if err != nil {
		return unclear(failure("Looking at the checkout "+abs, err))
	}
	switch n := len(found.changes); n {
	case 0:
		return pass("it has no local changes")
	case 1:
		return fail("it has a local change: %s", clip(found.changes[0]))
	default:
		return fail("it has %d local changes, such as %s", n, clip(found.changes[0]))
	}
}
