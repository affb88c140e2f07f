package sdk

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"
)

// hidden is what shows of a secret.
const hidden = "(sensitive)"

// Secret is a value that nobody may see: its attribute is sensitive. Whatever
// prints, logs or encodes it writes "(sensitive)"; only Reveal gives it away.
//
//	Token sdk.Secret[string] `cw:"token,required" doc:"What to log in with."`
//
// One that may be left out is an Optional[Secret[string]].
type Secret[T any] struct {
	// A pointer, so that what prints the fields of a struct that holds a secret,
	// without asking for its methods, shows an address.
	value *T
}

// NewSecret returns a secret that holds v.
func NewSecret[T any](v T) Secret[T] { return Secret[T]{value: &v} }

// Reveal returns what is secret. Do not print, log or wrap it into an error;
// what a provider says is searched for the secrets of the request all the same,
// as they stand in the configuration and in the state.
func (s Secret[T]) Reveal() (v T) {
	if s.value != nil {
		v = *s.value
	}
	return v
}

// Equal tells whether two secrets hold the same.
func (s Secret[T]) Equal(other Secret[T]) bool { return reflect.DeepEqual(s.Reveal(), other.Reveal()) }

// String returns "(sensitive)".
func (s Secret[T]) String() string { return hidden }

// Format writes "(sensitive)", whatever the verb.
func (s Secret[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText writes "(sensitive)".
func (s Secret[T]) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON writes "(sensitive)".
func (s Secret[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue makes log/slog log "(sensitive)".
func (s Secret[T]) LogValue() slog.Value { return slog.StringValue(hidden) }

func (s *Secret[T]) wraps() wrapping     { return wrapping{name: "sdk.Secret", secret: true} }
func (s *Secret[T]) inner() reflect.Type { return reflect.TypeFor[T]() }
func (s *Secret[T]) put(state) reflect.Value {
	s.value = new(T)
	return reflect.ValueOf(s.value).Elem()
}
func (s *Secret[T]) look() (state, reflect.Value) {
	v := s.Reveal()
	return isKnown, reflect.ValueOf(&v).Elem()
}
