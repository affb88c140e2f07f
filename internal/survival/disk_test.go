//go:build linux

package survival

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tmpfs mounts a small file system, which needs root: elsewhere the test says
// that it was left out.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a tmpfs needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func remount(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

func TestDiskFull(t *testing.T) {
	for _, size := range []string{"200k", "300k", "400k"} {
		t.Run(size, func(t *testing.T) {
			p := newProject(t, tmpfs(t, size))
			p.want(200, strings.Repeat("x", 500))
			r := p.clockwork("", "apply", "-auto-approve")
			if r.code != 1 || !r.says("no space left on device") {
				t.Fatalf("exit code %d\n%s", r.code, r.output)
			}
			if strings.Contains(r.output, "panic") {
				t.Fatal(r.output)
			}
			remount(t, p.dir, 0, "size=64m")
			p.converges(200, strings.Repeat("x", 500))
		})
	}
}

func TestReadOnlyFolder(t *testing.T) {
	p := newProject(t, tmpfs(t, "8m"))
	p.want(3, "x")
	remount(t, p.dir, syscall.MS_RDONLY, "size=8m")
	r := p.clockwork("", "apply", "-auto-approve")
	if r.code != 1 || !r.says("read-only file system") {
		t.Fatalf("exit code %d\n%s", r.code, r.output)
	}
	if r := p.clockwork("", "validate"); r.code != 0 {
		t.Errorf("validate: exit code %d\n%s", r.code, r.output)
	}
	remount(t, p.dir, 0, "size=8m")
	p.converges(3, "x")
	remount(t, p.dir, syscall.MS_RDONLY, "size=8m")
	if r := p.clockwork("", "state", "list"); r.code != 0 || !strings.Contains(r.output, "file.last") {
		t.Errorf("state list: exit code %d\n%s", r.code, r.output)
	}
}

func TestDamagedState(t *testing.T) {
	healthy := newProject(t, t.TempDir())
	healthy.want(3, "x")
	healthy.converges(3, "x")
	good, err := os.ReadFile(filepath.Join(healthy.dir, ".clockwork", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)/2] ^= 1
	for name, bad := range map[string][]byte{
		"empty":     {},
		"truncated": good[:len(good)/2],
		"flipped":   flipped,
		"newer":     []byte(strings.Replace(string(good), `"version":2`, `"version":99`, 1)),
		"foreign":   []byte(`{"name": "something else", "dependencies": {}}`),
		"terraform": []byte(`{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}`),
		"not JSON":  []byte("\x00\x01\x02"),
	} {
		t.Run(name, func(t *testing.T) {
			if string(bad) == string(good) {
				t.Fatal("the damage did nothing")
			}
			p := newProject(t, t.TempDir())
			p.want(3, "x")
			path := filepath.Join(p.dir, ".clockwork", "state.json")
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"state", "list"}, {"destroy", "-auto-approve"}} {
				r := p.clockwork("", args...)
				if r.code != 1 || !strings.Contains(r.output, "state.json") || strings.Contains(r.output, "panic") {
					t.Errorf("%v: exit code %d\n%s", args, r.code, r.output)
				}
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != string(bad) {
				t.Errorf("the file was changed (%v)", err)
			}
			if exists(filepath.Join(p.dir, "out")) {
				t.Error("something was applied")
			}
		})
	}
}
