package docker

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

var (
	namePattern   = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)
	signalPattern = regexp.MustCompile(`^(SIG)?[A-Z][A-Z0-9+-]*$|^[0-9]+$`)
	idPattern     = regexp.MustCompile(`^(sha256:)?[0-9a-f]{12,64}$`)
	modePattern   = regexp.MustCompile(`^(0o)?[0-7]{1,5}$`)
)

// validation collects what is wrong with a container's configuration.
type validation struct {
	config cty.Value
	ds     diagnostics
}

func (v *validation) fail(path cty.Path, summary, detail string, args ...any) {
	v.ds = append(v.ds, at(path, summary, detail, args...)...)
}

// text calls f with an attribute of obj that is a known string.
func (v *validation) text(obj cty.Value, base cty.Path, attribute string, f func(text string, at cty.Path)) {
	if a := obj.GetAttr(attribute); known(a) {
		f(a.AsString(), base.GetAttr(attribute))
	}
}

// number wants a whole number within bounds.
func (v *validation) number(obj cty.Value, base cty.Path, attribute string, low, high int64) {
	a := obj.GetAttr(attribute)
	if !known(a) {
		return
	}
	f := a.AsBigFloat()
	if !f.IsInt() || f.Cmp(new(big.Float).SetInt64(low)) < 0 || f.Cmp(new(big.Float).SetInt64(high)) > 0 {
		v.fail(base.GetAttr(attribute), "Number out of range", "It must be a whole number from %d to %d. Correct it.", low, high)
	}
}

func (v *validation) duration(obj cty.Value, base cty.Path, attribute string, least time.Duration, whole bool) {
	v.text(obj, base, attribute, func(text string, at cty.Path) {
		d, err := time.ParseDuration(text)
		switch {
		case err != nil:
			v.fail(at, "Not a duration", `A duration is a number with a unit, such as "30s" or "1m30s". Correct it.`)
		case d < least:
			v.fail(at, "Duration too short", "It must be %s at least. Correct it.", least)
		case whole && d%time.Second != 0:
			v.fail(at, "Not whole seconds", "The engine knows only whole seconds here. Correct it.")
		}
	})
}

func (v *validation) size(obj cty.Value, base cty.Path, attribute string, least int64, unlimited bool) {
	v.text(obj, base, attribute, func(text string, at cty.Path) {
		if unlimited && text == "-1" {
			return
		}
		n, err := providers.ParseBytes(text)
		switch {
		case err != nil:
			v.fail(at, "Not a size", `A size is a number of bytes, or a number with a unit, such as "256MiB". Correct it.`)
		case n < least:
			v.fail(at, "Size too small", "It must be %s at least. Correct it.", sizeText(least))
		}
	})
}

