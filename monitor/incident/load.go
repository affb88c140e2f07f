package incident

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// The files in the folder of a log: 00000001.jsonl and so on, and headName,
// which holds number and hash of the last entry, so that entries which are
// missing at the end are missed. It is written after an entry is durable, so a
// crash may leave it behind the log, and never ahead.
const (
	headName   = "head"
	fileSuffix = ".jsonl"
)

func fileName(number int) string { return fmt.Sprintf("%08d%s", number, fileSuffix) }

var fileNames = regexp.MustCompile(`^([0-9]{8})\.jsonl$`)

// contents is what was read of one log.
type contents struct {
	project   Project
	files     []file
	entries   uint64            // the number of the last
	hash      string            // of the last entry
	started   bool              // an entry was read
	pruned    position          // entries that are missing before the first, until one tells why
	orphans   map[string]uint64 // the first entries of incidents that were never opened, likewise
	incidents map[string]*known
	torn      int64    // the bytes behind the last whole entry
	wanted    []string // the incidents that keep their events when they are over
}

// file is one file of a log.
type file struct {
	number int
	size   int64     // of its whole entries
	last   time.Time // of its last entry
}

// known is an incident, with its events while it is not over.
type known struct {
	Incident
	first, last int // the numbers of the files which hold its events
}

func newContents(p Project) *contents {
	return &contents{project: p, hash: noHash, incidents: map[string]*known{}, orphans: map[string]uint64{}}
}

// load reads the log at dir and checks all of it. What was read before an error
// is good. A log that is not there, or was never finished being made, has no
// files. The incidents wanted have their events even if they are over.
func load(dir string, wanted ...string) (*contents, error) {
	for try := 1; ; try++ {
		c, err := loadOnce(dir, wanted)
		if errors.Is(err, fs.ErrNotExist) && try < 4 {
			continue // its owner is pruning it
		}
		return c, err
	}
}

func loadOnce(dir string, wanted []string) (*contents, error) {
	c := newContents(Project{})
	c.wanted = wanted
	head, err := readHead(dir) // first: an entry may be added meanwhile
	if err != nil {
		return c, err
	}
	numbers, err := listFiles(dir)
	if err != nil {
		return c, err
	}
	headSeen := head.Through == 0
	for i, number := range numbers {
		r := reader{contents: c, dir: dir, path: filepath.Join(dir, fileName(number)), file: file{number: number},
			last: i == len(numbers)-1, head: head}
		if err := r.read(); err != nil {
			return c, err
		}
		c.files = append(c.files, r.file)
		headSeen = headSeen || r.headSeen
	}
	switch {
	case c.pruned.Through > 0:
		return c, wrong(ErrTampered, dir, dir, 0, 1, "entries 1 to %d are missing, and were not removed by Clockwork", c.pruned.Through)
	case len(c.orphans) > 0:
		id := slices.MinFunc(slices.Collect(maps.Keys(c.orphans)), func(a, b string) int { return cmp.Compare(c.orphans[a], c.orphans[b]) })
		e := wrong(ErrTampered, dir, dir, 0, c.orphans[id], "entry %d is of incident %s, which was never opened", c.orphans[id], id)
		e.Incident = id
		return c, e
	case !headSeen && c.entries < head.Through:
		return c, wrong(ErrTampered, dir, dir, 0, c.entries+1, "entries %d to %d are missing at the end", c.entries+1, head.Through)
	case !headSeen:
		return c, wrong(ErrTampered, dir, dir, 0, head.Through, "entry %d is another one than was recorded", head.Through)
	}
	return c, nil
}

