package sdk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

type login struct {
	Token    sdk.Secret[string]
	Optional sdk.Optional[sdk.Secret[string]]
	Computed sdk.Computed[sdk.Secret[string]]
	Value    sdk.Value[sdk.Secret[string]]
	Map      map[string]sdk.Secret[[]string]
	hidden   sdk.Secret[string]
	deep     sdk.Optional[sdk.Secret[string]]
}

// A secret is not shown, whatever prints it and wherever it is.
func TestSecretsDoNotShow(t *testing.T) {
	const word = "swordfish"
	s := sdk.NewSecret(word)
	in := login{s, sdk.Some(s), sdk.Set(s), sdk.Known(s), map[string]sdk.Secret[[]string]{"a": sdk.NewSecret([]string{word})}, s, sdk.Some(s)}
	var said []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		for _, v := range []any{s, &s, in, &in, in.Optional, in.Computed, in.Value, in.Map, []any{in}, fmt.Errorf("wrapped %v", s)} {
			said = append(said, fmt.Sprintf(verb, v))
		}
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	said = append(said, string(text))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", s, "b", in, "c", in.Optional)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", s, "b", in, "c", in.Optional)
	for _, text := range append(said, log.String()) {
		if strings.Contains(text, word) || strings.Contains(text, "73776f72") {
			t.Errorf("the secret shows in %s", text)
		}
	}
	if fmt.Sprint(s) != "(sensitive)" || !strings.Contains(string(text), `"Token":"(sensitive)"`) {
		t.Errorf("it shows as %s, and in JSON as %s", s, text)
	}
	if s.Reveal() != word || !s.Equal(sdk.NewSecret(word)) || s.Equal(sdk.Secret[string]{}) || (sdk.Secret[string]{}).Reveal() != "" {
		t.Error("what is secret is not what was put in")
	}
	if in.hidden.Reveal() != word || in.deep.IsNull() {
		t.Error("what is in fields is not what was put in")
	}
}

func TestValues(t *testing.T) {
	type three struct {
		O sdk.Optional[int]
		C sdk.Computed[int]
		V sdk.Int
	}
	var zero three
	if _, ok := zero.O.Get(); ok || !zero.O.IsNull() || zero.O.Or(7) != 7 || sdk.Some(3).Or(7) != 3 {
		t.Error("Optional is not null at first, or does not hold what was put in")
	}
	if _, known := zero.C.Get(); known || !zero.C.IsUnknown() || sdk.Set(3).IsUnknown() {
		t.Error("Computed is not unknown at first")
	}
	o, known := zero.V.Known()
	if !known || !o.IsNull() || !zero.V.IsNull() || zero.V.IsUnknown() {
		t.Error("Value is not null at first")
	}
	if _, known := sdk.Unknown[int]().Known(); known {
		t.Error("what is unknown is known")
	}
	if o, known := sdk.Known(3).Known(); !known || o != sdk.Some(3) {
		t.Error("what is known is not")
	}
	for want, v := range map[string]any{
		"null": sdk.Optional[int]{}, "unknown": sdk.Computed[int]{}, "3": sdk.Some(3), "4": sdk.Set(4), "5": sdk.Known(5),
	} {
		if got := fmt.Sprintf("%v", v); got != want || fmt.Sprintf("%#v", v) != want {
			t.Errorf("%s shows as %s and %#v", want, got, v)
		}
	}
	if fmt.Sprint(sdk.Null[int](), sdk.Unknown[int]()) != "null unknown" {
		t.Error("null and unknown do not show as such")
	}
	for want, v := range map[string]any{`null`: sdk.Optional[int]{}, `3`: sdk.Some(3), `"a"`: sdk.Known("a"), `[1]`: sdk.Set([]int{1})} {
		if got, err := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("%s is %s in JSON (%v)", want, got, err)
		}
	}
	if got, err := json.Marshal(sdk.Null[int]()); err != nil || string(got) != "null" {
		t.Errorf("null is %s in JSON (%v)", got, err)
	}
	for _, v := range []any{sdk.Computed[int]{}, sdk.Unknown[int]()} {
		if text, err := json.Marshal(v); err == nil {
			t.Errorf("what is unknown is %s in JSON", text)
		}
	}
	if reflect.TypeFor[sdk.String]() != reflect.TypeFor[sdk.Value[string]]() {
		t.Error("sdk.String is another type than sdk.Value[string]")
	}
}
