package incident

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzLog opens a log of any bytes: as they are, and as lines that are chained
// well. What is read must be there again after the log went on.
func FuzzLog(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte, chained bool) {
		dir := t.TempDir()
		folder := filepath.Join(dir, folderName("/srv/shop"))
		must(t, os.Mkdir(folder, 0o700))
		if chained {
			data = chain(data)
		}
		path := filepath.Join(folder, fileName(1))
		must(t, os.WriteFile(path, data, 0o600))
		s, diags, err := Open(dir, Options{})
		must(t, err)
		if diags.HasErrors() {
			if _, err := s.Create(about("shop"), Entry{}); err == nil {
				t.Fatal("a log that was refused goes on")
			}
			must(t, s.Close())
			kept, err := os.ReadFile(path)
			must(t, err)
			if !bytes.Equal(kept, data) {
				t.Fatal("a log that was refused was changed")
			}
			return
		}
		_, err = s.Create(about("shop"), Entry{})
		must(t, err)
		want := s.List(Filter{})
		must(t, s.Close())
		s = open(t, dir, Options{})
		if d := cmp.Diff(want, s.List(Filter{})); d != "" {
			t.Fatal(d)
		}
		for _, i := range want {
			if _, err := s.Get(i.ID); err != nil {
				t.Fatal(err)
			}
		}
		must(t, s.Close())
	})
}

// chain makes entries of lines: the number, the hash before and the own hash of
// each are made right.
func chain(data []byte) []byte {
	var out []byte
	prev := noHash
	for n, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		r, err := bare(line)
		if err != nil {
			out = append(append(out, line...), '\n')
			continue
		}
		r.N, r.Prev = uint64(n)+1, prev
		line, hash, err := encode(r)
		if err != nil {
			continue
		}
		out, prev = append(out, line...), hash
	}
	return out
}

func bare(line []byte) (record, error) {
	var r record
	if !isWhole(append(bytes.Clone(line), '\n')) {
		return r, errors.New("not whole")
	}
	return r, json.Unmarshal(line, &r)
}
