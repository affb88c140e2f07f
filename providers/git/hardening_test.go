//go:build unix

package git

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/git/gittest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// configure adds to the user's git configuration.
func (f *fixture) configure(lines ...string) {
	f.Helper()
	data, err := os.ReadFile(f.settings)
	f.must(err)
	gittest.Write(f.TB, f.settings, string(data)+strings.Join(lines, "\n")+"\n")
}

// script writes an executable and returns its path.
func (f *fixture) script(name, body string) string {
	f.Helper()
	path := filepath.Join(f.away, name)
	gittest.Write(f.TB, path, "#!/bin/sh\n"+body+"\n")
	f.must(os.Chmod(path, 0o755))
	return path
}

// What would run a program is refused before anything is run, also when it was
// not known when it was validated.
func TestInjection(t *testing.T) {
	f := newFixture(t)
	touch := "touch " + f.path("hacked")
	good := f.up.Bare
	for _, c := range []struct{ url, ref, attribute string }{
		{"--upload-pack=" + touch, "main", "url"},
		{"-u" + touch, "main", "url"},
		{"ext::sh -c '" + touch + "'", "main", "url"},
		{"fd::17", "main", "url"},
		{"EXT::sh -c '" + touch + "'", "main", "url"},
		{"ssh://-oProxyCommand=" + touch + "/x", "main", "url"},
		{"ssh://ada@-oProxyCommand=" + touch + "/x", "main", "url"},
		{"-oProxyCommand=" + touch + ":x", "main", "url"},
		{"ada@-oProxyCommand=x:y", "main", "url"},
		{"svn://example.com/x", "main", "url"},
		{"HTTPS://example.com/x", "main", "url"},
		{"https://example.com/x\ninsteadOf", "main", "url"},
		{"https:///x", "main", "url"},
		{good, "--output=x", "ref"}, {good, "-x", "ref"}, {good, "main..dev", "ref"}, {good, "main:refs/heads/x", "ref"},
		{good, "@{-1}", "ref"}, {good, "a//b", "ref"}, {good, ".a", "ref"}, {good, "a.lock", "ref"}, {good, "a.", "ref"}, {good, "a b", "ref"},
		{good, "*", "ref"}, {good, "refs/heads/-x", "ref"}, {good, "+main", ""},
	} {
		config := f.a("url", c.url, "ref", c.ref)
		v, err := providertest.Value(&f.p.schema.Resources[repositoryType].Object, config)
		f.must(err)
		resp, err := f.p.Validate(t.Context(), providers.ValidateRequest{Kind: providers.KindResource, Type: repositoryType, Config: v})
		f.must(err)
		if c.attribute != "" {
			f.wrong(resp.Diagnostics, c.attribute)
		}
		_, plan := f.tryPlan(f.none(), config)
		f.wrong(plan.Diagnostics, c.attribute)
		planned := providers.Propose(&f.p.schema.Resources[repositoryType].Object, f.none().state, v)
		made := f.do(providers.ApplyRequest{Target: f.target(), Action: providers.Create, Intent: "x", Config: v, Prior: f.none().state,
			Planned: planned, Progress: func(string) {}})
		f.wrong(made.Diagnostics, c.attribute)
		if f.entries("") != "" {
			t.Fatalf("%v left %s", c, f.entries(""))
		}
	}
}

// Neither can what a remote says be an option.
func TestRemoteNamesAnOption(t *testing.T) {
	f := newFixture(t)
	gittest.Write(t, filepath.Join(f.up.Bare, "refs", "heads", "--detach"), f.up.ID("main")+"\n")
	gittest.Git(t, f.up.Bare, "symbolic-ref", "HEAD", "refs/heads/--detach")
	h := f.create(f.a())
	f.at(h, f.up.ID("main"), "")
	f.settled(h, f.a())
}

// Secrets in a url are refused, and not told.
func TestSecretsInURLs(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://ada:sesame@example.com/x": false, "https://:sesame@example.com/x": false, "ssh://ada:sesame@example.com/x": false,
		"https://ghp_sesame@example.com/x": false, "https://github_pat_sesame@example.com/x": false, "https://glpat-sesame@example.com/x": false,
		"https://example.com:8443/x": true, "https://ada@example.com/x": true, "ssh://git@example.com/x": true, "git@example.com:x/y.git": true,
		"example.com:x": true, "../x": true, "x": true, "./a:b": true, "/a": true, "file:///a": true, "git://example.com/x": true,
	} {
		ds := checkURL(url)
		if (ds == nil) != ok || ds != nil && strings.Contains(ds.Error(), "sesame") {
			t.Errorf("%s: %v", url, ds)
		}
	}
	said := &teller{}
	_, _ = said.Write([]byte("remote: 10% of\nfatal: unable to access 'https://ada:sesame@example.com/': \x1b[31mno\x1b[0m\rReceiving objects:  50% (1/2)\r"))
	_, _ = said.Write([]byte("fatal: https://host/secret is not there"))
	if got := said.last("https://host/secret"); got != "remote: 10% of; fatal: unable to access 'https://example.com/':  [31mno [0m; fatal: the URL is not there" {
		t.Errorf("it says %q", got)
	}
}

