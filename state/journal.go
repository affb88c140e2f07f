package state

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
)

// A journal is lines, one record each:
//
//	CRC LENGTH NUMBER JSON
//
// CRC is the CRC-32C, in 8 hexadecimal digits, of what follows LENGTH and its
// space; LENGTH is the number of bytes of that. NUMBER counts the records from
// 0, which is the header. A journal appears under its name with its header
// whole, and only ever grows.

// journalHeader binds a journal to the snapshot that it continues.
type journalHeader struct {
	Version          int    `json:"version"`
	ClockworkVersion string `json:"clockwork_version"`
	Lineage          string `json:"lineage"`
	Serial           uint64 `json:"serial"`           // of the snapshot; 0 when there is none
	Sealed           bool   `json:"sealed,omitempty"` // all records but this are encrypted
}

// record is the JSON of one line: exactly one of its fields.
type record struct {
	Journal *journalHeader `json:"journal,omitempty"`
	Intent  *intentRecord  `json:"intent,omitempty"`
	Change  *changeRecord  `json:"change,omitempty"`
}

func crc(body []byte) uint32 { return crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) }

// appendFrame appends record number n to dst.
func appendFrame(dst []byte, n uint64, payload []byte) []byte {
	body := strconv.AppendUint(nil, n, 10)
	body = append(body, ' ')
	body = append(body, payload...)
	dst = fmt.Appendf(dst, "%08x %d ", crc(body), len(body))
	dst = append(dst, body...)
	return append(dst, '\n')
}

// frame is what became of one line.
type frame int

const (
	frameBad     frame = iota // not a whole record
	frameGood                 // a record and its newline
	frameRunOver              // a whole record, but something else than a newline behind it
)

// parseFrame takes a line apart, its newline included. Only the very bytes that
// appendFrame writes are good. Of a frameRunOver, payload is what runs over.
func parseFrame(line []byte) (n uint64, payload []byte, f frame) {
	sum, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return 0, nil, frameBad
	}
	length, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return 0, nil, frameBad
	}
	size, err := strconv.Atoi(string(length))
	if err != nil || size < 0 || size >= len(rest) || strconv.Itoa(size) != string(length) {
		return 0, nil, frameBad
	}
	body := rest[:size]
	if string(sum) != fmt.Sprintf("%08x", crc(body)) {
		return 0, nil, frameBad
	}
	number, payload, ok := bytes.Cut(body, []byte(" "))
	if !ok {
		return 0, nil, frameBad
	}
	n, err = strconv.ParseUint(string(number), 10, 64)
	if err != nil {
		return 0, nil, frameBad
	}
	if string(rest[size:]) != "\n" {
		return n, rest[size:], frameRunOver
	}
	return n, payload, frameGood
}

// isFrame tells whether line begins with a whole record.
func isFrame(line []byte) bool {
	_, _, f := parseFrame(line)
	return f != frameBad
}

// journalEnd is where the good records of a journal end.
type journalEnd struct {
	records uint64 // the header included
	size    int64
	torn    bool // something that is not a whole record follows to the end
}

// readJournal calls each for every record in turn, until each fails. A bad
// record that no good one follows is a torn tail; one that a good one follows
// is an error, as is anything else that a stopped writer does not leave behind.
func readJournal(r io.Reader, each func(n uint64, payload []byte) error) (journalEnd, error) {
	var end journalEnd
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return end, err
		}
		if len(line) == 0 {
			if end.records == 0 {
				return end, &formatError{kind: ErrEmpty, offset: 0}
			}
			return end, nil
		}
		n, payload, f := parseFrame(line)
		switch {
		case f != frameGood:
			return end.tornUnlessMore(in, line)
		case n != end.records:
			return end, damaged(end.size, "record %d stands where record %d should", n, end.records)
		}
		if err := each(n, payload); err != nil {
			var f *formatError
			if errors.As(err, &f) && f.offset < 0 {
				f.offset = end.size
			}
			return end, err
		}
		end.records++
		end.size += int64(len(line))
	}
}

// tornUnlessMore decides what the bad line at the end of the good records is.
func (e journalEnd) tornUnlessMore(in *bufio.Reader, line []byte) (journalEnd, error) {
	first := line
	for len(line) > 0 {
		// A damaged or lost newline makes one line of two records.
		if _, over, f := parseFrame(line); f == frameRunOver && (isFrame(over) || isFrame(over[1:])) {
			return e, damaged(e.size, "a record does not end where it should, and a good one follows it")
		}
		var err error
		line, err = in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return e, err
		}
		if isFrame(line) {
			return e, damaged(e.size, "a record is damaged, and good ones follow it")
		}
	}
	if e.records > 0 {
		e.torn = true
		return e, nil
	}
	// The header is never torn, because a journal is made whole and then renamed.
	if _, err := strconv.ParseUint(string(first[:min(8, len(first))]), 16, 32); err != nil {
		return e, &formatError{kind: ErrForeign, offset: 0}
	}
	return e, &formatError{kind: ErrTruncated, offset: 0}
}

func damaged(offset int64, format string, args ...any) error {
	return &formatError{kind: ErrDamaged, offset: offset, reason: fmt.Sprintf(format, args...)}
}
