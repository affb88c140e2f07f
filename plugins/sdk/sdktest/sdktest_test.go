package sdktest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
	"github.com/clockwork-hcl/clockwork/plugins/sdk/sdktest"
)

// word is a thing in a world that is a map.
type word struct {
	Name  string                           `cw:"name,required,replace" doc:"Its name."`
	Value string                           `cw:"value,optional,default=nothing" doc:"What it says."`
	Key   sdk.Optional[sdk.Secret[string]] `cw:"key,optional" doc:"What nobody may see."`
	Len   sdk.Computed[int]                `cw:"len,computed,from=value" doc:"How long it is."`
}

func (w word) Validate() error {
	if w.Value == "bad" {
		return sdk.At("value", "Bad value", "It is bad. Write another.")
	}
	return nil
}

type settings struct {
	URL string `cw:"url,required" doc:"Where it is."`
}

type world struct {
	mu    sync.Mutex
	words map[string]word
}

func (w *world) get(name string) (word, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	got, ok := w.words[name]
	return got, ok
}

func (w *world) put(is word) *word {
	w.mu.Lock()
	defer w.mu.Unlock()
	is.Len = sdk.Set(len(is.Value))
	w.words[is.Name] = is
	return &is
}

func (w *world) remove(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.words, name)
}

func (w *world) Create(ctx context.Context, _ *sdk.Call[string], want word) (*word, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, ok := w.get(want.Name); ok {
		return nil, errors.New("it is there already; choose another name")
	}
	return w.put(want), nil
}

func (w *world) Read(_ context.Context, _ *sdk.Call[string], was word) (*word, error) {
	got, ok := w.get(was.Name)
	if !ok {
		return nil, nil
	}
	return &got, nil
}

func (w *world) Update(_ context.Context, _ *sdk.Call[string], _, want word) (*word, error) {
	return w.put(want), nil
}

func (w *world) Delete(_ context.Context, _ *sdk.Call[string], was word) error {
	w.remove(was.Name)
	return nil
}

func (w *world) Import(ctx context.Context, c *sdk.Call[string], id string) (*word, error) {
	return w.Read(ctx, c, word{Name: id})
}

func (w *world) Upgrades() []sdk.Upgrade {
	return []sdk.Upgrade{func(old map[string]any) error { old["name"] = old["title"]; return nil }}
}

func newProvider(w *world) *sdk.Provider {
	return sdk.New(sdk.Spec[settings, string]{
		Name: "words", Doc: "Words.",
		Connect:   func(_ context.Context, _ sdk.Setup, s settings) (string, error) { return s.URL, nil },
		Resources: []sdk.ResourceType[string]{sdk.Resource("words_word", "A word.", w)},
		Data: []sdk.DataType[string]{sdk.Data("words_word", "A word that is there.", func(_ context.Context, _ *sdk.Call[string], want word) (*word, error) {
			got, ok := w.get(want.Name)
			if !ok {
				return nil, fmt.Errorf("there is no %s", want.Name)
			}
			return &got, nil
		})},
		Asserts: []sdk.AssertType[string]{sdk.Assert("word_is", "It says what it should.",
			func(_ context.Context, _ *sdk.Call[string], args struct {
				Value string `cw:"value,required" doc:"What it should say."`
			}, was word) (sdk.Verdict, error) {
				if got, _ := w.get(was.Name); got.Value != args.Value {
					return sdk.Fail("it says something else"), nil
				}
				return sdk.Pass("it says so"), nil
			})},
	})
}

// Cases in Go are texts as users write them, and functions for hands.
func TestRun(t *testing.T) {
	w := &world{words: map[string]word{}}
	sdktest.Run(t, sdktest.Suite{
		New:      func() *sdk.Provider { return newProvider(w) },
		Settings: `url = "http://${upper("h")}"`,
		Resources: []sdktest.Resource{
			{Type: "words_word", New: func(t testing.TB, env sdktest.Env) sdktest.Case {
				return sdktest.Case{
					Config: `
						name  = name
						value = "x"
						key   = secret`,
					Update:  `value = "yy"`,
					Replace: `name = "${name}-other"`,
					Invalid: []sdktest.Invalid{{Path: "value", Config: `value = "bad"`}, {Config: `value = "bad"`}},
					Exists:  func(testing.TB) bool { _, ok := w.get(env.Name); return ok },
					Drift:   func(testing.TB) { w.put(word{Name: env.Name, Value: "drift"}) },
					Remove:  func(testing.TB) { w.remove(env.Name) },
				}
			}},
			{Type: "words_word", Name: "least", New: func(t testing.TB, env sdktest.Env) sdktest.Case {
				return sdktest.Case{Config: `name = name`, ImportID: env.Name}
			}},
		},
		Data: []sdktest.Data{{Type: "words_word", New: func(t testing.TB, env sdktest.Env) sdktest.DataCase {
			w.put(word{Name: env.Name, Value: "abc"})
			return sdktest.DataCase{Config: `name = name`, Want: "len = 3\nvalue = \"abc\"\nkey = null", Missing: `name = "nobody"`}
		}}},
		Asserts: []sdktest.Assert{
			{Type: "word_is", Resource: "words_word", Config: `value = "x"`},
			{Type: "word_is", Name: "broken", Resource: "least", Config: `value = "nothing"`,
				Break: func(_ testing.TB, env sdktest.Env) { w.put(word{Name: env.Name, Value: "broken"}) }},
		},
		Upgrades: []sdktest.Upgrade{{Type: "words_word", Version: 0, State: `{"title": "a", "value": "b", "len": 1}`,
			Want: "name = \"a\"\nvalue = \"b\"\nlen = 1"}},
	})
}
