package install

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins"
)

func TestNoSpace(t *testing.T) {
	_, _, in := published(t, "1.0.0")
	if err := os.Mkdir(in.Places.Cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", in.Places.Cache, "tmpfs", 0, "size=4k,mode=0700"); err != nil {
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(in.Places.Cache, 0); err != nil {
			t.Error(err)
		}
	}()
	if err := os.WriteFile(in.Places.Cache+"/full", make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	lock := &plugins.LockFile{}
	_, _, problem := require(t, in, lock, "", false)
	if !strings.Contains(problem, "no space left on device") || !strings.Contains(problem, "Free some space there") || len(lock.Providers) != 0 {
		t.Errorf("%s; %+v", problem, lock)
	}
}
