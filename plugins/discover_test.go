package plugins

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestParseSource(t *testing.T) {
	for s, want := range map[string]Source{
		"clockwork/file":        {Namespace: "clockwork", Name: "file"},
		"acme/acme":             {Namespace: "acme", Name: "acme"},
		"example.com/acme/a-b1": {Host: "example.com", Namespace: "acme", Name: "a-b1"},
	} {
		got, err := ParseSource(s)
		if err != nil || got != want || got.String() != s {
			t.Errorf("%s: got %+v, %v", s, got, err)
		}
		if got.Builtin() != (s == "clockwork/file") {
			t.Errorf("%s: built in: %v", s, got.Builtin())
		}
	}
	for _, s := range []string{"", "acme", "a/b/c/d", "a//b", "a/../b", "../b", "A/b", "a/b ", "a/.b", "a\\b/c", "a/b\n"} {
		if got, err := ParseSource(s); err == nil {
			t.Errorf("%q is taken for %+v", s, got)
		}
	}
}

func TestPluginDirs(t *testing.T) {
	list := strings.Join([]string{"/a", "", "/b"}, string(os.PathListSeparator))
	got := PluginDirs("/p", list, "/home/me")
	want := []string{filepath.Join("/p", ".clockwork", "plugins"), "/a", "/b", filepath.Join("/home/me", ".clockwork", "plugins")}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := PluginDirs("/p", "", ""); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

// write writes an executable that is of no use but to be found.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestDiscover(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	here, elsewhere := Platform(), "plan9_mips"
	for _, path := range []string{
		first + "/clockwork-provider-acme",
		first + "/clockwork-provider-acme_v1.2.3",
		first + "/clockwork-provider-acme_v1.10.0.exe",
		first + "/clockwork-provider-acme_vague",
		first + "/clockwork-provider-acmeplus_v9.0.0",
		first + "/clockwork-provider-acme_v8.0.0/readme", // a folder
		first + "/acme/clockwork-provider-acme_v1.4.0",
		first + "/example.com/acme/acme/1.3.0/" + here + "/clockwork-provider-acme_v7",
		first + "/example.com/acme/acme/1.3.1/" + elsewhere + "/clockwork-provider-acme",
		first + "/example.com/acme/acme/latest/" + here + "/clockwork-provider-acme",
		first + "/example.com/other/acme/6.0.0/" + here + "/clockwork-provider-acme",
		second + "/clockwork-provider-acme_v1.2.3",
		second + "/clockwork-provider-acme_v2.0.0-beta1",
	} {
		write(t, filepath.FromSlash(path), "x")
	}
	source := Source{Host: "example.com", Namespace: "acme", Name: "acme"}
	found, err := Discover(source, []string{first, filepath.Join(first, "not there"), second})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range found {
		rel, in := strings.CutPrefix(filepath.ToSlash(c.Path), filepath.ToSlash(first)+"/")
		if !in {
			rel = "second:" + filepath.Base(c.Path)
		}
		got = append(got, c.Version.String()+" "+rel)
	}
	want := []string{
		"2.0.0-beta1 second:clockwork-provider-acme_v2.0.0-beta1",
		"1.10.0 clockwork-provider-acme_v1.10.0.exe",
		"1.4.0 acme/clockwork-provider-acme_v1.4.0",
		"1.3.0 example.com/acme/acme/1.3.0/" + here + "/clockwork-provider-acme_v7",
		"1.2.3 clockwork-provider-acme_v1.2.3",
		"1.2.3 second:clockwork-provider-acme_v1.2.3",
		"0.0.0 clockwork-provider-acme",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// Without a host, the folder of the namespace is at the top.
	write(t, filepath.Join(second, "acme", "acme", "3.0.0", here, "clockwork-provider-acme"), "x")
	if found, err = Discover(Source{Namespace: "acme", Name: "acme"}, []string{second}); err != nil || found[0].Version.String() != "3.0.0" {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestDiscoverProblems(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no permission to be executed there")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "clockwork-provider-acme")
	write(t, path, "x")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "clockwork-provider-acme_v1.0.0")); err != nil {
		t.Fatal(err)
	}
	found, err := Discover(Source{Namespace: "acme", Name: "acme"}, []string{dir})
	if err != nil || len(found) != 2 {
		t.Fatalf("got %+v, %v", found, err)
	}
	if !strings.Contains(found[0].Problem, "cannot be read") || !strings.Contains(found[1].Problem, "chmod +x") {
		t.Errorf("got %+v", found)
	}
}
