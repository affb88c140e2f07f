//go:build linux

package survival

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A project's folder that is deleted: that is reported, nothing is healed, nothing
// destroyed, and nothing is written where it was. When it is back all goes on.
func TestProjectFolderIsGone(t *testing.T) {
	t.Parallel()
	motd := filepath.Join(t.TempDir(), "motd")
	p := newProject(t, filepath.Join(t.TempDir(), "project"))
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.apply(fmt.Sprintf(`
resource "file" "motd" {
  path    = %q
  content = "All is well.\n"
}
assert "file_content_matches" "motd" {
  target = file.motd
  regex  = "^All is"
}
`, motd))
	holds := func(want string) bool {
		now, err := os.ReadFile(motd)
		if err != nil {
			t.Fatal(err)
		}
		return string(now) == want
	}
	m := p.monitor(nil)
	m.until("it is healthy", func() bool { return m.is("healthy") })
	if err := os.Rename(p.dir, p.dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(motd, []byte("Nobody is here.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.until("it is paused", func() bool { return m.count("on hold: the project's folder, or the state in it, is gone") > 0 })
	m.until("that is reported", func() bool {
		var doc struct {
			Projects []struct{ Problems []struct{ Summary string } }
		}
		if err := m.get("/v1/projects", &doc); err != nil {
			t.Fatal(err)
		}
		return len(doc.Projects) == 1 && len(doc.Projects[0].Problems) > 0
	})
	time.Sleep(time.Second)
	if got := m.incidents(); len(got) != 1 || !strings.HasPrefix(got[0], "file.motd paused: ") || !holds("Nobody is here.\n") || exists(p.dir) {
		t.Errorf("something was done: %q\n%s", got, m.said)
	}
	if err := os.Rename(p.dir+".away", p.dir); err != nil {
		t.Fatal(err)
	}
	m.until("it is healed", func() bool { return holds("All is well.\n") && m.is("healthy") })
	m.end()
}

// Two monitors of one project: the second refuses, and only the first heals.
func TestTwoMonitors(t *testing.T) {
	t.Parallel()
	p := apply(t, oneFile)
	first := p.monitor(nil)
	first.until("it is healthy", func() bool { return first.is("healthy") })
	second := p.monitor(nil)
	second.until("it says why not", func() bool { return second.count("another monitor watches over") > 0 })
	first.healsFiles(p.dir)
	if len(second.healths()) > 0 || len(second.incidents()) > 0 {
		t.Errorf("the second does something:\n%s", second.said)
	}
	// It takes over when the first has ended.
	first.end()
	second.until("it is healthy", func() bool { return second.is("healthy") })
	second.healsFiles(p.dir)
	second.end()
}
