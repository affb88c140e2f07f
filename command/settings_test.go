package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadSettings(t *testing.T) {
	dir := t.TempDir()
	if s, err := readSettings(dir); s != nil || err != nil {
		t.Errorf("without a file: %v, %v", s, err)
	}
	path := filepath.Join(dir, ".env")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# settings\nCW_MODEL=m\nexport CW_BASE_URL='http://x'\nCW_VAR_port=1\nOTHER=2\n")
	s, err := readSettings(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settings{"CW_MODEL": "m", "CW_BASE_URL": "http://x"}, s); diff != "" {
		t.Error(diff)
	}
	t.Setenv("CW_MODEL", "from the environment")
	if got := s.get("CW_MODEL"); got != "from the environment" {
		t.Errorf("the environment does not win: %q", got)
	}
	if got := s.get("CW_BASE_URL"); got != "http://x" {
		t.Errorf("got %q", got)
	}

	write("CW_API_KEY hunter2 \"\n")
	if _, err := readSettings(dir); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}
