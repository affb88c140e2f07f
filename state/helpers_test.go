package state

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/clockwork-hcl/clockwork/addr"
)

func key(name string) ObjectKey {
	return ObjectKey{Instance: addr.Resource{Type: "file", Name: name}.Instance(addr.NoKey)}
}

func object(content string) *Object {
	text, err := json.Marshal(map[string]any{"content": content})
	if err != nil {
		panic(err)
	}
	return &Object{Provider: ProviderConfig{Source: "clockwork/file"}, Attributes: text}
}

func set(name, content string) Change {
	return Change{Set: map[ObjectKey]*Object{key(name): object(content)}}
}

func result(intent, name, content string) Change {
	c := set(name, content)
	c.Intent = intent
	return c
}

func create(id, name string) Intent {
	return Intent{ID: id, Key: key(name), Action: "create", Provider: ProviderConfig{Source: "clockwork/file"},
		Planned: json.RawMessage(`{"content":null}`), Time: testTime()}
}

func testTime() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func testOptions() Options {
	return Options{Version: "0.1.0", Now: testTime}
}

// newDir returns where the state of a new project would be.
func newDir(t testing.TB) string { return filepath.Join(t.TempDir(), Dir) }

func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// locked opens the state in dir and takes its lock.
func locked(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s := open(t, dir, opts)
	if err := s.Lock(context.Background(), "apply", 0); err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func begin(t testing.TB, s *Store, intents ...Intent) {
	t.Helper()
	must(t, s.Begin(context.Background(), intents...))
}

func sameState(t testing.TB, got, want *State) {
	t.Helper()
	if d := diffStates(got, want); d != "" {
		t.Fatalf("the state is not what was expected (-want +got):\n%s", d)
	}
}

func diffStates(got, want *State) string {
	return cmp.Diff(want, got, compareOptions())
}

func compareOptions() cmp.Option {
	return cmp.Options{cmpopts.EquateEmpty(), cmp.AllowUnexported(addr.Key{})}
}

// contents says which objects st has, as NAME=CONTENT.
func contents(st *State) map[string]string {
	m := map[string]string{}
	for k, o := range st.Objects {
		var a struct{ Content string }
		if err := json.Unmarshal(o.Attributes, &a); err != nil && o.Attributes != nil {
			panic(err)
		}
		m[k.Instance.Name+k.Instance.Key.String()] = a.Content
	}
	return m
}

func ids(intents []Intent) []string {
	out := []string{}
	for _, in := range intents {
		out = append(out, in.ID)
	}
	return out
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, compareOptions()); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
}

func readAll(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

// tree returns every file below dir with its content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files[rel] = string(readAll(t, path))
		}
		return nil
	})
	must(t, err)
	return files
}

// bigState is n objects of the size that files usually have.
func bigState(n int) *State {
	st := emptyState()
	st.Lineage, st.Serial, st.ClockworkVersion = "5f0c1d9e-3b1c-4d58-9a36-3f1a2b4c5d6e", 7, "0.1.0"
	content := bytes.Repeat([]byte("lorem ipsum "), 20)
	r := addr.Resource{Type: "file", Name: "page"}
	for i := range n {
		st.Objects[ObjectKey{Instance: r.Instance(addr.IntKey(i))}] = &Object{
			Provider: ProviderConfig{Source: "clockwork/file"}, SchemaVersion: 1,
			Attributes: fmt.Appendf(nil, `{"adopt":null,"content":"%s","group":null,"mode":"0644","owner":null,"path":"out/page-%d.html",`+
				`"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","size":%d}`, content, i, len(content)),
			DependsOn: []string{"directory.out"}, Intent: NewIntentID(),
		}
	}
	return st
}
