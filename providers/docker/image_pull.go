package docker

import (
	"context"
	"errors"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// pull makes the image be there, from its registry if need be.
func (w *imageWork) pull(ctx context.Context) (providers.ApplyResponse, error) {
	planned := w.req.Planned
	policy, platform := textOf(planned.GetAttr("pull")), textOf(planned.GetAttr("platform"))
	mark := markOf(w.req.Private)
	mark.Built = ""
	// In an update there is a reason to pull: what is there is not what is wanted.
	suits := w.there != nil && fits(platform, *w.there)
	if suits && (w.req.Action == providers.Create && policy != pullAlways || w.ref.named == nil || policy == pullNever) {
		return w.made(imageState(planned, w.ref, *w.there, mark), *w.there, mark, nil), nil
	}
	switch {
	case w.ref.named == nil:
		return w.failed(about("name", "No such image", "The engine has no image with the id %s, and an id says nothing of where to get it. Name it by a tag or a digest.", short(w.ref.id)))
	case policy == pullNever && w.there != nil:
		return w.failed(about("platform", "Image is not for this platform", `The image %s that is there is for %s. Set platform to that, or let it be pulled by pull = "missing".`, w.ref, platformOf(*w.there)))
	case policy == pullNever:
		return w.failed(about("name", "No such image", `The engine has no image %s, and pull = "never" forbids to get it. Build or load it first, or set pull = "missing".`, w.ref))
	}
	auth, ds := w.loginFor(w.ref.registry())
	if ds.HasErrors() {
		return w.failed(ds)
	}
	if err := w.fetch(ctx, w.ref, image.PullOptions{RegistryAuth: auth, Platform: platform}, w.teller); err != nil {
		before := w.there
		mark.Made = mark.Made || before == nil
		if ctx.Err() != nil || isUnsure(err) && !isRefusal(err) {
			return w.settled(ctx, mark, err, func(now image.InspectResponse) bool {
				return (before == nil || before.ID != now.ID) && fits(platform, now)
			})
		}
		return w.failed(inAttribute(w.notPulled(w.ref, err), "name"))
	}
	return w.pulled(ctx, mark)
}

// isRefusal tells whether the engine answered, and with an error of its own.
func isRefusal(err error) bool {
	var refused *engineError
	return errors.As(err, &refused)
}

// pulled looks at what a pull has brought.
func (w *imageWork) pulled(ctx context.Context, mark imageMark) (providers.ApplyResponse, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	planned := w.req.Planned
	found, err := w.findImage(ctx, w.ref)
	if err == nil && found == nil {
		err = errors.New("it is not there, although it was pulled")
	}
	if err != nil {
		return providers.ApplyResponse{}, err
	}
	if w.there == nil || w.there.ID != found.ID {
		mark.Made = true
	}
	state := imageState(planned, w.ref, *found, mark)
	platform, digest := planned.GetAttr("platform"), planned.GetAttr("repo_digest")
	switch {
	case !state.GetAttr("platform").RawEquals(platform):
		return w.made(state, *found, mark, about("platform", "Image is not for this platform",
			"The registry has %s for %s only. Set platform to that, or choose another image.", w.ref, platformOf(*found))), nil
	case digest.IsKnown() && !state.GetAttr("repo_digest").RawEquals(digest):
		return w.made(state, *found, mark, about("name", "Tag has moved again",
			"The tag %s no longer names in its registry what it did when the plan was made. Plan again.", w.ref)), nil
	}
	return w.made(state, *found, mark, nil), nil
}

// pullImage pulls an image for a container, without regard to what is there.
func (s scope) pullImage(ctx context.Context, name, platform string, progress func(string)) diagnostics {
	ref, err := parseImage(name)
	switch {
	case err != nil:
		return notAnImage("image", name, err)
	case ref.named == nil:
		return diag.Errorf("No such image", "The engine has no image with the id %s, and an id says nothing of where to get it. Name it by a tag or a digest.", short(ref.id))
	}
	auth, ds := s.loginFor(ref.registry())
	if ds.HasErrors() {
		return ds
	}
	return s.notPulled(ref, s.fetch(ctx, ref, image.PullOptions{RegistryAuth: auth, Platform: platform}, &teller{tell: progress}))
}

// notPulled says why an image was not pulled.
func (s scope) notPulled(ref imageRef, err error) diagnostics {
	if err == nil {
		return nil
	}
	summary, detail := s.pullRefused(ref, "Pulling "+ref.String(), err)
	return diag.Errorf(summary, "%s", detail)
}

// fetch pulls, and tells how it goes.
func (s scope) fetch(ctx context.Context, ref imageRef, opts image.PullOptions, t *teller) error {
	c, err := s.engine.dial(ctx)
	if err != nil {
		return err
	}
	t.always("pulling %s", ref)
	body, err := c.ImagePull(ctx, ref.String(), opts)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	count := &layers{seen: map[string]*layer{}}
	err = messages(body, func(m jsonmessage.JSONMessage) {
		count.note(m)
		if len(count.seen) > 0 {
			t.say("pulling %s: %s", ref, count)
		}
	})
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		t.always("pulled %s", ref)
	}
	return err
}
