package applecontainertest

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Config is the suite's configuration for the provider; start starts one each
// time it is called. All of them find the containers of w.
func Config(w *World, start func(testing.TB) providers.Provider) providertest.Config {
	return providertest.Config{
		New:      start,
		Provider: providertest.Attrs{"command": str(w.Command)},
		Resources: []providertest.Resource{
			{Type: "applecontainer_container", New: w.plain},
			{Type: "applecontainer_container", Name: "applecontainer_container_full", New: w.full},
			{Type: "applecontainer_container", Name: "applecontainer_container_secret", New: w.secret},
		},
		Asserts: []providertest.Assert{
			{Type: "container_running", Resource: "applecontainer_container"},
			{Type: "container_running", Name: "container_running_stopped", Resource: "applecontainer_container",
				Break: func(t testing.TB, c providertest.Case) { c.Drift(t) }},
		},
	}
}

func str(s string) cty.Value { return cty.StringVal(s) }

func num(n int64) cty.Value { return cty.NumberIntVal(n) }

func obj(attrs map[string]cty.Value) cty.Value { return cty.ObjectVal(attrs) }

func list(elements ...cty.Value) cty.Value { return cty.TupleVal(elements) }

func strs(texts ...string) cty.Value {
	var out []cty.Value
	for _, s := range texts {
		out = append(out, str(s))
	}
	return cty.ListVal(out)
}

func with(base providertest.Attrs, name string, v cty.Value) providertest.Attrs {
	out := maps.Clone(base)
	out[name] = v
	return out
}

// of is what is common to all cases.
func (w *World) of(name string, config providertest.Attrs) providertest.Case {
	return providertest.Case{
		Config:  config,
		Update:  with(config, "running", cty.False),
		Replace: with(config, "image", str("alpine:3.22")),
		Exists:  func(t testing.TB) bool { return w.Container(t, name) != nil },
		Drift:   func(t testing.TB) { w.Run(t, "stop", name) },
		Remove:  func(t testing.TB) { w.Run(t, "delete", "--force", name) },
		// The command tells times in whole seconds only.
		Started: func(t testing.TB) string {
			return strconv.Itoa(strings.Count(w.Calls(t), `["start","`+name+`"]`))
		},
		Foreign: func(t testing.TB) func() bool {
			w.Run(t, "run", "-d", "--name", name, "--label", "clockwork.project=another", "redis:7")
			before := w.Container(t, name)
			return func() bool { return reflect.DeepEqual(before, w.Container(t, name)) }
		},
		Slow: func(t testing.TB) func() {
			must(t, w.Set("", "hang", name))
			return func() { must(t, w.Unset("hang", name)) }
		},
		ImportID: name,
	}
}

func (w *World) plain(t testing.TB, env providertest.Env) providertest.Case {
	config := providertest.Attrs{"name": str(env.Name), "image": str("nginx:alpine")}
	c := w.of(env.Name, config)
	for name, bad := range map[string]string{"empty": "", "short": "a", "dash": "-ab", "space": "a b", "umlaut": "käse",
		"long": "a123456789012345678901234567890123456789012345678901234567890123"} {
		c.Invalid = append(c.Invalid, providertest.Invalid{Name: "name " + name, Path: cty.GetAttrPath("name"),
			Config: with(config, "name", str(bad))})
	}
	return c
}

