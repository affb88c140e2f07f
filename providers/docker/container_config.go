package docker

import (
	"cmp"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/go-connections/nat"
	"github.com/docker/go-units"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// wanted is a container in the engine's words.
type wanted struct {
	config   *container.Config
	host     *container.HostConfig
	platform *ocispec.Platform
}

// wantedOf says in the engine's words what is planned, apart from the name,
// networks beyond the mode, and what is done after it was created. The values
// were validated.
func wantedOf(s scope, planned cty.Value, intent string) (wanted, error) {
	get := planned.GetAttr
	exposed, bindings := portsOf(get("ports"))
	w := wanted{
		config: &container.Config{
			Image: textOf(get("image")), Labels: s.labels(textMap(get("labels")), intent),
			Cmd: textsOf(get("command")), Entrypoint: textsOf(get("entrypoint")),
			User: textOf(get("user")), WorkingDir: textOf(get("working_dir")),
			Hostname: textOf(get("hostname")), Domainname: textOf(get("domainname")),
			Tty: isTrue(get("tty")), OpenStdin: isTrue(get("stdin_open")),
			StopSignal: textOf(get("stop_signal")), Env: envOf(get("env")),
			ExposedPorts: exposed, Healthcheck: healthcheckOf(get("healthcheck")),
		},
		host: &container.HostConfig{
			PortBindings: bindings, RestartPolicy: restartOf(get("restart")),
			NetworkMode: modeOf(planned), Privileged: isTrue(get("privileged")), ReadonlyRootfs: isTrue(get("read_only")),
			DNS: textsOf(get("dns")), DNSSearch: textsOf(get("dns_search")), DNSOptions: textsOf(get("dns_options")),
			GroupAdd: textsOf(get("group_add")), SecurityOpt: textsOf(get("security_opts")), Sysctls: textMap(get("sysctls")),
			PidMode: container.PidMode(textOf(get("pid_mode"))), IpcMode: container.IpcMode(textOf(get("ipc_mode"))),
			ShmSize: sizeOf(get("shm_size")), LogConfig: logOf(get("log")), Resources: resourcesOf(planned),
		},
		platform: wantedPlatform(textOf(get("platform"))),
	}
	if v := get("entrypoint"); known(v) && v.LengthInt() == 0 {
		w.config.Entrypoint = []string{""} // the engine's word for none
	}
	if v := get("stop_timeout"); known(v) {
		seconds := int(durationOf(v).Seconds())
		w.config.StopTimeout = &seconds
	}
	if v := get("init"); known(v) {
		yes := v.True()
		w.host.Init = &yes
	}
	if v := get("capabilities"); known(v) {
		w.host.CapAdd, w.host.CapDrop = textsOf(v.GetAttr("add")), textsOf(v.GetAttr("drop"))
	}
	hosts := textMap(get("extra_hosts"))
	for _, name := range sortedKeys(hosts) {
		w.host.ExtraHosts = append(w.host.ExtraHosts, name+":"+hosts[name])
	}
	return w, w.mount(s, planned)
}

// modeOf is the network that a container is created in. The first of several
// is as good as any: the others are connected before it starts.
func modeOf(planned cty.Value) container.NetworkMode {
	if mode := textOf(planned.GetAttr("network_mode")); mode != "" {
		return container.NetworkMode(mode)
	}
	if v := planned.GetAttr("networks"); known(v) {
		if v.LengthInt() == 0 {
			return "none"
		}
		return container.NetworkMode(slices.Min(slices.Collect(keys(v))))
	}
	return ""
}

func envOf(v cty.Value) []string {
	var out []string
	env := textMap(v)
	for _, name := range sortedKeys(env) {
		out = append(out, name+"="+env[name])
	}
	return out
}

func portsOf(v cty.Value) (nat.PortSet, nat.PortMap) {
	if !known(v) {
		return nil, nil
	}
	exposed, bindings := nat.PortSet{}, nat.PortMap{}
	for _, p := range elements(v) {
		port := nat.Port(strconv.FormatInt(intOf(p.GetAttr("container")), 10) + "/" + textOf(p.GetAttr("protocol")))
		exposed[port] = struct{}{}
		b := nat.PortBinding{HostIP: textOf(p.GetAttr("ip"))}
		if host := p.GetAttr("host"); known(host) {
			b.HostPort = strconv.FormatInt(intOf(host), 10)
		}
		bindings[port] = append(bindings[port], b)
	}
	return exposed, bindings
}

func restartOf(v cty.Value) container.RestartPolicy {
	name, count, _ := strings.Cut(textOf(v), ":")
	n, _ := strconv.Atoi(count)
	return container.RestartPolicy{Name: container.RestartPolicyMode(name), MaximumRetryCount: n}
}

// restartText is a restart policy as it is written in a configuration.
func restartText(p container.RestartPolicy) string {
	if p.IsOnFailure() && p.MaximumRetryCount > 0 {
		return string(p.Name) + ":" + strconv.Itoa(p.MaximumRetryCount)
	}
	return cmp.Or(string(p.Name), "no")
}

func healthcheckOf(v cty.Value) *container.HealthConfig {
	if !known(v) {
		return nil
	}
	return &container.HealthConfig{
		Test:     healthTest(textsOf(v.GetAttr("test"))),
		Interval: durationOf(v.GetAttr("interval")), Timeout: durationOf(v.GetAttr("timeout")),
		StartPeriod: durationOf(v.GetAttr("start_period")), Retries: int(intOf(v.GetAttr("retries"))),
	}
}

// healthTest lets the word CMD be left out.
func healthTest(test []string) []string {
	if len(test) == 0 || slices.Contains([]string{"CMD", "CMD-SHELL", "NONE"}, test[0]) {
		return test
	}
	return append([]string{"CMD"}, test...)
}

func logOf(v cty.Value) container.LogConfig {
	if !known(v) {
		return container.LogConfig{}
	}
	return container.LogConfig{Type: textOf(v.GetAttr("driver")), Config: textMap(v.GetAttr("options"))}
}

func wantedPlatform(text string) *ocispec.Platform {
	if text == "" {
		return nil
	}
	parts := append(strings.Split(text, "/"), "", "")
	return &ocispec.Platform{OS: parts[0], Architecture: parts[1], Variant: parts[2]}
}

// limitsOf are those limits that can be changed in place.
func limitsOf(planned cty.Value) container.Resources {
	get := planned.GetAttr
	r := container.Resources{
		Memory: sizeOf(get("memory")), MemorySwap: sizeOf(get("memory_swap")), MemoryReservation: sizeOf(get("memory_reservation")),
		NanoCPUs: nanoCPUs(get("cpus")), CPUShares: intOf(get("cpu_shares")), CpusetCpus: textOf(get("cpuset")),
	}
	if v := get("pids_limit"); known(v) {
		n := intOf(v)
		r.PidsLimit = &n
	}
	return r
}

func resourcesOf(planned cty.Value) container.Resources {
	r := limitsOf(planned)
	for name, v := range elements(planned.GetAttr("ulimits")) {
		u := units.Ulimit{Name: name, Soft: intOf(v.GetAttr("soft"))}
		if u.Hard = u.Soft; known(v.GetAttr("hard")) {
			u.Hard = intOf(v.GetAttr("hard"))
		}
		r.Ulimits = append(r.Ulimits, &u)
	}
	for _, v := range elements(planned.GetAttr("devices")) {
		host := textOf(v.GetAttr("host"))
		r.Devices = append(r.Devices, container.DeviceMapping{PathOnHost: host,
			PathInContainer: cmp.Or(textOf(v.GetAttr("container")), host), CgroupPermissions: textOf(v.GetAttr("permissions"))})
	}
	if gpus := textOf(planned.GetAttr("gpus")); gpus != "" {
		d := container.DeviceRequest{Capabilities: [][]string{{"gpu"}}}
		switch n, err := strconv.Atoi(gpus); {
		case gpus == "all":
			d.Count = -1
		case err == nil:
			d.Count = n
		default:
			d.DeviceIDs = strings.Split(gpus, ",")
		}
		r.DeviceRequests = []container.DeviceRequest{d}
	}
	return r
}

func (w wanted) mount(s scope, planned cty.Value) error {
	for _, text := range textsOf(planned.GetAttr("volumes")) {
		v, err := parseVolume(text)
		if err != nil {
			return err
		}
		if v.source == "" {
			if w.config.Volumes == nil {
				w.config.Volumes = map[string]struct{}{}
			}
			w.config.Volumes[v.target] = struct{}{}
			continue
		}
		w.host.Binds = append(w.host.Binds, v.bind(s.project.Dir))
	}
	slices.Sort(w.host.Binds)
	for _, v := range elements(planned.GetAttr("mounts")) {
		m := mount.Mount{Type: mount.Type(textOf(v.GetAttr("type"))), Source: textOf(v.GetAttr("source")),
			Target: textOf(v.GetAttr("target")), ReadOnly: isTrue(v.GetAttr("read_only"))}
		switch m.Type {
		case mount.TypeBind:
			m.Source = resolve(s.project.Dir, m.Source)
			if isTrue(v.GetAttr("create")) { // a mount does so only from API 1.42 on
				bind := m.Source + ":" + m.Target
				if m.ReadOnly {
					bind += ":ro"
				}
				w.host.Binds = append(w.host.Binds, bind)
				continue
			}
		case mount.TypeVolume:
			m.VolumeOptions = &mount.VolumeOptions{NoCopy: isTrue(v.GetAttr("no_copy"))}
		case mount.TypeTmpfs:
			mode, _ := strconv.ParseUint(strings.TrimPrefix(textOf(v.GetAttr("mode")), "0o"), 8, 32)
			m.TmpfsOptions = &mount.TmpfsOptions{SizeBytes: sizeOf(v.GetAttr("size")), Mode: fileMode(mode)}
		}
		w.host.Mounts = append(w.host.Mounts, m)
	}
	return nil
}

// sizeOf returns a size in bytes; -1 stands for no limit.
func sizeOf(v cty.Value) int64 {
	text := textOf(v)
	if text == "-1" {
		return -1
	}
	n, _ := providers.ParseBytes(text)
	return n
}

func durationOf(v cty.Value) time.Duration {
	d, _ := time.ParseDuration(textOf(v))
	return d
}

// nanoCPUs is a number of processors as the engine counts.
func nanoCPUs(v cty.Value) int64 {
	if !known(v) {
		return 0
	}
	f := new(big.Float).Mul(v.AsBigFloat(), big.NewFloat(1e9))
	n, _ := f.Add(f, big.NewFloat(0.5)).Int64()
	return n
}

// overlaps tells whether two of the host's addresses that a port is published
// on have something in common.
func overlaps(a, b string) bool {
	x, errx := netip.ParseAddr(a)
	y, erry := netip.ParseAddr(b)
	switch {
	case a == "" || b == "" || errx != nil || erry != nil:
		return true
	case x.Is4() != y.Is4():
		return false
	}
	return x == y || x.IsUnspecified() || y.IsUnspecified()
}
