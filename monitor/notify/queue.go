package notify

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// Options say how a Queue works. Lookup is needed; for the rest, zero is good.
type Options struct {
	// Lookup returns the settings of a target by its name, each time one is
	// about to be used. An error that is ErrNoTarget drops what is queued for it;
	// any other counts as a failed attempt, and must tell nothing secret.
	Lookup func(ctx context.Context, name string) (Target, error)

	Log *slog.Logger // slog.Default() if nil

	MaxMessages int           // in the queue, counted once for each target; 10,000 if 0
	MaxBytes    int64         // of them; 16 MiB if 0
	GiveUp      time.Duration // after which a message is not tried again; 24 hours if 0
	Remember    time.Duration // for which what was sent is not sent again; 7 days if 0

	jitter func() float64 // in [0, 1)
	roots  *x509.CertPool
}

// Queue is messages on their way. Its methods may be called by many at once.
type Queue struct {
	path string
	opts Options
	lock io.Closer

	mu       sync.Mutex
	file     *journal.File
	compact  int64 // the size of the file when it was last written anew
	sequence uint64
	lines    map[string]*line // by the name of the target
	count    int              // of items
	bytes    int64
	seen     map[string]time.Time // when what has this key was enqueued
	wake     chan struct{}        // closed to end all waiting
	workers  sync.WaitGroup
	running  context.Context // nil while nobody delivers
}

// line is what waits for one target, in order.
type line struct {
	name     string
	items    []*item
	busy     bool // somebody works on it
	failures int  // of attempts in a row
}

// item is a message for one target.
type item struct {
	sequence uint64
	at       time.Time // when it was enqueued
	size     int64
	message  Message
}

// key tells a message to a target from others. An incident has one of each event,
// or as many as have their own IDs.
func key(target string, m Message) string {
	return m.Incident + "\n" + strings.TrimPrefix(m.ID, m.Incident+"-") + "\n" + target
}

// Open opens the queue in dir, which is made if need be. One process at a time
// may have it open.
func Open(dir string, opts Options) (*Queue, error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.jitter == nil {
		opts.jitter = rand.Float64
	}
	opts.MaxMessages = cmp.Or(opts.MaxMessages, 10_000)
	opts.MaxBytes = cmp.Or(opts.MaxBytes, 16<<20)
	opts.GiveUp = cmp.Or(opts.GiveUp, 24*time.Hour)
	opts.Remember = cmp.Or(opts.Remember, 7*24*time.Hour)
	q := &Queue{path: filepath.Join(dir, "queue"), opts: opts, lines: map[string]*line{}, seen: map[string]time.Time{}, wake: make(chan struct{})}
	if err := journal.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("make the folder of the notifications: %w", err)
	}
	lock, err := journal.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("lock the notifications in %s: %w", dir, err)
	}
	q.lock = lock
	if err = q.load(); err == nil {
		err = q.rewrite()
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return q, nil
}

// Close closes the files. Run has to have returned.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return errors.Join(q.file.Close(), q.lock.Close())
}

// Enqueue takes a message for some targets, and returns when it is durable. A
// target that had the message of this incident and event already, or has it
// queued, is left out. When the queue is full, the oldest messages make room.
func (q *Queue) Enqueue(m Message, targets ...string) error {
	now := time.Now()
	m, err := m.normal(now)
	if err != nil {
		return err
	}
	q.mu.Lock()
	f, end, err := q.enqueue(m, targets, now)
	q.mu.Unlock()
	if err != nil {
		return fmt.Errorf("queue a notification in %s: %w", q.path, err)
	}
	// What is there already may have been written a moment ago.
	if err := f.Sync(end); err != nil {
		return fmt.Errorf("queue a notification in %s: %w", q.path, err)
	}
	return nil
}

func (q *Queue) enqueue(m Message, targets []string, now time.Time) (*journal.File, int64, error) {
	if err := q.tidy(); err != nil {
		return nil, 0, err
	}
	a := added{Sequence: q.sequence + 1, At: now.Round(0).UTC(), Message: m}
	for _, name := range targets {
		k := key(name, m)
		if at, there := q.seen[k]; there && (now.Sub(at) < q.opts.Remember || q.waits(name, k)) {
			continue
		}
		a.Targets = append(a.Targets, name)
		q.seen[k] = a.At
	}
	if len(a.Targets) == 0 {
		return q.file, q.file.Size(), nil
	}
	end, err := q.write(record{Add: &a})
	if err != nil {
		for _, name := range a.Targets {
			delete(q.seen, key(name, m))
		}
		return nil, 0, err
	}
	f := q.file // where end is; making room may write another file
	q.add(a)
	q.makeRoom()
	for _, name := range a.Targets {
		q.start(q.lines[name])
	}
	return f, end, nil
}

// waits tells whether a message with this key is queued for a target.
func (q *Queue) waits(name, k string) bool {
	if l := q.lines[name]; l != nil {
		for _, it := range l.items {
			if key(name, it.message) == k {
				return true
			}
		}
	}
	return false
}

// add puts what was recorded into memory.
func (q *Queue) add(a added) {
	q.sequence = max(q.sequence, a.Sequence)
	for _, name := range a.Targets {
		l := q.lines[name]
		if l == nil {
			l = &line{name: name}
			q.lines[name] = l
		}
		it := &item{sequence: a.Sequence, at: a.At, message: a.Message, size: int64(len(a.Message.body()))}
		l.items = append(l.items, it)
		q.count++
		q.bytes += it.size
		q.seen[key(name, a.Message)] = a.At
	}
}

// makeRoom drops the oldest messages beyond what the queue holds.
func (q *Queue) makeRoom() {
	for q.count > q.opts.MaxMessages || q.bytes > q.opts.MaxBytes && q.count > 1 {
		var oldest *line
		for _, l := range q.lines {
			if len(l.items) > 0 && (oldest == nil || l.items[0].sequence < oldest.items[0].sequence) {
				oldest = l
			}
		}
		it := oldest.items[0]
		q.logger(oldest, it).Warn("a notification was dropped: the queue is full")
		q.remove(oldest, it)
	}
}

// remove takes an item out, unless that was done already.
func (q *Queue) remove(l *line, it *item) (*journal.File, int64) {
	if len(l.items) == 0 || l.items[0] != it {
		return nil, 0
	}
	l.items = l.items[1:]
	q.count--
	q.bytes -= it.size
	_ = q.tidy() // if it is needed and fails, write fails too
	end, err := q.write(record{Done: &done{Sequence: it.sequence, Target: l.name}})
	if err != nil {
		q.logger(l, it).Warn("a notification may be sent again after a restart: the queue cannot be written to", "error", err.Error())
		return nil, 0
	}
	return q.file, end
}

// Wake ends all waiting for the next attempt. It is for when settings of
// targets have changed.
func (q *Queue) Wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.wake)
	q.wake = make(chan struct{})
}

// Pending returns how many messages wait, counted once for each target.
func (q *Queue) Pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

func (q *Queue) logger(l *line, it *item) *slog.Logger {
	return q.opts.Log.With("notifier", l.name, "id", it.message.ID, "incident", it.message.Incident, "event", string(it.message.Event))
}