func sizeText(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatInt(n>>20, 10) + "MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

func (containers) validate(config cty.Value) diagnostics {
	v := &validation{config: config}
	v.identity()
	v.ports()
	v.networks()
	v.mounts()
	v.uploads()
	v.limits()
	v.process()
	v.care()
	return v.ds
}

func (v *validation) identity() {
	v.text(v.config, nil, "name", func(text string, at cty.Path) {
		if !namePattern.MatchString(text) {
			v.fail(at, "Not a name", `A container's name has two characters at least, letters, digits, "_", "." and "-", and begins with a letter or digit. Correct it.`)
		}
	})
	v.text(v.config, nil, "image", func(text string, at cty.Path) {
		if _, err := reference.ParseNormalizedNamed(text); err != nil && !idPattern.MatchString(text) {
			v.fail(at, "Not an image", `An image is named as in "nginx:alpine", "example.com/team/app:1.2", or by a digest or id. Correct it.`)
		}
	})
	v.text(v.config, nil, "platform", func(text string, at cty.Path) {
		if n := strings.Count(text, "/"); n < 1 || n > 2 || slices.Contains(strings.Split(text, "/"), "") {
			v.fail(at, "Not a platform", `A platform is a system and an architecture, as in "linux/arm64". Correct it.`)
		}
	})
	for key := range elements(v.config.GetAttr("labels")) {
		if strings.HasPrefix(key, labelPrefix) {
			v.fail(cty.GetAttrPath("labels").IndexString(key), "Label of Clockwork's", "Labels that begin with %q are Clockwork's own. Choose another.", labelPrefix)
		}
	}
	for key := range elements(v.config.GetAttr("env")) {
		if key == "" || strings.ContainsAny(key, "=\x00") {
			v.fail(cty.GetAttrPath("env"), "Not the name of a variable", `The name of an environment variable is not empty and has no "=". Correct it.`)
		}
	}
}

func (v *validation) ports() {
	base := cty.GetAttrPath("ports")
	var seen []publishedPort
	i := -1
	for _, p := range elements(v.config.GetAttr("ports")) {
		i++
		if !known(p) {
			continue
		}
		at := base.IndexInt(i)
		v.number(p, at, "container", 1, 65535)
		v.number(p, at, "host", 1, 65535)
		v.text(p, at, "ip", func(text string, at cty.Path) {
			if _, err := netip.ParseAddr(text); err != nil {
				v.fail(at, "Not an IP address", `It must be an address of the host, such as "127.0.0.1" or "::1". Correct it.`)
			}
		})
		if !known(p.GetAttr("host")) || !p.GetAttr("ip").IsKnown() || !p.GetAttr("protocol").IsKnown() {
			continue
		}
		protocol := textOf(p.GetAttr("protocol"))
		if protocol == "" {
			protocol = "tcp"
		}
		one := publishedPort{i, uint16(intOf(p.GetAttr("host"))), textOf(p.GetAttr("ip")), protocol}
		for _, other := range seen {
			if one.host == other.host && one.protocol == other.protocol && overlaps(one.ip, other.ip) {
				v.fail(at.GetAttr("host"), "Port published twice", "Port %d of the host is published by element %d already. Choose another, or take one away.", one.host, other.index)
			}
		}
		seen = append(seen, one)
	}
}

func (v *validation) networks() {
	for name, n := range elements(v.config.GetAttr("networks")) {
		at := networkPath(name)
		if name == "" || name == "host" || name == "none" {
			v.fail(at, "Not a network", `A container is in the network "host" or "none" alone: set network_mode instead.`)
		}
		if container.NetworkMode(name).IsContainer() {
			v.fail(at, "Not a network", "This is another container, whose network it would share: set network_mode instead.")
		}
		if !known(n) {
			continue
		}
		for attribute, is4 := range map[string]bool{"ipv4_address": true, "ipv6_address": false} {
			v.text(n, at, attribute, func(text string, at cty.Path) {
				if ip, err := netip.ParseAddr(text); err != nil || ip.Is4() != is4 {
					v.fail(at, "Not an IP address", "It must be an IPv%s address. Correct it.", map[bool]string{true: "4", false: "6"}[is4])
				}
			})
		}
	}
	v.text(v.config, nil, "network_mode", func(text string, at cty.Path) {
		mode := container.NetworkMode(text)
		if !mode.IsHost() && !mode.IsNone() && !(mode.IsContainer() && mode.ConnectedContainer() != "") {
			v.fail(at, "Not a special network", `It must be "host", "none" or "container:NAME". For any other network set networks.`)
		}
		if ports := v.config.GetAttr("ports"); mode.IsHost() && known(ports) && ports.LengthInt() > 0 {
			v.fail(cty.GetAttrPath("ports"), "Nothing to publish", "In the host's own network every port is the host's already. Remove ports, or network_mode.")
		}
	})
	for _, attribute := range []string{"dns"} {
		i := -1
		for _, e := range elements(v.config.GetAttr(attribute)) {
			i++
			if known(e) {
				if _, err := netip.ParseAddr(e.AsString()); err != nil {
					v.fail(cty.GetAttrPath(attribute).IndexInt(i), "Not an IP address", "A name server is given by its IP address. Correct it.")
				}
			}
		}
	}
	for name, e := range elements(v.config.GetAttr("extra_hosts")) {
		if !known(e) || e.AsString() == "host-gateway" {
			continue
		}
		if _, err := netip.ParseAddr(e.AsString()); err != nil {
			v.fail(cty.GetAttrPath("extra_hosts").IndexString(name), "Not an IP address", `It must be an IP address or "host-gateway". Correct it.`)
		}
	}
}

func (v *validation) mounts() {
	i := -1
	for _, e := range elements(v.config.GetAttr("volumes")) {
		if i++; !known(e) {
			continue
		}
		if _, err := parseVolume(e.AsString()); err != nil {
			v.fail(cty.GetAttrPath("volumes").IndexInt(i), "Not a volume", `A volume is written as "NAME:/path", "./folder:/path" or "/path", perhaps with ":ro": %s. Correct it.`, err)
		}
	}
	i = -1
	for _, m := range elements(v.config.GetAttr("mounts")) {
		if i++; !known(m) {
			continue
		}
		at := cty.GetAttrPath("mounts").IndexInt(i)
		v.text(m, at, "target", func(text string, at cty.Path) { v.inside(text, at) })
		v.size(m, at, "size", 1, false)
		v.text(m, at, "mode", func(text string, at cty.Path) { v.mode(text, at) })
		ty, source := m.GetAttr("type"), m.GetAttr("source")
		if !ty.IsKnown() || !source.IsKnown() {
			continue
		}
		switch kind := textOf(ty); {
		case kind == "bind" && textOf(source) == "":
			v.fail(at.GetAttr("source"), "Nothing to mount", "A bind mount needs a source, a path on the host. Set it.")
		case kind == "tmpfs" && textOf(source) != "":
			v.fail(at.GetAttr("source"), "Nothing to mount", "A tmpfs has no source. Remove it.")
		case strings.HasPrefix(textOf(source), "~"):
			v.fail(at.GetAttr("source"), "Not a path", `"~" means nothing here; write pathexpand("~/...").`)
		}
	}
}

// inside wants an absolute path inside the container.
func (v *validation) inside(text string, at cty.Path) {
	if !path.IsAbs(text) || path.Clean(text) == "/" {
		v.fail(at, "Not a path inside", "It must be an absolute path inside the container, and not its root. Correct it.")
	}
}

func (v *validation) mode(text string, at cty.Path) {
	if !modePattern.MatchString(text) {
		v.fail(at, "Not a mode", `A mode is an octal number up to 7777, such as "0644". Correct it.`)
	}
}

func (v *validation) uploads() {
	for name, f := range elements(v.config.GetAttr("upload")) {
		at := cty.GetAttrPath("upload").IndexString(name)
		v.inside(name, at)
		if strings.HasSuffix(name, "/") || path.Clean(name) != name {
			v.fail(at, "Not the path of a file", `It must be a clean path that does not end in "/". Correct it.`)
		}
		if !known(f) {
			continue
		}
		v.text(f, at, "mode", func(text string, at cty.Path) { v.mode(text, at) })
		v.number(f, at, "uid", 0, 1<<31-1)
		v.number(f, at, "gid", 0, 1<<31-1)
		v.text(f, at, "content_base64", func(text string, at cty.Path) {
			if _, err := base64.StdEncoding.DecodeString(text); err != nil {
				v.fail(at, "Not Base64", "It cannot be decoded. Encode the content with base64encode or filebase64.")
			}
		})
	}
}

// leastMemory is the least that the engine takes.
const leastMemory = 6 << 20

func (v *validation) limits() {
	v.size(v.config, nil, "memory", leastMemory, false)
	v.size(v.config, nil, "memory_reservation", leastMemory, false)
	v.size(v.config, nil, "memory_swap", leastMemory, true)
	v.size(v.config, nil, "shm_size", 1, false)
	v.number(v.config, nil, "cpu_shares", 2, 262144)
	v.number(v.config, nil, "pids_limit", -1, 1<<31-1)
	if c := v.config.GetAttr("cpus"); known(c) && c.AsBigFloat().Cmp(big.NewFloat(0.01)) < 0 {
		v.fail(cty.GetAttrPath("cpus"), "Number out of range", "It must be 0.01 at least. Correct it.")
	}
	memory, swap := v.config.GetAttr("memory"), v.config.GetAttr("memory_swap")
	if memory.IsKnown() && known(swap) && swap.AsString() != "-1" {
		switch limit, both := sizeOf(memory), sizeOf(swap); {
		case memory.IsNull():
			v.fail(cty.GetAttrPath("memory_swap"), "No limit of memory", "memory_swap is memory and swap together, so it takes a memory. Set it as well.")
		case both < limit:
			v.fail(cty.GetAttrPath("memory_swap"), "Size too small", "memory_swap is memory and swap together, so it cannot be less than memory. Correct it.")
		}
	}
	for name, u := range elements(v.config.GetAttr("ulimits")) {
		if !known(u) {
			continue
		}
		at := cty.GetAttrPath("ulimits").IndexString(name)
		soft, hard := u.GetAttr("soft"), u.GetAttr("hard")
		if known(soft) && known(hard) && intOf(hard) >= 0 && intOf(soft) > intOf(hard) {
			v.fail(at.GetAttr("hard"), "Limit too low", "The hard limit cannot be below the soft one. Correct it.")
		}
	}
}

func (v *validation) process() {
	v.duration(v.config, nil, "stop_timeout", 0, true)
	v.text(v.config, nil, "stop_signal", func(text string, at cty.Path) {
		if !signalPattern.MatchString(text) {
			v.fail(at, "Not a signal", `A signal is written as "SIGTERM", or as a number. Correct it.`)
		}
	})
	v.text(v.config, nil, "working_dir", func(text string, at cty.Path) {
		if !path.IsAbs(text) {
			v.fail(at, "Not a path inside", "It must be an absolute path inside the container. Correct it.")
		}
	})
	for attribute, ok := range map[string]func(string) bool{
		"pid_mode": func(s string) bool { return s != "" && container.PidMode(s).Valid() },
		"ipc_mode": func(s string) bool { return s != "" && container.IpcMode(s).Valid() },
	} {
		v.text(v.config, nil, attribute, func(text string, at cty.Path) {
			if !ok(text) {
				v.fail(at, "Not a mode", "It must be one of those that the documentation of %s names. Correct it.", attribute)
			}
		})
	}
}

func (v *validation) care() {
	v.text(v.config, nil, "restart", func(text string, at cty.Path) {
		name, count, counted := strings.Cut(text, ":")
		n, err := strconv.Atoi(count)
		known := slices.Contains([]string{"no", "always", "unless-stopped", "on-failure"}, name)
		if !known || counted && (name != "on-failure" || err != nil || n < 1) {
			v.fail(at, "Not a restart policy", `It must be "no", "always", "unless-stopped", "on-failure" or "on-failure:N". Correct it.`)
		}
	})
	if h := v.config.GetAttr("healthcheck"); known(h) {
		at := cty.GetAttrPath("healthcheck")
		for _, attribute := range []string{"interval", "timeout", "start_period"} {
			v.duration(h, at, attribute, time.Millisecond, false)
		}
		v.number(h, at, "retries", 1, 1<<31-1)
		if t := h.GetAttr("test"); known(t) && t.IsWhollyKnown() {
			if words := textsOf(t); len(words) == 0 || words[0] == "CMD-SHELL" && len(words) != 2 || words[0] == "NONE" && len(words) != 1 || words[0] == "CMD" && len(words) < 2 {
				v.fail(at.GetAttr("test"), "Not a health check", `It is a command and its arguments, ["CMD-SHELL", "a line of shell"], or ["NONE"]. Correct it.`)
			}
		}
	}
	if w := v.config.GetAttr("wait"); known(w) {
		v.duration(w, cty.GetAttrPath("wait"), "timeout", time.Millisecond, false)
		if m := v.config.GetAttr("must_run"); known(m) && m.False() {
			v.fail(cty.GetAttrPath("wait"), "Nothing to wait for", "A container that need not run cannot be waited for. Remove wait, or must_run = false.")
		}
	}
}