func listFiles(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fileError("read", dir, err)
	}
	var numbers []int
	for _, e := range entries {
		if m := fileNames.FindStringSubmatch(e.Name()); m != nil {
			n, _ := strconv.Atoi(m[1]) // it is digits
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// readHead returns zero where there is no head, or none that can be believed.
func readHead(dir string) (position, error) {
	path := filepath.Join(dir, headName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return position{}, nil
	}
	if err != nil {
		return position{}, fileError("read", path, err)
	}
	number, hash, _ := strings.Cut(strings.TrimSuffix(string(data), "\n"), " ")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || len(hash) != len(noHash) {
		return position{}, nil
	}
	return position{n, hash}, nil
}

// headLine always has the same length, so that it is written over in one piece.
func headLine(n uint64, hash string) []byte { return fmt.Appendf(nil, "%020d %s\n", n, hash) }

// reader reads one file of a log.
type reader struct {
	*contents
	dir, path string
	file      file
	last      bool // no file follows
	head      position
	headSeen  bool

	line  int
	bad   bool // a line was no whole entry
	badAt int
}

func (r *reader) read() error {
	f, err := os.Open(r.path)
	if err != nil {
		return fileError("read", r.path, err)
	}
	defer f.Close()
	err = journal.EachLine(f, maxLine, r.take)
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case err != nil:
		return fileError("read", r.path, err)
	case r.file.size == 0:
		return wrong(ErrDamaged, r.dir, r.path, 1, r.entries+1, "there is no whole entry")
	case r.bad && !r.last:
		return r.wrong(ErrDamaged, r.badAt, r.entries+1, "entry %d is not whole, and others follow it in the next file", r.entries+1)
	}
	if r.bad {
		info, err := f.Stat()
		if err != nil {
			return fileError("read", r.path, err)
		}
		r.torn = info.Size() - r.file.size
	}
	return nil
}

func (r *reader) wrong(kind error, line int, entry uint64, format string, args ...any) *Error {
	return wrong(kind, r.dir, r.path, line, entry, format, args...)
}

func (r *reader) take(line []byte, offset int64) error {
	r.line++
	if r.bad {
		if isWhole(line) {
			return r.wrong(ErrDamaged, r.badAt, r.entries+1, "entry %d is not whole, and others follow it", r.entries+1)
		}
		return nil
	}
	rec, hash, err := decode(line)
	switch {
	case err == errNotWhole:
		r.bad, r.badAt = true, r.line
		return nil
	case err != nil:
		e := r.wrong(ErrTampered, r.line, r.entries+1, "entry %d was changed: %v", r.entries+1, err)
		e.Incident = rec.Incident
		return e
	}
	if err := r.follows(rec); err != nil {
		err.Incident = rec.Incident
		return err
	}
	if err := r.apply(rec, hash, r.file.number); err != "" {
		e := r.wrong(ErrTampered, r.line, rec.N, "entry %d makes no sense: %s", rec.N, err)
		e.Incident = rec.Incident
		return e
	}
	r.file.size = offset + int64(len(line))
	r.file.last = rec.Time
	r.headSeen = r.headSeen || rec.N == r.head.Through && hash == r.head.Hash
	return nil
}

// follows checks that an entry is the next one.
func (r *reader) follows(rec record) *Error {
	switch {
	case r.line == 1 && rec.Log == nil:
		return r.wrong(ErrTampered, r.line, rec.N, "the file begins with entry %d, which is no header", rec.N)
	case rec.Log != nil && rec.Log.Version > formatVersion:
		return r.wrong(ErrNewer, r.line, rec.N, "the format has version %d, and this Clockwork reads up to %d", rec.Log.Version, formatVersion)
	case !r.started && rec.N != 1:
		// The files before were pruned, or taken away; a later entry has to say so.
		r.entries, r.hash = rec.N-1, rec.Prev
		r.pruned = position{rec.N - 1, rec.Prev}
	case rec.N != r.entries+1:
		return r.wrong(ErrTampered, r.line, r.entries+1, "entry %d stands where entry %d should", rec.N, r.entries+1)
	case rec.Prev != r.hash:
		return r.wrong(ErrTampered, r.line, r.entries, "entry %d follows another entry %d than the one that is there", rec.N, r.entries)
	}
	return nil
}

// apply takes an entry over. It returns what is wrong with it, or "".
func (c *contents) apply(r record, hash string, number int) string {
	if r.N == 0 {
		return "it has no number"
	}
	c.entries, c.hash, c.started = r.N, hash, true
	switch {
	case r.Log != nil:
		c.project = r.Log.Project
		return ""
	case r.Pruned != nil:
		// Removing files may have been interrupted, and then some are still there.
		p := r.Pruned.position
		if p.Through > c.pruned.Through || p == c.pruned {
			c.pruned = position{}
		}
		maps.DeleteFunc(c.orphans, func(id string, n uint64) bool {
			return n <= p.Through || slices.Contains(r.Pruned.Incidents, id)
		})
		return ""
	case r.Kind == Opened:
		if r.Subject == nil || c.incidents[r.Incident] != nil || r.Incident == "" {
			return "it opens no new incident"
		}
		c.incidents[r.Incident] = &known{first: number, Incident: Incident{ID: r.Incident, Subject: *r.Subject, Opened: r.Time}}
	}
	k := c.incidents[r.Incident]
	if k == nil {
		if _, there := c.orphans[r.Incident]; !there {
			c.orphans[r.Incident] = r.N
		}
		return ""
	}
	k.last, k.Updated = number, r.Time
	if r.State != "" {
		k.State = r.State
	}
	if k.State.Over() && !slices.Contains(c.wanted, k.ID) {
		k.Events = nil
	} else {
		k.Events = append(k.Events, r.event(hash))
	}
	return ""
}
