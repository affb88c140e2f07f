package git

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// wouldLose says what an update would lose beside local changes: files in the
// way that git does not know, and commits that nothing would lead to any more,
// those of the branch that is set to another commit, and of a detached HEAD.
func (c *change) wouldLose(ctx context.Context, t tree, before looked, at target) diagnostics {
	if len(before.changes) > 0 { // then git is not asked to be careful
		files, err := t.inTheWay(ctx, at)
		if err != nil {
			return failure("Looking at the checkout "+c.abs, err)
		}
		if len(files) > 0 {
			return about("clean", "Untracked files are in the way",
				`Files in %s that git does not know have the names of files to be checked out: %s. Move them away, or set clean = "discard" to have them overwritten.`, c.abs, list(files))
		}
	}
	var tips []string
	branch := at.branch()
	if branch != "" {
		id, err := t.idOf(ctx, headsPrefix+branch)
		if err != nil {
			return failure("Looking at the checkout "+c.abs, err)
		}
		if id != "" {
			tips = append(tips, id)
		}
	}
	if before.branch == "" && before.commit != "" {
		tips = append(tips, before.commit)
	}
	others := []string{"--branches"}
	if branch != "" {
		others = []string{"--exclude=" + branch, "--branches"}
	}
	lost, err := c.unpushed(ctx, t, tips, append(others, "^"+at.Commit)...)
	switch {
	case err != nil:
		return failure("Looking at the checkout "+c.abs, err)
	case len(lost) == 0:
		return nil
	}
	return about("clean", "Local commits would be lost",
		`%s has commits that the remote does not have: %s. Push them, or keep them on a branch of another name, then apply again; with clean = "discard" they are lost.`, c.abs, list(lost))
}

// unpushed are the first of the commits that tips lead to, and neither the
// remote as it was seen last nor anything in others does.
func (c *change) unpushed(ctx context.Context, t tree, tips []string, others ...string) ([]string, error) {
	if len(tips) == 0 {
		return nil, nil
	}
	var in strings.Builder
	for _, id := range tips {
		in.WriteString(id + "\n")
	}
	for _, id := range t.shallow() { // cut there because a remote said so
		in.WriteString("^" + id + "\n")
	}
	if c.was.Commit != "" {
		in.WriteString("^" + c.was.Commit + "\n")
	}
	args := []string{"rev-list", "--max-count=6", "--abbrev-commit", "--ignore-missing", "--stdin"}
	var not []string
	for _, o := range others {
		if strings.HasPrefix(o, "^") {
			in.WriteString(o + "\n")
		} else {
			not = append(not, o)
		}
	}
	args = append(append(args, "--not", "--remotes", "--tags"), not...)
	out, err := run(ctx, call{dir: t.dir, args: args, stdin: in.String()})
	return strings.Fields(out), err
}

// wouldLoseAll says what would be gone with the whole checkout.
func (c *change) wouldLoseAll(ctx context.Context, t tree) diagnostics {
	if err := mend(ctx, t); err != nil {
		return failure("Mending the checkout after an interrupted update", err)
	}
	if trees, _ := os.ReadDir(filepath.Join(c.abs, ".git", "worktrees")); len(trees) > 0 {
		return about("path", "Work trees are linked to the checkout",
			"There are other work trees of the checkout at %s, such as %q, which need what is in it. Remove them with git worktree remove, or forget those that are gone with git worktree prune.",
			c.abs, trees[0].Name())
	}
	found, err := look(ctx, c.abs, true, true)
	if err != nil {
		return failure("Looking at the checkout "+c.abs, err)
	}
	if changes := slices.DeleteFunc(c.was.byHand(found.changes), isMissing); len(changes) > 0 {
		return about("clean", "Local changes would be lost",
			`%s has changes that were made by hand: %s. Commit and push them, or undo them, then destroy again; with clean = "discard", applied beforehand, they are lost.`, c.abs, list(changes))
	}
	out, err := t.git(ctx, "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/stash")
	if err != nil {
		return failure("Looking at the checkout "+c.abs, err)
	}
	tips := strings.Fields(out)
	if found.commit != "" {
		tips = append(tips, found.commit)
	}
	lost, err := c.unpushed(ctx, t, tips)
	switch {
	case err != nil:
		return failure("Looking at the checkout "+c.abs, err)
	case len(lost) > 0:
		return about("clean", "Local commits would be lost",
			`%s has commits or stashes that the remote does not have: %s. Push them, or remove their branches, then destroy again; with clean = "discard", applied beforehand, they are lost.`, c.abs, list(lost))
	}
	return nil
}
