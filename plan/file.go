package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/renameio/v2/maybe"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/msgpack"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/state"
)

// FileVersion is the version of the plan file's format. A plan is read only
// by the versions of Clockwork that know its format: it is soon stale anyway.
// Version 2 has restarts, version 3 what a model proposed.
const FileVersion = 3

// fileDoc is a plan file: JSON whose plan is covered by a checksum. It holds
// sensitive values in clear, because apply needs them.
type fileDoc struct {
	Format   int             `json:"clockwork_plan"`
	Checksum string          `json:"sha256"`
	Plan     json.RawMessage `json:"plan"`
}

type filePlan struct {
	Mode       Mode                 `json:"mode"`
	Version    string               `json:"clockwork_version"`
	Timestamp  time.Time            `json:"timestamp"`
	Lineage    string               `json:"lineage"`
	Serial     uint64               `json:"serial"`
	ConfigHash string               `json:"config_hash"`
	Variables  map[string]fileValue `json:"variables,omitempty"`
	Changes    []fileChange         `json:"changes,omitempty"`
	Unchanged  int                  `json:"unchanged"`
	Drift      []fileDrift          `json:"drift,omitempty"`
	Refreshed  []fileRefreshed      `json:"refreshed,omitempty"`
	Moved      []fileMove           `json:"moved,omitempty"`
	Outputs    []fileOutput         `json:"outputs,omitempty"`
	Targets    []string             `json:"targets,omitempty"`
	Excludes   []string             `json:"excludes,omitempty"`
	Replaces   []string             `json:"replaces,omitempty"`
	Restarts   []string             `json:"restarts,omitempty"`
	Overlays   []fileOverlay        `json:"overlays,omitempty"`
}

type fileOverlay struct {
	Address string          `json:"address"`
	Overlay []state.Overlay `json:"overlay"`
}

// fileValue is a value with its type, its unknown parts and its marks.
type fileValue struct {
	Value     []byte            `json:"value"` // msgpack of a dynamic value
	Sensitive []json.RawMessage `json:"sensitive,omitempty"`
}

type fileKey struct {
	Address string `json:"address"`
	Deposed string `json:"deposed,omitempty"`
}

type fileChange struct {
	fileKey
	Previous            string               `json:"previous,omitempty"`
	Provider            state.ProviderConfig `json:"provider"`
	Action              Action               `json:"action"`
	Reason              Reason               `json:"reason,omitempty"`
	Before              fileValue            `json:"before"`
	After               fileValue            `json:"after"`
	Config              fileValue            `json:"config"`
	Replace             []json.RawMessage    `json:"replace,omitempty"`
	Private             []byte               `json:"private,omitempty"`
	DependsOn           []string             `json:"depends_on,omitempty"`
	Description         string               `json:"description,omitempty"`
	PreventDestroy      bool                 `json:"prevent_destroy,omitempty"`
	CreateBeforeDestroy bool                 `json:"create_before_destroy,omitempty"`
	SchemaVersion       int                  `json:"schema_version,omitempty"`
	Overlay             []state.Overlay      `json:"overlay,omitempty"`
	Completed           *state.Completed     `json:"completed,omitempty"`
}

type fileDrift struct {
	fileKey
	Action Action    `json:"action"`
	Before fileValue `json:"before"`
	After  fileValue `json:"after"`
}

type fileRefreshed struct {
	fileKey
	Object *state.Object `json:"object"`
}

type fileMove struct {
	From fileKey `json:"from"`
	To   fileKey `json:"to"`
}

type fileOutput struct {
	Name      string    `json:"name"`
	Action    Action    `json:"action"`
	Before    fileValue `json:"before"`
	After     fileValue `json:"after"`
	Sensitive bool      `json:"sensitive,omitempty"`
}

// WriteFile saves a plan at path, readable by its owner only, replacing what is
// there in one step.
func WriteFile(path string, p *Plan) error {
	raw, err := Encode(p)
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	if err := maybe.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

// ReadFile reads a saved plan.
func ReadFile(path string) (*Plan, diag.Diagnostics) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, diag.Errorf("Plan cannot be read", "%s. Name a file that \"clockwork plan -out\" wrote.", err)
	}
	p, err := Decode(raw)
	if err != nil {
		return nil, diag.Errorf("Not a usable plan", "The file %s %s. Name a file that \"clockwork plan -out\" wrote, or make a new one with it.", path, err)
	}
	return p, nil
}

