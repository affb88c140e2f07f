package incident

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/journal"
	"github.com/clockwork-hcl/clockwork/internal/parallel"
)

// Options say how a Store keeps its files. The zero value is good.
type Options struct {
	// ReadOnly opens the store beside the one that writes to it.
	ReadOnly bool

	MaxFileBytes int64         // a file of this size is followed by another; 1 MiB if 0
	MaxFiles     int           // of a project, as far as their incidents are over; 8 if 0
	MaxAge       time.Duration // of a file's last entry, likewise; 90 days if 0

	Now func() time.Time // time.Now if nil

	openHandle func(path string) (journal.Handle, error)
}

// loaders is how many logs are read at once when a store is opened.
const loaders = 8

// Store holds the incidents of all projects. Its methods may be called by many
// at once.
type Store struct {
	dir  string
	opts Options
	lock io.Closer

	mu   sync.Mutex
	logs map[string]*log // by the name of the folder
	byID map[string]*log
}

// Open opens the store in dir, which it makes if need be. One process at a time
// may have it open to write. Of a log that is damaged, what stands before the
// damage can be read, and a diagnostic says what to do; so does a warning of an
// entry that was cut off.
func Open(dir string, opts Options) (*Store, diag.Diagnostics, error) {
	opts.MaxFileBytes = cmp.Or(opts.MaxFileBytes, 1<<20)
	opts.MaxFiles = cmp.Or(opts.MaxFiles, 8)
	opts.MaxAge = cmp.Or(opts.MaxAge, 90*24*time.Hour)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.openHandle == nil {
		opts.openHandle = journal.OpenHandle
	}
	s := &Store{dir: dir, opts: opts, logs: map[string]*log{}, byID: map[string]*log{}}
	if !opts.ReadOnly {
		if err := journal.MakeDir(dir); err != nil {
			return nil, nil, fileError("make", dir, err)
		}
		lock, err := journal.Lock(filepath.Join(dir, "lock"))
		if err != nil {
			return nil, nil, fileError("lock", dir, err)
		}
		s.lock = lock
	}
	diags, err := s.load()
	if err != nil {
		s.Close()
		return nil, nil, err
	}
	return s, diags, nil
}

