//go:build unix

package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func TestAdopt(t *testing.T) {
	f := newFixture(t)
	f.write("a", "theirs")
	f.must(os.Chmod(f.path("a"), 0o600))
	resp := f.create(fileType, a("path", "a", "content", "ours"))
	f.wrong(resp.Diagnostics, "path", f.path("a"), "adopt = true")
	if !resp.State.IsNull() || f.content("a") != "theirs" || f.entries("") != "a" {
		t.Errorf("it was touched: %q beside %s", f.content("a"), f.entries(""))
	}
	resp = f.create(fileType, a("path", "a", "content", "ours", "adopt", true))
	f.fine(resp.Diagnostics)
	info, err := os.Stat(f.path("a"))
	if f.must(err); f.content("a") != "ours" || info.Mode() != 0o644 {
		t.Errorf("it holds %q, mode %v", f.content("a"), info.Mode())
	}
}

// What appears between the look at a path and the writing is not overwritten
// either.
func TestCreateNeverOverwrites(t *testing.T) {
	f := newFixture(t)
	f.write("a", "theirs")
	f.write("temp", "ours")
	if err := renameNew(f.path("temp"), f.path("a")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("renaming over a file: %v", err)
	}
	if err := renameIfNew(f.path("temp"), f.path("a")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("renaming over a file, the other way: %v", err)
	}
	if f.content("a") != "theirs" {
		t.Error("it was overwritten")
	}
	f.must(renameIfNew(f.path("temp"), f.path("b")))
}

func TestModesAndUmask(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	f := newFixture(t)
	for spelled, want := range map[string]string{"0644": "0644", "777": "0777", "0o600": "0600", "4755": "4755", "1777": "1777", "0": "0000"} {
		path := "m" + spelled
		resp := f.create(fileType, a("path", path, "content", "x", "mode", spelled))
		f.fine(resp.Diagnostics)
		info, err := os.Stat(f.path(path))
		if f.must(err); formatMode(fromFileMode(info.Mode())) != want {
			t.Errorf("mode %s became %s", spelled, formatMode(fromFileMode(info.Mode())))
		}
		if got := f.read(fileType, resp.State).State; os.Geteuid() == 0 && !got.RawEquals(resp.State) {
			t.Errorf("mode %s is read as %#v", spelled, got.GetAttr("mode"))
		}
	}
	f.fine(f.create(fileType, a("path", "p/q/r", "content", "x", "directory_mode", "2750")).Diagnostics)
	for _, dir := range []string{"p", "p/q"} {
		info, err := os.Stat(f.path(dir))
		if f.must(err); formatMode(fromFileMode(info.Mode())) != "2750" {
			t.Errorf("the mode of %s is %v", dir, info.Mode())
		}
	}
}

func TestReplacedByOtherThings(t *testing.T) {
	config := a("path", "a", "content", "ours")
	t.Run("symbolic link", func(t *testing.T) {
		f := newFixture(t)
		made := f.create(fileType, config)
		f.write("elsewhere", "not ours")
		f.must(os.Remove(f.path("a")))
		f.must(os.Symlink("elsewhere", f.path("a")))
		now := f.read(fileType, made.State)
		if now.Diagnostics.HasErrors() || len(now.Diagnostics) != 1 {
			t.Errorf("reading: %v", now.Diagnostics)
		}
		plan := f.plan(fileType, now.State, config)
		if len(providers.Changed(&f.p.schema.Resources[fileType].Object, now.State, plan.Planned)) == 0 {
			t.Fatal("it is no drift")
		}
		f.fine(f.update(fileType, now.State, config).Diagnostics)
		info, err := os.Lstat(f.path("a"))
		if f.must(err); !info.Mode().IsRegular() || f.content("a") != "ours" || f.content("elsewhere") != "not ours" {
			t.Errorf("now %v holds %q, and what the link led to %q", info.Mode(), f.content("a"), f.content("elsewhere"))
		}
	})
	t.Run("directory", func(t *testing.T) {
		f := newFixture(t)
		made := f.create(fileType, config)
		f.must(os.Remove(f.path("a")))
		f.write("a/inside", "not ours")
		now := f.read(fileType, made.State)
		if now.State.IsNull() || now.Diagnostics.HasErrors() {
			t.Fatalf("reading: %v", now.Diagnostics)
		}
		f.wrong(f.update(fileType, now.State, config).Diagnostics, "path", "a directory")
		resp := f.remove(fileType, made)
		if !resp.State.IsNull() || resp.Diagnostics.HasErrors() || f.content("a/inside") != "not ours" {
			t.Errorf("destroying: %v", resp.Diagnostics)
		}
	})
	t.Run("named pipe", func(t *testing.T) { // to open one would take for ever
		f := newFixture(t)
		made := f.create(fileType, config)
		f.must(os.Remove(f.path("a")))
		f.must(syscall.Mkfifo(f.path("a"), 0o644))
		if now := f.read(fileType, made.State); now.State.IsNull() || now.Diagnostics.HasErrors() {
			t.Errorf("reading: %v", now.Diagnostics)
		}
		plan := f.plan(fileType, cty.NilVal, a("path", "b", "source", "a"))
		f.wrong(plan.Diagnostics, "source", "a named pipe")
	})
	t.Run("file for a directory", func(t *testing.T) {
		f := newFixture(t)
		made := f.create(directoryType, a("path", "d"))
		f.must(os.Remove(f.path("d")))
		f.write("d", "x")
		now := f.read(directoryType, made.State)
		if now.State.IsNull() || now.Diagnostics.HasErrors() {
			t.Fatalf("reading: %v", now.Diagnostics)
		}
		f.wrong(f.update(directoryType, now.State, a("path", "d")).Diagnostics, "path", "a file")
		if resp := f.remove(directoryType, made); resp.Diagnostics.HasErrors() || f.content("d") != "x" {
			t.Errorf("destroying: %v", resp.Diagnostics)
		}
	})
}

