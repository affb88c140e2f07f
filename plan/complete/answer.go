package complete

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/internal/strictjson"
	"github.com/clockwork-hcl/clockwork/providers"
)

// What an answer may hold at most.
const (
	MaxText  = 64 << 10 // bytes of all text together
	maxItems = 1000     // of a list
)

// maxNumber is what no number may go beyond, in either direction, and minNumber is
// how near it may come to zero: it is stored with all its digits.
const (
	maxNumber = 1 << 53
	minNumber = 1e-9
)

// Answer returns the values in an answer, or what is wrong with it: everything, a
// line each, so that it can be corrected at once. The provider has not seen
// them yet.
func (r *Resource) Answer(answer []byte) (map[string]cty.Value, error) {
	if err := strictjson.Check(answer); err != nil {
		return nil, fmt.Errorf("the answer is not one JSON object: %w", err)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(answer, &given); err != nil || given == nil {
		return nil, errors.New("the answer is not a JSON object")
	}
	var wrong []error
	values, size := map[string]cty.Value{}, 0
	for _, name := range r.Missing {
		raw, ok := given[name]
		if !ok {
			wrong = append(wrong, fmt.Errorf("%q is missing", name))
			continue
		}
		v, err := read(r.Object.Attributes[name], raw, &size)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%q: %w", name, err))
			continue
		}
		values[name] = v
	}
	for _, name := range sorted(given) {
		if !slices.Contains(r.Missing, name) {
			wrong = append(wrong, fmt.Errorf("%.60q was not asked for; leave it out", name))
		}
	}
	if size > MaxText {
		wrong = append(wrong, fmt.Errorf("it is too long: %d bytes of text, where at most %d are taken", size, MaxText))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return values, nil
}

// read reads one value, and adds the text in it to size.
func read(a *providers.Attribute, raw json.RawMessage, size *int) (cty.Value, error) {
	if !fitsType(raw, a.Type) {
		return cty.NilVal, fmt.Errorf("it is not a %s", a.Type.FriendlyName())
	}
	v, err := ctyjson.Unmarshal(raw, a.Type)
	if err != nil || v.IsNull() || !v.IsWhollyKnown() {
		return cty.NilVal, fmt.Errorf("it is not a %s", a.Type.FriendlyName())
	}
	elements := []cty.Value{v}
	if !v.Type().IsPrimitiveType() {
		elements = v.AsValueSlice()
		if len(elements) == 0 || len(elements) > maxItems {
			return cty.NilVal, fmt.Errorf("it needs 1 to %d elements", maxItems)
		}
	}
	for _, e := range elements {
		if err := sound(a, e, size); err != nil {
			return cty.NilVal, err
		}
	}
	return v, nil
}

// fitsType tells whether JSON is of a type as it is: a number is no text.
func fitsType(raw json.RawMessage, ty cty.Type) bool {
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return false
	}
	primitive := func(v any, ty cty.Type) bool {
		switch n := v.(type) {
		case string:
			return ty == cty.String
		case json.Number:
			// Beyond any number that is of use, it only costs time.
			return ty == cty.Number && len(n) <= 40
		case bool:
			return ty == cty.Bool
		}
		return false
	}
	if ty.IsPrimitiveType() {
		return primitive(v, ty)
	}
	list, ok := v.([]any)
	return ok && !slices.ContainsFunc(list, func(e any) bool { return !primitive(e, ty.ElementType()) })
}

// sound checks one text, number or bool.
func sound(a *providers.Attribute, v cty.Value, size *int) error {
	switch v.Type() {
	case cty.String:
		s := v.AsString()
		*size += len(s)
		switch {
		case strings.TrimSpace(s) == "":
			return errors.New("it is empty")
		case strings.ContainsFunc(s, isControl):
			return errors.New("it has control characters in it")
		case len(a.Enum) > 0 && !slices.Contains(a.Enum, s):
			return fmt.Errorf("it must be one of %q", a.Enum)
		}
	case cty.Number:
		f := new(big.Float).Abs(v.AsBigFloat())
		switch {
		case f.Cmp(big.NewFloat(maxNumber)) > 0:
			return errors.New("it is too large")
		case f.Sign() != 0 && f.Cmp(big.NewFloat(minNumber)) < 0:
			return errors.New("it is too near to zero")
		}
	}
	if !a.Normalise.Understands(v) {
		return fmt.Errorf("it is not written as this argument wants it (%s): %s", a.Normalise, a.Description)
	}
	return nil
}

// isControl tells whether r is a control character that has no place in a text.
func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }
