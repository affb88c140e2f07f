package docker

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
	"github.com/clockwork-hcl/clockwork/providers"
)

// volumeType is docker_volume. A volume's data is never lost by accident: a
// volume is not destroyed but kept, unless force_remove was applied before.
type volumeType struct{}

// adopted is the Private of a volume that was there before and does not carry
// our labels.
const adopted = "adopted"

// volumeName is what the engine's own driver accepts.
var volumeName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

// No attribute of a volume is within a model's reach: it holds the user's data.

func volumeObject() providers.Object {
	return providers.Object{
		Description: "A volume, which keeps data longer than a container lives.",
		Attributes: map[string]*providers.Attribute{
			"name": {Type: cty.String, Required: true, ForceNew: true, Description: "Its name."},
			"driver": {Type: cty.String, Optional: true, ForceNew: true, Default: cty.StringVal("local"),
				Description: "The driver that keeps the data."},
			"options": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
				Description: `The driver's options, such as "type", "device" and "o" of the local one.`},
			"labels": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
				Description: `Labels, beside those that Clockwork sets, which begin with "clockwork.".`},
			"force_remove": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Lets the volume be destroyed together with its data. Without it, the volume is kept."},
			"adopt": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Takes over a volume of that name. Without it, that is an error, unless it was made for this resource before."},
			"mountpoint": {Type: cty.String, Computed: true, Stable: true,
				Description: "Where the engine's host keeps the data, if the driver tells."},
		},
	}
}

func (volumeType) schema() *providers.ResourceType {
	return &providers.ResourceType{Object: volumeObject(), CustomValidate: true, CustomPlan: true,
		Identity: providers.Identity{Attributes: []string{"name"}}}
}

func (volumeType) validate(v cty.Value) diagnostics {
	ds := checkNotEmpty(v, "driver")
	ds = append(ds, checkLabels(cty.GetAttrPath("labels"), v.GetAttr("labels"))...)
	name, driver := v.GetAttr("name"), v.GetAttr("driver")
	if !known(name) || !driver.IsKnown() || textOf(driver) != "" && textOf(driver) != "local" {
		return ds
	}
	if !volumeName.MatchString(name.AsString()) {
		ds = append(ds, about("name", "Not a name",
			`%q cannot be the name of a volume: it takes two or more letters, digits, "_", "." and "-", and begins with a letter or digit. Correct it.`, name.AsString())...)
	}
	return ds
}

// plan refuses to replace a volume by one of the same name, because that cannot
// be done without losing its data.
func (volumeType) plan(_ context.Context, _ scope, req providers.PlanRequest) (providers.PlanResponse, error) {
	resp := providers.PlanResponse{Planned: req.Proposed}
	if req.Prior.IsNull() || isTrue(req.Prior.GetAttr("force_remove")) || !req.Proposed.GetAttr("name").RawEquals(req.Prior.GetAttr("name")) {
		return resp, nil
	}
	for _, attribute := range []string{"driver", "options", "labels"} {
		is, wanted := req.Prior.GetAttr(attribute), req.Proposed.GetAttr(attribute)
		if wanted.IsWhollyKnown() && !wanted.RawEquals(is) {
			resp.Diagnostics = about(attribute, "Volume cannot be changed",
				"The %s of the volume %s cannot be changed without making it anew, which would lose its data. Change it back, or choose another name, or apply force_remove = true first.",
				attribute, textOf(req.Prior.GetAttr("name")))
			break
		}
	}
	return resp, nil
}

func (volumeType) read(ctx context.Context, s scope, req providers.ReadRequest) (providers.ReadResponse, error) {
	resp := providers.ReadResponse{State: req.State, Private: req.Private}
	found, ds := s.findVolume(ctx, textOf(req.State.GetAttr("name")))
	switch {
	case ds.HasErrors():
		resp.Diagnostics = ds
	case found == nil:
		resp.State = cty.NullVal(req.State.Type())
	default:
		resp.State = volumeState(req.State, *found)
	}
	return resp, nil
}

// findVolume finds a volume by its name; nil when there is none.
func (s scope) findVolume(ctx context.Context, name string) (*volume.Volume, diagnostics) {
	c, err := s.engine.dial(ctx)
	if err == nil {
		var found volume.Volume
		if found, err = c.VolumeInspect(ctx, name); err == nil {
			return &found, nil
		}
	}
	if isNoVolume(err) {
		return nil, nil
	}
	return nil, s.failure("Cannot look at volume", "Looking at the volume "+name, err, "")
}

