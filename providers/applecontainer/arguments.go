package applecontainer

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"
)

// arguments are what the command is started with to make a container. Options
// have their values behind an equals sign, so that none is taken for another
// option; behind the image, everything is the container's.
func (c *change) arguments(env environment) []string {
	p := c.Planned
	args := []string{"create"}
	if p.GetAttr("running").True() {
		args = []string{"run", "--detach"}
	}
	option := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	option("name", textOf(p.GetAttr("name")))
	var first []string // arguments of the entrypoint
	if entrypoint := textsOf(p.GetAttr("entrypoint")); len(entrypoint) > 0 {
		option("entrypoint", entrypoint[0])
		first = entrypoint[1:]
	}
	option("user", textOf(p.GetAttr("user")))
	option("workdir", textOf(p.GetAttr("working_dir")))
	if cpus := p.GetAttr("cpus"); known(cpus) {
		option("cpus", fmt.Sprint(intOf(cpus)))
	}
	if mib, ok := mibOf(textOf(p.GetAttr("memory"))); ok {
		option("memory", fmt.Sprintf("%dM", mib))
	}
	for _, port := range portsOf(p.GetAttr("ports")) {
		option("publish", port.text())
	}
	for _, m := range mountsOf(p.GetAttr("volumes"), c.project.Dir) {
		option("volume", m.text())
	}
	for _, network := range textsOf(p.GetAttr("networks")) {
		option("network", network)
	}
	labels := c.labels(textMap(p.GetAttr("labels")), c.Intent)
	for _, k := range sortedKeys(labels) {
		option("label", k+"="+labels[k])
	}
	option("env-file", env.file)
	for _, variable := range env.inherited {
		name, _, _ := strings.Cut(variable, "=")
		option("env", name)
	}
	args = append(args, textOf(p.GetAttr("image")))
	return slices.Concat(args, first, textsOf(p.GetAttr("command")))
}

func (p port) text() string {
	text := fmt.Sprintf("%d:%d/%s", p.host, p.container, p.protocol)
	if p.ip == netip.IPv4Unspecified() {
		return text
	}
	return net.JoinHostPort(p.ip.String(), "") + text
}

func (m mount) text() string {
	text := m.source + ":" + m.target
	if m.readOnly {
		text += ":ro"
	}
	return text
}

// environment is how the variables are handed over. Arguments can be seen by
// everybody on the machine, so no value is in one. A file cannot hold them all:
// a value with a line break, or with white space around it, is handed over in
// the command's own environment, from which it takes what is named without a
// value.
type environment struct {
	folder, file string
	inherited    []string
}

// variablesOf returns the environment variables of both kinds.
func variablesOf(v cty.Value) map[string]string {
	out := textMap(v.GetAttr("env"))
	for k, value := range textMap(v.GetAttr("sensitive_env")) {
		out[k] = value
	}
	return out
}

func writeEnvironment(planned cty.Value) (environment, error) {
	var env environment
	var b strings.Builder
	variables := variablesOf(planned)
	for _, k := range sortedKeys(variables) {
		line := k + "=" + variables[k]
		if fitsFile(variables[k]) {
			b.WriteString(line + "\n")
		} else {
			env.inherited = append(env.inherited, line)
		}
	}
	if b.Len() == 0 {
		return env, nil
	}
	var err error
	if env.folder, err = os.MkdirTemp("", "clockwork-env-"); err != nil {
		return env, err
	}
	env.file = filepath.Join(env.folder, "env")
	if err := os.WriteFile(env.file, []byte(b.String()), 0o600); err != nil {
		env.remove()
		return env, err
	}
	return env, nil
}

func (e environment) remove() {
	if e.folder != "" {
		os.RemoveAll(e.folder)
	}
}

// fitsFile tells whether a line of a file can hold a value, by what every
// version of the command takes for a line break.
func fitsFile(value string) bool {
	return strings.TrimFunc(value, unicode.IsSpace) == value && !strings.ContainsAny(value, "\n\v\f\r\u0085\u2028\u2029")
}

// hide takes the values of environment variables out of what the command said.
func hide(ds diagnostics, planned cty.Value) diagnostics {
	for i := range ds {
		ds[i].Detail = hidden(ds[i].Detail, variablesOf(planned))
	}
	return ds
}

// hidden replaces values in a text, the longest first, since one may hold
// another. Very short ones are in any text.
func hidden(text string, variables map[string]string) string {
	names := sortedKeys(variables)
	slices.SortStableFunc(names, func(a, b string) int { return len(variables[b]) - len(variables[a]) })
	for _, k := range names {
		if v := variables[k]; len(v) > 3 {
			text = strings.ReplaceAll(text, v, "(value of "+k+")")
		}
	}
	return text
}
