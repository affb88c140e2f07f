package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// labelContext says of a built image what it was built from.
const labelContext = "clockwork.context_sha256"

// build builds the image with the engine's own builder, which all engines
// have. BuildKit would want a session between it and the client.
func (w *imageWork) build(ctx context.Context) (providers.ApplyResponse, error) {
	if ds := w.tagIsTaken(); ds != nil {
		return w.failed(ds)
	}
	spec := w.req.Planned.GetAttr("build")
	from := w.contextOf(spec)
	sum, err := from.sum(ctx)
	if planned := spec.GetAttr("context_sha256"); err == nil && known(planned) && planned.AsString() != sum {
		err = errContextChanged
	}
	switch {
	case ctx.Err() != nil:
		return w.failed(interrupted(w.req.Action))
	case err != nil:
		return w.failed(contextFailed(err, "Correct this, then apply again."))
	}
	mark := markOf(w.req.Private)
	mark.Made = true
	args := textMap(spec.GetAttr("args"))
	out := &output{hide: hiding(args), each: w.progress}
	logins, ds := w.logins()
	err = w.run(ctx, from, sum, out, w.buildOptions(spec, sum, args, build.ImageBuildOptions{AuthConfigs: logins}))
	isNew := func(found image.InspectResponse) bool { return labelsOf(found)[labelIntent] == w.req.Intent }
	switch {
	case errors.Is(err, errContextChanged):
		return w.failed(contextFailed(err, ""))
	case err != nil && (ctx.Err() != nil || isUnsure(err) && !isRefusal(err)):
		return w.settled(ctx, mark, err, isNew)
	case err != nil:
		return w.failed(append(ds, w.buildFailed(err, out)...))
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	found, err := w.findImage(ctx, w.ref)
	switch {
	case err != nil:
		return providers.ApplyResponse{}, fmt.Errorf("look at the image %s, which was just built: %w", w.ref, err)
	case found == nil || !isNew(*found):
		return w.failed(diag.Errorf("Tag was taken away", "The image %s was built, but then something else took its tag. See what that is, then apply again.", w.ref))
	}
	mark.Built = found.ID
	w.teller.always("built %s", w.ref)
	return w.made(imageState(w.planned(*found), w.ref, *found, mark), *found, mark, ds), nil
}

// tagIsTaken refuses a tag that another resource's image has.
func (w *imageWork) tagIsTaken() diagnostics {
	if w.there == nil {
		return nil
	}
	if labels := labelsOf(*w.there); labels[labelAddress] != "" && !w.isOurs(labels) {
		return about("name", "Tag is taken", "There is already an image %s, which was built by Clockwork: %s. Choose another tag, or remove that image.", w.ref, w.owner(labels))
	}
	return nil
}

func (w *imageWork) buildOptions(spec cty.Value, sum string, args map[string]string, opts build.ImageBuildOptions) build.ImageBuildOptions {
	opts.Version = build.BuilderV1
	opts.Tags = []string{w.ref.String()}
	opts.Dockerfile = w.contextOf(spec).dockerfile
	opts.Target = textOf(spec.GetAttr("target"))
	opts.Platform = textOf(w.req.Planned.GetAttr("platform"))
	opts.NoCache = isTrue(spec.GetAttr("no_cache"))
	opts.PullParent = isTrue(spec.GetAttr("pull"))
	opts.Remove, opts.ForceRemove = true, true
	opts.Labels = w.labels(textMap(spec.GetAttr("labels")), w.req.Intent)
	opts.Labels[labelContext] = sum
	opts.BuildArgs = map[string]*string{}
	for name, value := range maps.All(args) {
		opts.BuildArgs[name] = &value
	}
	return opts
}

// run sends the context and follows the build.
func (w *imageWork) run(ctx context.Context, from buildContext, sum string, out *output, opts build.ImageBuildOptions) error {
	c, err := w.engine.dial(ctx)
	if err != nil {
		return err
	}
	w.teller.always("building %s", w.ref)
	r, pipe := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := from.send(ctx, pipe, sum)
		pipe.CloseWithError(err)
		sent <- err
	}()
	// hung tells the error of the sender, which is the reason for the other.
	hung := func(err error) error {
		_ = r.CloseWithError(err)
		if sendErr := <-sent; errors.Is(sendErr, errContextChanged) {
			return sendErr
		}
		return err
	}
	answer, err := c.ImageBuild(ctx, r, opts)
	if err != nil {
		return hung(err)
	}
	defer func() { _ = answer.Body.Close() }()
	err = messages(answer.Body, func(m jsonmessage.JSONMessage) {
		switch {
		case m.Stream != "":
			out.write(m.Stream)
		case m.Status != "" && m.Progress != nil:
			w.teller.say("building %s: %s", w.ref, out.clean(m.Status)) // of a base image
		}
	})
	out.ended()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return hung(err)
	}
	return <-sent
}

// progress tells each step, and something of what comes between them.
func (w *imageWork) progress(line string) {
	if strings.HasPrefix(line, "Step ") {
		if strings.Contains(line, " : LABEL "+labelPrefix) {
			return // nobody wrote that
		}
		w.teller.always("building %s: %s", w.ref, line)
		return
	}
	w.teller.say("building %s: %s", w.ref, line)
}

func (w *imageWork) buildFailed(err error, out *output) diagnostics {
	path := cty.GetAttrPath("build")
	text := strings.ToLower(err.Error())
	switch {
	case strings.Contains(text, "dockerfile parse error"), strings.Contains(text, "cannot locate specified dockerfile"),
		strings.Contains(text, "unknown instruction"):
		path = path.GetAttr("dockerfile")
	case strings.Contains(text, "failed to reach build target"):
		path = path.GetAttr("target")
	}
	advice := "Correct this, then apply again"
	if strings.Contains(text, "buildkit") {
		advice = "Clockwork builds with the engine's own builder, not with BuildKit: do without this, or build the image with docker build and set pull = \"never\" instead of build"
	}
	said := ""
	if len(out.tail) > 0 {
		said = "The last that it said was:\n\n  " + strings.Join(out.tail, "\n  ") + "\n\n"
	}
	return at(path, "Cannot build image", "Building %s failed: %s. %sWhat had the tag before still has it. %s.",
		w.ref, reason(errors.New(out.clean(err.Error()))), said, advice)
}
