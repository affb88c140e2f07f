package views

import (
	"fmt"
	"io"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/state"
)

type docResource struct {
	Address         string `json:"address"`
	Mode            string `json:"mode"`
	Type            string `json:"type"`
	Name            string `json:"name"`
	Index           any    `json:"index,omitempty"`
	ProviderName    string `json:"provider_name"`
	SchemaVersion   int    `json:"schema_version"`
	Values          any    `json:"values"`
	SensitiveValues any    `json:"sensitive_values"`

	DependsOn   []string `json:"depends_on,omitempty"`
	Description string   `json:"description,omitempty"`
	Tainted     bool     `json:"tainted,omitempty"`
	DeposedKey  string   `json:"deposed_key,omitempty"`
	// CompletedBy is the model by each attribute that one completed.
	CompletedBy map[string]string `json:"completed_by,omitempty"`
	// Overlay is what a model's proposal has set over the configuration.
	Overlay []state.Overlay `json:"overlay,omitempty"`
}

type docModule struct {
	Address   string        `json:"address,omitempty"`
	Resources []docResource `json:"resources,omitempty"`
	Children  []*docModule  `json:"child_modules,omitempty"`
}

type docValues struct {
	Outputs    map[string]docOutput `json:"outputs,omitempty"`
	RootModule *docModule           `json:"root_module"`
}

type docState struct {
	FormatVersion    string     `json:"format_version"`
	ClockworkVersion string     `json:"clockwork_version,omitempty"`
	Values           *docValues `json:"values,omitempty"`
}

func modeWord(m addr.Mode) string {
	if m == addr.Data {
		return "data"
	}
	return "managed"
}

// newDocResource describes an object whose value is v.
func newDocResource(k state.ObjectKey, provider string, v cty.Value, sc scope) docResource {
	in := k.Instance
	return docResource{
		Address: in.String(), Mode: modeWord(in.Mode), Type: in.Type, Name: in.Name, Index: keyJSON(in.Key),
		ProviderName: provider, DeposedKey: k.Deposed,
		Values: redacted(v, sc), SensitiveValues: sensitive(v, sc),
	}
}

// storedResource describes an object in the state.
func storedResource(k state.ObjectKey, o *state.Object, schemas Schemas) (docResource, error) {
	obj := schemas.find(o.Provider.Source, k.Instance.Resource)
	v, err := storedObject(o, obj)
	if err != nil {
		return docResource{}, fmt.Errorf("%s: %w", k, err)
	}
	r := newDocResource(k, o.Provider.Source, v, objectScope(obj))
	r.SchemaVersion, r.DependsOn, r.Description, r.Tainted = o.SchemaVersion, o.DependsOn, o.Description, o.Tainted
	r.CompletedBy, r.Overlay = completedBy(o.Completed, o.Overlay), o.Overlay
	return r, nil
}

// modules sorts resources, which come in order, into a tree of modules.
type modules struct {
	byPath map[addr.Module]*docModule
}

func newModules() modules {
	return modules{map[addr.Module]*docModule{addr.Root: {}}}
}

func (m modules) root() *docModule { return m.byPath[addr.Root] }

func (m modules) at(path addr.Module) *docModule {
	if mod := m.byPath[path]; mod != nil {
		return mod
	}
	mod := &docModule{Address: string(path)}
	m.byPath[path] = mod
	parent := m.at(parentModule(path))
	parent.Children = append(parent.Children, mod)
	return mod
}

// parentModule returns the module that calls path.
func parentModule(path addr.Module) addr.Module {
	s, quoted, last := string(path), false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], ".module."):
			last = i
		}
	}
	return addr.Module(s[:last])
}

// values describes a whole state.
func newDocValues(s *state.State, schemas Schemas) (*docValues, error) {
	tree := newModules()
	for _, k := range sortedKeys(s) {
		r, err := storedResource(k, s.Objects[k], schemas)
		if err != nil {
			return nil, err
		}
		mod := tree.at(k.Instance.Module)
		mod.Resources = append(mod.Resources, r)
	}
	outputs, err := StateOutputs(s)
	if err != nil {
		return nil, err
	}
	return &docValues{Outputs: docOutputs(outputs), RootModule: tree.root()}, nil
}

func docOutputs(outputs map[string]Output) map[string]docOutput {
	out := make(map[string]docOutput, len(outputs))
	for name, o := range outputs {
		out[name] = newDocOutput(o)
	}
	return out
}

// WriteStateJSON writes the document of `show -json` for a state. version is
// that of the running Clockwork. Sensitive values are null in it.
func WriteStateJSON(w io.Writer, s *state.State, schemas Schemas, version string) error {
	doc := docState{FormatVersion: stateFormat, ClockworkVersion: version}
	if s != nil && (len(s.Objects) > 0 || len(s.Outputs) > 0) {
		values, err := newDocValues(s, schemas)
		if err != nil {
			return err
		}
		doc.Values = values
	}
	return writeDocument(w, doc, false)
}
