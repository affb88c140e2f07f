package incident

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// log is the log of one project.
type log struct {
	dir  string
	opts Options

	mu sync.Mutex
	*contents
	err     error         // why nothing may be added, or nil
	current *journal.File // the last file; nil until it is first appended to
	head    *os.File
	headAt  uint64
	unsure  bool               // what is on disk may not be what was written
	gone    func(ids []string) // told of incidents that were pruned
}

// openLog reads the log at dir. One that is damaged or tampered with is
// returned too, to be read.
func openLog(dir string, opts Options, gone func([]string)) (*log, error) {
	c, err := load(dir)
	return &log{dir: dir, opts: opts, contents: c, err: err, gone: gone}, err
}

func (l *log) path(number int) string { return filepath.Join(l.dir, fileName(number)) }

func (l *log) lastPath() string { return l.path(l.files[len(l.files)-1].number) }

// add appends an entry and returns when it is durable.
func (l *log) add(r record) error {
	l.mu.Lock()
	f, end, n, hash, err := l.write(r)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	if err := f.Sync(end); err != nil {
		return fileError("sync", l.dir, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n > l.headAt && l.head != nil {
		// Without it only the removal of the last entries goes unnoticed.
		_, _ = l.head.WriteAt(headLine(n, hash), 0)
		l.headAt = n
	}
	return nil
}

// write appends an entry, durable up to the end that it returns once f is
// synced.
func (l *log) write(r record) (f *journal.File, end int64, n uint64, hash string, err error) {
	if l.err != nil {
		return nil, 0, 0, "", l.err
	}
	if err := l.ready(); err != nil {
		return nil, 0, 0, "", err
	}
	if l.current.Size() >= l.opts.MaxFileBytes {
		if err := l.rotate(); err != nil {
			return nil, 0, 0, "", err
		}
	}
	// Not before: the incident may have been pruned.
	if err := l.check(&r); err != nil {
		return nil, 0, 0, "", err
	}
	end, hash, err = l.put(r)
	return l.current, end, l.entries, hash, err
}

// put appends an entry to the last file.
func (l *log) put(r record) (end int64, hash string, err error) {
	r.N, r.Prev = l.entries+1, l.hash
	line, hash, err := encode(r)
	if err != nil {
		return 0, "", err
	}
	last := &l.files[len(l.files)-1]
	if end, err = l.current.Write(line); err != nil {
		return 0, "", fileError("append to", l.lastPath(), err)
	}
	last.size, last.last = end, r.Time
	if problem := l.apply(r, hash, last.number); problem != "" {
		return 0, "", fmt.Errorf("incident %s: %s", r.Incident, problem) // check has seen to it
	}
	return end, hash, nil
}

// check wants an entry to fit its incident.
func (l *log) check(r *record) error {
	if r.Kind == Opened {
		return nil
	}
	k := l.incidents[r.Incident]
	switch {
	case k == nil:
		return fmt.Errorf("%w: %q", ErrUnknown, r.Incident)
	case k.State.Over() && r.State != "" && !r.State.Over():
		return fmt.Errorf("%w: %s is %s, and what fails again is a new incident", ErrOver, r.Incident, k.State)
	}
	if r.State == k.State {
		r.State = ""
	}
	return nil
}

// ready opens the last file for appending. It is made if there is none, and
// mended if it may not be what it should.
func (l *log) ready() error {
	if l.current != nil && l.current.Err() == nil {
		return nil
	}
	if l.current != nil {
		l.close()
		l.unsure = true
	}
	if l.unsure {
		if err := l.reload(); err != nil {
			return err
		}
	}
	if len(l.files) == 0 {
		if err := journal.MakeDir(l.dir); err != nil {
			return fileError("make", l.dir, err)
		}
		return l.startFile(1)
	}
	last := l.files[len(l.files)-1]
	if l.torn > 0 {
		if err := os.Truncate(l.lastPath(), last.size); err != nil {
			return fileError("cut a half-written entry off", l.lastPath(), err)
		}
		l.torn = 0
	}
	return l.openLast()
}

// reload reads the log again, after a write went wrong in a way that leaves the
// last file's content unsure, and puts what was read in its place.
func (l *log) reload() error {
	c, err := load(l.dir)
	if err != nil {
		return err // l has what was read before; the next write tries again
	}
	c.project = l.project
	l.contents = c
	if len(c.files) > 0 {
		content, err := os.ReadFile(l.lastPath())
		if err == nil {
			err = journal.Place(l.lastPath(), content[:min(int64(len(content)), c.files[len(c.files)-1].size)])
		}
		if err != nil {
			return fileError("mend", l.lastPath(), err)
		}
	}
	l.torn, l.unsure = 0, false
	return nil
}

// openLast opens the last file and the head.
func (l *log) openLast() error {
	h, err := l.opts.openHandle(l.lastPath())
	if err != nil {
		return fileError("open", l.lastPath(), err)
	}
	path := filepath.Join(l.dir, headName)
	if l.head == nil {
		head, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			h.Close()
			return fileError("open", path, err)
		}
		l.head = head
	}
	l.current = journal.NewFile(h, l.files[len(l.files)-1].size)
	return nil
}

// startFile puts the file with this number in place and goes on in it.
func (l *log) startFile(number int) error {
	r := record{N: l.entries + 1, Prev: l.hash, Time: stamp(l.opts.Now()), Log: &header{formatVersion, l.project}}
	line, hash, err := encode(r)
	if err != nil {
		return err
	}
	if err := journal.Place(l.path(number), line); err != nil {
		return fileError("create", l.path(number), err)
	}
	l.files = append(l.files, file{number: number, size: int64(len(line)), last: r.Time})
	l.apply(r, hash, number)
	if l.current != nil {
		l.current.Close() // all of it is durable
		l.current = nil
	}
	return l.openLast()
}

// rotate goes on in a new file, and removes old ones.
func (l *log) rotate() error {
	// The next file is made durable at once, so this one has to be before.
	if err := l.current.Sync(l.current.Size()); err != nil {
		return fileError("sync", l.lastPath(), err)
	}
	if err := l.startFile(l.files[len(l.files)-1].number + 1); err != nil {
		return err
	}
	_ = l.prune() // what it could not do, it does with the next file
	return nil
}

// prune removes the oldest files that are too many or too old, as far as every
// incident in them is over. What later files hold of such an incident is then
// without its beginning, and not shown any more.
func (l *log) prune() error {
	if l.err != nil || len(l.files) < 2 {
		return l.err
	}
	needed, newest := map[int]bool{}, map[int]time.Time{} // by the number of a file
	for _, k := range l.incidents {
		for n := k.first; n <= k.last; n++ {
			needed[n] = needed[n] || !k.State.Over()
			if k.Updated.After(newest[n]) {
				newest[n] = k.Updated
			}
		}
	}
	drop := 0
	for i, f := range l.files[:len(l.files)-1] {
		tooMany := len(l.files)-i > l.opts.MaxFiles
		tooOld := min(l.opts.Now().Sub(f.last), l.opts.Now().Sub(newest[f.number])) > l.opts.MaxAge
		if needed[f.number] || !tooMany && !tooOld {
			break
		}
		drop = i + 1
	}
	if drop == 0 {
		return nil
	}
	return l.remove(drop)
}

// remove removes the first files, having said so in the log.
func (l *log) remove(drop int) error {
	if err := l.ready(); err != nil {
		return err
	}
	head, err := firstOf(l.path(l.files[drop].number))
	if err != nil {
		return err
	}
	var ids []string
	p := pruned{position: position{head.N - 1, head.Prev}}
	for id, k := range l.incidents {
		if k.first >= l.files[drop].number {
			continue
		}
		ids = append(ids, id)
		if k.last >= l.files[drop].number {
			p.Incidents = append(p.Incidents, id)
		}
	}
	slices.Sort(p.Incidents)
	end, _, err := l.put(record{Time: stamp(l.opts.Now()), Pruned: &p})
	if err != nil {
		return err
	}
	if err := l.current.Sync(end); err != nil {
		return fileError("sync", l.lastPath(), err)
	}
	for _, f := range l.files[:drop] { // in order: what a crash leaves has no gap
		if err := os.Remove(l.path(f.number)); err != nil && !os.IsNotExist(err) {
			return fileError("remove", l.path(f.number), err)
		}
		if err := journal.SyncDir(l.dir); err != nil {
			return fileError("sync", l.dir, err)
		}
	}
	for _, id := range ids {
		delete(l.incidents, id)
	}
	l.files = l.files[drop:]
	l.gone(ids)
	return nil
}

// firstOf returns the first entry of a file.
func firstOf(path string) (record, error) {
	f, err := os.Open(path)
	if err != nil {
		return record{}, fileError("read", path, err)
	}
	defer f.Close()
	var first record
	done := errors.New("enough")
	err = journal.EachLine(f, maxLine, func(line []byte, _ int64) error {
		var err error
		if first, _, err = decode(line); err != nil {
			return err
		}
		return done
	})
	if err != done {
		return record{}, fileError("read", path, fmt.Errorf("its first entry is not whole: %w", err))
	}
	return first, nil
}

// tidy cuts a torn entry off and removes files that are too old.
func (l *log) tidy() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.torn > 0 {
		if err := l.ready(); err != nil {
			return err
		}
	}
	return l.prune()
}

// has tells whether an incident is in memory, durable or not.
func (l *log) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.incidents[id] != nil
}

// underWay returns an incident that is not over, whose events are in memory.
func (l *log) underWay(id string) (Incident, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.incidents[id]
	if k == nil || k.State.Over() {
		return Incident{}, false
	}
	i := k.Incident
	i.Events = slices.Clone(i.Events)
	return i, true
}

// why returns why nothing may be added, or nil.
func (l *log) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// close closes the files.
func (l *log) close() {
	if l.current != nil {
		l.current.Close()
		l.current = nil
	}
	if l.head != nil {
		l.head.Close()
		l.head = nil
	}
}

// stamp is a time as it is kept.
func stamp(t time.Time) time.Time { return t.Round(0).UTC() }

// cut shortens a text to at most n bytes.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}