// Neither the user's hooks and templates, nor those of the checkout, are run.
func TestNoHooks(t *testing.T) {
	f := newFixture(t)
	hook := "touch " + f.path("hacked")
	for _, name := range []string{"post-checkout", "post-merge", "pre-auto-gc", "reference-transaction", "post-index-change", "fsmonitor"} {
		for _, dir := range []string{"template/hooks/", "hooks/"} {
			f.script(dir+name, hook)
		}
	}
	f.configure("[init]", "templateDir = "+filepath.Join(f.away, "template"), "[core]", "hooksPath = "+filepath.Join(f.away, "hooks"),
		"fsmonitor = "+filepath.Join(f.away, "hooks", "fsmonitor"))
	t.Setenv("GIT_TEMPLATE_DIR", filepath.Join(f.away, "template"))
	lib := gittest.NewUpstream(t, f.away, "lib")
	f.up.Git("submodule", "--quiet", "add", lib.Bare, "lib")
	f.up.Git("commit", "-q", "-m", "Add lib")
	f.up.Push()
	f.must(os.RemoveAll(f.path("hacked")))

	config := f.a("submodules", true, "clean", "discard")
	h := f.create(config)
	if f.exists("c/.git/hooks") || f.exists("c/.git/modules/lib/hooks") {
		t.Error("hooks were copied")
	}
	for _, dir := range []string{"c/.git/hooks/", "c/.git/modules/lib/hooks/"} {
		gittest.Write(t, f.path(dir+"post-checkout"), "#!/bin/sh\n"+hook+"\n")
		f.must(os.Chmod(f.path(dir+"post-checkout"), 0o755))
	}
	f.must(os.RemoveAll(f.path("hacked")))
	h = f.update(h, f.a("submodules", true, "clean", "discard", "ref", "dev"))
	h = f.update(h, config)
	f.check(h, assertClean, nil)
	f.diagnose(h)
	f.remove(h)
	if f.exists("hacked") {
		t.Error("a hook was run")
	}
}

// Variables that turn git elsewhere, or have it tell everything, have no effect.
func TestEnvironment(t *testing.T) {
	f := newFixture(t)
	trace := f.path("trace")
	for name, value := range map[string]string{
		"GIT_DIR": f.up.Bare, "GIT_WORK_TREE": f.away, "GIT_INDEX_FILE": f.path("index"), "GIT_OBJECT_DIRECTORY": f.path("objects"),
		"GIT_TRACE": trace, "GIT_TRACE2": trace, "GIT_TRACE_CURL": trace, "GIT_CONFIG_PARAMETERS": "'core.bare'='true'", "GIT_NAMESPACE": "x",
		"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de",
	} {
		before, had := os.LookupEnv(name)
		f.must(os.Setenv(name, value))
		defer func() {
			f.must(os.Unsetenv(name))
			if had {
				f.must(os.Setenv(name, before))
			}
		}()
	}
	main := f.a("ref", "main")
	h := f.create(main)
	f.settled(h, main)
	if f.entries("") != "c" {
		t.Errorf("there is %s", f.entries(""))
	}
}

// The user's list of protocols narrows ours; the settings do not widen it.
func TestProtocols(t *testing.T) {
	f := newFixture(t)
	f.configure("[protocol]", "allow = always", "[protocol \"ext\"]", "allow = always",
		"[url \"ext::sh -c touch% "+f.path("hacked")+"% \"]", "insteadOf = https://example.com/")
	_, plan := f.tryPlan(f.none(), f.a("url", "https://example.com/x"))
	f.says(plan.Diagnostics, "url", "Protocol not allowed")
	if f.exists("hacked") {
		t.Error("a program was run")
	}
	t.Setenv("GIT_ALLOW_PROTOCOL", "https:ext")
	_, plan = f.tryPlan(f.none(), f.a())
	f.says(plan.Diagnostics, "url", "Protocol not allowed")
}