func TestContentThatIsNoText(t *testing.T) {
	f := newFixture(t)
	config := a("path", "a", "content", "text")
	made := f.create(fileType, config)
	f.write("a", "\xff\xfe")
	now := f.read(fileType, made.State)
	f.fine(now.Diagnostics)
	if !now.State.GetAttr("content").IsNull() || now.State.GetAttr("sha256").AsString() != sumOf([]byte("\xff\xfe")) {
		t.Errorf("it is read as %#v", now.State)
	}
	f.fine(f.update(fileType, now.State, config).Diagnostics)
	if f.content("a") != "text" {
		t.Error("it is not healed")
	}
}

func TestSensitiveContentStaysHidden(t *testing.T) {
	f := newFixture(t)
	made := f.create(fileType, a("path", "a", "sensitive_content", "swordfish"))
	now := f.read(fileType, made.State)
	for _, content := range []string{"\xff\xfe", "text again"} {
		f.write("a", content)
		now = f.read(fileType, now.State)
		if !now.State.GetAttr("sha256").IsNull() || !now.State.GetAttr("size").IsNull() {
			t.Errorf("its SHA-256 and size are told: %#v", now.State)
		}
	}
	f.fine(f.update(fileType, now.State, a("path", "a", "sensitive_content", "swordfish")).Diagnostics)
}

func TestContentInAnotherNormalForm(t *testing.T) {
	f := newFixture(t)
	config := a("path", "a", "content", "\u00e9")
	made := f.create(fileType, config)
	f.write("a", "e\u0301") // the same letter, in other bytes
	now := f.read(fileType, made.State)
	plan := f.plan(fileType, now.State, config)
	if len(providers.Changed(&f.p.schema.Resources[fileType].Object, now.State, plan.Planned)) == 0 {
		t.Error("it is not seen to have changed")
	}
}

func TestLargeFile(t *testing.T) {
	f := newFixture(t)
	config := a("path", "a", "content", "small")
	made := f.create(fileType, config)
	large, err := os.Create(f.path("a"))
	f.must(err)
	f.must(large.Truncate(maxContent + 1))
	f.must(large.Close())
	now := f.read(fileType, made.State)
	if now.Diagnostics.HasErrors() || len(now.Diagnostics) != 1 || !strings.Contains(now.Diagnostics[0].Detail, "67108865 bytes") {
		t.Errorf("reading: %v", now.Diagnostics)
	}
	if !now.State.GetAttr("content").IsNull() || now.State.GetAttr("sha256").IsNull() {
		t.Errorf("it is read as %#v", now.State)
	}
	data, err := f.p.Data(t.Context(), providers.DataRequest{Target: target(fileType), Config: dataConfig("a")})
	f.must(err)
	f.wrong(data.Diagnostics, "path", "too large")
	copied := f.create(fileType, a("path", "copy", "source", "a"))
	f.fine(copied.Diagnostics)
	f.fine(f.read(fileType, copied.State).Diagnostics)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := look(ctx, f.path("copy"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("a long read does not end with its context: %v", err)
	}
}

func dataConfig(path string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"path": cty.StringVal(path), "content": cty.NullVal(cty.String), "content_base64": cty.NullVal(cty.String),
		"sha256": cty.NullVal(cty.String), "size": cty.NullVal(cty.Number), "mode": cty.NullVal(cty.String),
		"abs_path": cty.NullVal(cty.String),
	})
}

