package filetest

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Config is the suite's configuration for a file provider; start starts one
// each time it is called.
func Config(start func(testing.TB) providers.Provider) providertest.Config {
	onFile := []string{"file", "file_source", "file_template"}
	cfg := providertest.Config{
		New: start,
		Resources: []providertest.Resource{
			{Type: "file", New: textFile},
			{Type: "file", Name: "file_source", New: sourceFile},
			{Type: "file", Name: "file_base64", New: binaryFile},
			{Type: "file", Name: "file_sensitive", New: secretFile},
			{Type: "directory", New: directory},
			{Type: "file_template", New: template},
		},
		Data: []providertest.Data{{Type: "file", New: data}},
		Asserts: []providertest.Assert{
			{Type: "file_exists", Name: "file_exists_directory", Resource: "directory"},
			{Type: "file_exists", Name: "file_exists_mode", Resource: "file",
				Config: func(c providertest.Case) providertest.Attrs {
					return providertest.Attrs{"mode": c.Config["mode"]}
				},
				Break: func(t testing.TB, c providertest.Case) {
					must(t, os.Chmod(c.ImportID, 0o604))
				},
				Invalid: func(testing.TB, providertest.Case) []providertest.Invalid {
					return []providertest.Invalid{{Config: providertest.Attrs{"mode": str("rw")}, Path: cty.GetAttrPath("mode")}}
				},
			},
			{Type: "file_content_matches", Resource: "file",
				Config: func(providertest.Case) providertest.Attrs { return providertest.Attrs{"regex": str(`(?m)^second`)} },
				Break:  func(t testing.TB, c providertest.Case) { c.Drift(t) },
				Invalid: func(testing.TB, providertest.Case) []providertest.Invalid {
					return []providertest.Invalid{
						{Config: providertest.Attrs{"regex": str("(")}, Path: cty.GetAttrPath("regex")},
						{Config: providertest.Attrs{"sha256": str("12")}, Path: cty.GetAttrPath("sha256")},
					}
				},
			},
			{Type: "file_content_matches", Name: "file_content_matches_content", Resource: "file",
				Config: func(c providertest.Case) providertest.Attrs {
					return providertest.Attrs{"content": c.Config["content"]}
				},
				Break: func(t testing.TB, c providertest.Case) { c.Drift(t) },
			},
			{Type: "file_content_matches", Name: "file_content_matches_sha256", Resource: "file_source",
				Config: func(providertest.Case) providertest.Attrs { return providertest.Attrs{"sha256": str(sourceSum)} },
				Break:  func(t testing.TB, c providertest.Case) { c.Drift(t) },
			},
		},
	}
	for _, r := range onFile {
		cfg.Asserts = append(cfg.Asserts, providertest.Assert{Type: "file_exists", Name: "file_exists_" + r, Resource: r})
	}
	return cfg
}

func str(s string) cty.Value { return cty.StringVal(s) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func with(base, more providertest.Attrs) providertest.Attrs {
	out := maps.Clone(base)
	maps.Copy(out, more)
	return out
}

// kept is a Stat of a path, to be compared with a later one.
func kept(t testing.TB, path string) (same func() bool) {
	before, err := os.Lstat(path)
	must(t, err)
	return func() bool {
		after, err := os.Lstat(path)
		return err == nil && os.SameFile(before, after) && before.Mode() == after.Mode() &&
			before.ModTime().Equal(after.ModTime()) && before.Size() == after.Size()
	}
}

// at is what is common to all cases at a path.
func at(path string, config providertest.Attrs) providertest.Case {
	return providertest.Case{
		Config:  config,
		Replace: with(config, providertest.Attrs{"path": str(path + ".other")}),
		Exists: func(t testing.TB) bool {
			_, err := os.Lstat(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			return err == nil
		},
		Drift:  func(t testing.TB) { must(t, os.WriteFile(path, []byte("changed by hand"), 0o644)) },
		Remove: func(t testing.TB) { must(t, os.Remove(path)) },
		Foreign: func(t testing.TB) func() bool {
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.WriteFile(path, []byte("somebody else's"), 0o644))
			return kept(t, path)
		},
	}
}

// refused are paths that no resource can have, on top of config.
func refused(config providertest.Attrs) []providertest.Invalid {
	var out []providertest.Invalid
	for name, path := range map[string]string{"empty": "", "NUL": "a\x00b", "home": "~/a"} {
		out = append(out, providertest.Invalid{Name: "path " + name, Path: cty.GetAttrPath("path"),
			Config: with(config, providertest.Attrs{"path": str(path)})})
	}
	for name, value := range map[string]string{"mode": "rw-r--r--", "directory_mode": "99", "owner": "", "group": ""} {
		out = append(out, providertest.Invalid{Name: name, Path: cty.GetAttrPath(name),
			Config: with(config, providertest.Attrs{name: str(value)})})
	}
	return out
}

func textFile(t testing.TB, env providertest.Env) providertest.Case {
	path := filepath.Join(env.Project.Dir, env.Name, "sub", "motd")
	config := providertest.Attrs{
		"path": str(path), "mode": str("640"),
		"content": str("first line\nsecond line: äöü €\n"),
	}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"content": str(""), "mode": str("0600")})
	c.ImportID = path
	c.Invalid = append(refused(config), providertest.Invalid{Name: "path of a folder", Path: cty.GetAttrPath("path"),
		Config: with(config, providertest.Attrs{"path": str("a/")})})
	return c
}

