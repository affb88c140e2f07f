package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
)

func encoded(t testing.TB, st *State, c Cipher) []byte {
	t.Helper()
	var buf bytes.Buffer
	must(t, encode(&buf, st, &written{Time: testTime(), Operation: "apply"}, c))
	return buf.Bytes()
}

// resum makes the checksum of an edited snapshot right again.
func resum(data []byte) []byte {
	body, _, _ := bytes.Cut(data, []byte(trailerStart))
	var h bytes.Buffer
	h.Write(body)
	h.WriteString(wantedTrailer(append(bytes.Clone(body), "\"checksum\""...)))
	h.WriteByte('\n')
	return h.Bytes()
}

func TestResumIsWhatEncodeWrites(t *testing.T) {
	data := encoded(t, fixtureState(), nil)
	equal(t, string(resum(data)), string(data))
}

// refused checks that the state in dir cannot be opened, for the reason given,
// that the diagnostic says the words, and that nothing was changed.
func refused(t *testing.T, dir string, kind error, words ...string) *Error {
	t.Helper()
	before := tree(t, dir)
	_, err := Open(dir, testOptions())
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Fatalf("Open: %v, not %v", err, kind)
	}
	ds := diag.FromError("", err)
	if len(ds) != 1 || ds[0].Summary == "" || strings.HasSuffix(ds[0].Summary, ".") {
		t.Fatalf("diagnostics: %#v", ds)
	}
	for _, w := range words {
		if !strings.Contains(ds[0].Detail, w) {
			t.Errorf("the detail does not say %q:\n%s", w, ds[0].Detail)
		}
	}
	equal(t, tree(t, dir), before)
	return e
}

func dirWith(t *testing.T, snapshot []byte) string {
	t.Helper()
	dir := newDir(t)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, snapshotName), snapshot, 0o600))
	return dir
}

