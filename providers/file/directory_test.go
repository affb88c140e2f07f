//go:build unix

package file

import (
	"os"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func TestDirectoryThatIsNotEmpty(t *testing.T) {
	f := newFixture(t)
	made := f.create(directoryType, a("path", "d"))
	f.fine(made.Diagnostics)
	for _, name := range strings.Split("a b c e f g", " ") {
		f.write("d/"+name, "x")
	}
	resp := f.remove(directoryType, made)
	f.wrong(resp.Diagnostics, "path", `"a"`, "and more", "force = true")
	if resp.State.IsNull() || f.entries("d") != "a b c e f g" {
		t.Errorf("left are %s", f.entries("d"))
	}
	forced := f.update(directoryType, made.State, a("path", "d", "force", true))
	f.fine(forced.Diagnostics)
	f.fine(f.remove(directoryType, forced).Diagnostics)
	if f.entries("") != "" {
		t.Errorf("left are %s", f.entries(""))
	}
}

func TestAdoptedDirectory(t *testing.T) {
	f := newFixture(t)
	f.write("d/theirs", "x")
	f.must(os.Chmod(f.path("d"), 0o700))
	f.wrong(f.create(directoryType, a("path", "d", "force", true)).Diagnostics, "path", "adopt = true")
	made := f.create(directoryType, a("path", "d", "adopt", true, "force", true))
	f.fine(made.Diagnostics)
	if info, err := os.Stat(f.path("d")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("it is %v (%v)", info, err)
	}
	resp := f.remove(directoryType, made)
	if resp.Diagnostics.HasErrors() || len(resp.Diagnostics) != 1 || !resp.State.IsNull() || f.content("d/theirs") != "x" {
		t.Errorf("destroyed: %v", resp.Diagnostics)
	}
	f.must(os.Remove(f.path("d/theirs")))
	f.fine(f.remove(directoryType, made).Diagnostics)
	if f.entries("") != "" {
		t.Error("it is not removed though it is empty")
	}
	// One that was not there is not adopted, whatever the configuration says.
	made = f.create(directoryType, a("path", "new", "adopt", true, "force", true))
	f.write("new/x", "x")
	f.fine(f.remove(directoryType, made).Diagnostics)
	if f.entries("") != "" {
		t.Error("it is not removed though it was made here")
	}
}

func TestLinkIsNoDirectory(t *testing.T) {
	f := newFixture(t)
	f.must(os.Mkdir(f.path("real"), 0o755))
	f.must(os.Symlink("real", f.path("d")))
	f.wrong(f.create(directoryType, a("path", "d", "adopt", true)).Diagnostics, "path", "a symbolic link")
}

func TestImportDirectory(t *testing.T) {
	f := newFixture(t)
	f.write("d/theirs", "x")
	resp, err := f.p.Import(t.Context(), providers.ImportRequest{Target: target(directoryType), ID: "d"})
	f.must(err)
	f.fine(resp.Diagnostics)
	forced := resp.State.AsValueMap()
	forced["force"] = cty.True
	gone := f.remove(directoryType, providers.ApplyResponse{State: cty.ObjectVal(forced), Private: resp.Private})
	if gone.Diagnostics.HasErrors() || f.content("d/theirs") != "x" {
		t.Errorf("what was imported is destroyed with what is in it: %v", gone.Diagnostics)
	}
	resp, err = f.p.Import(t.Context(), providers.ImportRequest{Target: target(fileType), ID: "d"})
	f.must(err)
	f.wrong(resp.Diagnostics, "path", "a directory")
	resp, err = f.p.Import(t.Context(), providers.ImportRequest{Target: target(templateType), ID: "d/theirs"})
	f.must(err)
	f.wrong(resp.Diagnostics, "", "adopt = true")
}
