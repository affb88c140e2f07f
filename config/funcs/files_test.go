package funcs

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBaseDirMayBeRelativeOrLeftOut(t *testing.T) {
	dir := newFolder(t)
	t.Chdir(dir)
	for base, path := range map[string]string{"": "motd.txt", ".": "motd.txt", "site": "../motd.txt"} {
		table := Functions(Options{BaseDir: base})
		v, err := table["file"].Call([]cty.Value{cty.StringVal(path)})
		if err != nil || v.AsString() != "hello\n" {
			t.Errorf("file in %q: %#v, %v", base, v, err)
		}
		v, err = table["abspath"].Call([]cty.Value{cty.StringVal(path)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(v.AsString()); err != nil || string(got) != "hello\n" {
			t.Errorf("abspath in %q is %q, where there is %q, %v", base, v.AsString(), got, err)
		}
	}
}

// TestFileSetInOddFolder has special characters in the name of the folder, and
// things in it that are no regular files.
func TestFileSetInOddFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "we[i]rd{a}*")
	if err := os.MkdirAll(filepath.Join(dir, "folder.txt"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a.txt"), "")
	for link, target := range map[string]string{"link.txt": "a.txt", "broken.txt": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skipf("no links here: %s", err)
		}
	}
	v, err := Functions(Options{BaseDir: dir})["fileset"].Call([]cty.Value{cty.StringVal("."), cty.StringVal("*.txt")})
	if err != nil {
		t.Fatal(err)
	}
	if want := cty.SetVal([]cty.Value{cty.StringVal("a.txt"), cty.StringVal("link.txt")}); !v.RawEquals(want) {
		t.Errorf("got %#v", v)
	}
}

func TestTemplateFileSeesChanges(t *testing.T) {
	dir := t.TempDir()
	render := Functions(Options{BaseDir: dir})["templatefile"]
	for _, greeting := range []string{"Hello", "Hello", "Bye"} {
		write(t, filepath.Join(dir, "a.tmpl"), greeting+" ${name}")
		v, err := render.Call([]cty.Value{
			cty.StringVal("a.tmpl"),
			cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("Ann")}),
		})
		if err != nil || v.AsString() != greeting+" Ann" {
			t.Errorf("got %#v, %v", v, err)
		}
	}
}

// TestTemplatesInParallel renders more templates than are remembered, from
// several goroutines, with each template's own result.
func TestTemplatesInParallel(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i := range maxParsed + 10 {
		name := "t" + cty.NumberIntVal(int64(i)).AsBigFloat().String()
		names = append(names, name)
		write(t, filepath.Join(dir, name), name+" ${upper(x)}")
	}
	render := Functions(Options{BaseDir: dir})["templatefile"]
	vars := cty.ObjectVal(map[string]cty.Value{"x": cty.StringVal("a")})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, name := range names {
				v, err := render.Call([]cty.Value{cty.StringVal(name), vars})
				if err != nil || v.AsString() != name+" A" {
					t.Errorf("%s: %#v, %v", name, v, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoHome(t *testing.T) {
	t.Setenv("HOME", "")
	_, err := Functions(Options{})["pathexpand"].Call([]cty.Value{cty.StringVal("~/a")})
	if err == nil || !strings.Contains(err.Error(), "the home that ~ stands for is not known") {
		t.Errorf("got %v", err)
	}
}
