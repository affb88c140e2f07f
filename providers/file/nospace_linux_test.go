package file

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestNoSpace(t *testing.T) {
	f := newFixture(t)
	f.must(os.Mkdir(f.path("small"), 0o755))
	if err := syscall.Mount("tmpfs", f.path("small"), "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	defer func() { f.must(syscall.Unmount(f.path("small"), 0)) }()
	made := f.create(fileType, a("path", "small/a", "content", "fits"))
	f.fine(made.Diagnostics)
	large := strings.Repeat("x", 100_000)
	resp := f.update(fileType, made.State, a("path", "small/a", "content", large))
	f.wrong(resp.Diagnostics, "path", "no space left on device", "Free some space")
	if !resp.State.RawEquals(made.State) || f.content("small/a") != "fits" || f.entries("small") != "a" {
		t.Errorf("left are %s, and %#v", f.entries("small"), resp.State)
	}
	f.write("source", large)
	resp = f.create(fileType, a("path", "small/b", "source", "source"))
	f.wrong(resp.Diagnostics, "path", "no space left on device")
	if !resp.State.IsNull() || f.entries("small") != "a" {
		t.Errorf("left are %s", f.entries("small"))
	}
}
