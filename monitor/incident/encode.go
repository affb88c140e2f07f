package incident

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// formatVersion is that of the files, in the header of each.
const formatVersion = 1

// A file of a log is lines of JSON, one entry each. The members of an entry
// stand in the order of the fields of record, without white space, the members
// of data in that of their names, and last comes
//
//	,"hash":"SHA-256"}
//
// which is over the line without it, closed with a brace of its own.

// record is one line. Beside n, prev and time it has one of log, pruned, and
// what makes up an event.
type record struct {
	N    uint64    `json:"n"`    // counts the entries of a log from 1
	Prev string    `json:"prev"` // the hash of the entry before; zeros in the first
	Time time.Time `json:"time"`

	Log    *header `json:"log,omitempty"`
	Pruned *pruned `json:"pruned,omitempty"`

	Incident string          `json:"incident,omitempty"`
	Subject  *Subject        `json:"subject,omitempty"` // in the entry that is Opened
	Kind     Kind            `json:"kind,omitempty"`
	State    State           `json:"state,omitempty"`
	Rung     string          `json:"rung,omitempty"`
	Message  string          `json:"message,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
}

// header is the first entry of every file.
type header struct {
	Version int     `json:"version"`
	Project Project `json:"project"`
}

// pruned says, before old files are removed, up to which entry they are, and
// which incidents of them have entries in later files too.
type pruned struct {
	position
	Incidents []string `json:"incidents,omitempty"`
}

// position is an entry of a log, and with it all before.
type position struct {
	Through uint64 `json:"through"`
	Hash    string `json:"hash"`
}

const (
	hashStart  = `,"hash":"`
	hashLength = len(hashStart) + 2*sha256.Size + len("\"}\n")
)

// noHash stands where there is no entry before.
var noHash = strings.Repeat("0", 2*sha256.Size)

func (r record) event(hash string) Event {
	return Event{Number: r.N, Time: r.Time, Kind: r.Kind, State: r.State, Rung: r.Rung, Message: r.Message, Data: r.Data, Hash: hash}
}

// encode returns the line of r, and its hash.
func encode(r record) (line []byte, hash string, err error) {
	body, err := canonical(r)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(body)
	hash = hex.EncodeToString(sum[:])
	line = append(body[:len(body)-1], hashStart+hash+"\"}\n"...)
	if len(line) > maxLine {
		return nil, "", fmt.Errorf("the entry has %d bytes, and may have %d", len(line), maxLine)
	}
	return line, hash, nil
}

// errNotWhole is what decode returns for a line that a stopped writer may leave
// behind: one that is no whole JSON.
var errNotWhole = errors.New("the line is not a whole entry")

// decode takes a line apart. Its hash is right when it returns no error.
func decode(line []byte) (record, string, error) {
	var r record
	hash, err := verified(line)
	switch {
	case err != nil && !isWhole(line):
		return r, "", errNotWhole
	case err != nil:
		return r, "", err
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, "", fmt.Errorf("it is not what the format allows: %w", err)
	}
	return r, hash, nil
}

// verified returns the hash of a line whose content matches it.
func verified(line []byte) (string, error) {
	cut := len(line) - hashLength
	if cut < 0 || !bytes.HasPrefix(line[cut:], []byte(hashStart)) {
		return "", errors.New("it has no hash")
	}
	h := sha256.New()
	h.Write(line[:cut])
	h.Write([]byte("}"))
	hash := hex.EncodeToString(h.Sum(nil))
	if string(line[cut:]) != hashStart+hash+"\"}\n" {
		return "", errors.New("its content does not match its hash")
	}
	return hash, nil
}

// isWhole tells whether a line is a JSON object, which no part of one is.
func isWhole(line []byte) bool {
	return bytes.HasPrefix(line, []byte("{")) && bytes.HasSuffix(line, []byte("\n")) && json.Valid(line)
}

// canonical returns the one form in which a value is kept.
func canonical(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// canonicalData checks an entry's data and returns the form in which it is kept.
func canonicalData(data json.RawMessage) (json.RawMessage, error) {
	if len(data) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a number stays as it was written
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("the data of an entry is a JSON object: %w", err)
	}
	if _, err := d.Token(); err != io.EOF || object == nil {
		return nil, errors.New("the data of an entry is one JSON object")
	}
	out, err := canonical(object)
	if err != nil {
		return nil, err
	}
	if len(out) > MaxData {
		return nil, fmt.Errorf("the data of an entry has %d bytes, and may have %d", len(out), MaxData)
	}
	return out, nil
}

// newID returns an id that sorts by time, to the minute. Whether another
// incident has it, the caller knows.
func newID(t time.Time) string {
	return t.UTC().Format("20060102-1504-") + strings.ToLower(rand.Text()[:4])
}