// A repository from elsewhere cannot have this machine's as submodules.
func TestSubmodulesOnThisMachine(t *testing.T) {
	f := newFixture(t)
	lib := gittest.NewUpstream(t, f.away, "lib")
	s := gittest.Serve(t, f.away)
	for _, url := range []string{lib.Bare, "file://" + lib.Bare, "ext::sh -c 'touch " + f.path("hacked") + "'", "--upload-pack=touch " + f.path("hacked")} {
		gittest.Write(t, filepath.Join(f.up.Work, ".gitmodules"), "[submodule \"lib\"]\n\tpath = lib\n\turl = \""+url+"\"\n")
		f.up.Git("add", ".gitmodules")
		f.up.Git("update-index", "--add", "--cacheinfo", "160000,"+lib.ID("main")+",lib")
		f.up.Git("commit", "-q", "-m", url)
		f.up.Git("push", "-q", "origin", "main")
		resp := f.do(f.request(providers.Create, f.none(), f.a("url", s.URL+"/up.git", "submodules", true)))
		f.wrong(resp.Diagnostics, "")
		if f.entries("") != "" {
			t.Errorf("%s: left is %s", url, f.entries(""))
		}
	}
	gittest.Write(t, filepath.Join(f.up.Work, ".gitmodules"), "[submodule \"lib\"]\n\tpath = lib\n\turl = ../lib.git\n")
	f.up.Git("commit", "-q", "-a", "-m", "Relative")
	f.up.Push()
	f.remove(f.create(f.a("url", s.URL+"/up.git", "submodules", true)))
}

// The credentials are the user's, by git's own means; nobody is asked for any.
func TestCredentials(t *testing.T) {
	f := newFixture(t)
	s := gittest.Serve(t, f.away)
	s.Ask("sesame")
	url := s.URL + "/up.git"
	askpass := f.script("askpass", "touch "+f.path("asked")+"; echo sesame")
	t.Setenv("GIT_ASKPASS", askpass)
	t.Setenv("SSH_ASKPASS", askpass)
	_, plan := f.tryPlan(f.none(), f.a("url", url))
	f.says(plan.Diagnostics, "url", "Remote refuses access", "credential helper")

	helper := "[credential \"" + s.URL + "\"]\n\thelper = \"!f() { echo username=ada; echo password=%s; }; f\""
	f.configure(strings.Replace(helper, "%s", "wrong", 1))
	_, plan = f.tryPlan(f.none(), f.a("url", url))
	f.says(plan.Diagnostics, "url", "Remote refuses access")
	f.configure("[credential \""+s.URL+"\"]\n\thelper =", strings.Replace(helper, "%s", "sesame", 1))
	config := f.a("url", url)
	h := f.create(config)
	f.settled(h, config)
	if f.exists("asked") {
		t.Error("somebody was asked")
	}
	if data, err := os.ReadFile(f.path("c/.git/config")); err != nil || strings.Contains(string(data), "sesame") {
		t.Errorf("the checkout's settings hold the password (%v)", err)
	}
	s.Ask("another")
	_, plan = f.tryPlan(f.read(h), config)
	f.says(plan.Diagnostics, "url", "Remote refuses access", "The checkout stays as it is.")
	if plan.Diagnostics.HasErrors() || strings.Contains(plan.Diagnostics.Error(), "sesame") {
		t.Errorf("the plan says %v", plan.Diagnostics)
	}
}

// ssh asks nothing, unless the user has said which ssh is to be run.
func TestSSH(t *testing.T) {
	f := newFixture(t)
	// It runs here what it is to run there.
	ssh := `echo "$*" >>` + f.path("ssh-log") + `; for last; do :; done; exec sh -c "$last"`
	f.script("bin/ssh", ssh)
	own := f.script("own-ssh", ssh)
	t.Setenv("PATH", filepath.Join(f.away, "bin")+":"+os.Getenv("PATH"))
	logged := func(word string, want bool) {
		t.Helper()
		if strings.Contains(f.content("ssh-log"), word) != want {
			t.Errorf("ssh was called with %s", f.content("ssh-log"))
		}
		f.must(os.Remove(f.path("ssh-log")))
	}
	for _, url := range []string{"ssh://git@host.invalid" + f.up.Bare, "git@host.invalid:" + f.up.Bare} {
		h := f.create(f.a("url", url))
		f.settled(h, f.a("url", url))
		f.remove(h)
		logged("BatchMode=yes", true)
	}
	f.configure("[core]", "sshCommand = "+own+" own")
	f.remove(f.create(f.a("url", "host.invalid:"+f.up.Bare)))
	logged("BatchMode=yes", false)
	// One that stays behind, as with ControlPersist, is not waited for.
	stays := f.script("stays-ssh", "sleep 20 >/dev/null <&- & "+ssh)
	begun := time.Now()
	t.Setenv("GIT_SSH_COMMAND", stays)
	f.remove(f.create(f.a("url", "host.invalid:"+f.up.Bare)))
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	t.Setenv("GIT_SSH_COMMAND", own+" variable")
	f.remove(f.create(f.a("url", "host.invalid:"+f.up.Bare)))
	logged("variable", true)
}

