package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/clockwork-hcl/clockwork/addr"
)

// Decode reads a snapshot as Encode and Checkpoint write it. c may be nil if it
// is not encrypted. Errors are of type *Error.
func Decode(r io.Reader, c Cipher) (*State, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, readError("the state", "", err)
	}
	st, err := decode(data, c)
	if err != nil {
		return nil, readError("the state", "", err)
	}
	return st, nil
}

// decode reads a whole snapshot or nothing.
func decode(data []byte, c Cipher) (*State, error) {
	if !checksumHolds(data) {
		return nil, classify(data)
	}
	d := newDecoder(bytes.NewReader(data))
	st, err := d.snapshot(c)
	if err == nil {
		return st, nil
	}
	if p := probe(data); p.Version > FormatVersion {
		return nil, p.newer()
	}
	var f *formatError
	if errors.As(err, &f) {
		return nil, f
	}
	return nil, malformed(d.InputOffset(), "%v", err)
}

func checksumHolds(data []byte) bool {
	n := len(data) - trailerLen
	if n < 0 || !bytes.HasPrefix(data[n:], []byte(trailerStart)) {
		return false
	}
	sum := sha256.Sum256(data[:n])
	return string(data[n:]) == trailer(sum[:])
}

// decoder reads JSON field by field, so that memory is not needed for the
// whole of it twice.
type decoder struct {
	*json.Decoder
	seen map[string]string // strings that occur often, kept once
}

func newDecoder(r io.Reader) *decoder {
	d := &decoder{json.NewDecoder(r), map[string]string{}}
	d.DisallowUnknownFields()
	return d
}

func (d *decoder) snapshot(c Cipher) (*State, error) {
	st := &State{}
	var version int
	var sealed []byte
	err := d.only(func(field string) error {
		switch field {
		case "version":
			return d.Decode(&version)
		case "clockwork_version":
			return d.Decode(&st.ClockworkVersion)
		case "lineage":
			return d.Decode(&st.Lineage)
		case "serial":
			return d.Decode(&st.Serial)
		case "written":
			return d.Decode(&written{})
		case "sealed":
			return d.Decode(&sealed)
		case "checksum":
			return d.Decode(new(string))
		}
		return d.contents(field, st)
	})
	if err != nil {
		return nil, err
	}
	if version < 1 || version > FormatVersion {
		return nil, fmt.Errorf("the format version is %d", version)
	}
	if !lineagePattern.MatchString(st.Lineage) && (st.Lineage != "" || st.Serial != 0) {
		return nil, fmt.Errorf("the lineage is %.80q", st.Lineage)
	}
	if sealed != nil {
		if st.Objects != nil || st.Outputs != nil {
			return nil, errors.New("some of the contents are encrypted and some are not")
		}
		plain, err := unseal(c, sealed, snapshotContext(st.Lineage, st.Serial))
		if err != nil {
			return nil, err
		}
		inner := newDecoder(bytes.NewReader(plain))
		if err := inner.only(func(field string) error { return inner.contents(field, st) }); err != nil {
			return nil, fmt.Errorf("the encrypted contents are wrong: %w", err)
		}
	}
	if st.Objects == nil || st.Outputs == nil {
		return nil, errors.New(`"resources" or "outputs" is missing`)
	}
	return st, nil
}

// contents reads the value of one of the two fields that may be sealed.
func (d *decoder) contents(field string, st *State) error {
	switch field {
	case "resources":
		st.Objects = map[ObjectKey]*Object{}
		return d.resources(st.Objects)
	case "outputs":
		st.Outputs = map[string]Output{}
		return d.object(func(name string) error {
			var o Output
			err := d.Decode(&o)
			st.Outputs[name] = o
			return err
		})
	}
	return fmt.Errorf("there is an unknown field %q", field)
}

func (d *decoder) resources(into map[ObjectKey]*Object) error {
	if err := d.delim('['); err != nil {
		return err
	}
	for d.More() {
		var r resourceRecord
		if err := d.Decode(&r); err != nil {
			return err
		}
		if err := r.check(); err != nil {
			return err
		}
		if r.Object == nil {
			return fmt.Errorf("%s has no object", r.objectKey())
		}
		d.share(&r)
		k := r.objectKey()
		if into[k] != nil {
			return fmt.Errorf("%s occurs twice", k)
		}
		into[k] = r.Object
	}
	return d.delim(']')
}

// share makes equal strings of many resources one in memory.
func (d *decoder) share(r *resourceRecord) {
	r.Module = addr.Module(d.intern(string(r.Module)))
	r.Type = d.intern(r.Type)
	r.Name = d.intern(r.Name)
	r.Provider.Source = d.intern(r.Provider.Source)
	r.Provider.Alias = d.intern(r.Provider.Alias)
	r.Provider.Module = addr.Module(d.intern(string(r.Provider.Module)))
	for i := range r.DependsOn {
		r.DependsOn[i] = d.intern(r.DependsOn[i])
	}
	r.Attributes = noNull(r.Attributes)
}

func (d *decoder) intern(s string) string {
	if old, ok := d.seen[s]; ok {
		return old
	}
	d.seen[s] = s
	return s
}

// only reads one JSON object as object does, and nothing may follow it.
func (d *decoder) only(value func(field string) error) error {
	if err := d.object(value); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows behind the end")
	}
	return nil
}

// object reads one JSON object, calling value for each field when its value
// comes next. No field may occur twice.
func (d *decoder) object(value func(field string) error) error {
	if err := d.delim('{'); err != nil {
		return err
	}
	had := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		field := tok.(string) // Token allows nothing else here
		if had[field] {
			return fmt.Errorf("the field %q occurs twice", field)
		}
		had[field] = true
		if err := value(field); err != nil {
			return err
		}
	}
	return d.delim('}')
}

func (d *decoder) delim(want json.Delim) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	if tok != want {
		return fmt.Errorf("%q was expected", want.String())
	}
	return nil
}