func TestRefusedSnapshots(t *testing.T) {
	good := encoded(t, fixtureState(), nil)
	edit := func(from, to string) []byte {
		if !bytes.Contains(good, []byte(from)) {
			t.Fatalf("the snapshot has no %s", from)
		}
		return bytes.Replace(good, []byte(from), []byte(to), 1)
	}
	for _, test := range []struct {
		name  string
		data  []byte
		kind  error
		words []string
	}{
		{"empty", nil, ErrEmpty, []string{"state.json"}},
		{"not JSON", []byte("hello\n"), ErrNotJSON, nil},
		{"binary", []byte{0, 1, 2, 255}, ErrNotJSON, nil},
		{"list", []byte("[1,2]"), ErrNotJSON, nil},
		{"foreign", []byte(`{"version":1,"name":"x"}`), ErrForeign, nil},
		{"terraform", []byte(`{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[]}`), ErrTerraform, []string{"Terraform 1.11.4", "import"}},
		{"newer", resum(edit("{\n\"version\":2,\n\"clockwork_version\":\"0.1.0\"", "{\n\"version\":3,\n\"clockwork_version\":\"9.1.0\"")), ErrNewer, []string{"version 3", "Clockwork 9.1.0", "up to 2"}},
		{"newer, other fields", resum(edit("\"version\":2,", "\"version\":3,\n\"future\":{},")), ErrNewer, nil},
		{"newer, other layout", []byte(`{"version":3,"clockwork_version":"9.1.0","parts":[]}`), ErrNewer, []string{"Clockwork 9.1.0"}},
		{"damaged version", edit("\"version\":2", "\"version\":3"), ErrChecksum, nil},
		{"cut off", good[:len(good)/2], ErrTruncated, nil},
		{"no newline at the end", good[:len(good)-1], ErrChecksum, []string{string(good[len(good)-trailerLen : len(good)-1])}},
		{"edited", edit(`"content":"2"`, `"content":"two"`), ErrChecksum, []string{"edited", "last two lines"}},
		{"invalid in the middle", edit(`{"content":"2"}`, `{"content":"2"`), ErrChecksum, nil},
		{"unknown field", resum(edit(`"tainted":true`, `"tinted":true`)), ErrMalformed, []string{"tinted", "byte"}},
		{"unknown top field", resum(edit(`"serial":12`, `"serial":12,"more":1`)), ErrMalformed, []string{"more"}},
		{"twice", resum(edit(`"key":10,"deposed"`, `"key":2,"x":1,"deposed"`)), ErrMalformed, nil},
		{"one object twice", resum(edit(`"key":"10"`, `"key":2`)), ErrMalformed, []string{"file.page[2] occurs twice"}},
		{"one field twice", resum(edit(`"serial":12`, `"serial":12,"serial":13`)), ErrMalformed, []string{"serial", "twice"}},
		{"one output twice", resum(edit(`"url":{`, `"secret":{`)), ErrMalformed, []string{"twice"}},
		{"no resources", resum([]byte("{\n\"version\":1,\n\"lineage\":\"x\",\n\"serial\":1,\n" + trailerStart)), ErrMalformed, []string{"missing"}},
		{"no version", resum(edit("\"version\":2,\n", "")), ErrMalformed, []string{"version is 0"}},
		{"wrong key", resum(edit(`"key":2`, `"key":2.5`)), ErrMalformed, []string{"2.5"}},
		{"negative key", resum(edit(`"key":2`, `"key":-2`)), ErrMalformed, nil},
		{"no type", resum(edit(`"type":"file","name":"motd"`, `"name":"motd"`)), ErrMalformed, []string{"no type"}},
		{"wrong mode", resum(edit(`"mode":"data"`, `"mode":"dada"`)), ErrMalformed, []string{"dada"}},
		{"no lineage", resum(edit(`"lineage":"5f0c1d9e-3b1c-4d58-9a36-3f1a2b4c5d6e"`, `"lineage":""`)), ErrMalformed, []string{"lineage"}},
		{"a path as lineage", resum(edit(`"lineage":"5f0c`, `"lineage":"../../5f0c`)), ErrMalformed, []string{"lineage"}},
		{"invalid JSON inside", resum(edit(`{"content":"2"}`, `{"content":tru}`)), ErrMalformed, nil},
		{"more behind it", resum(edit(`"outputs":{`, "\"outputs\":{}}\n{\"x\":{")), ErrMalformed, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			refused(t, dirWith(t, test.data), test.kind, append(test.words, "state.json")...)
		})
	}
}

// TestEveryBitOfASnapshot: no bit of it can be flipped without being noticed.
func TestEveryBitOfASnapshot(t *testing.T) {
	for name, c := range map[string]Cipher{"clear": nil, "sealed": testCipher(1)} {
		data := encoded(t, fixtureState(), c)
		bits := map[bool]int{true: 8, false: 1}[c == nil]
		for i := 0; i < len(data); i += slowdown {
			for bit := range bits {
				data[i] ^= 1 << bit
				if _, err := decode(data, c); err == nil {
					t.Fatalf("%s: bit %d of byte %d was flipped, and nobody noticed", name, bit, i)
				}
				data[i] ^= 1 << bit
			}
		}
	}
}

// TestEveryLengthOfASnapshot: no end of it can go missing.
func TestEveryLengthOfASnapshot(t *testing.T) {
	data := encoded(t, fixtureState(), nil)
	for n := range data {
		if _, err := decode(data[:n], nil); err == nil {
			t.Fatalf("the first %d bytes passed for the whole", n)
		}
	}
}

