package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tree is a checkout that is worked on, in its place or beside it.
type tree struct {
	dir      string
	location string // of its remote
	progress func(string)
}

func (t tree) git(ctx context.Context, args ...string) (string, error) {
	return run(ctx, call{dir: t.dir, args: args, remote: t.location, progress: t.progress})
}

// has tells whether a commit is in the repository.
func (t tree) has(ctx context.Context, commit string) bool {
	_, err := run(ctx, call{dir: t.dir, args: []string{"cat-file", "-e", commit + "^{commit}"}})
	return err == nil
}

func (t tree) isShallow() bool { return len(t.shallow()) > 0 }

// shallow are the commits at which the history was cut.
func (t tree) shallow() []string {
	data, err := os.ReadFile(filepath.Join(t.dir, ".git", "shallow"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(data))
}

// errMoved says that the remote does not have what the plan has found there.
var errMoved = errors.New("the ref has moved since the plan was made")

// fetch gets a commit and what leads to it: with a depth that and no more, else
// all branches. When it is from elsewhere than before, branches that are not
// there are forgotten.
func (t tree) fetch(ctx context.Context, at target, depth int64, elsewhere bool) error {
	args := []string{"fetch", "--progress", "--no-recurse-submodules"}
	var refs []string
	switch {
	case depth > 0:
		args = append(args, "--depth="+strconv.FormatInt(depth, 10))
	case t.isShallow():
		args = append(args, "--unshallow")
		fallthrough
	default:
		refs = append(refs, "+refs/heads/*:refs/remotes/origin/*")
	}
	if elsewhere && depth == 0 {
		args = append(args, "--prune")
	}
	args = append(args, "--end-of-options", t.location)
	switch branch := at.branch(); {
	case branch != "" && depth > 0:
		refs = append(refs, "+"+at.Full+":refs/remotes/origin/"+branch)
	case branch != "":
	case strings.HasPrefix(at.Full, tagsPrefix):
		refs = append(refs, "+"+at.Full+":"+at.Full)
	case at.Full != "":
		refs = append(refs, at.Full)
	case depth > 0:
		refs = append(refs, at.Commit)
	}
	_, err := t.git(ctx, append(slices.Clip(args), refs...)...)
	if f := (*failed)(nil); errors.As(err, &f) && strings.Contains(f.said, "cannot lock ref") {
		// Where there was a branch a there is now a branch a/b.
		if err := t.forgetBranches(ctx, ""); err != nil {
			return err
		}
		_, err = t.git(ctx, append(slices.Clip(args), refs...)...)
	}
	if err != nil {
		return err
	}
	if elsewhere && depth > 0 {
		if err := t.forgetBranches(ctx, at.branch()); err != nil {
			return err
		}
	}
	if t.has(ctx, at.Commit) {
		return nil
	}
	// A commit that no branch leads to, or a ref that has moved meanwhile. The
	// remote may still give it away.
	args = slices.DeleteFunc(args, func(a string) bool { return a == "--unshallow" || a == "--prune" })
	_, err = t.git(ctx, append(slices.Clip(args), at.Commit)...)
	var f *failed
	if at.Full != "" && errors.As(err, &f) {
		return errMoved
	}
	return err
}

// noteBranch notes where the remote's branch is, when the commit is here already.
func (t tree) noteBranch(ctx context.Context, at target) error {
	branch := at.branch()
	if branch == "" {
		return nil
	}
	name := "refs/remotes/origin/" + branch
	switch id, err := t.idOf(ctx, name); {
	case err != nil || id == at.Commit:
		return err
	case id != "":
		if _, err := t.git(ctx, "merge-base", "--is-ancestor", at.Commit, id); err == nil {
			return nil // somebody has fetched what came after
		}
	}
	_, err := t.git(ctx, "update-ref", name, at.Commit)
	return err
}

// forgetBranches forgets where the remote's branches were, but for one.
func (t tree) forgetBranches(ctx context.Context, but string) error {
	out, err := t.git(ctx, "for-each-ref", "--format=delete %(refname)", "refs/remotes/origin")
	if err != nil {
		return err
	}
	kept := strings.ReplaceAll(out, "delete refs/remotes/origin/"+but+"\n", "")
	_, err = run(ctx, call{dir: t.dir, args: []string{"update-ref", "--no-deref", "--stdin"}, stdin: kept})
	return err
}

// checkOut makes the working tree that of a commit. With force, what is in the
// way is overwritten; without it, git refuses.
func (t tree) checkOut(ctx context.Context, at target, force bool) error {
	args := []string{"checkout", "--progress"}
	args = append(args, choose(force, "--force", "--no-overwrite-ignore"))
	branch := at.branch()
	if branch == "" {
		args = append(args, "--detach")
	} else {
		args = append(args, "-B", branch)
	}
	if _, err := t.git(ctx, append(args, at.Commit, "--")...); err != nil || branch == "" {
		return err
	}
	return t.set(ctx, "branch."+branch+".remote", "origin", "branch."+branch+".merge", at.Full)
}

// inTheWay are the files that git does not know and that have the names of
// files in a commit.
func (t tree) inTheWay(ctx context.Context, at target) ([]string, error) {
	tracked, err := t.git(ctx, "ls-tree", "-r", "-z", "--name-only", at.Commit)
	if err != nil {
		return nil, err
	}
	untracked, err := t.git(ctx, "ls-files", "--others", "-z")
	var both []string
	names := strings.Split(tracked, "\x00")
	slices.Sort(names)
	for name := range strings.SplitSeq(untracked, "\x00") {
		if _, found := slices.BinarySearch(names, name); found && name != "" {
			both = append(both, shown(name))
		}
	}
	return both, err
}

// set sets the repository's settings, given in pairs.
func (t tree) set(ctx context.Context, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if _, err := t.git(ctx, "config", "--local", "--replace-all", pairs[i], pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// checkOutSubmodules checks out the submodules that the commit names. Those of a
// remote repository cannot be on this machine.
func (t tree) checkOutSubmodules(ctx context.Context, force bool) error {
	allow := protocols()
	if !isLocal(t.location) {
		allow = slices.DeleteFunc(allow, func(p string) bool { return p == "file" })
	}
	update := []string{"submodule", "update", "--init", "--recursive", "--checkout", "--progress"}
	commands := [][]string{{"submodule", "--quiet", "sync", "--recursive"}, update}
	if force {
		commands[1] = append(update, "--force")
		commands = append(commands, []string{"submodule", "--quiet", "foreach", "--recursive", "git reset -q --hard && git clean -q -ffd"})
	}
	for _, args := range commands {
		if _, err := run(ctx, call{dir: t.dir, args: args, remote: t.location, allow: allow, progress: t.progress}); err != nil {
			return err
		}
	}
	return nil
}

// discard removes what git does not know, and does not ignore.
func (t tree) discard(ctx context.Context) error {
	_, err := t.git(ctx, "clean", "--quiet", "-ffd")
	return err
}

// idOf is the commit of a ref of the repository; "" when there is no such.
func (t tree) idOf(ctx context.Context, full string) (string, error) {
	out, err := run(ctx, call{dir: t.dir, args: []string{"rev-parse", "--verify", "--quiet", "--end-of-options", full + "^{commit}"}})
	var f *failed
	if errors.As(err, &f) && f.code == 1 {
		return "", nil
	}
	return strings.TrimSpace(out), err
}