func TestSource(t *testing.T) {
	f := newFixture(t)
	config := a("path", "copy", "source", "source")
	plan := f.plan(fileType, cty.NilVal, config)
	if plan.Diagnostics.HasErrors() || len(plan.Diagnostics) != 1 || plan.Planned.GetAttr("sha256").IsKnown() {
		t.Errorf("a source that is not there yet: %v", plan.Diagnostics)
	}
	resp := f.create(fileType, config)
	f.wrong(resp.Diagnostics, "source", f.path("source"))

	f.write("source", "one")
	if plan = f.plan(fileType, cty.NilVal, config); plan.Planned.GetAttr("sha256").AsString() != sumOf([]byte("one")) {
		t.Errorf("planned %#v", plan.Planned)
	}
	req := f.request(providers.Create, fileType, cty.NilVal, config)
	f.write("source", "two")
	resp = f.do(req)
	f.wrong(resp.Diagnostics, "source", "Plan again")
	if f.entries("") != "source" {
		t.Errorf("there is %s", f.entries(""))
	}
	f.fine(f.create(fileType, config).Diagnostics)
	f.must(os.Mkdir(f.path("folder"), 0o755))
	f.wrong(f.plan(fileType, cty.NilVal, a("path", "x", "source", "folder")).Diagnostics, "source", "a directory")
}

func TestPathsThatAreNotForResources(t *testing.T) {
	f := newFixture(t)
	for path, want := range map[string]string{
		"":                      "must not be empty",
		".":                     "project's folder",
		"..":                    "project's folder",
		"/":                     "project's folder",
		"x/..":                  "project's folder",
		f.dir + "/":             "project's folder",
		".clockwork":            "Clockwork",
		".clockwork/state.json": "Clockwork",
		"x/../.clockwork/lock":  "Clockwork",
		f.path(".clockwork"):    "Clockwork",
		"a\x00b":                "NUL",
		"~/a":                   "pathexpand",
	} {
		for _, typ := range []string{fileType, directoryType, templateType} {
			config := a("path", path)
			switch typ {
			case fileType:
				config["content"] = cty.StringVal("x")
			case templateType:
				config["template"] = cty.StringVal("x")
			}
			plan := f.plan(typ, cty.NilVal, config)
			f.wrong(plan.Diagnostics, "path", want)
			req := providers.ApplyRequest{Target: target(typ), Action: providers.Create, Planned: plan.Planned}
			if resp := f.do(req); !resp.Diagnostics.HasErrors() || !resp.State.IsNull() {
				t.Errorf("%s %q is made all the same", typ, path)
			}
		}
	}
	for _, path := range []string{".clockwork-notes", "~", "..x", "sub/.clockwork"} {
		_, ds := place(f.dir, path)
		if path == "~" {
			f.wrong(ds, "path")
		} else if ds != nil {
			t.Errorf("%s: %v", path, ds)
		}
	}
	if f.entries("") != "" {
		t.Errorf("there is %s", f.entries(""))
	}
}

func TestOwner(t *testing.T) {
	f := newFixture(t)
	f.wrong(f.create(fileType, a("path", "a", "content", "x", "owner", "no-such-user-here")).Diagnostics, "owner", "no-such-user-here")
	f.wrong(f.create(fileType, a("path", "a", "content", "x", "group", "no-such-group-here")).Diagnostics, "group", "no-such-group-here")
	if os.Geteuid() != 0 {
		t.Skip("the rest takes root")
	}
	config := a("path", "a", "content", "x", "owner", "1234", "group", "root")
	made := f.create(fileType, config)
	f.fine(made.Diagnostics)
	owner := func(path string) (int, int) {
		info, err := os.Stat(f.path(path))
		f.must(err)
		uid, gid, _ := ownerOf(info)
		return uid, gid
	}
	if uid, gid := owner("a"); uid != 1234 || gid != 0 {
		t.Errorf("it belongs to %d:%d", uid, gid)
	}
	if now := f.read(fileType, made.State); !now.State.RawEquals(made.State) {
		t.Errorf("it is read as %#v", now.State)
	}
	f.must(os.Chown(f.path("a"), 0, 4321))
	now := f.read(fileType, made.State)
	if now.State.GetAttr("owner").AsString() != "root" || now.State.GetAttr("group").AsString() != "4321" {
		t.Errorf("after a change by hand it is read as %#v", now.State)
	}
	// Without an owner in the configuration, it keeps the one it has.
	plain := f.create(fileType, a("path", "b", "content", "x"))
	f.must(os.Chown(f.path("b"), 1234, 4321))
	if now := f.read(fileType, plain.State); !now.State.RawEquals(plain.State) {
		t.Errorf("an owner that nobody asked for is read as %#v", now.State)
	}
	f.fine(f.update(fileType, plain.State, a("path", "b", "content", "y")).Diagnostics)
	if uid, gid := owner("b"); uid != 1234 || gid != 4321 {
		t.Errorf("after an update it belongs to %d:%d", uid, gid)
	}
	dir := f.create(directoryType, a("path", "d", "owner", "1234"))
	f.fine(dir.Diagnostics)
	if uid, _ := owner("d"); uid != 1234 {
		t.Errorf("the directory belongs to %d", uid)
	}
}

