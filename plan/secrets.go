package plan

import (
	"context"
	"slices"
	"sync"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/state"
)

// minSecret is how many bytes a text has at least that is looked for as a
// secret. Shorter ones are found in any text, where they mean something else.
const minSecret = 4

// Secrets returns the text of all sensitive values that the run knows, of
// variables and of the state, and of what has been made from them: what must not
// be sent anywhere. Those in more come to them. It is sorted. The first time it takes
// as long as reading the whole state.
func (r *Run) Secrets(ctx context.Context, more ...cty.Value) []string {
	r.stateSecrets.once.Do(func() { r.stateSecrets.secrets = r.secretsInState(ctx) })
	s := secrets{texts: slices.Clone(r.stateSecrets.texts)}
	for _, v := range r.Variables {
		s.find(v)
	}
	for _, v := range r.Eval.Secrets() {
		s.find(v)
	}
	for _, v := range more {
		s.find(v)
	}
	slices.Sort(s.texts)
	return slices.Compact(s.texts)
}

// stateSecrets are the secrets of a state, which does not change in a run.
type stateSecrets struct {
	once sync.Once
	secrets
}

func (r *Run) secretsInState(ctx context.Context) secrets {
	var s secrets
	for key, o := range r.State.Objects {
		r.secretsOf(ctx, &s, key, o)
	}
	for _, o := range r.State.Outputs {
		if !o.Sensitive {
			continue
		}
		if v, err := DecodeOutput(o); err == nil {
			s.all(v)
		}
	}
	return s
}

// secretsOf adds those of one object in the state. Where its schema is not at
// hand, all of it is taken for secret.
func (r *Run) secretsOf(ctx context.Context, s *secrets, key state.ObjectKey, o *state.Object) {
	t, err := r.Schemas.Type(ctx, o.Provider.Source, providers.KindResource, key.Instance.Type)
	if err == nil && !t.HoldsSensitive() && len(o.Sensitive) == 0 {
		return
	}
	if err == nil && o.SchemaVersion == t.Resource.Version {
		if v, err := DecodeObject(o, t); err == nil {
			s.find(v)
			return
		}
	}
	ty, err := ctyjson.ImpliedType(o.Attributes)
	if err != nil {
		return // it cannot be read as anything that could be told
	}
	if v, err := ctyjson.Unmarshal(o.Attributes, ty); err == nil {
		s.all(v)
	}
}

// secrets collects texts.
type secrets struct{ texts []string }

// find adds what is sensitive in v.
func (s *secrets) find(v cty.Value) {
	if v == cty.NilVal || !v.ContainsMarked() {
		return
	}
	// It returns no error of its own.
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsMarked() {
			s.all(v)
			return false, nil
		}
		return true, nil
	})
}

// all adds every text and number in v, and the keys of maps.
func (s *secrets) all(v cty.Value) {
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(path cty.Path, v cty.Value) (bool, error) {
		if len(path) > 0 {
			if key, ok := path[len(path)-1].(cty.IndexStep); ok && key.Key.Type() == cty.String {
				s.add(key.Key.AsString())
			}
		}
		if !v.IsKnown() || v.IsNull() {
			return false, nil
		}
		switch v.Type() {
		case cty.String:
			s.add(v.AsString())
		case cty.Number:
			s.add(v.AsBigFloat().Text('f', -1)) // as it is written nearly everywhere
		}
		return true, nil
	})
}

func (s *secrets) add(text string) {
	if len(text) >= minSecret {
		s.texts = append(s.texts, text)
	}
}
