package applecontainer

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// lookAfterwards is how long may be spent on finding out what a change that was
// interrupted has left.
const lookAfterwards = 3 * time.Second

// change is one change under way.
type change struct {
	scope
	providers.ApplyRequest
	left cty.Value // what is there when nothing was done
}

// failed is the answer when nothing was done.
func (c *change) failed(ds diagnostics) providers.ApplyResponse {
	return providers.ApplyResponse{State: c.left, Private: c.Private, Diagnostics: ds}
}

// create makes a container, and starts it if it is to run. Its labels come with
// it, so whatever happens, it can be told from any other.
func (c *change) create(ctx context.Context) (providers.ApplyResponse, error) {
	name := textOf(c.Planned.GetAttr("name"))
	f, err := c.find(ctx, name)
	switch {
	case err != nil:
		return c.failed(c.failure(ctx, "Cannot create container", "Looking for a container of its name", err)), nil
	case f != nil:
		return c.failed(c.inTheWay(f)), nil
	}
	env, err := writeEnvironment(c.Planned)
	if err != nil {
		return c.failed(diag.Errorf("Cannot create container",
			"The file that hands over its environment variables could not be written: %s. Check the folder for temporary files, then try again.", reason(err))), nil
	}
	defer env.remove()
	c.Progress("fetching the image if it is not here, and making the container")
	runErr := c.start(ctx, &tail{limit: maxSaid}, env.inherited, c.arguments(env))
	look, cancel := afterwards(ctx)
	defer cancel()
	f, err = c.find(look, name)
	switch {
	case err != nil:
		// It may be there or not. The answer is left open, so that it is looked
		// for again.
		return providers.ApplyResponse{}, fmt.Errorf("look for the container %s after it was to be made: %w", name, err)
	case f == nil || f.labels[labelIntent] != c.Intent:
		if ctx.Err() != nil {
			return providers.ApplyResponse{}, fmt.Errorf("make the container %s: %w", name, ctx.Err()) // it may yet come
		}
		if runErr == nil {
			return c.failed(diag.Errorf("Container is gone",
				"The container %s was made, but is not there any more. Find out what removed it, then apply again.", name)), nil
		}
		return c.failed(c.refused(look, runErr)), nil
	}
	c.left, c.Private = c.describe(f, c.Planned), private{Intent: c.Intent}.bytes()
	if runErr != nil {
		return c.failed(c.refused(look, runErr)), nil
	}
	return c.done(f), nil
}

// refused says why a container could not be made or started.
func (c *change) refused(ctx context.Context, err error) diagnostics {
	return hide(c.failure(ctx, "Cannot create container", "Making the container", err), c.Planned)
}

// inTheWay says whose a container is that has the name already.
func (c *change) inTheWay(f *found) diagnostics {
	if old := c.Replaces; old != cty.NilVal && known(old) && textOf(old.GetAttr("name")) == f.id {
		return about("name", "Name is taken",
			"The container %q is to be replaced, and exists until there is another one. Its name cannot be used before: the container command cannot rename a container. Take create_before_destroy out of the lifecycle, or change the name as well.", f.id)
	}
	return about("name", "Name is taken",
		"There is already a container %q. %s. Choose another name, import it, or remove it with `container delete %s`.", f.id, c.owner(f.labels), f.id)
}

// done is the answer when what was asked for has been done. A program that ended
// at once is a failure: the container is there, and is started again by the
// next apply.
func (c *change) done(f *found) providers.ApplyResponse {
	now := c.describe(f, c.Planned)
	resp := providers.ApplyResponse{State: now, Private: c.Private}
	if wanted := c.Planned.GetAttr("running"); wanted.RawEquals(now.GetAttr("running")) {
		// What is compared in its own words is as planned.
		attrs := c.Planned.AsValueMap()
		for _, name := range []string{"id", "status", "ip_addresses"} {
			if !attrs[name].IsKnown() {
				attrs[name] = now.GetAttr(name)
			}
		}
		resp.State = cty.ObjectVal(attrs)
	} else if wanted.True() {
		resp.Diagnostics = about("running", "Container does not run",
			"The container %s was started, but its program ended%s. Look at what it said with `container logs %s`, and correct its command or image. If it is meant to end by itself, set running = false.",
			f.id, withCode(f), f.id)
	} else {
		resp.Diagnostics = about("running", "Container does not stop",
			"The container %s was told to stop, but is %s. Look at it with `container list --all`, then apply again.", f.id, f.state)
	}
	return resp
}

