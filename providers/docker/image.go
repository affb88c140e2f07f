package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// imageType is docker_image. An engine keeps no labels of a tag, so what a
// resource may remove is remembered in its Private: what it pulled or built.
type imageType struct{}

// imageMark is the Private of an image.
type imageMark struct {
	Made  bool   `json:"made,omitempty"`  // pulled or built here, or imported
	Built string `json:"built,omitempty"` // the id of what was built
}

func (m imageMark) bytes() []byte {
	if m == (imageMark{}) {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	return b
}

func markOf(private []byte) imageMark {
	var m imageMark
	if err := json.Unmarshal(private, &m); err != nil {
		return imageMark{}
	}
	return m
}

// findImage finds an image; nil when there is none.
func (s scope) findImage(ctx context.Context, ref imageRef) (*image.InspectResponse, error) {
	c, err := s.engine.dial(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.ImageInspect(ctx, ref.String())
	switch {
	case isNoImage(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &found, nil
}

// imageState is what there is of an image, in the words of was.
func imageState(was cty.Value, ref imageRef, found image.InspectResponse, mark imageMark) cty.Value {
	now := objects.Edit(was)
	now.Set("image_id", cty.StringVal(found.ID))
	if p := was.GetAttr("platform"); known(p) && !fits(p.AsString(), found) {
		now.Set("platform", cty.StringVal(platformOf(found)))
	}
	build := was.GetAttr("build")
	if !known(build) {
		now.Set("repo_digest", orNull(digestOf(ref, found, textOf(was.GetAttr("repo_digest")))))
		return now.Value()
	}
	now.Set("repo_digest", cty.NullVal(cty.String))
	if mark.Built != found.ID { // somebody gave the tag to another image
		other := objects.Edit(build)
		other.Set("context_sha256", cty.NullVal(cty.String))
		now.Set("build", other.Value())
	}
	return now.Value()
}

func (imageType) read(ctx context.Context, s scope, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	name := textOf(req.State.GetAttr("name"))
	ref, err := parseImage(name)
	if err != nil {
		resp.Diagnostics = notAnImage("name", name, err)
		return resp, nil
	}
	found, err := s.findImage(ctx, ref)
	switch {
	case err != nil:
		resp.Diagnostics = s.failure("Cannot look at image", "Looking at the image "+name, err, "")
	case found == nil:
		resp.State = cty.NullVal(req.State.Type())
	default:
		resp.State = imageState(req.State, ref, *found, markOf(req.Private))
		s.images.add(s.target.Address, ref, found.ID)
	}
	return resp, nil
}

func (t imageType) create(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	return t.put(ctx, s, req)
}

// update makes the image anew where plan left its id open; otherwise there is
// nothing to do in the engine.
func (t imageType) update(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	if req.Planned.GetAttr("image_id").IsKnown() {
		return providers.ApplyResponse{State: req.Planned, Private: req.Private}, nil
	}
	return t.put(ctx, s, req)
}

// put pulls or builds.
func (imageType) put(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	name := textOf(req.Planned.GetAttr("name"))
	ref, err := parseImage(name)
	if err != nil {
		return unchanged(req, notAnImage("name", name, err)), nil
	}
	release, err := s.names.hold(ctx, "image "+ref.String())
	if err != nil {
		return unchanged(req, interrupted(req.Action)), nil
	}
	defer release()
	there, err := s.findImage(ctx, ref)
	if err != nil {
		return unchanged(req, s.failure("Cannot look at image", "Looking at the image "+ref.String(), err, "")), nil
	}
	w := imageWork{scope: s, req: req, ref: ref, there: there, teller: &teller{tell: req.Progress}}
	if known(req.Planned.GetAttr("build")) {
		return w.build(ctx)
	}
	return w.pull(ctx)
}

// imageWork is one pull or build.
type imageWork struct {
	scope
	req    providers.ApplyRequest
	ref    imageRef
	there  *image.InspectResponse // what has the name beforehand
	teller *teller
}

func (w *imageWork) failed(ds diagnostics) (providers.ApplyResponse, error) {
	return unchanged(w.req, ds), nil
}

// made is the answer when the work is done.
func (w *imageWork) made(state cty.Value, found image.InspectResponse, mark imageMark, ds diagnostics) providers.ApplyResponse {
	w.images.add(w.target.Address, w.ref, found.ID)
	return providers.ApplyResponse{State: state, Private: mark.bytes(), Diagnostics: ds}
}

// settled is the answer when the work was cut short: what there is now, as far
// as can be found out soon. isNew tells whether an image is what was wanted.
func (w *imageWork) settled(ctx context.Context, mark imageMark, err error, isNew func(image.InspectResponse) bool) (providers.ApplyResponse, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	for look := 0; look < 2; look++ {
		if look > 0 && !pause(ctx, 200*time.Millisecond) { // the engine may be at its last step
			break
		}
		found, lookErr := w.findImage(ctx, w.ref)
		if lookErr != nil {
			return providers.ApplyResponse{}, fmt.Errorf("find out what there is of the image %s: %w", w.ref, lookErr)
		}
		if found != nil && isNew(*found) {
			if known(w.req.Planned.GetAttr("build")) {
				mark.Built = found.ID
			}
			state := imageState(w.planned(*found), w.ref, *found, mark)
			return w.made(state, *found, mark, w.failure("", "Making the image "+w.ref.String(), err, "")), nil
		}
	}
	return w.failed(w.failure("Cannot make image", "Making the image "+w.ref.String(), err, ""))
}

// planned is what was planned, with what only a build's image can tell.
func (w *imageWork) planned(found image.InspectResponse) cty.Value {
	return withContext(w.req.Planned, found)
}

// withContext fills in the sum of the context from the label that says it.
func withContext(planned cty.Value, found image.InspectResponse) cty.Value {
	build := planned.GetAttr("build")
	if !known(build) || known(build.GetAttr("context_sha256")) {
		return planned
	}
	filled := objects.Edit(build)
	filled.Set("context_sha256", orNull(labelsOf(found)[labelContext]))
	now := objects.Edit(planned)
	now.Set("build", filled.Value())
	return now.Value()
}

func labelsOf(found image.InspectResponse) map[string]string {
	if found.Config == nil {
		return nil
	}
	return found.Config.Labels
}

func (imageType) remove(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	gone := providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}
	mark := markOf(req.Private)
	ref, err := parseImage(textOf(req.Prior.GetAttr("name")))
	if err != nil || ref.named == nil {
		return gone, nil // an id is never ours to remove
	}
	made := mark.Made && !isTrue(req.Prior.GetAttr("keep_locally"))
	ctx, cancel := lasting(ctx)
	defer cancel()
	for _, name := range s.images.drop(s.target.Address, ref, textOf(req.Prior.GetAttr("image_id")), made) {
		built := ""
		if name.String() == ref.String() {
			built = mark.Built
		}
		ds, err := s.removeImage(ctx, name, built, isTrue(req.Prior.GetAttr("force")))
		switch {
		case err != nil:
			return providers.ApplyResponse{}, err
		case ds.HasErrors():
			return unchanged(req, ds), nil
		}
		gone.Diagnostics = append(gone.Diagnostics, ds...)
	}
	return gone, nil
}

// removeImage removes a name, and the image with its last. One that was built
// here is left alone if the name is another image's by now.
func (s scope) removeImage(ctx context.Context, ref imageRef, built string, force bool) (diagnostics, error) {
	failed := func(err error) diagnostics {
		return s.failure("Cannot remove image", "Removing the image "+ref.String(), err, "")
	}
	found, err := s.findImage(ctx, ref)
	switch {
	case err != nil:
		return failed(err), nil
	case found == nil:
		return nil, nil
	case built != "" && built != found.ID:
		return diag.Warningf("Image was left in place",
			"%s is now the name of another image than the one that was built here, and was left as it is. Remove it with: docker rmi %s.", ref, ref), nil
	}
	c, err := s.engine.dial(ctx)
	if err != nil {
		return failed(err), nil
	}
	// Two names of one image that go at once confuse the engine.
	release, err := s.names.hold(ctx, "image "+found.ID)
	if err != nil {
		return failed(err), nil
	}
	defer release()
	for range 3 {
		_, err = c.ImageRemove(ctx, ref.String(), image.RemoveOptions{Force: force, PruneChildren: true})
		// So does somebody else who removes one: the engine has let go of the name's
		// image, and not of the name. It is asked again.
		if err == nil || !strings.Contains(err.Error(), "unrecognized image ID") {
			break
		}
	}
	switch {
	case err == nil, isNoImage(err):
		return nil, nil
	case isUnsure(err):
		return nil, fmt.Errorf("remove the image %s: %w", ref, err)
	case !cerrdefs.IsConflict(err):
		return failed(err), nil
	}
	users := "another image is made from it"
	if names := s.containersWith(ctx, filters.Arg("ancestor", found.ID)); len(names) > 0 {
		users = "these containers are of it: " + enumerate(names)
	}
	return diag.Warningf("Image was left in place",
		"The image %s is in use, and was not removed: %s. Remove it later with: docker rmi %s.", ref, users, ref), nil
}

// recover finds an image by its name. One that was built says by its label
// whether it is the one; one that was pulled is there or not.
func (t imageType) recover(ctx context.Context, s scope, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	object, resp := req.Planned, providers.RecoverResponse{State: req.Prior, Private: req.Private}
	if req.Action != providers.Create {
		object = req.Prior
	} else {
		resp.State = cty.NullVal(req.Planned.Type())
	}
	name := textOf(object.GetAttr("name"))
	ref, err := parseImage(name)
	if err != nil {
		resp.Diagnostics = notAnImage("name", name, err)
		return resp, nil
	}
	found, err := s.findImage(ctx, ref)
	switch {
	case err != nil:
		resp.Diagnostics = s.failure("Cannot look for image", "Looking for the image "+name, err, "")
		return resp, nil
	case found == nil:
		resp.State = cty.NullVal(object.Type())
		return resp, nil
	}
	mark := markOf(req.Private)
	switch {
	case req.Action == providers.Delete:
		resp.State = imageState(req.Prior, ref, *found, mark)
	case t.isMade(req, ref, *found):
		mark.Made = ref.named != nil && textOf(req.Planned.GetAttr("pull")) != pullNever
		mark.Built = ""
		if known(req.Planned.GetAttr("build")) {
			mark.Built = found.ID
		}
		resp.State, resp.Private = imageState(withContext(req.Planned, *found), ref, *found, mark), mark.bytes()
	case req.Action == providers.Update:
		resp.State = imageState(req.Prior, ref, *found, mark)
	}
	if !resp.State.IsNull() {
		s.images.add(s.target.Address, ref, found.ID)
	}
	return resp, nil
}

// isMade tells whether an image is the one that was planned. What is null in
// the plan was not known then.
func (imageType) isMade(req providers.RecoverRequest, ref imageRef, found image.InspectResponse) bool {
	if known(req.Planned.GetAttr("build")) {
		return labelsOf(found)[labelIntent] == req.Intent
	}
	if !fits(textOf(req.Planned.GetAttr("platform")), found) {
		return false
	}
	digest := textOf(req.Planned.GetAttr("repo_digest"))
	if req.Action == providers.Update {
		return digest != "" && digest != textOf(req.Prior.GetAttr("repo_digest")) && digestOf(ref, found, digest) == digest
	}
	return digest == "" || digestOf(ref, found, digest) == digest
}

// load imports an image by its name. From then on it is as if it had been
// pulled here.
func (imageType) load(ctx context.Context, s scope, id string) (providers.ImportResponse, error) {
	object := imageObject()
	resp := providers.ImportResponse{State: cty.NullVal(object.Type())}
	ref, err := parseImage(id)
	if err != nil {
		resp.Diagnostics = notAnImage("name", id, err)
		return resp, nil
	}
	found, err := s.findImage(ctx, ref)
	if err != nil || found == nil {
		resp.Diagnostics = s.failure("Cannot look for image", "Looking for the image "+id, err, "")
		return resp, nil
	}
	attrs := map[string]cty.Value{}
	for name, a := range object.Attributes {
		attrs[name] = cty.NullVal(a.ValueType())
		if a.Default != cty.NilVal {
			attrs[name] = a.Default
		}
	}
	attrs["name"] = cty.StringVal(id)
	mark := imageMark{Made: ref.named != nil}
	resp.State, resp.Private = imageState(cty.ObjectVal(attrs), ref, *found, mark), mark.bytes()
	return resp, nil
}
