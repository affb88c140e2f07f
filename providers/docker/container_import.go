package docker

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// load imports a container by its name or id. What it has from its image, or
// from the engine's defaults, is not set.
func (t containers) load(ctx context.Context, s scope, id string) (providers.ImportResponse, error) {
	rt := t.schema()
	resp := providers.ImportResponse{State: cty.NullVal(rt.Type())}
	c, err := s.engine.dial(ctx)
	var there container.InspectResponse
	if err == nil {
		there, err = c.ContainerInspect(ctx, id)
	}
	if isNoContainer(err) {
		return resp, nil
	}
	var from image.InspectResponse
	if err == nil {
		if from, err = c.ImageInspect(ctx, there.Image); cerrdefs.IsNotFound(err) {
			err = nil // it was removed by force; all that is there counts as set
		}
	}
	if err != nil {
		resp.Diagnostics = s.failure("Container not imported", fmt.Sprintf("Looking at the container %q", id), err, "")
		return resp, contextError(ctx, err)
	}
	attrs := imported(rt.Attributes, there, from)
	resp.State = described(cty.ObjectVal(attrs), there).Value()
	return resp, nil
}

// fields makes the attributes of an object: those that are not set are null.
type fields struct {
	attributes map[string]*providers.Attribute
	values     map[string]cty.Value
}

func fieldsOf(attributes map[string]*providers.Attribute) fields {
	f := fields{attributes, map[string]cty.Value{}}
	for name, a := range attributes {
		f.values[name] = cty.NullVal(a.ValueType())
		if a.Default != cty.NilVal {
			f.values[name] = a.Default
		}
	}
	return f
}

// in is the same for the objects in a nested attribute.
func (f fields) in(name string) fields { return fieldsOf(f.attributes[name].Nested.Attributes) }

func (f fields) text(name, s string) {
	if s != "" {
		f.values[name] = cty.StringVal(s)
	}
}

func (f fields) texts(name string, ss []string) {
	if len(ss) > 0 {
		f.values[name] = textList(ss)
	}
}

func (f fields) dict(name string, m map[string]string) {
	if len(m) > 0 {
		f.values[name] = mapOfText(m)
	}
}

func (f fields) number(name string, n int64) {
	if n != 0 {
		f.values[name] = cty.NumberIntVal(n)
	}
}

func (f fields) flag(name string, b bool) {
	if b {
		f.values[name] = cty.True
	}
}

func (f fields) objects(name string, list []cty.Value) {
	if len(list) > 0 {
		f.values[name] = cty.ListVal(list)
	}
}

func (f fields) object() cty.Value { return cty.ObjectVal(f.values) }

func imported(attributes map[string]*providers.Attribute, there container.InspectResponse, from image.InspectResponse) map[string]cty.Value {
	f := fieldsOf(attributes)
	c, h := there.Config, there.HostConfig
	f.values["name"] = cty.StringVal(nameOf(there))
	f.values["image"] = cty.StringVal(c.Image)
	fromImage(f, c, from)
	f.text("domainname", c.Domainname)
	if !strings.HasPrefix(there.ID, c.Hostname) && !h.NetworkMode.IsHost() {
		f.text("hostname", c.Hostname)
	}
	f.flag("tty", c.Tty)
	f.flag("stdin_open", c.OpenStdin)
	if c.StopTimeout != nil {
		f.text("stop_timeout", strconv.Itoa(*c.StopTimeout)+"s")
	}
	if h.Init != nil {
		f.values["init"] = cty.BoolVal(*h.Init)
	}
	importedNetworks(f, there)
	importedMounts(f, c, h, from)
	importedRights(f, h)

	// These are read again, in place of what is set here.
	if h.Memory != 0 {
		f.text("memory", strconv.FormatInt(h.Memory, 10))
		if h.MemorySwap != 2*h.Memory && h.MemorySwap != 0 {
			f.text("memory_swap", strconv.FormatInt(h.MemorySwap, 10))
		}
	}
	if h.MemoryReservation != 0 {
		f.text("memory_reservation", strconv.FormatInt(h.MemoryReservation, 10))
	}
	if h.NanoCPUs != 0 {
		cpus := new(big.Float).Quo(new(big.Float).SetInt64(h.NanoCPUs), big.NewFloat(1e9))
		n, _ := cpus.Float64()
		f.values["cpus"] = cty.NumberFloatVal(n)
	}
	f.number("cpu_shares", h.CPUShares)
	f.text("cpuset", h.CpusetCpus)
	if h.PidsLimit != nil && *h.PidsLimit > 0 {
		f.number("pids_limit", *h.PidsLimit)
	}
	if !h.RestartPolicy.IsNone() {
		f.text("restart", restartText(h.RestartPolicy))
	}
	if h.LogConfig.Type != "" && (h.LogConfig.Type != "json-file" || len(h.LogConfig.Config) > 0) {
		l := f.in("log")
		l.text("driver", h.LogConfig.Type)
		l.dict("options", h.LogConfig.Config)
		f.values["log"] = l.object()
	}
	maps.Copy(f.values, observedOf(there))
	return f.values
}

