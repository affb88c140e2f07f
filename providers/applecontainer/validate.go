package applecontainer

import (
	"context"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	oci "github.com/distribution/reference"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	maxPorts    = 64
	maxName     = 63
	nameRule    = "A name has 2 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit."
	maxVolume   = 255
	maxStopWait = time.Hour
	maxCPUs     = 1024
	// minMemory is the least, in MiB, with which the command makes a container:
	// with less, its kernel does not start.
	minMemory = 200
)

// Validate checks what the command would refuse, and what cannot be handed over
// to it.
func (p *provider) Validate(_ context.Context, req providers.ValidateRequest) (providers.ValidateResponse, error) {
	if !known(req.Config) {
		return providers.ValidateResponse{}, nil
	}
	v := &validation{config: req.Config}
	switch req.Kind {
	case providers.KindProvider:
		v.text("command", func(text string) string {
			if text == "" {
				return "Give the name or path of a command, or leave it out."
			}
			return ""
		})
	case providers.KindResource:
		v.container()
	}
	return providers.ValidateResponse{Diagnostics: v.diags}, nil
}

// validation collects what is wrong with one configuration.
type validation struct {
	config cty.Value
	diags  diagnostics
}

// fail notes what is wrong, under the name of the attribute at fault.
func (v *validation) fail(path cty.Path, detail string) {
	name := ""
	for _, step := range path {
		if step, ok := step.(cty.GetAttrStep); ok {
			name = step.Name
		}
	}
	v.diags = append(v.diags, at(path, "Invalid "+name, "%s", detail)...)
}

// text checks a string that is known. What check returns is what is wrong.
func (v *validation) text(attribute string, check func(text string) string) {
	v.texts(cty.GetAttrPath(attribute), v.config.GetAttr(attribute), check)
}

func (v *validation) texts(at cty.Path, value cty.Value, check func(text string) string) {
	if !known(value) {
		return
	}
	text := value.AsString()
	if strings.ContainsRune(text, 0) {
		v.fail(at, "It holds a NUL byte, which no program can be given. Take it out.")
		return
	}
	if wrong := check(text); wrong != "" {
		v.fail(at, wrong)
	}
}

// number checks a whole number that is known.
func (v *validation) number(at cty.Path, value cty.Value, least, most int64, detail string) {
	if !known(value) {
		return
	}
	if n, accuracy := value.AsBigFloat().Int64(); !value.AsBigFloat().IsInt() || accuracy != 0 || n < least || n > most {
		v.fail(at, detail)
	}
}

func (v *validation) container() {
	v.text("name", func(text string) string {
		if !isName(text) {
			return nameRule + " Choose another."
		}
		return ""
	})
	v.text("image", func(text string) string {
		if _, err := oci.ParseNormalizedNamed(text); err != nil {
			return `An image is named such as "nginx", "nginx:alpine" or "ghcr.io/acme/web:1.2", in small letters and without white space. Correct it.`
		}
		return ""
	})
	v.text("user", given)
	v.text("working_dir", absolute)
	v.text("memory", func(text string) string {
		mib, ok := mibOf(text)
		switch {
		case !ok:
			return `Memory is given in whole MiB, such as "512MiB" or "2GiB". Correct it.`
		case mib < minMemory:
			return "A container has a kernel of its own, which takes 200 MiB at least. Give it more."
		}
		return ""
	})
	v.number(cty.GetAttrPath("cpus"), v.config.GetAttr("cpus"), 1, maxCPUs, "It is a whole number of CPUs, 1 or more. Correct it.")
	v.text("stop_timeout", func(text string) string {
		if _, ok := secondsOf(text); !ok {
			return `It is a duration in whole seconds, up to an hour, such as "30s". Correct it.`
		}
		return ""
	})
	v.program()
	v.variables("env")
	v.variables("sensitive_env")
	v.bothVariables()
	v.labels()
	v.networks()
	v.ports()
	v.volumes()
}