// Encode writes a plan in the plan file's format. A plan from a model's proposal is
// not written: nobody could tell later that it was vetted.
func Encode(p *Plan) ([]byte, error) {
	if p.FromModel {
		return nil, errors.New("a plan from a model's proposal is not saved")
	}
	w := valueWriter{}
	f := filePlan{Mode: p.Mode, Version: p.Version, Timestamp: p.Timestamp, Lineage: p.Lineage, Serial: p.Serial,
		ConfigHash: p.ConfigHash, Unchanged: p.Unchanged, Variables: map[string]fileValue{}}
	for name, v := range p.Variables {
		f.Variables[name] = w.value(v)
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		fc := fileChange{fileKey: fileKey{c.Address.String(), c.Deposed}, Provider: c.Provider, Action: c.Action,
			Reason: c.Reason, Before: w.value(c.Before), After: w.value(c.After), Config: w.value(c.Config), Private: c.Private,
			DependsOn: c.DependsOn, Description: c.Description, PreventDestroy: c.PreventDestroy,
			CreateBeforeDestroy: c.CreateBeforeDestroy, SchemaVersion: c.SchemaVersion, Overlay: c.Overlay, Completed: c.Completed}
		if c.Previous != c.Address {
			fc.Previous = c.Previous.String()
		}
		for _, path := range c.Replace {
			fc.Replace = append(fc.Replace, w.path(path))
		}
		f.Changes = append(f.Changes, fc)
	}
	for _, d := range p.Drift {
		f.Drift = append(f.Drift, fileDrift{fileKey{d.Address.String(), d.Deposed}, d.Action, w.value(d.Before), w.value(d.After)})
	}
	for _, r := range p.Refreshed {
		f.Refreshed = append(f.Refreshed, fileRefreshed{keyOf(r.Key), r.Object})
	}
	for _, m := range p.Moved {
		f.Moved = append(f.Moved, fileMove{keyOf(m.From), keyOf(m.To)})
	}
	for _, o := range p.Outputs {
		f.Outputs = append(f.Outputs, fileOutput{o.Name, o.Action, w.value(o.Before), w.value(o.After), o.Sensitive})
	}
	for _, t := range p.Targets {
		f.Targets = append(f.Targets, t.String())
	}
	for _, t := range p.Excludes {
		f.Excludes = append(f.Excludes, t.String())
	}
	for _, t := range p.Replaces {
		f.Replaces = append(f.Replaces, t.String())
	}
	for _, t := range p.Restarts {
		f.Restarts = append(f.Restarts, t.String())
	}
	for _, o := range p.Overlays {
		f.Overlays = append(f.Overlays, fileOverlay{o.Address.String(), o.Entries})
	}
	if w.err != nil {
		return nil, w.err
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return json.Marshal(fileDoc{Format: FileVersion, Checksum: hex.EncodeToString(sum[:]), Plan: raw})
}

// Decode reads what Encode wrote. An error completes the sentence "The file
// ...".
func Decode(raw []byte) (*Plan, error) {
	var doc fileDoc
	if err := json.Unmarshal(raw, &doc); err != nil || doc.Format == 0 {
		return nil, errors.New("is not a plan that Clockwork saved")
	}
	if doc.Format < 1 || doc.Format > FileVersion {
		return nil, fmt.Errorf("was saved by another version of Clockwork (its format is %d, this one knows 1 to %d)", doc.Format, FileVersion)
	}
	if sum := sha256.Sum256(doc.Plan); hex.EncodeToString(sum[:]) != doc.Checksum {
		return nil, errors.New("is damaged: its checksum does not match")
	}
	var f filePlan
	if err := json.Unmarshal(doc.Plan, &f); err != nil {
		return nil, fmt.Errorf("is damaged: %v", err)
	}
	r := valueReader{}
	last := Restart
	if doc.Format == 1 {
		last = Forget
	}
	p := &Plan{Mode: f.Mode, Version: f.Version, Timestamp: f.Timestamp, Lineage: f.Lineage, Serial: f.Serial,
		ConfigHash: f.ConfigHash, Unchanged: f.Unchanged, Variables: map[string]cty.Value{}}
	for name, v := range f.Variables {
		p.Variables[name] = r.value(v)
	}
	for _, fc := range f.Changes {
		c := Change{Address: r.instance(fc.Address), Deposed: fc.Deposed, Provider: fc.Provider, Action: fc.Action, Reason: fc.Reason,
			Before: r.value(fc.Before), After: r.value(fc.After), Config: r.value(fc.Config), Private: fc.Private,
			DependsOn: fc.DependsOn, Description: fc.Description, PreventDestroy: fc.PreventDestroy,
			CreateBeforeDestroy: fc.CreateBeforeDestroy, SchemaVersion: fc.SchemaVersion, Overlay: fc.Overlay, Completed: fc.Completed}
		c.Previous = c.Address
		if fc.Previous != "" {
			c.Previous = r.instance(fc.Previous)
		}
		for _, path := range fc.Replace {
			c.Replace = append(c.Replace, r.path(path))
		}
		r.check(c.Action <= last)
		p.Changes = append(p.Changes, c)
	}
	for _, d := range f.Drift {
		r.check(d.Action <= Forget)
		p.Drift = append(p.Drift, Drift{r.instance(d.Address), d.Deposed, d.Action, r.value(d.Before), r.value(d.After)})
	}
	for _, x := range f.Refreshed {
		p.Refreshed = append(p.Refreshed, Refreshed{r.key(x.fileKey), x.Object})
	}
	for _, m := range f.Moved {
		p.Moved = append(p.Moved, Move{r.key(m.From), r.key(m.To)})
	}
	for _, o := range f.Outputs {
		r.check(o.Action <= Forget)
		p.Outputs = append(p.Outputs, OutputChange{o.Name, o.Action, r.value(o.Before), r.value(o.After), o.Sensitive})
	}
	for _, t := range f.Targets {
		p.Targets = append(p.Targets, r.target(t))
	}
	for _, t := range f.Excludes {
		p.Excludes = append(p.Excludes, r.target(t))
	}
	for _, t := range f.Replaces {
		p.Replaces = append(p.Replaces, r.instance(t))
	}
	for _, t := range f.Restarts {
		p.Restarts = append(p.Restarts, r.instance(t))
	}
	for _, o := range f.Overlays {
		p.Overlays = append(p.Overlays, Overlay{r.instance(o.Address), o.Overlay})
	}
	r.check(p.Mode <= Destroy)
	if r.err != nil {
		return nil, fmt.Errorf("is damaged: %v", r.err)
	}
	return p, nil
}

func keyOf(k state.ObjectKey) fileKey { return fileKey{k.Instance.String(), k.Deposed} }

// valueWriter writes values until the first error, which it keeps.
type valueWriter struct{ err error }

func (w *valueWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *valueWriter) value(v cty.Value) fileValue {
	if v == cty.NilVal {
		return fileValue{}
	}
	u, pvm := v.UnmarkDeepWithPaths()
	raw, err := msgpack.Marshal(u, cty.DynamicPseudoType)
	if err != nil {
		w.fail(err)
	}
	out := fileValue{Value: raw}
	for _, pm := range pvm {
		if _, ok := pm.Marks[marks.Sensitive]; ok {
			out.Sensitive = append(out.Sensitive, w.path(pm.Path))
		}
	}
	return out
}

func (w *valueWriter) path(p cty.Path) json.RawMessage {
	raw, err := encodePath(p)
	if err != nil {
		w.fail(err)
	}
	return raw
}

// valueReader reads values until the first error, which it keeps.
type valueReader struct{ err error }

func (r *valueReader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

func (r *valueReader) check(ok bool) {
	if !ok {
		r.fail(errors.New("it holds a number that means nothing"))
	}
}

func (r *valueReader) value(f fileValue) cty.Value {
	if len(f.Value) == 0 {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	v, err := msgpack.Unmarshal(f.Value, cty.DynamicPseudoType)
	if err != nil {
		r.fail(err)
		return cty.DynamicVal
	}
	return markStored(v, f.Sensitive)
}

func (r *valueReader) path(raw json.RawMessage) cty.Path {
	p, err := decodePath(raw)
	r.fail(err)
	return p
}

func (r *valueReader) instance(s string) addr.Instance {
	i, err := addr.ParseInstance(s)
	r.fail(err)
	return i
}

func (r *valueReader) target(s string) addr.Target {
	t, err := addr.ParseTarget(s)
	r.fail(err)
	return t
}

func (r *valueReader) key(k fileKey) state.ObjectKey {
	return state.ObjectKey{Instance: r.instance(k.Address), Deposed: k.Deposed}
}