// fromImage sets what is not as the image has it.
func fromImage(f fields, c *container.Config, from image.InspectResponse) {
	defaults := &container.Config{}
	if from.Config != nil {
		defaults = &container.Config{Cmd: from.Config.Cmd, Entrypoint: from.Config.Entrypoint, User: from.Config.User,
			WorkingDir: from.Config.WorkingDir, StopSignal: from.Config.StopSignal, Env: from.Config.Env, Labels: from.Config.Labels,
			Healthcheck: from.Config.Healthcheck}
	}
	if !slices.Equal(c.Entrypoint, defaults.Entrypoint) {
		f.texts("entrypoint", c.Entrypoint)
	}
	if !slices.Equal(c.Cmd, defaults.Cmd) {
		f.texts("command", c.Cmd)
	}
	for name, pair := range map[string][2]string{"user": {c.User, defaults.User},
		"working_dir": {c.WorkingDir, defaults.WorkingDir}, "stop_signal": {c.StopSignal, defaults.StopSignal}} {
		if pair[0] != pair[1] {
			f.text(name, pair[0])
		}
	}
	env := map[string]string{}
	for _, e := range c.Env {
		if name, value, ok := strings.Cut(e, "="); ok && !slices.Contains(defaults.Env, e) {
			env[name] = value
		}
	}
	f.dict("env", env)
	labels := map[string]string{}
	for k, v := range c.Labels {
		if old, ok := defaults.Labels[k]; (!ok || old != v) && !strings.HasPrefix(k, labelPrefix) {
			labels[k] = v
		}
	}
	f.dict("labels", labels)
	if own, old := c.Healthcheck, defaults.Healthcheck; own != nil && (old == nil || !slices.Equal(own.Test, old.Test) ||
		own.Interval != old.Interval || own.Timeout != old.Timeout || own.StartPeriod != old.StartPeriod || own.Retries != old.Retries) {
		h := f.in("healthcheck")
		h.texts("test", own.Test)
		for name, d := range map[string]fmt.Stringer{"interval": own.Interval, "timeout": own.Timeout, "start_period": own.StartPeriod} {
			if d.String() != "0s" {
				h.text(name, d.String())
			}
		}
		h.number("retries", int64(own.Retries))
		f.values["healthcheck"] = h.object()
	}
}

func importedNetworks(f fields, there container.InspectResponse) {
	h := there.HostConfig
	f.texts("dns", h.DNS)
	f.texts("dns_search", h.DNSSearch)
	f.texts("dns_options", h.DNSOptions)
	hosts := map[string]string{}
	for _, e := range h.ExtraHosts {
		if name, ip, ok := strings.Cut(e, ":"); ok {
			hosts[name] = ip
		}
	}
	f.dict("extra_hosts", hosts)
	var ports []cty.Value
	for _, port := range slices.Sorted(maps.Keys(h.PortBindings)) {
		for _, b := range h.PortBindings[port] {
			p := f.in("ports")
			p.number("container", int64(port.Int()))
			p.text("protocol", port.Proto())
			p.text("ip", b.HostIP)
			if n, err := strconv.ParseInt(b.HostPort, 10, 64); err == nil {
				p.number("host", n)
			}
			ports = append(ports, p.object())
		}
	}
	f.objects("ports", ports)
	if m := h.NetworkMode; m.IsHost() || m.IsNone() || m.IsContainer() {
		f.text("network_mode", string(m))
		return
	}
	networks := map[string]cty.Value{}
	for name, e := range there.NetworkSettings.Networks {
		n := f.in("networks")
		if e.IPAMConfig != nil {
			n.text("ipv4_address", e.IPAMConfig.IPv4Address)
			n.text("ipv6_address", e.IPAMConfig.IPv6Address)
		}
		n.texts("aliases", slices.DeleteFunc(slices.Clone(e.Aliases), func(a string) bool { return strings.HasPrefix(there.ID, a) }))
		networks[name] = n.object()
	}
	if _, only := networks[defaultNetwork]; len(networks) > 1 || len(networks) == 1 && !only {
		f.values["networks"] = cty.MapVal(networks)
	}
}