// program checks the entrypoint and the command.
func (v *validation) program() {
	v.list("command", func(string) string { return "" })
	entrypoint := v.config.GetAttr("entrypoint")
	if known(entrypoint) && entrypoint.LengthInt() == 0 {
		v.fail(cty.GetAttrPath("entrypoint"), "It names no program. Give one, or leave it out: then it is the image's.")
		return
	}
	first := true
	for i, e := range elementsOf(entrypoint) {
		v.element(cty.GetAttrPath("entrypoint").IndexInt(i), e, func(text string) string {
			if first {
				return given(text)
			}
			return ""
		})
		first = false
	}
}

func given(text string) string {
	if strings.TrimSpace(text) == "" {
		return "It must not be empty. Give one, or leave it out: then it is the image's."
	}
	return ""
}

// list checks the strings of a list; null is wrong.
func (v *validation) list(attribute string, check func(text string) string) {
	for i, e := range elementsOf(v.config.GetAttr(attribute)) {
		v.element(cty.GetAttrPath(attribute).IndexInt(i), e, check)
	}
}

func (v *validation) element(at cty.Path, e cty.Value, check func(text string) string) {
	if e.IsNull() {
		v.fail(at, "It is null. Give a text, or take it out.")
		return
	}
	v.texts(at, e, check)
}

// each checks the strings of a map; null is wrong.
func (v *validation) each(attribute string, check func(at cty.Path, key string, value cty.Value)) {
	m := v.config.GetAttr(attribute)
	if !known(m) {
		return
	}
	values := m.AsValueMap()
	for _, k := range sortedKeys(values) {
		at := cty.GetAttrPath(attribute).IndexString(k)
		if values[k].IsNull() {
			v.fail(at, "It is null. Give a text, or take it out.")
			continue
		}
		check(at, k, values[k])
	}
}

func (v *validation) variables(attribute string) {
	v.each(attribute, func(at cty.Path, name string, value cty.Value) {
		if name == "" || strings.HasPrefix(name, "#") || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '=' || r == 0x7f }) {
			v.fail(cty.GetAttrPath(attribute), `The name of an environment variable is not empty, has no white space and no "=", and does not begin with "#". Correct it.`)
			return
		}
		v.texts(at, value, func(text string) string {
			if !fitsFile(text) && isOfCommand(name) {
				return "A value with line breaks, or with white space around it, is handed over by way of the container command's own environment, which needs this variable itself. Take them out, or set the variable in the container."
			}
			return ""
		})
	})
}

// isOfCommand tells whether a variable means something to the container command
// itself, or to the system that starts it.
func isOfCommand(name string) bool {
	for _, prefix := range []string{"DYLD_", "LC_", "CONTAINER_", "XPC_", "SWIFT_", "Malloc"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "LANG", "SHELL"}, name)
}

func (v *validation) bothVariables() {
	sensitive := v.config.GetAttr("sensitive_env")
	if !known(sensitive) {
		return
	}
	v.each("env", func(at cty.Path, name string, _ cty.Value) {
		if sensitive.HasIndex(cty.StringVal(name)).True() {
			v.fail(at, "It is in env and in sensitive_env. Take one of them out.")
		}
	})
}

func (v *validation) labels() {
	v.each("labels", func(at cty.Path, name string, value cty.Value) {
		switch {
		case name == "" || strings.ContainsAny(name, "=\x00"):
			v.fail(cty.GetAttrPath("labels"), `The name of a label is not empty and has no "=". Correct it.`)
		case strings.HasPrefix(name, labelPrefix) || strings.HasPrefix(name, labelSystem):
			v.fail(at, `Labels that begin with "clockwork." or "com.apple.container" have a meaning of their own. Choose another name.`)
		default:
			v.texts(at, value, func(text string) string {
				if strings.Contains(text, "=") {
					return `The container command takes no label with an "=" in its value. Write it in another way.`
				}
				return ""
			})
		}
	})
}