// volumeState is what there is of a volume, in the words of was. What nobody
// set is left out.
func volumeState(was cty.Value, found volume.Volume) cty.Value {
	now := objects.Edit(was)
	now.Set("driver", cty.StringVal(found.Driver))
	now.Set("options", setOf(was.GetAttr("options"), found.Options))
	now.Set("labels", setOf(was.GetAttr("labels"), found.Labels))
	now.Set("mountpoint", orNull(found.Mountpoint))
	return now.Value()
}

// setOf returns of a map what was set of it.
func setOf(was cty.Value, there map[string]string) cty.Value {
	if !known(was) {
		return was
	}
	return mapOfText(labelsAsSet(there, textMap(was)))
}

func (volumeType) create(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	failed := func(ds diagnostics) (providers.ApplyResponse, error) { return unchanged(req, ds), nil }
	name := textOf(req.Planned.GetAttr("name"))
	release, err := s.names.hold(ctx, "volume "+name)
	if err != nil {
		return failed(interrupted(req.Action))
	}
	defer release()
	there, ds := s.findVolume(ctx, name)
	if ds.HasErrors() {
		return failed(ds)
	}
	if there != nil {
		return s.adoptVolume(req, *there), nil
	}
	c, err := s.engine.dial(ctx)
	if err != nil {
		return failed(s.failure("Cannot make volume", "Making the volume "+name, err, ""))
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	made, err := c.VolumeCreate(ctx, volume.CreateOptions{
		Name:       name,
		Driver:     textOf(req.Planned.GetAttr("driver")),
		DriverOpts: textMap(req.Planned.GetAttr("options")),
		Labels:     s.labels(textMap(req.Planned.GetAttr("labels")), req.Intent),
	})
	switch {
	case err != nil && isUnsure(err):
		return providers.ApplyResponse{}, fmt.Errorf("make the volume %s: %w", name, err)
	case err != nil:
		return failed(s.volumeNotMade(name, err))
	case made.Labels[labelIntent] != req.Intent: // somebody was faster, and the engine says nothing
		return s.adoptVolume(req, made), nil
	}
	return providers.ApplyResponse{State: volumeState(req.Planned, made)}, nil
}

func (s scope) volumeNotMade(name string, err error) diagnostics {
	text := err.Error()
	path, advice := "", ""
	switch {
	case strings.Contains(text, "plugin") && strings.Contains(text, "not found"), strings.Contains(text, "error looking up volume plugin"):
		path, advice = "driver", "The engine has no such driver: correct its name, or install the plugin."
	case strings.Contains(text, "invalid option"), strings.Contains(text, "missing required option"):
		path, advice = "options", "Correct the options."
	}
	ds := s.failure("Cannot make volume", "Making the volume "+name, err, advice)
	if path != "" {
		ds[0].Path = cty.GetAttrPath(path)
	}
	return ds
}

// adoptVolume takes over a volume that was kept when it was last destroyed, or
// that the user lets it take over.
func (s scope) adoptVolume(req providers.ApplyRequest, there volume.Volume) providers.ApplyResponse {
	if replacesItself(req) { // or else it would be removed next
		return unchanged(req, sideBySide("volume", there.Name))
	}
	ours := s.isOurs(there.Labels)
	if !ours && !req.Planned.GetAttr("adopt").True() {
		return unchanged(req, about("name", "Volume exists already",
			"There is already a volume %s: %s. Choose another name, or take it over, with its data, by adopt = true or by importing it.", there.Name, s.owner(there.Labels)))
	}
	if ds := volumeDiffers(req.Planned, there); ds != nil {
		return unchanged(req, ds)
	}
	resp := providers.ApplyResponse{State: volumeState(req.Planned, there)}
	if !ours {
		resp.Private = []byte(adopted)
	}
	return resp
}

// volumeDiffers says why a volume cannot be taken over as what was planned.
func volumeDiffers(planned cty.Value, there volume.Volume) diagnostics {
	now := volumeState(planned, there)
	for _, attribute := range []string{"driver", "options", "labels"} {
		if !now.GetAttr(attribute).RawEquals(planned.GetAttr(attribute)) {
			return about(attribute, "Volume is another",
				"The volume %s is there already, and its %s cannot be changed without making it anew, which would lose its data. Set %s as it is there, choose another name, or remove the volume with: docker volume rm %s.",
				there.Name, attribute, attribute, there.Name)
		}
	}
	return nil
}

// update only takes note: what can change without a replacement is in no
// engine.
func (volumeType) update(_ context.Context, _ scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	return providers.ApplyResponse{State: req.Planned, Private: req.Private}, nil
}

func (volumeType) remove(ctx context.Context, s scope, req providers.ApplyRequest) (providers.ApplyResponse, error) {
	gone := providers.ApplyResponse{State: cty.NullVal(req.Prior.Type())}
	name := textOf(req.Prior.GetAttr("name"))
	there, ds := s.findVolume(ctx, name)
	switch {
	case ds.HasErrors():
		return unchanged(req, ds), nil
	case there == nil:
		return gone, nil
	case !isTrue(req.Prior.GetAttr("force_remove")):
		gone.Diagnostics = diag.Warningf("Volume was kept",
			"The volume %s was not removed, so that its data is not lost. Remove it with: docker volume rm %s. To have volumes destroyed with their data, apply force_remove = true first.", name, name)
		return gone, nil
	case !s.isOurs(there.Labels) && string(req.Private) != adopted:
		gone.Diagnostics = diag.Warningf("Volume was kept",
			"The volume %s is not the one that was made for this resource: %s. It was left as it is; remove it with: docker volume rm %s.", name, s.owner(there.Labels), name)
		return gone, nil
	}
	c, err := s.engine.dial(ctx)
	if err != nil {
		return unchanged(req, s.failure("Cannot remove volume", "Removing the volume "+name, err, "")), nil
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	for try := 0; ; try++ {
		err = c.VolumeRemove(ctx, name, false)
		switch {
		case err == nil, isNoVolume(err):
			return gone, nil
		case isUnsure(err):
			return providers.ApplyResponse{}, fmt.Errorf("remove the volume %s: %w", name, err)
		}
		users := s.containersWith(ctx, filters.Arg("volume", name))
		if len(users) > 0 {
			return unchanged(req, diag.Errorf("Volume is in use",
				"The volume %s is mounted by these containers: %s. Remove them first; if Clockwork manages them, let them refer to the volume, or name it in their depends_on.", name, enumerate(users))), nil
		}
		// A container that uses it is just being removed.
		if try == 10 || !cerrdefs.IsConflict(err) || !pause(ctx, 200*time.Millisecond) {
			return unchanged(req, s.failure("Cannot remove volume", "Removing the volume "+name, err, "")), nil
		}
	}
}

// containersWith returns the names of containers, stopped ones too, as far as
// they can be found out.
func (s scope) containersWith(ctx context.Context, filter filters.KeyValuePair) []string {
	c, err := s.engine.dial(ctx)
	if err != nil {
		return nil
	}
	found, err := c.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filter)})
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range found {
		name := short(f.ID)
		if len(f.Names) > 0 {
			name = strings.TrimPrefix(f.Names[0], "/")
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// recover finds a volume by its name: it is the one that was being made when it
// carries the intent, or is one that was to be taken over.
func (t volumeType) recover(ctx context.Context, s scope, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	resp := providers.RecoverResponse{State: req.Prior, Private: req.Private}
	if req.Action != providers.Create {
		read, err := t.read(ctx, s, providers.ReadRequest{Target: req.Target, State: req.Prior, Private: req.Private})
		resp.State, resp.Diagnostics = read.State, read.Diagnostics
		return resp, err
	}
	resp.State = cty.NullVal(req.Planned.Type())
	there, ds := s.findVolume(ctx, textOf(req.Planned.GetAttr("name")))
	switch {
	case ds.HasErrors():
		resp.Diagnostics = ds
	case there == nil || volumeDiffers(req.Planned, *there) != nil:
	case s.isOurs(there.Labels):
		resp.State = volumeState(req.Planned, *there)
	case req.Planned.GetAttr("adopt").True():
		resp.State, resp.Private = volumeState(req.Planned, *there), []byte(adopted)
	}
	return resp, nil
}

// load imports a volume by its name.
func (volumeType) load(ctx context.Context, s scope, id string) (providers.ImportResponse, error) {
	object := volumeObject()
	resp := providers.ImportResponse{State: cty.NullVal(object.Type())}
	found, ds := s.findVolume(ctx, id)
	if ds.HasErrors() || found == nil {
		resp.Diagnostics = ds
		return resp, nil
	}
	labels := maps.Clone(found.Labels)
	maps.DeleteFunc(labels, func(k, _ string) bool { return strings.HasPrefix(k, labelPrefix) })
	resp.State = cty.ObjectVal(map[string]cty.Value{
		"name":         cty.StringVal(found.Name),
		"driver":       cty.StringVal(found.Driver),
		"options":      mapOrNull(found.Options),
		"labels":       mapOrNull(labels),
		"force_remove": cty.False,
		"adopt":        cty.False,
		"mountpoint":   orNull(found.Mountpoint),
	})
	if !s.isOurs(found.Labels) {
		resp.Private = []byte(adopted)
	}
	return resp, nil
}
