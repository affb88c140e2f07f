package applecontainer

import (
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// port is a published port.
type port struct {
	ip              netip.Addr
	host, container int64
	protocol        string
}

// mount is a mounted folder or volume. The source of a folder is absolute.
type mount struct {
	source, target string
	readOnly       bool
}

// portsOf reads ports that were validated.
func portsOf(v cty.Value) []port {
	var out []port
	for _, e := range elementsOf(v) {
		p := port{ip: netip.IPv4Unspecified(), host: intOf(e.GetAttr("host")), container: intOf(e.GetAttr("container")),
			protocol: textOf(e.GetAttr("protocol"))}
		if ip := e.GetAttr("ip"); known(ip) {
			p.ip, _ = netip.ParseAddr(ip.AsString())
		}
		out = append(out, p)
	}
	return out
}

// mountsOf reads volumes that were validated; relative paths begin in dir.
func mountsOf(v cty.Value, dir string) []mount {
	var out []mount
	for _, e := range elementsOf(v) {
		m := mount{source: textOf(e.GetAttr("source")), target: textOf(e.GetAttr("target")),
			readOnly: e.GetAttr("read_only").True()}
		if isPath(m.source) && !filepath.IsAbs(m.source) {
			m.source = filepath.Join(dir, m.source)
		}
		out = append(out, m)
	}
	return out
}

// isPath tells a path from the name of a volume, as the command does.
func isPath(source string) bool {
	return strings.Contains(source, "/") || source == "." || source == ".."
}

// describe says what was found in the words of was: what it says already stays
// as it is written there, and what nobody set is left out.
func (s scope) describe(f *found, was cty.Value) cty.Value {
	attrs := was.AsValueMap()
	set := func(name string) bool { return !was.GetAttr(name).IsNull() }
	if !sameImage(textOf(was.GetAttr("image")), f.image) {
		attrs["image"] = cty.StringVal(familiar(f.image))
	}
	attrs["name"], attrs["id"] = cty.StringVal(f.id), cty.StringVal(f.id)
	for _, name := range []string{"env", "sensitive_env"} {
		if set(name) {
			attrs[name] = mapOfText(only(textMap(was.GetAttr(name)), f.environment()))
		}
	}
	if set("labels") {
		attrs["labels"] = mapOfText(only(textMap(was.GetAttr("labels")), f.labels))
	}
	describeProgram(f, was, attrs)
	if set("user") {
		attrs["user"] = orNull(f.user)
	}
	if set("working_dir") && filepath.Clean(textOf(was.GetAttr("working_dir"))) != filepath.Clean(f.workingDir) {
		attrs["working_dir"] = orNull(f.workingDir)
	}
	if set("ports") && !sameSet(portsOf(was.GetAttr("ports")), f.ports) {
		attrs["ports"] = portsValue(f.ports)
	}
	if set("volumes") && !sameMounts(mountsOf(was.GetAttr("volumes"), s.project.Dir), f.mounts) {
		attrs["volumes"] = volumesValue(f.mounts)
	}
	if set("networks") {
		if networks := textsOf(was.GetAttr("networks")); !slices.Equal(networks, f.networks) && !isNone(networks, f) {
			attrs["networks"] = textList(f.networks)
		}
	}
	if set("cpus") && intOf(was.GetAttr("cpus")) != f.cpus {
		attrs["cpus"] = cty.NumberIntVal(f.cpus)
	}
	if set("memory") {
		if mib, ok := mibOf(textOf(was.GetAttr("memory"))); !ok || mib<<20 != f.memory {
			attrs["memory"] = cty.StringVal(memoryText(f.memory))
		}
	}
	if f.state == "running" || f.state == "stopped" || f.state == "stopping" {
		attrs["running"] = cty.BoolVal(f.runs())
	}
	attrs["status"] = orNull(f.state)
	attrs["ip_addresses"] = mapOfText(f.addresses)
	return cty.ObjectVal(attrs)
}

// describeProgram describes the entrypoint and the command. What runs is the
// one followed by the other, where either may be the image's.
func describeProgram(f *found, was cty.Value, attrs map[string]cty.Value) {
	entrypoint, command := textsOf(was.GetAttr("entrypoint")), textsOf(was.GetAttr("command"))
	all := append([]string{f.executable}, f.arguments...)
	n, m := len(entrypoint), len(all)-len(command)
	switch {
	case n == 0: // then it is the image's
	case n <= len(all) && slices.Equal(all[:n], entrypoint):
		all, m = all[n:], m-n
	default:
		attrs["entrypoint"] = textList(all[:1])
		all, m = all[1:], m-1
	}
	switch {
	case len(command) == 0: // likewise
	case m < 0, n > 0 && m > 0, !slices.Equal(all[m:], command):
		attrs["command"] = textList(all)
	}
}

// isNone tells whether a container that is to have no network has none.
func isNone(networks []string, f *found) bool {
	return len(networks) == 1 && networks[0] == "none" && len(f.networks) == 0
}

func (f *found) environment() map[string]string {
	out := make(map[string]string, len(f.env))
	for _, e := range f.env {
		k, v, _ := strings.Cut(e, "=")
		out[k] = v
	}
	return out
}

// only returns what is there under the names in set.
func only(set, there map[string]string) map[string]string {
	out := map[string]string{}
	for k := range set {
		if v, ok := there[k]; ok {
			out[k] = v
		}
	}
	return out
}

// sameSet tells whether two lists hold the same, in any order.
func sameSet[T comparable](a, b []T) bool {
	count := map[T]int{}
	for _, e := range a {
		count[e]++
	}
	for _, e := range b {
		count[e]--
	}
	return !slices.ContainsFunc(slices.Collect(maps.Values(count)), func(n int) bool { return n != 0 })
}

func sameMounts(a, b []mount) bool { return sameSet(cleaned(a), cleaned(b)) }

func cleaned(mounts []mount) []mount {
	out := slices.Clone(mounts)
	for i := range out {
		if isPath(out[i].source) {
			out[i].source = filepath.Clean(out[i].source)
		}
		out[i].target = filepath.Clean(out[i].target)
	}
	return out
}

func portsValue(ports []port) cty.Value {
	obj := portsAttribute().Nested.Object.Type()
	if len(ports) == 0 {
		return cty.ListValEmpty(obj)
	}
	out := make([]cty.Value, len(ports))
	for i, p := range ports {
		ip := cty.NullVal(cty.String)
		if p.ip.IsValid() && p.ip != netip.IPv4Unspecified() {
			ip = cty.StringVal(p.ip.String())
		}
		out[i] = cty.ObjectVal(map[string]cty.Value{"host": cty.NumberIntVal(p.host), "container": cty.NumberIntVal(p.container),
			"protocol": cty.StringVal(p.protocol), "ip": ip})
	}
	return cty.ListVal(out)
}

func volumesValue(mounts []mount) cty.Value {
	obj := volumesAttribute().Nested.Object.Type()
	if len(mounts) == 0 {
		return cty.ListValEmpty(obj)
	}
	out := make([]cty.Value, len(mounts))
	for i, m := range mounts {
		out[i] = cty.ObjectVal(map[string]cty.Value{"source": cty.StringVal(m.source), "target": cty.StringVal(m.target),
			"read_only": cty.BoolVal(m.readOnly)})
	}
	return cty.ListVal(out)
}

func memoryText(bytes int64) string {
	if bytes%(1<<20) == 0 {
		return fmt.Sprintf("%dMiB", bytes>>20)
	}
	return fmt.Sprint(bytes)
}
