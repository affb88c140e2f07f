package state

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// FormatVersion is the version of the snapshot's and the journal's format that
// this Clockwork writes. It reads all that came before. Any new field is a new
// version, so that an older Clockwork refuses what it would lose.
//
//   - 2: what a model has set or completed of an object.
const FormatVersion = 2

// snapshotHeader is what precedes the contents of a snapshot.
type snapshotHeader struct {
	Version          int
	ClockworkVersion string
	Lineage          string
	Serial           uint64
	Written          *written // nil when it was not written by a Store
}

// written says how a snapshot came about.
type written struct {
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	Who       string    `json:"who"`
}

// The last two lines of a snapshot. The checksum is over all that precedes
// them, so that no byte of the file can change unnoticed.
const (
	trailerStart = `"checksum":"sha256:`
	trailerEnd   = "\"\n}\n"
	trailerLen   = len(trailerStart) + 2*sha256.Size + len(trailerEnd)
)

func trailer(sum []byte) string { return trailerStart + hex.EncodeToString(sum) + trailerEnd }

// Encode writes st as a snapshot, unencrypted: one object a line, sorted, so
// that two of them can be compared line by line.
func Encode(w io.Writer, st *State) error { return encode(w, st, nil, nil) }

func encode(w io.Writer, st *State, by *written, c Cipher) error {
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	err := writeHeader(out, snapshotHeader{FormatVersion, st.ClockworkVersion, st.Lineage, st.Serial, by})
	if err != nil {
		return err
	}
	if c == nil {
		err = writeContents(out, st)
	} else {
		err = writeSealed(out, st, c)
	}
	if err != nil {
		return err
	}
	out.WriteString(",\n")
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = io.WriteString(w, trailer(sum.Sum(nil)))
	return err
}

// writeHeader writes one field a line. Errors of out stay in it until Flush.
func writeHeader(out *bufio.Writer, h snapshotHeader) error {
	version, err := marshal(h.ClockworkVersion)
	if err != nil {
		return err
	}
	lineage, err := marshal(h.Lineage)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "{\n\"version\":%d,\n\"clockwork_version\":%s,\n\"lineage\":%s,\n\"serial\":%d,\n", h.Version, version, lineage, h.Serial)
	if h.Written != nil {
		by, err := marshal(h.Written)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\"written\":%s,\n", by)
	}
	return nil
}

// writeContents writes resources and outputs, without a final newline.
func writeContents(out *bufio.Writer, st *State) error {
	lines := lineWriter{out: out}
	lines.enc = json.NewEncoder(&lines.buf)
	lines.enc.SetEscapeHTML(false)

	out.WriteString(`"resources":[`)
	for _, k := range slices.SortedFunc(maps.Keys(st.Objects), compareKeys) {
		if st.Objects[k] == nil {
			return fmt.Errorf("%s is in the state without an object", k)
		}
		kr, err := recordOfKey(k)
		if err != nil {
			return err
		}
		if err := lines.write("", resourceRecord{kr, st.Objects[k]}); err != nil {
			return fmt.Errorf("encode %s: %w", k, err)
		}
	}
	out.WriteString("\n],\n\"outputs\":{")
	lines.started = false
	for _, name := range slices.Sorted(maps.Keys(st.Outputs)) {
		label, err := marshal(name)
		if err != nil {
			return err
		}
		if err := lines.write(string(label)+":", st.Outputs[name]); err != nil {
			return fmt.Errorf("encode output %s: %w", name, err)
		}
	}
	out.WriteString("\n}")
	return nil
}

// lineWriter writes the elements of an array or object, one a line.
type lineWriter struct {
	out     *bufio.Writer
	buf     bytes.Buffer
	enc     *json.Encoder // into buf
	started bool
}

func (l *lineWriter) write(label string, v any) error {
	l.buf.Reset()
	if err := l.enc.Encode(v); err != nil {
		return err
	}
	if l.started {
		l.out.WriteByte(',')
	}
	l.started = true
	l.out.WriteByte('\n')
	l.out.WriteString(label)
	l.out.Write(bytes.TrimSuffix(l.buf.Bytes(), []byte("\n")))
	return nil
}

// writeSealed writes the contents as one encrypted field.
func writeSealed(out *bufio.Writer, st *State, c Cipher) error {
	var plain bytes.Buffer
	inner := bufio.NewWriter(&plain)
	inner.WriteByte('{')
	if err := writeContents(inner, st); err != nil {
		return err
	}
	inner.WriteByte('}')
	inner.Flush()
	sealed, err := c.Seal(plain.Bytes(), snapshotContext(st.Lineage, st.Serial))
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	text, err := json.Marshal(sealed)
	if err != nil {
		return err
	}
	out.WriteString(`"sealed":`)
	out.Write(text)
	return nil
}
