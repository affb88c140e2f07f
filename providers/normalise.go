package providers

import (
	"encoding/json"
	"math/big"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zclconf/go-cty/cty"
)

// Normaliser names how an attribute's values are compared, so that two
// spellings of one value are no change. The functions live in the core because
// the core owns the diff and providers run elsewhere.
type Normaliser string

// The normalisers.
const (
	NormaliseNone     Normaliser = ""
	NormaliseBytes    Normaliser = "bytes"    // "256MiB", "256m", 268435456
	NormaliseMode     Normaliser = "mode"     // "0644", "644", "0o644"
	NormalisePath     Normaliser = "path"     // "a/./b", "a/b/"
	NormaliseDuration Normaliser = "duration" // "90s", "1m30s"
	NormaliseJSON     Normaliser = "json"     // white space, order of keys
	NormaliseCase     Normaliser = "case"     // letters of either case
	NormaliseUnsorted Normaliser = "unsorted" // a list whose order means nothing, also of nested objects
)

// Equal tells whether two known values of one attribute mean the same. Values
// that cannot be understood are compared as they are.
func (n Normaliser) Equal(a, b cty.Value) bool {
	if a.RawEquals(b) {
		return true
	}
	if a.IsNull() || b.IsNull() || !a.IsWhollyKnown() || !b.IsWhollyKnown() {
		return false
	}
	if n == NormaliseUnsorted {
		return equalUnsorted(a, b)
	}
	as, aok := text(a)
	bs, bok := text(b)
	if !aok || !bok {
		return false
	}
	switch n {
	case NormaliseBytes:
		return equalBy(as, bs, parseBytes)
	case NormaliseMode:
		return equalBy(as, bs, parseMode)
	case NormaliseDuration:
		return equalBy(as, bs, time.ParseDuration)
	case NormalisePath:
		return filepath.Clean(as) == filepath.Clean(bs)
	case NormaliseCase:
		return strings.EqualFold(as, bs)
	case NormaliseJSON:
		var x, y any
		return json.Unmarshal([]byte(as), &x) == nil && json.Unmarshal([]byte(bs), &y) == nil && reflect.DeepEqual(x, y)
	}
	return false
}

// Understands tells whether a known value is one that n can compare by what it
// means, such as a size for NormaliseBytes.
func (n Normaliser) Understands(v cty.Value) bool {
	s, ok := text(v)
	var err error
	switch n {
	case NormaliseBytes:
		_, err = parseBytes(s)
	case NormaliseMode:
		_, err = parseMode(s)
	case NormaliseDuration:
		_, err = time.ParseDuration(s)
	case NormaliseJSON:
		ok = ok && json.Valid([]byte(s))
	default:
		return true
	}
	return ok && err == nil
}

// ParseBytes reads a size as the schema's "bytes" attributes are written: a
// number of bytes, or a number with a unit. Units are case-insensitive and
// powers of 1024, with or without "i" and "B", as Docker reads them.
func ParseBytes(s string) (int64, error) { return parseBytes(s) }

func parseBytes(s string) (int64, error) {
	s = strings.TrimSpace(s)
	i := strings.IndexFunc(s, unicode.IsLetter)
	num, unit := s, ""
	if i >= 0 {
		num, unit = strings.TrimSpace(s[:i]), strings.ToLower(s[i:])
	}
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "b"), "i")
	shift := strings.Index("kmgtp", unit)
	if len(unit) > 1 || shift < 0 {
		return 0, strconv.ErrSyntax
	}
	f, ok := new(big.Rat).SetString(num)
	if !ok || f.Sign() < 0 {
		return 0, strconv.ErrSyntax
	}
	if unit != "" {
		f.Mul(f, new(big.Rat).SetInt64(1<<(10*(shift+1))))
	}
	n := new(big.Int).Quo(f.Num(), f.Denom())
	if !n.IsInt64() {
		return 0, strconv.ErrRange
	}
	return n.Int64(), nil
}

func parseMode(s string) (uint64, error) {
	return strconv.ParseUint(strings.TrimPrefix(s, "0o"), 8, 32)
}

func equalBy[T comparable](a, b string, parse func(string) (T, error)) bool {
	x, errx := parse(a)
	y, erry := parse(b)
	return errx == nil && erry == nil && x == y
}

// text returns a string or a number as text.
func text(v cty.Value) (string, bool) {
	switch v.Type() {
	case cty.String:
		return v.AsString(), true
	case cty.Number:
		return v.AsBigFloat().Text('f', -1), true
	}
	return "", false
}

func equalUnsorted(a, b cty.Value) bool {
	if !a.CanIterateElements() || !b.CanIterateElements() || a.LengthInt() != b.LengthInt() {
		return false
	}
	rest := b.AsValueSlice()
	for _, av := range a.AsValueSlice() {
		i := slices.IndexFunc(rest, av.RawEquals)
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return true
}