func (w *World) full(t testing.TB, env providertest.Env) providertest.Case {
	dir := filepath.Join(env.Project.Dir, env.Name)
	must(t, os.MkdirAll(filepath.Join(dir, "site"), 0o755))
	must(t, w.Set("", "networks", "back"))
	config := providertest.Attrs{
		"name":        str(env.Name),
		"image":       str("ghcr.io/acme/nginx:1.2"),
		"entrypoint":  strs("/bin/serve"),
		"command":     strs("--listen", ":80", "--label=a=b"),
		"env":         cty.MapVal(map[string]cty.Value{"MODE": str("production"), "EMPTY": str(""), "QUOTED": str(`a "b" = $c # d`)}),
		"user":        str("1000:1000"),
		"working_dir": str("/srv"),
		"ports": list(
			obj(map[string]cty.Value{"host": num(8080), "container": num(80)}),
			obj(map[string]cty.Value{"host": num(5353), "container": num(53), "protocol": str("udp"), "ip": str("127.0.0.1")}),
			obj(map[string]cty.Value{"host": num(8443), "container": num(443), "ip": str("::1")}),
		),
		"volumes": list(
			obj(map[string]cty.Value{"source": str(filepath.Join(dir, "site")), "target": str("/srv/site"), "read_only": cty.True}),
			obj(map[string]cty.Value{"source": str("data"), "target": str("/var/lib/data")}),
		),
		"networks": strs("default", "back"),
		"cpus":     num(2),
		"memory":   str("512m"),
		"labels":   cty.MapVal(map[string]cty.Value{"role": str("web"), "empty": str("")}),
	}
	c := w.of(env.Name, config)
	c.Replace = with(config, "memory", str("1GiB"))
	bad := func(name string, v cty.Value, path cty.Path) {
		c.Invalid = append(c.Invalid, providertest.Invalid{Name: name + " " + pathEnd(path), Path: path, Config: with(config, name, v)})
	}
	top := cty.GetAttrPath
	bad("image", str("-nginx"), top("image"))
	bad("entrypoint", strs(""), top("entrypoint").IndexInt(0))
	bad("entrypoint", cty.ListValEmpty(cty.String), top("entrypoint"))
	bad("user", str(" "), top("user"))
	bad("working_dir", str("srv"), top("working_dir"))
	bad("cpus", cty.NumberFloatVal(1.5), top("cpus"))
	bad("memory", str("1500k"), top("memory"))
	bad("memory", str("128MiB"), top("memory"))
	bad("stop_timeout", str("1500ms"), top("stop_timeout"))
	bad("command", strs("a\x00b"), top("command").IndexInt(0))
	bad("env", cty.MapVal(map[string]cty.Value{"A B": str("x")}), top("env"))
	bad("env", cty.MapVal(map[string]cty.Value{"HOME": str("a\nb")}), top("env").IndexString("HOME"))
	bad("sensitive_env", cty.MapVal(map[string]cty.Value{"MODE": str("x")}), top("env").IndexString("MODE"))
	bad("labels", cty.MapVal(map[string]cty.Value{"a": str("b=c")}), top("labels").IndexString("a"))
	bad("labels", cty.MapVal(map[string]cty.Value{"clockwork.a": str("b")}), top("labels").IndexString("clockwork.a"))
	bad("networks", strs("back", "back"), top("networks").IndexInt(1))
	bad("networks", strs("none", "back"), top("networks").IndexInt(0))
	one := map[string]cty.Value{"host": num(0), "container": num(80)}
	bad("ports", list(obj(one)), top("ports").IndexInt(0).GetAttr("host"))
	one = map[string]cty.Value{"host": num(80), "container": num(80), "ip": str("localhost")}
	bad("ports", list(obj(one)), top("ports").IndexInt(0).GetAttr("ip"))
	one = map[string]cty.Value{"host": num(80), "container": num(80)}
	bad("ports", list(obj(one), obj(one)), top("ports").IndexInt(1).GetAttr("host"))
	one = map[string]cty.Value{"source": str("a:b"), "target": str("/a")}
	bad("volumes", list(obj(one)), top("volumes").IndexInt(0).GetAttr("source"))
	one = map[string]cty.Value{"source": str("./a"), "target": str("a")}
	bad("volumes", list(obj(one)), top("volumes").IndexInt(0).GetAttr("target"))
	return c
}

// pathEnd is a word for what a path leads to.
func pathEnd(path cty.Path) string {
	switch last := path[len(path)-1].(type) {
	case cty.GetAttrStep:
		return last.Name
	case cty.IndexStep:
		return last.Key.GoString()
	}
	return ""
}

// secret has values that nobody may see: one that fits a line, and one that
// does not. They are in the log, too.
func (w *World) secret(t testing.TB, env providertest.Env) providertest.Case {
	config := providertest.Attrs{
		"name": str(env.Name), "image": str("redis"),
		"env": cty.MapVal(map[string]cty.Value{"TWO": str(" lines\nlong ")}),
		"sensitive_env": cty.MapVal(map[string]cty.Value{
			"PASSWORD": str(providertest.Canary), "KEY": str("-----BEGIN-----\n" + providertest.Canary + "\n-----END-----\n")}),
	}
	must(t, w.Set("starting with "+providertest.Canary+"\n-----BEGIN-----\n"+providertest.Canary+"\n-----END-----\n\nready\n", "logs", env.Name))
	c := w.of(env.Name, config)
	c.Replace = with(config, "sensitive_env", cty.MapVal(map[string]cty.Value{"PASSWORD": str(providertest.Canary + " is new")}))
	c.ImportID = "" // what was secret is not known
	return c
}