// TestAcceptAHandEdit does what the diagnostic says.
func TestAcceptAHandEdit(t *testing.T) {
	data := encoded(t, fixtureState(), nil)
	// What an editor or jq might do: other values, other white space.
	var doc bytes.Buffer
	must(t, json.Indent(&doc, bytes.Replace(data, []byte(`"content":"2"`), []byte(`"content":"two"`), 1), "", "  "))
	dir := dirWith(t, doc.Bytes())
	e := refused(t, dir, ErrChecksum)
	_, after, _ := strings.Cut(e.Detail, "last two lines read\n\n")
	lines, _, ok := strings.Cut(after, "\n}\n\n")
	if !ok {
		t.Fatalf("the detail does not show the lines:\n%s", e.Detail)
	}
	body := doc.Bytes()[:bytes.LastIndex(doc.Bytes(), []byte(`  "checksum"`))]
	must(t, os.WriteFile(filepath.Join(dir, snapshotName), append(body, lines+"\n}\n"...), 0o600))
	s := open(t, dir, testOptions())
	k := ObjectKey{Instance: key("page").Instance.Resource.Instance(addr.IntKey(2))}
	if got := string(s.Object(k).Attributes); !strings.Contains(got, `"two"`) {
		t.Fatalf("the edit is not there: %s", got)
	}
}

// TestRestoreFromHistory does what the diagnostic of a damaged file says.
func TestRestoreFromHistory(t *testing.T) {
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	must(t, s.Commit(set("a", "1")))
	must(t, s.Checkpoint())
	must(t, s.Commit(set("b", "1")))
	must(t, s.Checkpoint())
	must(t, s.Close())
	want := s.State()
	path := filepath.Join(dir, snapshotName)
	data := readAll(t, path)
	data[len(data)/2] ^= 4
	must(t, os.WriteFile(path, data, 0o600))
	copied := filepath.Join(dir, historyName, historyFile(2, want.Lineage))
	refused(t, dir, ErrChecksum, "serial 2", "by apply", "cp "+copied+" "+path)

	must(t, os.WriteFile(path, readAll(t, copied), 0o600))
	sameState(t, open(t, dir, testOptions()).State(), want)

	// A missing state is no error, but nobody should overlook it.
	must(t, os.Remove(path))
	s = open(t, dir, testOptions())
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0].Detail, "cp "+copied) {
		t.Fatalf("warnings: %v", w)
	}
	equal(t, s.State(), emptyState())
}

func TestEncodeRefusesWhatItCouldNotReadBack(t *testing.T) {
	for name, change := range map[string]func(*State){
		"no object":       func(st *State) { st.Objects[key("x")] = nil },
		"no type":         func(st *State) { st.Objects[ObjectKey{}] = object("x") },
		"not UTF-8":       func(st *State) { st.Objects[key("\xff")] = object("x") },
		"no JSON":         func(st *State) { st.Objects[key("x")] = &Object{Attributes: []byte("{")} },
		"output, no JSON": func(st *State) { st.Outputs["x"] = Output{Value: []byte("]")} },
	} {
		st := emptyState()
		change(st)
		if err := Encode(&bytes.Buffer{}, st); err == nil {
			t.Errorf("%s: Encode wrote it", name)
		}
	}
}

func TestEncodeReportsTheWriter(t *testing.T) {
	want := errors.New("no more")
	for _, n := range []int{0, 10, 1 << 16, 1 << 20} {
		if err := Encode(&failingWriter{left: n, err: want}, bigState(5000)); !errors.Is(err, want) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

type failingWriter struct {
	left int
	err  error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, w.err
	}
	w.left -= len(p)
	return len(p), nil
}

func TestReplaceableFilesAreNotForOthers(t *testing.T) {
	if os.PathSeparator == '\\' {
		t.Skip("Windows has no modes")
	}
	dir := newDir(t)
	s := locked(t, dir, testOptions())
	begin(t, s, create("1", "a"), create("2", "b"))
	must(t, s.Commit(result("1", "a", "x")))
	must(t, s.Checkpoint()) // leaves a journal with intent 2
	must(t, s.Begin(context.Background(), create("3", "c")))
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return nil
	})
	must(t, err)
}
