package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Optional is an attribute that the user may leave out: it is null, or it holds
// a T. It is never unknown.
//
//	Comment sdk.Optional[string] `cw:"comment,optional" doc:"A line above it."`
//
// The zero Optional is null.
type Optional[T any] struct {
	value T
	set   bool
}

// Some returns an Optional that holds v.
func Some[T any](v T) Optional[T] { return Optional[T]{value: v, set: true} }

// Get returns what it holds, and whether it holds anything.
func (o Optional[T]) Get() (v T, ok bool) { return o.value, o.set }

// Or returns what it holds, or fallback where it is null.
func (o Optional[T]) Or(fallback T) T {
	if o.set {
		return o.value
	}
	return fallback
}

// IsNull tells whether it holds nothing.
func (o Optional[T]) IsNull() bool { return !o.set }

// String returns what it holds as text, or "null".
func (o Optional[T]) String() string {
	if !o.set {
		return "null"
	}
	return fmt.Sprint(o.value)
}

// GoString is String, so that no format shows more.
func (o Optional[T]) GoString() string { return o.String() }

// MarshalJSON writes what it holds, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.set {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// Computed is an attribute that the provider sets: it is unknown until the
// object exists, and then holds a T. It is never null.
//
//	ID sdk.Computed[string] `cw:"id,computed,stable" doc:"What the server calls it."`
//
// The zero Computed is unknown.
type Computed[T any] struct {
	value T
	known bool
}

// Set returns a Computed that holds v.
func Set[T any](v T) Computed[T] { return Computed[T]{value: v, known: true} }

// Get returns what it holds, and whether that is known yet. In what exists (the
// argument of Read, Update, Delete and the like) it always is.
func (c Computed[T]) Get() (v T, known bool) { return c.value, c.known }

// IsUnknown tells whether it is not known yet.
func (c Computed[T]) IsUnknown() bool { return !c.known }

// String returns what it holds as text, or "unknown".
func (c Computed[T]) String() string {
	if !c.known {
		return "unknown"
	}
	return fmt.Sprint(c.value)
}

// GoString is String, so that no format shows more.
func (c Computed[T]) GoString() string { return c.String() }

// MarshalJSON writes what it holds. What is unknown is no JSON.
func (c Computed[T]) MarshalJSON() ([]byte, error) {
	if !c.known {
		return nil, errUnknownJSON
	}
	return json.Marshal(c.value)
}

var errUnknownJSON = errors.New("an unknown value cannot be written as JSON")

// Value is an attribute that may be anything: null, unknown, or a T. Where one
// of the other types fits, it is the better one, because it rules out what
// cannot be. What needs Value: an attribute that the provider computes and that
// may come out as null, and one that a Plan or Validate method must look at
// even while it is unknown.
//
// To get at what it holds one has to say first what becomes of unknown, and
// then what becomes of null:
//
//	if tag, known := m.Tag.Known(); !known {
//		// nothing can be said yet
//	} else if text, set := tag.Get(); set {
//		use(text)
//	}
//
// The zero Value is null.
type Value[T any] struct {
	value T
	state state
}

// The Values of the simple types.
type (
	String = Value[string]
	Bool   = Value[bool]
	Int    = Value[int64]
	Float  = Value[float64]
)

// Known returns a Value that holds v.
func Known[T any](v T) Value[T] { return Value[T]{value: v, state: isKnown} }

// Null returns a Value that holds nothing, for good.
func Null[T any]() Value[T] { return Value[T]{} }

// Unknown returns a Value that is not known yet.
func Unknown[T any]() Value[T] { return Value[T]{state: isUnknown} }

// Known returns the value as one that may only be null, and whether it is known
// at all.
func (v Value[T]) Known() (o Optional[T], known bool) {
	return Optional[T]{value: v.value, set: v.state == isKnown}, v.state != isUnknown
}

// IsNull tells whether it is known to hold nothing.
func (v Value[T]) IsNull() bool { return v.state == isNull }

// IsUnknown tells whether it is not known yet.
func (v Value[T]) IsUnknown() bool { return v.state == isUnknown }

// String returns what it holds as text, or "null", or "unknown".
func (v Value[T]) String() string {
	switch v.state {
	case isNull:
		return "null"
	case isUnknown:
		return "unknown"
	}
	return fmt.Sprint(v.value)
}

// GoString is String, so that no format shows more.
func (v Value[T]) GoString() string { return v.String() }

// MarshalJSON writes what it holds, or null. What is unknown is no JSON.
func (v Value[T]) MarshalJSON() ([]byte, error) {
	switch v.state {
	case isNull:
		return []byte("null"), nil
	case isUnknown:
		return nil, errUnknownJSON
	}
	return json.Marshal(v.value)
}

// state is what a value can be.
type state uint8

const (
	isNull state = iota
	isUnknown
	isKnown
)

// wrapper is what the codec sees of Optional, Computed, Value and Secret. The
// methods are of the pointers, so that nobody else can call them by accident.
type wrapper interface {
	// wraps says what the type adds to the one inside.
	wraps() wrapping
	// inner is the type inside.
	inner() reflect.Type
	// put makes it null or unknown, or returns where to put what it holds.
	put(state) reflect.Value
	// look returns what it is, and what it holds if anything.
	look() (state, reflect.Value)
}

// wrapping says what a wrapper is for.
type wrapping struct {
	name          string
	null, unknown bool // it can be that
	secret        bool
	computed      bool // it is for what the provider computes
}

func (o *Optional[T]) wraps() wrapping     { return wrapping{name: "sdk.Optional", null: true} }
func (o *Optional[T]) inner() reflect.Type { return reflect.TypeFor[T]() }
func (o *Optional[T]) put(s state) reflect.Value {
	*o = Optional[T]{set: s == isKnown}
	return reflect.ValueOf(&o.value).Elem()
}
func (o *Optional[T]) look() (state, reflect.Value) {
	if !o.set {
		return isNull, reflect.Value{}
	}
	return isKnown, reflect.ValueOf(&o.value).Elem()
}

func (c *Computed[T]) wraps() wrapping {
	return wrapping{name: "sdk.Computed", unknown: true, computed: true}
}
func (c *Computed[T]) inner() reflect.Type { return reflect.TypeFor[T]() }
func (c *Computed[T]) put(s state) reflect.Value {
	*c = Computed[T]{known: s == isKnown}
	return reflect.ValueOf(&c.value).Elem()
}
func (c *Computed[T]) look() (state, reflect.Value) {
	if !c.known {
		return isUnknown, reflect.Value{}
	}
	return isKnown, reflect.ValueOf(&c.value).Elem()
}

func (v *Value[T]) wraps() wrapping     { return wrapping{name: "sdk.Value", null: true, unknown: true} }
func (v *Value[T]) inner() reflect.Type { return reflect.TypeFor[T]() }
func (v *Value[T]) put(s state) reflect.Value {
	*v = Value[T]{state: s}
	return reflect.ValueOf(&v.value).Elem()
}
func (v *Value[T]) look() (state, reflect.Value) {
	return v.state, reflect.ValueOf(&v.value).Elem()
}