func TestWithoutRights(t *testing.T) {
	if !asNobody(t) {
		return
	}
	f := newFixture(t)
	f.wrong(f.create(fileType, a("path", "a", "content", "x", "owner", "0")).Diagnostics, "owner", "root")
	f.wrong(f.create(directoryType, a("path", "d", "group", "0")).Diagnostics, "group", "root")
	if f.entries("") != "" {
		t.Errorf("there is %s", f.entries(""))
	}

	made := f.create(fileType, a("path", "closed/a", "content", "x"))
	f.fine(made.Diagnostics)
	f.must(os.Chmod(f.path("closed/a"), 0))
	f.wrong(f.read(fileType, made.State).Diagnostics, "path", "permission denied", "more rights")
	check := func(assert string, config cty.Value) providers.Outcome {
		resp, err := f.p.Check(t.Context(), providers.CheckRequest{Target: target(fileType), Assert: assert, Config: config, State: made.State})
		f.must(err)
		return resp.Outcome
	}
	pattern := cty.ObjectVal(map[string]cty.Value{"regex": cty.StringVal("x"), "content": cty.NullVal(cty.String), "sha256": cty.NullVal(cty.String)})
	if got := check(assertContent, pattern); got != providers.Unknown {
		t.Errorf("what may not be read is said to %s", got)
	}
	f.must(os.Chmod(f.path("closed"), 0))
	defer os.Chmod(f.path("closed"), 0o755)
	if got := check(assertExists, cty.ObjectVal(map[string]cty.Value{"mode": cty.NullVal(cty.String)})); got != providers.Unknown {
		t.Errorf("what may not be looked at is said to %s", got)
	}
	f.must(os.Chmod(f.path("closed"), 0o555))
	f.wrong(f.create(fileType, a("path", "closed/b", "content", "x")).Diagnostics, "path", "permission denied")
	f.wrong(f.remove(fileType, made).Diagnostics, "path", "permission denied")
	f.wrong(f.create(directoryType, a("path", "closed/c/d")).Diagnostics, "path", "permission denied")
	diagnosed, err := f.p.Diagnose(t.Context(), providers.DiagnoseRequest{Target: target(fileType), State: made.State})
	if f.must(err); diagnosed.Summary != "It may not be read." {
		t.Errorf("diagnosed as %q", diagnosed.Summary)
	}
}

func TestParentIsNoFolder(t *testing.T) {
	f := newFixture(t)
	f.write("a", "x")
	f.wrong(f.create(fileType, a("path", "a/b", "content", "x")).Diagnostics, "path", f.path("a/b"))
	f.wrong(f.create(directoryType, a("path", "a/b/c")).Diagnostics, "path")
}

func TestUpdateMakesWhatIsGone(t *testing.T) {
	f := newFixture(t)
	made := f.create(fileType, a("path", "p/a", "content", "x"))
	dir := f.create(directoryType, a("path", "d"))
	f.must(os.RemoveAll(f.path("p")))
	f.must(os.Remove(f.path("d")))
	f.fine(f.update(fileType, made.State, a("path", "p/a", "content", "y")).Diagnostics)
	f.fine(f.update(directoryType, dir.State, a("path", "d", "mode", "700")).Diagnostics)
	if f.content("p/a") != "y" {
		t.Error("the file is not there")
	}
	if info, err := os.Stat(f.path("d")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v (%v)", info, err)
	}
}

