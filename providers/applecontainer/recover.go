package applecontainer

import (
	"context"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Recover finds what is left of a change whose answer was never seen. A
// container comes to be with all that was set, so one that was made is never
// half made: at most it was not started, which the next plan shows.
func (p *provider) Recover(ctx context.Context, req providers.RecoverRequest) (providers.RecoverResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.RecoverResponse{}, err
	}
	resp := providers.RecoverResponse{State: cty.NullVal(s.ty), Private: req.Private}
	if resp.Diagnostics = s.unsupported(); resp.Diagnostics != nil {
		return resp, nil
	}
	var f *found
	if req.Action == providers.Create {
		f, err = s.made(ctx, req.Intent)
	} else {
		f, err = s.find(ctx, textOf(req.Prior.GetAttr("name")))
	}
	switch {
	case err != nil:
		resp.Diagnostics = s.failure(ctx, "Cannot find out what was done", "Looking for the container", err)
	case f == nil:
	case req.Action == providers.Create:
		resp.State, resp.Private = s.describe(f, req.Planned), private{Intent: req.Intent}.bytes()
	case !isOurs(f, req.Private):
	case req.Action == providers.Update && s.describe(f, req.Planned).GetAttr("running").RawEquals(req.Planned.GetAttr("running")):
		resp.State = s.describe(f, req.Planned)
	default:
		resp.State = s.describe(f, req.Prior)
	}
	return resp, nil
}

// Import takes a container's name as the id. What its image says, and what the
// command sets by itself, counts as not set.
func (p *provider) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	s, err := p.scope(req.Target)
	if err != nil {
		return providers.ImportResponse{}, err
	}
	resp := providers.ImportResponse{State: cty.NullVal(s.ty)}
	if resp.Diagnostics = s.unsupported(); resp.Diagnostics != nil {
		return resp, nil
	}
	if !isName(req.ID) {
		resp.Diagnostics = diag.Errorf("Not a name", "A container is imported by its name. %s", nameRule)
		return resp, nil
	}
	f, err := s.find(ctx, req.ID)
	if err != nil {
		resp.Diagnostics = s.failure(ctx, "Cannot import container", "Looking for the container", err)
		return resp, nil
	}
	if f == nil {
		return resp, nil
	}
	image, err := s.imageConfig(ctx, f)
	if err != nil {
		resp.Diagnostics = diag.Errorf("Image is not known",
			"What the image of the container %s sets by itself could not be found out (%s), so all of it counts as set here. The plan may show more than you have written.", f.id, reason(err))
		resp.Diagnostics[0].Severity = diag.Warning
	}
	resp.State = s.imported(f, image)
	resp.Private = private{Intent: f.labels[labelIntent]}.bytes()
	return resp, nil
}

// What the command gives a container when nothing is said.
const (
	defaultCPUs    = 4
	defaultMemory  = 1 << 30
	defaultNetwork = "default"
)

// imported describes a container of which nothing is known yet.
func (s scope) imported(f *found, image imageConfig) cty.Value {
	attrs := map[string]cty.Value{}
	object := containerObject()
	for name, a := range object.Attributes {
		attrs[name] = cty.NullVal(a.ValueType())
		if a.Default != cty.NilVal {
			attrs[name] = a.Default
		}
	}
	attrs["image"] = cty.StringVal(familiar(f.image))
	if env := f.environment(); len(env) > 0 {
		for _, e := range image.Env {
			k, v, _ := strings.Cut(e, "=")
			if env[k] == v {
				delete(env, k)
			}
		}
		attrs["env"] = mapOrNull(env)
	}
	attrs["entrypoint"], attrs["command"] = program(f, image)
	if f.user != "" && f.user != image.User && f.user != "0:0" {
		attrs["user"] = cty.StringVal(f.user)
	}
	if f.workingDir != "" && f.workingDir != image.WorkingDir && f.workingDir != "/" {
		attrs["working_dir"] = cty.StringVal(f.workingDir)
	}
	if len(f.ports) > 0 {
		attrs["ports"] = portsValue(f.ports)
	}
	if len(f.mounts) > 0 {
		attrs["volumes"] = volumesValue(f.mounts)
	}
	if len(f.networks) > 0 && !slices.Equal(f.networks, []string{defaultNetwork}) {
		attrs["networks"] = textList(f.networks)
	}
	if f.cpus != defaultCPUs {
		attrs["cpus"] = cty.NumberIntVal(f.cpus)
	}
	if f.memory != defaultMemory {
		attrs["memory"] = cty.StringVal(memoryText(f.memory))
	}
	labels := map[string]string{}
	for k, v := range f.labels {
		if !strings.HasPrefix(k, labelPrefix) && !strings.HasPrefix(k, labelSystem) {
			labels[k] = v
		}
	}
	attrs["labels"] = mapOrNull(labels)
	return s.describe(f, cty.ObjectVal(attrs))
}

// program works out the entrypoint and the command from what runs and from what
// the image would run.
func program(f *found, image imageConfig) (entrypoint, command cty.Value) {
	all := append([]string{f.executable}, f.arguments...)
	entrypoint, command = cty.NullVal(cty.List(cty.String)), cty.NullVal(cty.List(cty.String))
	switch n := len(image.Entrypoint); {
	case slices.Equal(all, append(slices.Clone(image.Entrypoint), image.Cmd...)):
		return entrypoint, command
	case len(all) >= n && slices.Equal(all[:n], image.Entrypoint):
		all = all[n:]
	default:
		entrypoint, all = textList(all[:1]), all[1:]
	}
	if len(all) > 0 {
		command = textList(all)
	}
	return entrypoint, command
}

func mapOrNull(m map[string]string) cty.Value {
	if len(m) == 0 {
		return cty.NullVal(cty.Map(cty.String))
	}
	return mapOfText(m)
}