func importedMounts(f fields, c *container.Config, h *container.HostConfig, from image.InspectResponse) {
	volumes := slices.Clone(h.Binds)
	for _, target := range slices.Sorted(maps.Keys(c.Volumes)) {
		if _, ok := declaredVolumes(from)[target]; !ok {
			volumes = append(volumes, target)
		}
	}
	f.texts("volumes", volumes)
	var mounts []cty.Value
	for _, m := range h.Mounts {
		v := f.in("mounts")
		v.text("type", string(m.Type))
		v.text("source", m.Source)
		v.text("target", m.Target)
		v.flag("read_only", m.ReadOnly)
		if m.VolumeOptions != nil {
			v.flag("no_copy", m.VolumeOptions.NoCopy)
		}
		if t := m.TmpfsOptions; t != nil {
			if t.SizeBytes > 0 {
				v.text("size", strconv.FormatInt(t.SizeBytes, 10))
			}
			if t.Mode != 0 {
				v.text("mode", fmt.Sprintf("%04o", modeBits(t.Mode)))
			}
		}
		mounts = append(mounts, v.object())
	}
	f.objects("mounts", mounts)
	f.flag("read_only", h.ReadonlyRootfs)
	if h.ShmSize != 0 && h.ShmSize != 64<<20 {
		f.text("shm_size", strconv.FormatInt(h.ShmSize, 10))
	}
}

func importedRights(f fields, h *container.HostConfig) {
	f.flag("privileged", h.Privileged)
	if len(h.CapAdd)+len(h.CapDrop) > 0 {
		c := f.in("capabilities")
		c.texts("add", shortCapabilities(h.CapAdd))
		c.texts("drop", shortCapabilities(h.CapDrop))
		f.values["capabilities"] = c.object()
	}
	var devices []cty.Value
	for _, d := range h.Devices {
		v := f.in("devices")
		v.text("host", d.PathOnHost)
		if d.PathInContainer != d.PathOnHost {
			v.text("container", d.PathInContainer)
		}
		v.text("permissions", d.CgroupPermissions)
		devices = append(devices, v.object())
	}
	f.objects("devices", devices)
	f.texts("security_opts", h.SecurityOpt)
	f.dict("sysctls", h.Sysctls)
	f.text("pid_mode", string(h.PidMode))
	if h.IpcMode != "private" && h.IpcMode != "shareable" {
		f.text("ipc_mode", string(h.IpcMode))
	}
	f.texts("group_add", h.GroupAdd)
	limits := map[string]cty.Value{}
	for _, u := range h.Ulimits {
		v := f.in("ulimits")
		v.values["soft"] = cty.NumberIntVal(u.Soft)
		if u.Hard != u.Soft {
			v.values["hard"] = cty.NumberIntVal(u.Hard)
		}
		limits[u.Name] = v.object()
	}
	if len(limits) > 0 {
		f.values["ulimits"] = cty.MapVal(limits)
	}
}

// declaredVolumes are the volumes that every container of an image has.
func declaredVolumes(from image.InspectResponse) map[string]struct{} {
	if from.Config == nil {
		return nil
	}
	return from.Config.Volumes
}

// shortCapabilities are the names without what the engine puts before them.
func shortCapabilities(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.TrimPrefix(name, "CAP_")
	}
	return out
}