// A change of the mode alone leaves the file the same file.
func TestModeChangesInPlace(t *testing.T) {
	f := newFixture(t)
	f.write("source", "x")
	for name, config := range map[string]attrs{
		"content": a("path", "a", "content", "x"),
		"source":  a("path", "b", "source", "source"),
		"secret":  a("path", "c", "sensitive_content", "x"),
	} {
		made := f.create(fileType, config)
		path := made.State.GetAttr("abs_path").AsString()
		before, err := os.Stat(path)
		f.must(err)
		config["mode"] = cty.StringVal("0600")
		updated := f.update(fileType, made.State, config)
		f.fine(updated.Diagnostics)
		after, err := os.Stat(path)
		if f.must(err); !os.SameFile(before, after) || after.Mode() != 0o600 {
			t.Errorf("%s: the same file: %v, mode %v", name, os.SameFile(before, after), after.Mode())
		}
		if now := f.read(fileType, updated.State); !now.State.RawEquals(updated.State) {
			t.Errorf("%s: it is read as %#v", name, now.State)
		}
	}
}

// A link in the way to a file is followed, a link in its place is not.
func TestLinkedFolder(t *testing.T) {
	f := newFixture(t)
	f.must(os.Mkdir(f.path("real"), 0o755))
	f.must(os.Symlink("real", f.path("link")))
	made := f.create(fileType, a("path", "link/a", "content", "x"))
	f.fine(made.Diagnostics)
	if f.content("real/a") != "x" {
		t.Error("it is not in the folder that the link leads to")
	}
	if info, err := os.Lstat(f.path("link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is now %v (%v)", info, err)
	}
}

// Nothing that the provider says may hold what is in a file.
func TestMessagesHoldNoContent(t *testing.T) {
	const secret = "swordfish"
	f := newFixture(t)
	f.write("a", secret)
	f.write("d/"+"x", secret)
	var said []string
	note := func(ds diagnostics) {
		for _, d := range ds {
			said = append(said, d.Summary, d.Detail)
		}
	}
	note(f.create(fileType, a("path", "a", "content", secret)).Diagnostics)
	note(f.create(fileType, a("path", "d", "sensitive_content", secret)).Diagnostics)
	note(f.create(fileType, a("path", "b", "content", secret, "owner", "no-such-user")).Diagnostics)
	note(f.plan(templateType, cty.NilVal, a("path", "t", "template", "${format(\"%d\", x)}${x.y}${upper([x])}${jsonencode(x)[\"y\"]}",
		"vars", cty.ObjectVal(map[string]cty.Value{"x": cty.StringVal(secret)}))).Diagnostics)
	for _, name := range []string{"content_base64", "template", "vars"} {
		typ := templateType
		config := a("path", "t", "template", "x")
		if name == "content_base64" {
			typ, config = fileType, a("path", "t")
		}
		config[name] = cty.StringVal("%{" + secret)
		resp, err := f.p.Validate(t.Context(), providers.ValidateRequest{Type: typ, Config: f.config(typ, config)})
		f.must(err)
		if !resp.Diagnostics.HasErrors() {
			t.Errorf("%s is fine", name)
		}
		if name != "template" {
			note(resp.Diagnostics)
		}
	}
	made := f.create(fileType, a("path", "s", "sensitive_content", secret))
	diagnosed, err := f.p.Diagnose(t.Context(), providers.DiagnoseRequest{Target: target(fileType), State: made.State})
	f.must(err)
	for _, fact := range []string{"sha256", "size"} {
		if diagnosed.Facts[fact] != "" || !made.State.GetAttr(fact).IsNull() {
			t.Errorf("the %s of what is sensitive is told", fact)
		}
	}
	for _, s := range append(said, diagnosed.Summary) {
		if strings.Contains(s, secret) {
			t.Errorf("content is told: %s", s)
		}
	}
	if len(said) == 0 {
		t.Error("nothing was said at all")
	}
}

func TestTemporaryNamesAreShort(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("n", 255) // as long as a name can be
	f.fine(f.create(fileType, a("path", long, "content", "x")).Diagnostics)
	resp := f.create(fileType, a("path", long+"n", "content", "x"))
	f.wrong(resp.Diagnostics, "path", "shorter")
	if filepath.Dir(temporary("/x/y", "i")) != "/x" || temporary("/x/y", "i") == temporary("/x/y", "j") || temporary("/x/y", "i") == temporary("/x/z", "i") {
		t.Error("temporary names are not unique to the file and the attempt, in its folder")
	}
}