// A remote that never answers: the change ends soon after its context, and with
// it all that it started.
func TestHangingRemote(t *testing.T) {
	f := newFixture(t)
	s := gittest.Serve(t, f.away)
	config := f.a("url", s.URL+"/up.git")
	req := f.request(providers.Create, f.none(), config)
	s.Hang()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	resp := f.doWithin(ctx, req)
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	f.wrong(resp.Diagnostics, "")
	if f.entries("") != "" || !resp.State.IsNull() {
		t.Errorf("left is %s", f.entries(""))
	}
	v, err := providertest.Value(&f.p.schema.Resources[repositoryType].Object, config)
	f.must(err)
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun = time.Now()
	_, err = f.p.Plan(ctx, providers.PlanRequest{Target: f.target(), Config: v, Prior: f.none().state,
		Proposed: providers.Propose(&f.p.schema.Resources[repositoryType].Object, f.none().state, v)})
	if took := time.Since(begun); err == nil || took > 3*time.Second {
		t.Errorf("the plan took %s: %v", took, err)
	}
	if running := processesWith(s.URL); running != "" {
		t.Errorf("still running: %s", running)
	}
	s.Answer()
	h := f.create(config)
	f.up.Commit("README.md", "three\n")
	f.up.Push()
	req = f.request(providers.Update, f.read(h), config)
	s.Hang()
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	resp = f.doWithin(ctx, req)
	f.wrong(resp.Diagnostics, "")
	s.Answer()
	f.update(held{resp.State, resp.Private}, config)
}

// processesWith are the processes, other than this one, that have a text among
// their arguments; none where the system has no /proc.
func processesWith(text string) string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if args := strings.ReplaceAll(string(data), "\x00", " "); err == nil && strings.Contains(args, text) {
			found = append(found, args)
		}
	}
	return strings.Join(found, "; ")
}

func TestGitIsMissing(t *testing.T) {
	f := newFixture(t)
	h := f.create(f.a())
	t.Setenv("PATH", t.TempDir())
	read, err := f.p.Read(t.Context(), providers.ReadRequest{Target: f.target(), State: h.state, Private: h.private})
	f.must(err)
	f.wrong(read.Diagnostics, "url", "Git is not installed", minimum)
	_, plan := f.tryPlan(f.none(), f.a())
	f.says(plan.Diagnostics, "url", "Git is not installed")
	f.wrong(f.do(f.request(providers.Delete, h, nil)).Diagnostics, "url", "Git is not installed")
	if resp := f.check(h, assertClean, nil); resp.Outcome != providers.Unknown || !strings.Contains(resp.Message, "git is not installed") {
		t.Errorf("the assert says %s: %s", resp.Outcome, resp.Message)
	}
	if d := f.diagnose(h); !strings.Contains(d.Summary, "Git is not installed") {
		t.Errorf("the diagnosis is %v", d)
	}
	f.must(os.RemoveAll(f.path("c"))) // nothing is there to be looked at
	f.remove(h)
}

// Git does not work in what belongs to somebody else; that is said as it is.
func TestSomebodyElsesRepository(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to give something away")
	}
	f := newFixture(t)
	h := f.create(f.a())
	f.must(filepath.Walk(f.path("c"), func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, 65534, 65534)
	}))
	read, err := f.p.Read(t.Context(), providers.ReadRequest{Target: f.target(), State: h.state, Private: h.private})
	f.must(err)
	f.wrong(read.Diagnostics, "path", "Repository belongs to somebody else", "safe.directory")
}

func TestProgress(t *testing.T) {
	var told []string
	said := &teller{progress: func(s string) { told = append(told, s) }}
	for _, part := range []string{"remote: Counting obj", "ects:  10% (1/10)\rremote: Counting objects:  20% (2/10)\r",
		"Receiving objects:  30% (3/10), 1.00 MiB | 2 MiB/s\r", "not 40% of anything\n"} {
		_, _ = said.Write([]byte(part))
		said.at = said.at.Add(-progressRest)
	}
	if got := strings.Join(told, ", "); got != "Counting objects: 10%, Receiving objects: 30%" {
		t.Errorf("told is %s", got)
	}
	if got := said.last(""); got != "not 40% of anything" {
		t.Errorf("said is %s", got)
	}

	f := newFixture(t)
	req := f.request(providers.Create, f.none(), f.a("url", "file://"+f.up.Bare))
	told = nil
	req.Progress = func(s string) { told = append(told, s) }
	f.fine(f.do(req))
	if len(told) == 0 {
		t.Error("a clone tells no progress")
	}
}
