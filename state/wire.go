package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/clockwork-hcl/clockwork/addr"
)

// keyRecord is an ObjectKey as it is written: by its parts, so that reading it
// back needs no parser of addresses.
type keyRecord struct {
	Module  addr.Module `json:"module,omitempty"`
	Mode    string      `json:"mode,omitempty"` // "data"; a managed resource has none
	Type    string      `json:"type"`
	Name    string      `json:"name"`
	Key     wireKey     `json:"key,omitzero"`
	Deposed string      `json:"deposed,omitempty"`
}

// resourceRecord is one object with its key. Snapshot and journal share it.
type resourceRecord struct {
	keyRecord
	*Object
}

// intentRecord is an Intent with its key.
type intentRecord struct {
	keyRecord
	Intent
}

// changeRecord is a Change. Outputs is nil when they do not change.
type changeRecord struct {
	Intent  string             `json:"intent,omitempty"`
	Delete  []keyRecord        `json:"delete,omitempty"`
	Set     []resourceRecord   `json:"set,omitempty"`
	Outputs *map[string]Output `json:"outputs,omitempty"`
}

// wireKey is an instance key as JSON: a number, a string, or left out.
type wireKey struct{ addr.Key }

func (k wireKey) MarshalJSON() ([]byte, error) {
	if n, ok := k.IsInt(); ok {
		return strconv.AppendInt(nil, int64(n), 10), nil
	}
	s, _ := k.IsString()
	return marshal(s)
}

func (k *wireKey) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		k.Key = addr.StringKey(s)
		return nil
	}
	n, err := strconv.Atoi(string(data))
	if err != nil || n < 0 {
		return fmt.Errorf("an instance key is %.40q, which is neither a string nor a whole number", data)
	}
	k.Key = addr.IntKey(n)
	return nil
}

const dataMode = "data"

func recordOfKey(k ObjectKey) (keyRecord, error) {
	r := keyRecord{Module: k.Instance.Module, Type: k.Instance.Type, Name: k.Instance.Name, Key: wireKey{k.Instance.Key}, Deposed: k.Deposed}
	if k.Instance.Mode == addr.Data {
		r.Mode = dataMode
	}
	return r, r.check()
}

// check refuses a key that could not be read back as it is.
func (r keyRecord) check() error {
	s, _ := r.Key.IsString()
	switch {
	case r.Type == "" || r.Name == "":
		return errors.New("a resource has no type or no name")
	case r.Mode != "" && r.Mode != dataMode:
		return fmt.Errorf("a resource has the unknown mode %q", r.Mode)
	}
	for _, s := range []string{string(r.Module), r.Type, r.Name, s, r.Deposed} {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%q is not valid UTF-8", s)
		}
	}
	return nil
}

func (r keyRecord) objectKey() ObjectKey {
	k := ObjectKey{Deposed: r.Deposed}
	k.Instance.Module, k.Instance.Type, k.Instance.Name, k.Instance.Key = r.Module, r.Type, r.Name, r.Key.Key
	if r.Mode == dataMode {
		k.Instance.Mode = addr.Data
	}
	return k
}

func recordOfIntent(in Intent) (intentRecord, error) {
	if in.ID == "" {
		return intentRecord{}, errors.New("an intent has no id")
	}
	k, err := recordOfKey(in.Key)
	return intentRecord{k, in}, err
}

func (r intentRecord) intent() (Intent, error) {
	if r.ID == "" {
		return Intent{}, errors.New("an intent has no id")
	}
	if err := r.keyRecord.check(); err != nil {
		return Intent{}, err
	}
	in := r.Intent
	in.Key = r.objectKey()
	in.Planned = noNull(in.Planned)
	in.Object.Attributes = noNull(in.Object.Attributes)
	return in, nil
}

func recordOfChange(c Change) (changeRecord, error) {
	r := changeRecord{Intent: c.Intent}
	for _, k := range c.Delete {
		kr, err := recordOfKey(k)
		if err != nil {
			return r, err
		}
		r.Delete = append(r.Delete, kr)
	}
	for k, o := range c.Set {
		if o == nil {
			return r, fmt.Errorf("%s is to be set to nothing", k)
		}
		kr, err := recordOfKey(k)
		if err != nil {
			return r, err
		}
		r.Set = append(r.Set, resourceRecord{kr, o})
	}
	slices.SortFunc(r.Set, func(a, b resourceRecord) int { return compareKeys(a.objectKey(), b.objectKey()) })
	if c.Outputs != nil {
		r.Outputs = &c.Outputs
	}
	return r, nil
}

func (r changeRecord) change() (Change, error) {
	c := Change{Intent: r.Intent}
	for _, k := range r.Delete {
		if err := k.check(); err != nil {
			return c, err
		}
		c.Delete = append(c.Delete, k.objectKey())
	}
	if len(r.Set) > 0 {
		c.Set = make(map[ObjectKey]*Object, len(r.Set))
	}
	for _, rr := range r.Set {
		if err := rr.keyRecord.check(); err != nil {
			return c, err
		}
		if rr.Object == nil {
			return c, fmt.Errorf("%s is set to nothing", rr.objectKey())
		}
		rr.Object.Attributes = noNull(rr.Object.Attributes)
		c.Set[rr.objectKey()] = rr.Object
	}
	if r.Outputs != nil {
		c.Outputs = *r.Outputs
	}
	return c, nil
}

func compareKeys(a, b ObjectKey) int {
	if c := a.Instance.Compare(b.Instance); c != 0 {
		return c
	}
	return strings.Compare(a.Deposed, b.Deposed)
}

// noNull makes of a JSON null the nil that it was written from.
func noNull(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// sameObject tells whether writing either object gives the same JSON.
func sameObject(a, b *Object) bool {
	if a == b {
		return true
	}
	return a.Provider == b.Provider && a.SchemaVersion == b.SchemaVersion && bytes.Equal(a.Attributes, b.Attributes) &&
		slices.EqualFunc(a.Sensitive, b.Sensitive, func(x, y json.RawMessage) bool { return bytes.Equal(x, y) }) &&
		bytes.Equal(a.Private, b.Private) && slices.Equal(a.DependsOn, b.DependsOn) &&
		a.Description == b.Description && a.Tainted == b.Tainted && a.PreventDestroy == b.PreventDestroy &&
		a.CreateBeforeDestroy == b.CreateBeforeDestroy && a.Intent == b.Intent &&
		slices.EqualFunc(a.Overlay, b.Overlay, sameOverlay) && sameCompleted(a.Completed, b.Completed)
}

// sameOutput does so for outputs.
func sameOutput(a, b Output) bool {
	return bytes.Equal(a.Value, b.Value) && bytes.Equal(a.Type, b.Type) && a.Sensitive == b.Sensitive
}

// marshal is json.Marshal without the escapes meant for HTML, which would make
// a diff of the state hard to read.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// unmarshalStrict decodes exactly one JSON value and refuses fields that v does not
// have: dropping them would lose what a newer Clockwork wrote.
func unmarshalStrict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more follows behind the JSON value")
	}
	return nil
}