func (v *validation) networks() {
	networks := elementsOf(v.config.GetAttr("networks"))
	seen := map[string]bool{}
	v.list("networks", func(text string) string {
		switch {
		case text == "" || strings.ContainsAny(text, ", \t\r\n"):
			return "The name of a network is not empty, and has no commas and no white space. Correct it."
		case seen[text]:
			return "It is in the list twice. Take one out."
		case text == "none" && len(networks) > 1:
			return `"none" means no network at all, so it stands alone. Take it or the others out.`
		}
		seen[text] = true
		return ""
	})
}

func (v *validation) ports() {
	seen := map[string]bool{}
	for i, e := range elementsOf(v.config.GetAttr("ports")) {
		at := cty.GetAttrPath("ports").IndexInt(i)
		if !known(e) {
			continue
		}
		host, protocol := e.GetAttr("host"), e.GetAttr("protocol")
		for _, side := range []string{"host", "container"} {
			v.number(at.GetAttr(side), e.GetAttr(side), 1, 65535, "A port is a whole number from 1 to 65535. Correct it.")
		}
		v.texts(at.GetAttr("ip"), e.GetAttr("ip"), func(text string) string {
			if ip, err := netip.ParseAddr(text); err != nil || ip.Zone() != "" {
				return `It is an IP address of this machine, such as "127.0.0.1" or "::1". Correct it, or leave it out.`
			}
			return ""
		})
		if !known(host) || !protocol.IsKnown() {
			continue
		}
		// The command counts one port as one, whatever the addresses.
		key := host.AsBigFloat().Text('f', -1) + "/udp"
		if textOf(protocol) != "udp" {
			key = host.AsBigFloat().Text('f', -1) + "/tcp"
		}
		if seen[key] {
			v.fail(at.GetAttr("host"), "This port of the machine is published twice. Choose another for one of them.")
		}
		seen[key] = true
	}
}

func (v *validation) volumes() {
	for i, e := range elementsOf(v.config.GetAttr("volumes")) {
		at := cty.GetAttrPath("volumes").IndexInt(i)
		if !known(e) {
			continue
		}
		v.texts(at.GetAttr("source"), e.GetAttr("source"), func(text string) string {
			switch {
			case text == "" || strings.ContainsAny(text, ":\r\n"):
				return "A source is a path or the name of a volume, and has no colon, which separates it from the target. Correct it."
			case strings.HasPrefix(text, "~"):
				return `"~" means nothing here. Write pathexpand("~/...").`
			case !isPath(text) && !isWord(text, 1, maxVolume):
				return `It has no "/", so it is the name of a volume: letters, digits, dots, dashes and underscores, beginning with a letter or digit. Correct it. For a path beside the configuration, write "./" before it.`
			}
			return ""
		})
		v.texts(at.GetAttr("target"), e.GetAttr("target"), func(text string) string {
			if strings.Contains(text, ":") {
				return "A target has no colon, which separates it from the source. Choose another path."
			}
			return absolute(text)
		})
	}
}

func absolute(text string) string {
	if !path.IsAbs(text) {
		return `It is a path in the container, which begins with "/". Correct it.`
	}
	return ""
}

// isName tells whether the command takes a text for a container's name. It is
// strict beyond the versions before 1.2, which took longer ones.
func isName(text string) bool { return isWord(text, 2, maxName) }

func isWord(text string, least, most int) bool {
	if len(text) < least || len(text) > most {
		return false
	}
	for i, r := range text {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		case i > 0 && strings.ContainsRune("_.-", r):
		default:
			return false
		}
	}
	return true
}

// secondsOf reads a duration in whole seconds.
func secondsOf(text string) (int, bool) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxStopWait || d%time.Second != 0 {
		return 0, false
	}
	return int(d / time.Second), true
}

// mibOf reads a size in whole MiB, which is what the command counts in.
func mibOf(text string) (int64, bool) {
	n, err := providers.ParseBytes(text)
	if err != nil || n <= 0 || n%(1<<20) != 0 {
		return 0, false
	}
	return n >> 20, true
}
