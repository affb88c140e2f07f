package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRegisters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	r := In(dir)
	if c, err := r.Read(); err != nil || len(c.Projects) != 0 || r.Exists() {
		t.Fatalf("%v %v", c, err)
	}
	for i, want := range []bool{true, false} {
		if added, err := r.Register(t.Context(), "/srv/shop"); err != nil || added != want {
			t.Errorf("%d: %v %v", i, added, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if c, err := In(dir).Read(); err != nil || !c.Has("/srv/shop") || c.Has("/srv") {
		t.Errorf("%v %v", c, err)
	}
	if err := r.Pause(t.Context(), Pause{Dir: "/srv/shop"}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		if removed, err := r.Unregister(t.Context(), "/srv/shop"); err != nil || removed != want {
			t.Errorf("%d: %v %v", i, removed, err)
		}
	}
	if c, err := r.Read(); err != nil || len(c.Projects)+len(c.Pauses) != 0 {
		t.Errorf("%v %v", c, err)
	}
}

// Many writers lose nothing of each other.
func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	var work sync.WaitGroup
	for i := range 20 {
		work.Go(func() {
			if _, err := In(dir).Register(t.Context(), fmt.Sprint("/srv/", i)); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if c, err := In(dir).Read(); err != nil || len(c.Projects) != 20 {
		t.Errorf("%v %v", c, err)
	}
}

func TestPauses(t *testing.T) {
	r := In(t.TempDir())
	now := time.Now()
	for _, p := range []Pause{
		{Dir: "/a", Address: "file.motd", Reason: "first"},
		{Dir: "/a", Address: "file.motd", Reason: "second"},
		{Dir: "/b", Until: now.Add(time.Hour)},
		{Dir: "/c", Until: now.Add(-time.Second)},
	} {
		if err := r.Pause(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	c, err := r.Read()
	if err != nil || len(c.Pauses) != 2 {
		t.Fatalf("%v %v", c, err)
	}
	tests := []struct {
		dir, address string
		at           time.Time
		want         bool
	}{
		{"/a", "file.motd", now, true},
		{"/a", "file.motd[0]", now, true},
		{"/a", "file.motd2", now, false},
		{"/a", "", now, false},
		{"/b", "file.any", now, true},
		{"/b", "", now, true},
		{"/b", "file.any", now.Add(2 * time.Hour), false},
		{"/c", "file.any", now, false},
	}
	for _, test := range tests {
		if p, got := c.Paused(test.dir, test.address, test.at); got != test.want {
			t.Errorf("%s %s: %v %v", test.dir, test.address, p, got)
		}
	}
	if p, _ := c.Paused("/a", "file.motd", now); p.Reason != "second" {
		t.Errorf("%v", p)
	}
	for i, want := range []bool{true, false} {
		if ended, err := r.Resume(t.Context(), "/a", "file.motd"); err != nil || ended != want {
			t.Errorf("%d: %v %v", i, ended, err)
		}
	}
}

func TestDamageIsReported(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"{":             "is damaged: remove it",
		`{"version":2}`: "another version of Clockwork",
	} {
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := In(dir).Register(t.Context(), "/a"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}