func withCode(f *found) string {
	if f.exitCode == nil {
		return ""
	}
	return fmt.Sprintf(" with exit code %d", *f.exitCode)
}

// update starts or stops a container, which is all that can be changed. For a restart
// it does one after the other.
func (c *change) update(ctx context.Context) (providers.ApplyResponse, error) {
	name, run := textOf(c.Prior.GetAttr("name")), c.Planned.GetAttr("running").True()
	doing := "Stopping the container"
	switch {
	case c.Action == providers.Restart:
		doing = "Restarting the container"
	case run:
		doing = "Starting the container"
	}
	f, ds := c.mine(ctx, name, doing)
	if ds.HasErrors() {
		return c.failed(ds), nil
	}
	if f == nil {
		c.left = cty.NullVal(c.ty)
		return c.failed(diag.Errorf("Container is gone", "The container %s is not there any more. Apply again to make it anew.", name)), nil
	}
	var err error
	runs := f.runs()
	if runs && (!run || c.Action == providers.Restart) {
		err = c.stop(ctx, name, c.Prior)
		runs = false
	}
	if err == nil && run && !runs {
		_, err = c.run(ctx, "start", name)
	}
	look, cancel := afterwards(ctx)
	defer cancel()
	now, lookErr := c.find(look, name)
	if lookErr != nil {
		return providers.ApplyResponse{}, fmt.Errorf("look at the container %s after its update: %w", name, lookErr)
	}
	if !isOurs(now, c.Private) {
		c.left = cty.NullVal(c.ty)
		return c.failed(diag.Errorf("Container is gone", "The container %s went away during its update. Apply again to make it anew.", name)), nil
	}
	if err != nil {
		c.left = c.describe(now, c.Prior)
		return c.failed(c.failure(look, "Cannot "+c.Action.String()+" container", doing, err)), nil
	}
	return c.done(now), nil
}

// remove stops a container and deletes it. One that is gone, or in whose place
// there is another, is no matter.
func (c *change) remove(ctx context.Context) (providers.ApplyResponse, error) {
	name := textOf(c.Prior.GetAttr("name"))
	f, ds := c.mine(ctx, name, "Deleting the container")
	switch {
	case ds.HasErrors():
		return c.failed(ds), nil
	case f == nil:
		return c.gone(), nil
	}
	if f.runs() {
		// Whether it stops in time or not, it goes.
		_ = c.stop(ctx, name, c.Prior)
	}
	_, err := c.run(ctx, "delete", "--force", name)
	if err == nil {
		return c.gone(), nil
	}
	look, cancel := afterwards(ctx)
	defer cancel()
	now, lookErr := c.find(look, name)
	switch {
	case lookErr != nil:
		return providers.ApplyResponse{}, fmt.Errorf("look for the container %s after it was to be deleted: %w", name, lookErr)
	case !isOurs(now, c.Private):
		return c.gone(), nil
	}
	c.left = c.describe(now, c.Prior)
	return c.failed(c.failure(look, "Cannot delete container", "Deleting the container", err)), nil
}

func (c *change) gone() providers.ApplyResponse {
	return providers.ApplyResponse{State: cty.NullVal(c.ty)}
}

// mine looks for the container that is to be changed; nil when it is gone.
func (c *change) mine(ctx context.Context, name, doing string) (*found, diagnostics) {
	f, err := c.find(ctx, name)
	switch {
	case ctx.Err() != nil:
		return nil, interrupted(c.Action)
	case err != nil:
		return nil, c.failure(ctx, "Cannot "+c.Action.String()+" container", doing, err)
	case !isOurs(f, c.Private):
		return nil, nil
	}
	return f, nil
}

func (c *change) stop(ctx context.Context, name string, v cty.Value) error {
	wait, _ := secondsOf(textOf(v.GetAttr("stop_timeout")))
	_, err := c.run(ctx, "stop", "--time", strconv.Itoa(wait), name)
	return err
}

// afterwards is a context for finding out what was done, also when the change
// itself is to do no more.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), lookAfterwards)
}