// sourceSum is the SHA-256 of "copied\n".
const sourceSum = "c859968d74aafda9272be2d13a897eb016930e2c6e9c0054c385d51ec2679d22"

func sourceFile(t testing.TB, env providertest.Env) providertest.Case {
	dir := filepath.Join(env.Project.Dir, env.Name)
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "source"), []byte("copied\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "source2"), []byte("copied too\n"), 0o644))
	config := providertest.Attrs{
		"path":   str(env.Name + "/./copy"), // relative to the project
		"source": str(env.Name + "/source"),
	}
	c := at(filepath.Join(dir, "copy"), config)
	c.Replace = with(config, providertest.Attrs{"path": str(env.Name + "/copy2")})
	c.Update = with(config, providertest.Attrs{"source": str(env.Name + "/source2")})
	c.Invalid = []providertest.Invalid{{Name: "source", Path: cty.GetAttrPath("source"),
		Config: with(config, providertest.Attrs{"source": str("~/x")})}}
	return c
}

func binaryFile(t testing.TB, env providertest.Env) providertest.Case {
	path := filepath.Join(env.Project.Dir, env.Name)
	config := providertest.Attrs{"path": str(path), "content_base64": str("AP/+gA==")}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"content_base64": str("AP/+gIA=")})
	c.Invalid = []providertest.Invalid{{Name: "base64", Path: cty.GetAttrPath("content_base64"),
		Config: with(config, providertest.Attrs{"content_base64": str("?")})}}
	c.ImportID = path
	return c
}

func secretFile(t testing.TB, env providertest.Env) providertest.Case {
	path := filepath.Join(env.Project.Dir, env.Name)
	config := providertest.Attrs{"path": str(path), "mode": str("0600"),
		"sensitive_content": str("password=" + providertest.Canary)}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"sensitive_content": str(providertest.Canary + " is new")})
	c.Drift = func(t testing.TB) {
		must(t, os.WriteFile(path, []byte("by hand "+providertest.Canary), 0o600))
	}
	return c
}

func directory(t testing.TB, env providertest.Env) providertest.Case {
	path := filepath.Join(env.Project.Dir, env.Name, "above", "dir")
	config := providertest.Attrs{"path": str(path), "mode": str("0750")}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"mode": str("1755"), "force": cty.True})
	c.Drift = func(t testing.TB) { must(t, os.Chmod(path, 0o700)) }
	c.Foreign = func(t testing.TB) func() bool {
		must(t, os.MkdirAll(path, 0o755))
		must(t, os.Chmod(path, 0o750))
		must(t, os.WriteFile(filepath.Join(path, "kept"), nil, 0o644))
		same, inside := kept(t, path), kept(t, filepath.Join(path, "kept"))
		return func() bool { return same() && inside() }
	}
	c.Invalid = refused(config)
	c.ImportID = path
	return c
}

func template(t testing.TB, env providertest.Env) providertest.Case {
	path := filepath.Join(env.Project.Dir, env.Name, "conf")
	config := providertest.Attrs{
		"path":     str(path),
		"template": str("port ${port}\n%{ for u in users ~}\nuser ${upper(u)}\n%{ endfor ~}\n%{ if tls }tls on%{ else }tls off%{ endif }\n"),
		"vars": cty.ObjectVal(map[string]cty.Value{
			"port":  cty.NumberIntVal(8080),
			"users": cty.TupleVal([]cty.Value{str("ann"), str("bob")}),
			"tls":   cty.True,
		}),
	}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"vars": cty.ObjectVal(map[string]cty.Value{
		"port": str("http"), "users": cty.EmptyTupleVal, "tls": cty.False,
	})})
	c.Invalid = []providertest.Invalid{
		{Name: "syntax", Path: cty.GetAttrPath("template"), Config: with(config, providertest.Attrs{"template": str("${")})},
		{Name: "variable", Path: cty.GetAttrPath("template"), Config: with(config, providertest.Attrs{"template": str("${prot}")})},
		{Name: "vars", Path: cty.GetAttrPath("vars"), Config: with(config, providertest.Attrs{"vars": str("x")})},
	}
	return c
}

func data(t testing.TB, env providertest.Env) providertest.DataCase {
	path := filepath.Join(env.Project.Dir, env.Name)
	must(t, os.WriteFile(path, []byte("copied\n"), 0o640))
	must(t, os.Chmod(path, 0o640))
	return providertest.DataCase{
		Config: providertest.Attrs{"path": str(env.Name)},
		Want: providertest.Attrs{
			"content": str("copied\n"), "content_base64": str("Y29waWVkCg=="), "sha256": str(sourceSum),
			"size": cty.NumberIntVal(7), "mode": str("0640"), "abs_path": str(path),
		},
		Missing: providertest.Attrs{"path": str(env.Name + ".missing")},
		Invalid: []providertest.Invalid{{Name: "home", Path: cty.GetAttrPath("path"), Config: providertest.Attrs{"path": str("~/x")}}},
	}
}
