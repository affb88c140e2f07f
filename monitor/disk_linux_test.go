package monitor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers/memory"
)

// fullDisk mounts a small file system, which needs root, and returns what fills it
// but for so many pages.
func fullDisk(t *testing.T) (dir string, fill func(left int), empty func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a tmpfs needs root")
	}
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	filler := filepath.Join(dir, "filler")
	fill = func(left int) {
		f, err := os.Create(filler)
		if err != nil {
			t.Fatal(err)
		}
		size := int64(0)
		for n := 0; err == nil; size += int64(n) {
			n, err = f.Write(make([]byte, 4096))
		}
		if err := f.Truncate(max(0, size-int64(left)*4096)); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	return dir, fill, func() { _ = os.Remove(filler) }
}

// A disk that is full, or as good as full: that is said, nothing is done that is
// not on record, and it is healed once there is room.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"incidents", "state"} {
		for left := range 4 {
			t.Run(fmt.Sprintf("%s with %d pages left", what, left), func(t *testing.T) {
				t.Parallel()
				disk, fill, empty := fullDisk(t)
				w := &ward{Project: coretest.New(t, oneItem+`
remediation "default" {
  attempts = 1
  ladder   = ["restart"]
}
`)}
				incidents := filepath.Join(disk, "incidents")
				if what == "state" {
					w.Project.Dir, incidents = filepath.Join(disk, "project"), t.TempDir()
					if err := os.Mkdir(w.Project.Dir, 0o700); err != nil {
						t.Fatal(err)
					}
				}
				w.Run(plan.Options{})
				w.start(t, incidents, verifyForTest, func(o *Options) { o.RetryAfter = 200 * time.Millisecond })
				eventually(t, "it is healthy", func() bool { return w.health("memory_item.a") == Healthy })
				fill(left)
				edit(w.Project, "a", "by hand")
				if what == "state" || left == 0 {
					eventually(t, "people are told", func() bool { return strings.Contains(w.story(), "nothing is healed, because it cannot be recorded") })
				} else { // there may be room for all there is to say
					eventually(t, "people are told, or it is healed", func() bool {
						return strings.Contains(w.story(), "cannot be recorded") || strings.Contains(w.story(), "healthy again")
					})
				}
				a, there := w.World.Item(memory.DefaultNamespace, "a")
				if done := !there || *a.Value != "by hand"; done && !strings.Contains(strings.Join(w.record(t), ""), "attempted(restart)") {
					t.Errorf("something was done that is not on record: %q", w.record(t))
				}
				empty()
				eventually(t, "it is healed", func() bool {
					a, there := w.World.Item(memory.DefaultNamespace, "a")
					return there && *a.Value == "1" && w.health("memory_item.a") == Healthy && len(w.incidents.Unresolved()) == 0
				})
				if got := w.record(t); len(got) != 1 || strings.Contains(got[0], "escalated") {
					t.Errorf("%q", got)
				}
			})
		}
	}
}