// load opens the log of every project.
func (s *Store) load() (diag.Diagnostics, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !(s.opts.ReadOnly && errors.Is(err, os.ErrNotExist)) {
		return nil, fileError("read", s.dir, err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	logs := make([]*log, len(names))
	perLog := make([]diag.Diagnostics, len(names))
	parallel.Each(loaders, len(names), func(i int) {
		l, err := openLog(filepath.Join(s.dir, names[i]), s.opts, s.forget)
		perLog[i] = diag.FromError("Cannot use the record of incidents", err)
		if l.torn > 0 && !s.opts.ReadOnly {
			perLog[i] = append(perLog[i], diag.Warningf("An unfinished entry was cut off", "The last entry in %s was not whole: "+
				"Clockwork was stopped while it wrote it. Nothing else is lost.", l.lastPath())...)
		}
		logs[i] = l
	})
	for i, l := range logs {
		if l.err == nil && len(l.files) == 0 {
			continue // it was never finished being made
		}
		s.logs[names[i]] = l
		for id := range l.incidents {
			s.byID[id] = l
		}
	}
	if !s.opts.ReadOnly {
		for i, l := range logs {
			if l.err == nil && len(l.files) > 0 {
				perLog[i] = append(perLog[i], diag.FromError("Cannot use the record of incidents", l.tidy())...)
			}
		}
	}
	return slices.Concat(perLog...), nil
}

// Close closes the files and gives the lock back.
func (s *Store) Close() error {
	for _, l := range s.all() {
		l.mu.Lock()
		l.close()
		l.err = cmp.Or(l.err, error(os.ErrClosed))
		l.mu.Unlock()
	}
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// Create opens an incident with its first entry, whose Kind and State need not
// be set. When it returns, the incident is durable.
func (s *Store) Create(about Subject, e Entry) (Incident, error) {
	switch {
	case s.opts.ReadOnly:
		return Incident{}, ErrReadOnly
	case about.Project.Folder == "" || about.Target == "":
		return Incident{}, errors.New("an incident needs a project's folder and a target")
	case about.Severity != SeverityError && about.Severity != SeverityWarning:
		return Incident{}, fmt.Errorf("an incident has no severity %q", about.Severity)
	}
	e.Kind, e.State = Opened, cmp.Or(e.State, StateOpen)
	r, err := s.record(e)
	if err != nil {
		return Incident{}, err
	}
	about.Asserts = slices.Clone(about.Asserts)
	r.Subject = &about

	s.mu.Lock()
	for r.Incident = newID(r.Time); ; r.Incident = newID(r.Time) {
		if _, taken := s.byID[r.Incident]; !taken {
			break
		}
	}
	l := s.logOf(about.Project)
	s.byID[r.Incident] = l
	s.mu.Unlock()

	if err := l.add(r); err != nil {
		if !l.has(r.Incident) {
			s.forget([]string{r.Incident})
		}
		return Incident{}, err
	}
	return Incident{ID: r.Incident, Subject: about, State: e.State, Opened: r.Time, Updated: r.Time}, nil
}

// logOf returns the log of a project, made if it has none.
func (s *Store) logOf(p Project) *log {
	name := folderName(p.Folder)
	if l := s.logs[name]; l != nil {
		return l
	}
	l := &log{dir: filepath.Join(s.dir, name), opts: s.opts, gone: s.forget, contents: newContents(p)}
	s.logs[name] = l
	return l
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// folderName is that of a project's log: a word to recognise it by, and a hash
// to tell it from others.
func folderName(project string) string {
	word := strings.Trim(notInNames.ReplaceAllString(filepath.Base(project), "-"), "-")
	return fmt.Sprintf("%s-%x", cmp.Or(word[:min(len(word), 32)], "project"), sha256.Sum256([]byte(project)))[:min(len(word), 32)+17]
}

// Append adds an entry to an incident. When it returns without an error, the
// entry is durable. After an error of the disk it may be there or not.
func (s *Store) Append(id string, e Entry) error {
	switch {
	case s.opts.ReadOnly:
		return ErrReadOnly
	case e.Kind == Opened:
		return errors.New("only Create opens an incident")
	}
	r, err := s.record(e)
	if err != nil {
		return fmt.Errorf("add to incident %s: %w", id, err)
	}
	l := s.find(id)
	if l == nil {
		return fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	r.Incident = id
	return l.add(r)
}

// record checks an entry.
func (s *Store) record(e Entry) (record, error) {
	switch {
	case !e.Kind.known():
		return record{}, fmt.Errorf("an entry has no kind %q", e.Kind)
	case e.State != "" && !e.State.known():
		return record{}, fmt.Errorf("an incident has no state %q", e.State)
	}
	data, err := canonicalData(e.Data)
	if err != nil {
		return record{}, err
	}
	if e.Time.IsZero() {
		e.Time = s.opts.Now()
	}
	return record{Time: stamp(e.Time), Kind: e.Kind, State: e.State, Rung: cut(e.Rung, maxRung), Message: cut(e.Message, MaxMessage), Data: data}, nil
}

func (s *Store) find(id string) *log {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

func (s *Store) all() []*log {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*log, 0, len(s.logs))
	for _, l := range s.logs {
		all = append(all, l)
	}
	return all
}

// forget is told of incidents that were pruned.
func (s *Store) forget(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.byID, id)
	}
}

// Filter says which incidents are asked for; its zero value, all.
type Filter struct {
	Folder     string    // of the project
	Target     string    // the address
	States     []State   // any of them
	Unresolved bool      // only those that are not over
	Since      time.Time // updated then or later
	Limit      int       // the newest ones, if not 0
}

func (f Filter) takes(i Incident) bool {
	return (f.Folder == "" || f.Folder == i.Project.Folder) && (f.Target == "" || f.Target == i.Target) &&
		(len(f.States) == 0 || slices.Contains(f.States, i.State)) && !(f.Unresolved && i.State.Over()) && !i.Updated.Before(f.Since)
}

// List returns incidents without their events, the newest first.
func (s *Store) List(f Filter) []Incident {
	list := s.collect(f)
	for i := range list {
		list[i].Events = nil
	}
	return list
}

// Unresolved returns the incidents that are not over, with their events, the
// newest first.
func (s *Store) Unresolved() []Incident { return s.collect(Filter{Unresolved: true}) }

func (s *Store) collect(f Filter) []Incident {
	var list []Incident
	for _, l := range s.all() {
		l.mu.Lock()
		for _, k := range l.incidents {
			if f.takes(k.Incident) {
				i := k.Incident
				i.Events = slices.Clone(i.Events)
				list = append(list, i)
			}
		}
		l.mu.Unlock()
	}
	slices.SortFunc(list, func(a, b Incident) int {
		return cmp.Or(b.Opened.Compare(a.Opened), strings.Compare(b.ID, a.ID))
	})
	if f.Limit > 0 && len(list) > f.Limit {
		list = list[:f.Limit]
	}
	return list
}

// Get returns an incident with all its events. If its log is damaged, the
// incident is returned as far as it could be read, together with an error.
func (s *Store) Get(id string) (Incident, error) {
	found, err := s.GetAll(id)
	if i, ok := found[id]; ok {
		return i, err
	}
	return Incident{}, cmp.Or(err, fmt.Errorf("%w: %q", ErrUnknown, id))
}

// GetAll returns incidents with all their events, by ID, and reads each log once
// at most. Those that there are not are left out. Of a log that is damaged, they are
// returned as far as they could be read, together with an error.
func (s *Store) GetAll(ids ...string) (map[string]Incident, error) {
	found := make(map[string]Incident, len(ids))
	byLog := map[*log][]string{}
	var errs []error
	for _, id := range ids {
		l := s.find(id)
		if l == nil {
			continue
		}
		if i, ok := l.underWay(id); ok {
			found[id], errs = i, append(errs, l.why())
		} else {
			byLog[l] = append(byLog[l], id)
		}
	}
	for l, wanted := range byLog {
		c, err := load(l.dir, wanted...)
		errs = append(errs, err)
		for _, id := range wanted {
			if k := c.incidents[id]; k != nil {
				found[id] = k.Incident
			}
		}
	}
	return found, errors.Join(errs...)
}

// Verify reads all logs again and checks every entry. It returns one Error for
// each project whose log is not as it was written, naming the first entry that
// is wrong.
func (s *Store) Verify(ctx context.Context) ([]*Error, error) {
	logs := s.all()
	slices.SortFunc(logs, func(a, b *log) int { return strings.Compare(a.dir, b.dir) })
	var problems []*Error
	for _, l := range logs {
		if err := ctx.Err(); err != nil {
			return problems, err
		}
		c, err := load(l.dir)
		var e *Error
		if errors.As(err, &e) {
			e.Project = c.project
			problems = append(problems, e)
		} else if err != nil {
			return problems, err
		}
	}
	return problems, nil
}
