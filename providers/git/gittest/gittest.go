package gittest

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// Config is the suite's configuration for a git provider; start starts one
// each time it is called. Call Isolate first.
func Config(t testing.TB, start func(testing.TB) providers.Provider) providertest.Config {
	dir := t.TempDir()
	w := &world{
		upstream: sync.OnceValue(func() *Upstream {
			NewUpstream(t, dir, "moved")
			return NewUpstream(t, dir, "upstream")
		}),
		server: sync.OnceValue(func() *Server { return Serve(t, dir) }),
	}
	edit := func(file string) func(testing.TB, providertest.Case) {
		return func(t testing.TB, c providertest.Case) {
			Write(t, filepath.Join(c.Config["path"].AsString(), file), "by hand\n")
		}
	}
	return providertest.Config{
		New: start,
		Resources: []providertest.Resource{
			{Type: "git_repository", New: w.branch},
			{Type: "git_repository", Name: "git_tag", New: w.tag},
			{Type: "git_repository", Name: "git_commit", New: w.commit},
			{Type: "git_repository", Name: "git_http", New: w.http},
		},
		Asserts: []providertest.Assert{
			{Type: "git_at_ref", Resource: "git_repository",
				Break: func(t testing.TB, c providertest.Case) { c.Drift(t) },
				Invalid: func(testing.TB, providertest.Case) []providertest.Invalid {
					return []providertest.Invalid{{Config: providertest.Attrs{"ref": str("-x")}, Path: cty.GetAttrPath("ref")}}
				}},
			{Type: "git_at_ref", Name: "git_at_ref_of_a_tag", Resource: "git_tag",
				Config: func(providertest.Case) providertest.Attrs {
					return providertest.Attrs{"ref": str("v1"), "remote": cty.True}
				},
				Break: func(t testing.TB, c providertest.Case) { c.Drift(t) }},
			{Type: "git_at_ref", Name: "git_at_ref_gone", Resource: "git_commit"},
			{Type: "git_clean", Resource: "git_tag", Break: edit("README.md")},
			{Type: "git_clean", Name: "git_clean_untracked", Resource: "git_tag", Break: edit("new.txt")},
			{Type: "git_clean", Name: "git_clean_gone", Resource: "git_commit"},
		},
	}
}

// world is what the cases share: repositories that none of them changes.
type world struct {
	upstream func() *Upstream
	server   func() *Server
}

func str(s string) cty.Value { return cty.StringVal(s) }

func with(base, more providertest.Attrs) providertest.Attrs {
	out := maps.Clone(base)
	maps.Copy(out, more)
	return out
}

// at is what is common to all cases at a path.
func at(path string, config providertest.Attrs) providertest.Case {
	config["path"] = str(path)
	return providertest.Case{
		Config:   config,
		Replace:  with(config, providertest.Attrs{"path": str(path + ".other")}),
		ImportID: path,
		Exists: func(t testing.TB) bool {
			_, err := os.Lstat(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			return err == nil
		},
		Remove: func(t testing.TB) { must(t, os.RemoveAll(path)) },
		Foreign: func(t testing.TB) func() bool {
			file := filepath.Join(path, "theirs")
			must(t, os.MkdirAll(path, 0o755))
			Git(t, path, "init", "-q")
			Write(t, file, "somebody else's")
			before, err := os.Lstat(file)
			must(t, err)
			return func() bool {
				after, err := os.Lstat(file)
				return err == nil && os.SameFile(before, after) && before.ModTime().Equal(after.ModTime())
			}
		},
	}
}

func (w *world) branch(_ testing.TB, env providertest.Env) providertest.Case {
	u := w.upstream()
	path := filepath.Join(env.Project.Dir, env.Name, "checkout")
	config := providertest.Attrs{"url": str(u.Bare), "ref": str("main")}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"ref": str("dev")})
	c.Drift = func(t testing.TB) { Git(t, path, "checkout", "-q", "--detach", "HEAD~1") }
	for name, bad := range map[string]providertest.Attrs{
		"option as ref": {"ref": str("--output=x")}, "expression as ref": {"ref": str("main~1")}, "HEAD": {"ref": str("HEAD")},
		"empty ref":     {"ref": str("")},
		"option as url": {"url": str("--upload-pack=touch x")}, "ext": {"url": str("ext::sh -c true")}, "empty url": {"url": str("")},
		"password":   {"url": str("https://ada:" + providertest.Canary + "@example.com/x.git")},
		"token":      {"url": str("https://ghp_" + providertest.Canary + "@example.com/x.git")},
		"ftp":        {"url": str("ftp://example.com/x.git")},
		"host":       {"url": str("ssh://-oProxyCommand=x/y")},
		"scp host":   {"url": str("git@-oProxyCommand=x:y")},
		"empty path": {"path": str("")}, "home": {"path": str("~/x")},
		"no depth": {"depth": cty.NumberIntVal(0)}, "half a depth": {"depth": cty.NumberFloatVal(1.5)},
	} {
		for attribute := range bad {
			c.Invalid = append(c.Invalid, providertest.Invalid{Name: name, Config: with(config, bad), Path: cty.GetAttrPath(attribute)})
		}
	}
	return c
}

func (w *world) tag(_ testing.TB, env providertest.Env) providertest.Case {
	path := filepath.Join(env.Project.Dir, env.Name)
	config := providertest.Attrs{"url": str("file://" + w.upstream().Bare), "ref": str("v1"), "clean": str("discard"), "depth": cty.NumberIntVal(1)}
	c := at(path, config)
	c.ImportID = "" // a tag is imported as its commit
	c.Update = with(config, providertest.Attrs{"ref": str("refs/heads/main"), "depth": cty.NullVal(cty.Number)})
	c.Drift = func(t testing.TB) {
		Write(t, filepath.Join(path, "README.md"), "by hand\n")
		Write(t, filepath.Join(path, "new", "file"), "by hand\n")
		Git(t, path, "checkout", "-q", "-b", "mine")
		Git(t, path, "commit", "-q", "-a", "-m", "By hand")
	}
	return c
}

func (w *world) commit(_ testing.TB, env providertest.Env) providertest.Case {
	u := w.upstream()
	path := filepath.Join(env.Project.Dir, env.Name)
	config := providertest.Attrs{"url": str(u.Bare), "ref": str(u.ID("dev"))}
	c := at(path, config)
	c.Update = with(config, providertest.Attrs{"url": str(filepath.Join(filepath.Dir(u.Bare), "moved.git")), "ref": cty.NullVal(cty.String)})
	c.Drift = func(t testing.TB) {
		Git(t, path, "remote", "set-url", "origin", "https://ada:"+providertest.Canary+"@example.com")
	}
	return c
}

func (w *world) http(_ testing.TB, env providertest.Env) providertest.Case {
	w.upstream()
	s := w.server()
	path := filepath.Join(env.Project.Dir, env.Name)
	c := at(path, providertest.Attrs{"url": str(s.URL + "/upstream.git")})
	c.ImportID = "" // no ref is imported as the branch
	c.Update = with(c.Config, providertest.Attrs{"depth": cty.NumberIntVal(1), "clean": str("discard")})
	c.Slow = func(testing.TB) func() {
		s.Hang()
		return s.Answer
	}
	return c
}
