package notify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// The file of a queue is lines: the CRC-32C, in 8 hexadecimal digits, of the
// JSON that follows, and a record. The first is the header.

const (
	formatVersion = 1
	maxRecord     = 256 << 10
	maxSeen       = 20_000
	// compactFrom is the size from which the file is written anew when it has
	// doubled.
	compactFrom = 1 << 20
)

// record is exactly one of its fields.
type record struct {
	Queue *header `json:"queue,omitempty"`
	Add   *added  `json:"add,omitempty"`
	Done  *done   `json:"done,omitempty"`
	Seen  *seen   `json:"seen,omitempty"`
}

type header struct {
	Version int `json:"version"`
}

type added struct {
	Sequence uint64    `json:"sequence"`
	At       time.Time `json:"at"`
	Targets  []string  `json:"targets"`
	Message  Message   `json:"message"`
}

// done says that a message is not to be sent to a target any more.
type done struct {
	Sequence uint64 `json:"sequence"`
	Target   string `json:"target"`
}

// seen keeps the key of what was sent.
type seen struct {
	Key string    `json:"key"`
	At  time.Time `json:"at"`
}

func checksum(payload []byte) string {
	return fmt.Sprintf("%08x ", crc32.Checksum(payload, crc32.MakeTable(crc32.Castagnoli)))
}

func appendRecord(dst []byte, r record) ([]byte, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxRecord-16 {
		return nil, errors.New("a notification for so many targets is too long")
	}
	return append(append(append(dst, checksum(payload)...), payload...), '\n'), nil
}

func parseRecord(text []byte) (record, bool) {
	var r record
	sum, payload, _ := bytes.Cut(text, []byte(" "))
	payload, whole := bytes.CutSuffix(payload, []byte("\n"))
	if !whole || string(sum)+" " != checksum(payload) || json.Unmarshal(payload, &r) != nil {
		return record{}, false
	}
	return r, true
}

// load reads the file. What is damaged is left out: better that one message is
// lost than that none is sent any more.
func (q *Queue) load() error {
	f, err := os.Open(q.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the notifications: %w", err)
	}
	defer f.Close()
	var pending []added
	dones := map[done]bool{}
	lines, bad := 0, 0
	err = journal.EachLine(f, maxRecord, func(text []byte, _ int64) error {
		r, ok := parseRecord(text)
		if lines++; lines == 1 && (!ok || r.Queue == nil || r.Queue.Version < 1) {
			return fmt.Errorf("%s is no queue of notifications, or its first line is damaged; it was left as it is; move it away and start again", q.path)
		}
		switch {
		case !ok:
			bad++
		case r.Queue != nil && r.Queue.Version > formatVersion:
			return fmt.Errorf("%s was written by a newer Clockwork: it has version %d, and this Clockwork reads up to %d; use that Clockwork or a newer one",
				q.path, r.Queue.Version, formatVersion)
		case r.Add != nil:
			pending = append(pending, *r.Add)
		case r.Done != nil:
			dones[*r.Done] = true
		case r.Seen != nil:
			q.seen[r.Seen.Key] = r.Seen.At
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the notifications: %w", err)
	}
	if bad > 0 {
		q.opts.Log.Warn("the queue of notifications was not whole; the rest of it is used", "file", q.path, "records_lost", bad)
	}
	slices.SortStableFunc(pending, func(a, b added) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for _, a := range pending {
		for _, name := range a.Targets {
			q.seen[key(name, a.Message)] = a.At
		}
		a.Targets = slices.DeleteFunc(a.Targets, func(name string) bool { return dones[done{a.Sequence, name}] })
		q.add(a)
	}
	return nil
}

// write appends a record, without making it durable.
func (q *Queue) write(r record) (end int64, err error) {
	text, err := appendRecord(nil, r)
	if err != nil {
		return 0, err
	}
	return q.file.Write(text)
}

// tidy writes the file anew when most of it is about the past, or when it is
// not sure what is in it.
func (q *Queue) tidy() error {
	broken := q.file.Err()
	if broken == nil && q.file.Size() < max(compactFrom, 2*q.compact) {
		return nil
	}
	if err := q.rewrite(); err != nil && broken != nil {
		return err
	}
	return nil
}

// rewrite puts in place a file that holds what is in memory and no more.
func (q *Queue) rewrite() error {
	content, err := q.content(time.Now())
	if err != nil {
		return err
	}
	if err := journal.Place(q.path, content); err != nil {
		return fmt.Errorf("write the notifications: %w", err)
	}
	h, err := journal.OpenHandle(q.path)
	if err != nil {
		return fmt.Errorf("open the notifications: %w", err)
	}
	if q.file != nil {
		q.file.Retire()
	}
	q.compact = int64(len(content))
	q.file = journal.NewFile(h, q.compact)
	return nil
}

func (q *Queue) content(now time.Time) ([]byte, error) {
	q.forget(now)
	records := []record{{Queue: &header{formatVersion}}}
	adds := map[uint64]*added{}
	waiting := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(q.lines)) {
		for _, it := range q.lines[name].items {
			a := adds[it.sequence]
			if a == nil {
				a = &added{Sequence: it.sequence, At: it.at, Message: it.message}
				adds[it.sequence] = a
			}
			a.Targets = append(a.Targets, name)
			waiting[key(name, it.message)] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(q.seen)) {
		if !waiting[k] {
			records = append(records, record{Seen: &seen{k, q.seen[k]}})
		}
	}
	for _, n := range slices.Sorted(maps.Keys(adds)) {
		records = append(records, record{Add: adds[n]})
	}
	var content []byte
	for _, r := range records {
		var err error
		if content, err = appendRecord(content, r); err != nil {
			return nil, err
		}
	}
	return content, nil
}

// forget forgets what was sent long ago, or before much else.
func (q *Queue) forget(now time.Time) {
	maps.DeleteFunc(q.seen, func(_ string, at time.Time) bool { return now.Sub(at) >= q.opts.Remember })
	if len(q.seen) <= maxSeen {
		return
	}
	keys := slices.SortedFunc(maps.Keys(q.seen), func(a, b string) int {
		return cmp.Or(q.seen[a].Compare(q.seen[b]), strings.Compare(a, b))
	})
	for _, k := range keys[:len(keys)-maxSeen] {
		delete(q.seen, k)
	}
}
