package git

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// create clones the repository, or takes over what is there.
func (c *change) create(ctx context.Context) providers.ApplyResponse {
	what, err := find(c.abs)
	switch {
	case err != nil:
		return c.failed(failure("Looking at "+c.abs, err))
	case what == nothing || what == anEmptyOne:
		return c.clone(ctx)
	case what == aCheckout && flag(c.object, "adopt"):
		return c.update(ctx)
	case what == aCheckout:
		return c.failed(about("path", "Path exists already",
			"There is already a git checkout at %s that this resource did not make. If nothing else manages it, take it over with adopt = true; else choose another path, or remove it.", c.abs))
	}
	return c.failed(about("path", "Path is taken",
		"There is %s at %s. A checkout cannot take its place: move it out of the way, or choose another path.", what, c.abs))
}

func (c *change) tree(dir string) tree {
	return tree{dir: dir, location: c.location, progress: c.Progress}
}

// want is what is to be checked out: as planned, where that was known.
func (c *change) want(ctx context.Context) (target, diagnostics) {
	ref := text(c.object, "ref")
	if commit := asCommit(ref); commit != "" {
		return target{Commit: commit}, nil
	}
	if commit, branch := c.object.GetAttr("commit"), c.object.GetAttr("branch"); known(commit) && branch.IsKnown() {
		t := target{Commit: commit.AsString()}
		switch {
		case !branch.IsNull():
			t.Full = headsPrefix + branch.AsString()
		case ref == "":
			t.Full = "HEAD"
		case strings.HasPrefix(ref, "refs/"):
			t.Full = ref
		default:
			t.Full = tagsPrefix + ref
		}
		return t, nil
	}
	t, err := ask(ctx, c.location, ref)
	var no *notFound
	switch {
	case errors.As(err, &no):
		return t, no.ds
	case err != nil:
		return t, failure("Asking the remote where the ref is", err)
	}
	return t, nil
}

func (c *change) remembered(at target) private {
	return private{URL: c.location, Ref: text(c.object, "ref"), target: at}
}

// clone makes the checkout beside its place, and renames it.
func (c *change) clone(ctx context.Context) (resp providers.ApplyResponse) {
	c.left = cty.NullVal(c.object.Type())
	at, ds := c.want(ctx)
	if ds.HasErrors() {
		return c.failed(ds)
	}
	temp := beside(c.abs, c.Intent)
	if err := os.RemoveAll(temp); err != nil { // this very attempt, interrupted
		return c.failed(failure("Removing "+temp, err))
	}
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return c.failed(failure("Making a folder beside "+c.abs, err))
	}
	made, err := c.fill(ctx, temp, at)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = moveInto(temp, c.abs)
	}
	if err != nil {
		ds := c.cannot("Cloning the repository", err)
		if err := os.RemoveAll(temp); err != nil {
			ds = append(ds, warning("path", "Half a checkout left behind",
				"Removing %s failed: %s. Remove it by hand.", temp, plain(err))...)
		}
		return c.failed(ds)
	}
	resp = c.done(made)
	if err := syncFolder(filepath.Dir(c.abs)); err != nil {
		// It is there, but might not be after a power failure.
		resp.Diagnostics = failure("Syncing the folder of "+c.abs, err)
	}
	return resp
}

