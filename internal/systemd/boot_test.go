//go:build linux

package systemd

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// bootsIn names the folder that the process that becomes systemd finds what
	// it needs in. It is the first process of its namespaces.
	bootsIn = "CW_TEST_BOOT"
	// treeSetting names the root of another system, whose systemd is used.
	treeSetting = "CW_TEST_SYSTEMD_ROOT"

	rootDir    = "root"      // in bootsIn: where the container's root is mounted
	binaryName = "clockwork" // in bootsIn: the binary under test

	programDir = "/opt/clockwork" // in the container
	socket     = "/run/docker.sock"

	adaID   = 1000
	adaHome = "/home/ada"
)

// tree is the root of the system whose systemd is used.
func tree() string { return cmp.Or(os.Getenv(treeSetting), "/") }

// systemdPath finds systemd in a tree; "" if it is not there.
func systemdPath(tree string) string {
	for _, path := range []string{"/usr/lib/systemd/systemd", "/lib/systemd/systemd"} {
		if _, err := os.Stat(filepath.Join(tree, path)); err == nil {
			return path
		}
	}
	return ""
}

// becomeSystemd makes a root of its own and gives way to systemd. It returns only
// what kept it from that.
func becomeSystemd(dir string) error {
	b := builder{root: filepath.Join(dir, rootDir), tree: tree()}
	b.do("keep mounts to itself", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	b.mount("tmpfs", "/", 0, "mode=755")
	b.system()
	b.kernel()
	b.devices()
	b.files(filepath.Join(dir, binaryName))
	b.mask()
	b.enter()
	b.drop()
	if b.err != nil {
		return b.err
	}
	path := systemdPath("/")
	return unix.Exec(path, []string{path, "--system", "--unit=multi-user.target", "--show-status=no"},
		// So it knows that the machine around it is not its own.
		[]string{"container=clockwork-test", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"})
}

// builder makes the root of the container. The first error ends all it does.
type builder struct {
	root, tree string
	err        error
}

func (b *builder) do(what string, err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("%s: %w", what, err)
	}
}

func (b *builder) at(path string) string { return filepath.Join(b.root, path) }

func (b *builder) mkdir(path string, mode fs.FileMode) {
	if b.err == nil {
		b.do("make a folder", os.MkdirAll(b.at(path), mode))
	}
	if b.err == nil {
		b.do("make a folder", os.Chmod(b.at(path), mode))
	}
}

func (b *builder) write(path, text string) {
	b.mkdir(filepath.Dir(path), 0o755)
	if b.err == nil {
		b.do("write a file", os.WriteFile(b.at(path), []byte(text), 0o644))
	}
}

func (b *builder) link(to, path string) {
	b.mkdir(filepath.Dir(path), 0o755)
	if b.err == nil {
		b.do("make a link", os.Symlink(to, b.at(path)))
	}
}

func (b *builder) mount(kind, path string, flags uintptr, options string) {
	b.mkdir(path, 0o755)
	if b.err == nil {
		b.do("mount "+kind+" at "+path, unix.Mount(kind, b.at(path), kind, flags, options))
	}
}

// bind has something outside be seen at a path that exists, with these flags.
func (b *builder) bind(outside, path string, flags uintptr) {
	if b.err == nil {
		b.do("bind "+outside, unix.Mount(outside, b.at(path), "", unix.MS_BIND, ""))
	}
	if b.err == nil && flags != 0 {
		b.do("protect "+path, unix.Mount("", b.at(path), "", unix.MS_BIND|unix.MS_REMOUNT|flags, ""))
	}
}

// system has the programs and libraries of the tree, which cannot be changed.
func (b *builder) system() {
	entries := []string{"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"}
	for _, name := range entries {
		outside := filepath.Join(b.tree, name)
		if to, err := os.Readlink(outside); err == nil {
			b.link(to, name)
		} else if info, err := os.Stat(outside); err == nil && info.IsDir() {
			b.mkdir(name, 0o755)
			b.bind(outside, name, unix.MS_RDONLY)
		}
	}
}

// kernel has what the kernel shows, of which only the control groups, which are
// the container's own, can be changed.
func (b *builder) kernel() {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	b.mount("proc", "/proc", flags, "")
	b.bind(b.at("/proc/sys"), "/proc/sys", flags|unix.MS_RDONLY)
	if b.err == nil {
		b.do("protect the kernel", errors.Join(
			unix.Mount("sysfs", b.mkdirAt("/sys"), "sysfs", flags, ""),
			unix.Mount("cgroup2", b.at("/sys/fs/cgroup"), "cgroup2", flags, ""),
			unix.Mount("", b.at("/sys"), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|flags, "")))
	}
	b.mount("tmpfs", "/run", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
}

func (b *builder) mkdirAt(path string) string {
	b.mkdir(path, 0o755)
	return b.at(path)
}

func (b *builder) devices() {
	b.mount("tmpfs", "/dev", unix.MS_NOSUID, "mode=755")
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		b.write("/dev/"+name, "")
		b.bind("/dev/"+name, "/dev/"+name, 0)
	}
	b.mount("devpts", "/dev/pts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
	b.mount("tmpfs", "/dev/shm", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777")
	b.link("pts/ptmx", "/dev/ptmx")
}

// files are the few that a system needs, an account, and the binary under test.
func (b *builder) files(binary string) {
	for _, dir := range []string{"/tmp", "/var/tmp"} {
		b.mkdir(dir, 0o1777)
		b.do("let everybody write", os.Chmod(b.at(dir), 0o777|os.ModeSticky))
	}
	for _, dir := range []string{"/etc", "/srv", "/home", "/root", "/var/lib", "/var/log", "/old",
		// What any confined service leaves, and a user's service manager cannot make.
		"/run/systemd/unit-root", "/run/systemd/mount-rootfs"} {
		b.mkdir(dir, 0o755)
	}
	b.link("/run", "/var/run")
	b.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::"+adaHome+":/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
	b.write("/etc/group", fmt.Sprintf("root:x:0:\ntty:x:5:\nutmp:x:43:\nsystemd-journal:x:900:\nada:x:%d:\ndocker:x:%d:\nnogroup:x:65534:\n", adaID, dockerGroup()))
	b.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
	b.write("/etc/hosts", "127.0.0.1 localhost\n")
	b.write("/etc/machine-id", strings.Repeat("c10c", 8)+"\n") // with none, it would be a first boot
	if cache, err := os.ReadFile(filepath.Join(b.tree, "/etc/ld.so.cache")); err == nil {
		b.write("/etc/ld.so.cache", string(cache))
	}
	b.mkdir(adaHome, 0o700)
	if b.err == nil {
		b.do("give ada a home", os.Chown(b.at(adaHome), adaID, adaID))
	}
	b.write(programDir+"/"+binaryName, "")
	b.bind(binary, programDir+"/"+binaryName, unix.MS_RDONLY)
	if _, err := os.Stat(socket); err == nil {
		b.write(socket, "")
		b.bind(socket, socket, 0)
	}
}

// mask leaves out all services but the journal's, and everything that would make
// more of them: they are those of a real machine.
func (b *builder) mask() {
	keep := []string{"systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket"}
	for into, pattern := range map[string]string{
		"/etc/systemd/system":            "lib/systemd/system/*.wants/*",
		"/etc/systemd/system-generators": "lib/systemd/system-generators/*",
		"/etc/systemd/user-generators":   "lib/systemd/user-generators/*",
	} {
		var all []string
		for _, above := range []string{"usr", "."} {
			found, err := filepath.Glob(filepath.Join(b.tree, above, pattern))
			b.do("find units", err)
			for _, path := range found {
				all = append(all, filepath.Base(path))
			}
		}
		slices.Sort(all)
		for _, name := range slices.Compact(all) {
			if !slices.Contains(keep, name) {
				b.link("/dev/null", into+"/"+name)
			}
		}
	}
}

// enter makes the new root the only one.
func (b *builder) enter() {
	if b.err != nil {
		return
	}
	b.do("enter the container", errors.Join(
		unix.Chdir(b.root),
		unix.PivotRoot(".", "old"),
		unix.Chdir("/"),
		unix.Unmount("/old", unix.MNT_DETACH),
		os.Remove("/old"),
		unix.Sethostname([]byte("clockwork-test")),
		// As any system has it, and as systemd's credentials need it.
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")))
}

// drop gives up what would reach beyond the container.
func (b *builder) drop() {
	for _, c := range []uintptr{unix.CAP_SYS_MODULE, unix.CAP_SYS_RAWIO, unix.CAP_SYS_TIME, unix.CAP_SYSLOG} {
		if b.err == nil {
			b.do("give up capability "+strconv.Itoa(int(c)), unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0))
		}
	}
}