// moveInto renames, over nothing but an empty directory.
func moveInto(from, to string) error {
	if what, err := find(to); what != nothing && what != anEmptyOne || err != nil {
		return cmp.Or(err, fs.ErrExist)
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}

// fill makes a whole checkout in an empty folder.
func (c *change) fill(ctx context.Context, dir string, at target) (private, error) {
	t, p := c.tree(dir), c.remembered(at)
	depth, _ := depthOf(c.object)
	init := []string{"init", "--quiet", "--object-format=" + objectFormat(at.Commit)}
	if at.branch() != "" {
		init = append(init, "--initial-branch="+at.branch())
	}
	steps := []func() error{
		func() error { _, err := t.git(ctx, init...); return err },
		func() error { return c.setRemote(ctx, t) },
		func() error { return t.fetch(ctx, at, depth, false) },
		func() error { return t.checkOut(ctx, at, false) },
		func() error { return c.submodules(ctx, t) },
		func() (err error) { p.Unclean, err = c.unclean(ctx, dir); return err },
		func() error { return note{Intent: c.Intent, Private: p}.write(dir) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (c *change) setRemote(ctx context.Context, t tree) error {
	return t.set(ctx, "remote.origin.url", c.location, "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
}

func (c *change) submodules(ctx context.Context, t tree) error {
	if !flag(c.object, "submodules") {
		return nil
	}
	return t.checkOutSubmodules(ctx, discards(c.object))
}

// unclean are the changes that are there just after everything was checked out.
func (c *change) unclean(ctx context.Context, dir string) ([]string, error) {
	found, err := look(ctx, dir, discards(c.object), flag(c.object, "submodules"))
	return found.changes, err
}

// cannot says why an attempt did not succeed.
func (c *change) cannot(doing string, err error) diagnostics {
	switch {
	case errors.Is(err, errMoved):
		return about("ref", "Ref has moved",
			"%s failed: the remote does not have the commit any more that the ref was at when the plan was made. Plan again.", doing)
	case errors.Is(err, fs.ErrExist):
		return about("path", "Path exists already",
			"While the repository was cloned, something else has come to be at %s. Choose another path, or remove it.", c.abs)
	}
	return failure(doing, err)
}

// update brings a checkout that is there to what is planned.
func (c *change) update(ctx context.Context) providers.ApplyResponse {
	adopting := c.Action == providers.Create
	what, err := find(c.abs)
	switch {
	case err != nil:
		return c.failed(failure("Looking at "+c.abs, err))
	case what == nothing || what == anEmptyOne: // removed since the plan was made
		return c.clone(ctx)
	case what != aCheckout:
		return c.failed(about("path", "Path is taken",
			"There is %s at %s, where the checkout was. Move it out of the way, then plan again.", what, c.abs))
	}
	t, force := c.tree(c.abs), discards(c.object)
	before, ds := c.look(ctx, t)
	if ds.HasErrors() {
		return c.failed(ds)
	}
	at, ds := c.want(ctx)
	if ds.HasErrors() {
		return c.failed(ds)
	}
	if err := c.getReady(ctx, t, at); err != nil {
		return c.failed(c.cannot("Fetching from the remote", err))
	}
	if !force {
		if ds := c.wouldLose(ctx, t, before, at); ds.HasErrors() {
			return c.failed(ds)
		}
		// Changes that nobody has made would stop git.
		force = len(before.changes) > 0
	}
	url, err := setting(ctx, c.abs, "remote.origin.url")
	if err != nil {
		return c.failed(failure("Looking at the checkout "+c.abs, err))
	}
	p := c.remembered(at)
	if err := c.bring(ctx, t, at, &p, force); err != nil {
		takeBack(ctx, t, url)
		if !adopting {
			soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
			defer cancel()
			if left, ds := describe(soon, c.project, c.abs, c.Prior, c.was); !ds.HasErrors() {
				c.left = left
			}
		}
		return c.failed(c.cannot("Updating the checkout", err))
	}
	return c.done(p)
}

// look looks at a checkout before it is updated, and refuses when changes in it
// would be lost. What an interrupted attempt has left is mended first.
func (c *change) look(ctx context.Context, t tree) (looked, diagnostics) {
	if err := mend(ctx, t); err != nil {
		return looked{}, failure("Mending the checkout after an interrupted update", err)
	}
	found, err := look(ctx, c.abs, false, flag(c.object, "submodules"))
	if err != nil {
		return found, failure("Looking at the checkout "+c.abs, err)
	}
	changes := slices.DeleteFunc(c.was.byHand(found.changes), isMissing)
	if len(changes) == 0 || discards(c.object) {
		return found, nil
	}
	return found, about("clean", "Local changes would be lost",
		`%s has changes that were made by hand: %s. Commit and push them, or undo them, then apply again; with clean = "discard" they are lost.`, c.abs, list(changes))
}

// getReady fetches what is needed, if anything is.
func (c *change) getReady(ctx context.Context, t tree, at target) error {
	depth, _ := depthOf(c.object)
	elsewhere := c.was.URL != c.location
	stale := !t.has(ctx, at.Commit) || elsewhere
	if c.Action == providers.Update {
		was, _ := depthOf(c.Prior)
		stale = stale || was != depth
	}
	if !stale && t.noteBranch(ctx, at) == nil {
		return nil
	}
	return t.fetch(ctx, at, depth, elsewhere && c.was.URL != "")
}

// bring does what cannot be done beside the checkout. A note says that it was
// begun, until it is done.
func (c *change) bring(ctx context.Context, t tree, at target, p *private, force bool) error {
	n := note{Intent: c.Intent, Updating: true, Private: *p}
	steps := []func() error{
		func() error { return n.write(t.dir) },
		func() error { return c.setRemote(ctx, t) }, // filters may fetch from there
		func() error { return t.checkOut(ctx, at, force) },
		func() error {
			if !discards(c.object) {
				return nil
			}
			return t.discard(ctx)
		},
		func() error { return c.submodules(ctx, t) },
		func() (err error) { p.Unclean, err = c.unclean(ctx, t.dir); return err },
		func() error { return note{Intent: c.Intent, Private: *p}.write(t.dir) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
