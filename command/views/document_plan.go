package views

import (
	"io"
	"maps"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

type docChange struct {
	Actions         []string `json:"actions"`
	Before          any      `json:"before"`
	After           any      `json:"after"`
	AfterUnknown    any      `json:"after_unknown"`
	BeforeSensitive any      `json:"before_sensitive"`
	AfterSensitive  any      `json:"after_sensitive"`
	ReplacePaths    []any    `json:"replace_paths,omitempty"`
}

func newDocChange(a plan.Action, before, after cty.Value, sc scope) docChange {
	return docChange{
		Actions: docActions(a),
		Before:  redacted(before, sc), After: redacted(after, sc), AfterUnknown: unknown(after, sc),
		BeforeSensitive: sensitive(before, sc), AfterSensitive: sensitive(after, sc),
	}
}

func docActions(a plan.Action) []string {
	switch a {
	case plan.DeleteThenCreate:
		return []string{"delete", "create"}
	case plan.CreateThenDelete:
		return []string{"create", "delete"}
	}
	return []string{a.String()}
}

type docResourceChange struct {
	Address         string    `json:"address"`
	PreviousAddress string    `json:"previous_address,omitempty"`
	ModuleAddress   string    `json:"module_address,omitempty"`
	Mode            string    `json:"mode"`
	Type            string    `json:"type"`
	Name            string    `json:"name"`
	Index           any       `json:"index,omitempty"`
	ProviderName    string    `json:"provider_name"`
	Deposed         string    `json:"deposed,omitempty"`
	Change          docChange `json:"change"`
	ActionReason    string    `json:"action_reason,omitempty"`
	// CompletedBy is the model by each attribute that one completed.
	CompletedBy map[string]string `json:"completed_by,omitempty"`
}

func newDocResourceChange(k state.ObjectKey, provider string, c docChange) docResourceChange {
	if m, ok := c.AfterUnknown.(bool); ok && !m {
		c.AfterUnknown = map[string]any{}
	}
	in := k.Instance
	return docResourceChange{
		Address: in.String(), ModuleAddress: string(in.Module), Mode: modeWord(in.Mode), Type: in.Type, Name: in.Name,
		Index: keyJSON(in.Key), ProviderName: provider, Deposed: k.Deposed, Change: c,
	}
}

// actionReason is the word of the document for a reason.
func actionReason(r plan.Reason) string {
	switch r {
	case plan.ReasonTainted:
		return "replace_because_tainted"
	case plan.ReasonCannotUpdate:
		return "replace_because_cannot_update"
	case plan.ReasonRequested:
		return "replace_by_request"
	case plan.ReasonTriggered:
		return "replace_by_triggers"
	}
	return string(r)
}

type docVariable struct {
	Value     any  `json:"value"`
	Sensitive bool `json:"sensitive,omitempty"`
}

type docPlan struct {
	FormatVersion    string                 `json:"format_version"`
	ClockworkVersion string                 `json:"clockwork_version,omitempty"`
	Mode             string                 `json:"mode"`
	Variables        map[string]docVariable `json:"variables,omitempty"`
	PlannedValues    *docValues             `json:"planned_values"`
	ResourceDrift    []docResourceChange    `json:"resource_drift,omitempty"`
	ResourceChanges  []docResourceChange    `json:"resource_changes,omitempty"`
	OutputChanges    map[string]docChange   `json:"output_changes,omitempty"`
	PriorState       *docState              `json:"prior_state,omitempty"`
	// Overlays is what a model's proposals have set over the configuration.
	Overlays  []laidOver `json:"overlays,omitempty"`
	Timestamp string     `json:"timestamp"`
	Applyable bool       `json:"applyable"`
	Complete  bool       `json:"complete"`
	Errored   bool       `json:"errored"`
}

// WritePlanJSON writes the document of `show -json` for a plan. prior is the
// state that the plan was made from; where it is nil, the document has no
// prior_state, and planned_values holds only what changes. Objects that do not
// change are not among the resource_changes. Sensitive values are null in it.
func WritePlanJSON(w io.Writer, p *plan.Plan, prior *state.State, schemas Schemas) error {
	doc := docPlan{
		FormatVersion: planFormat, ClockworkVersion: p.Version, Mode: p.Mode.String(),
		Timestamp: p.Timestamp.UTC().Format(time.RFC3339),
		Overlays:  allLaidOver(p), Applyable: p.HasChanges(), Complete: len(p.Targets) == 0 && len(p.Excludes) == 0,
	}
	if len(p.Variables) > 0 {
		doc.Variables = make(map[string]docVariable, len(p.Variables))
		for name, v := range p.Variables {
			doc.Variables[name] = docVariable{Value: redacted(v, scope{}), Sensitive: v.IsMarked()}
		}
	}
	sources := driftSources(p, prior)
	for i := range p.Drift {
		d := &p.Drift[i]
		k := state.ObjectKey{Instance: d.Address, Deposed: d.Deposed}
		sc := objectScope(schemas.find(sources[k], d.Address.Resource))
		doc.ResourceDrift = append(doc.ResourceDrift,
			newDocResourceChange(k, sources[k], newDocChange(d.Action, d.Before, d.After, sc)))
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		sc := objectScope(schemas.find(c.Provider.Source, c.Address.Resource))
		rc := newDocResourceChange(state.ObjectKey{Instance: c.Address, Deposed: c.Deposed}, c.Provider.Source,
			newDocChange(c.Action, c.Before, c.After, sc))
		if len(c.Replace) > 0 {
			rc.Change.ReplacePaths = replacePaths(c.Replace, c.Before, sc)
		}
		rc.ActionReason = actionReason(c.Reason)
		rc.CompletedBy = completedBy(c.Completed, c.Overlay)
		if movedTo(c) {
			rc.PreviousAddress = c.Previous.String()
		}
		doc.ResourceChanges = append(doc.ResourceChanges, rc)
	}
	if len(p.Outputs) > 0 {
		doc.OutputChanges = make(map[string]docChange, len(p.Outputs))
		for _, o := range p.Outputs {
			doc.OutputChanges[o.Name] = newDocChange(o.Action, o.Before, o.After, scope{secret: o.Sensitive})
		}
	}
	var err error
	if doc.PlannedValues, err = plannedValues(p, prior, schemas); err != nil {
		return err
	}
	if prior != nil {
		doc.PriorState = &docState{FormatVersion: stateFormat, ClockworkVersion: prior.ClockworkVersion}
		if doc.PriorState.Values, err = newDocValues(refreshed(p, prior), schemas); err != nil {
			return err
		}
	}
	return writeDocument(w, doc, false)
}

// refreshed returns the state with what the plan found out about it.
func refreshed(p *plan.Plan, prior *state.State) *state.State {
	s := *prior
	s.Objects = make(map[state.ObjectKey]*state.Object, len(prior.Objects))
	maps.Copy(s.Objects, prior.Objects)
	for _, m := range p.Moved {
		delete(s.Objects, m.From)
	}
	for _, m := range p.Moved {
		if o := prior.Objects[m.From]; o != nil {
			s.Objects[m.To] = o
		}
	}
	for _, r := range p.Refreshed {
		if r.Object == nil {
			delete(s.Objects, r.Key)
		} else {
			s.Objects[r.Key] = r.Object
		}
	}
	return &s
}

// plannedValues describes the state as it will be after the plan is applied.
func plannedValues(p *plan.Plan, prior *state.State, schemas Schemas) (*docValues, error) {
	stays := map[state.ObjectKey]*state.Object{}
	if prior != nil {
		stays = refreshed(p, prior).Objects
	}
	planned := map[state.ObjectKey]*plan.Change{}
	for i := range p.Changes {
		c := &p.Changes[i]
		delete(stays, state.ObjectKey{Instance: c.Address, Deposed: c.Deposed})
		delete(stays, state.ObjectKey{Instance: c.Previous, Deposed: c.Deposed})
		if c.Action != plan.Delete && c.Action != plan.Forget {
			planned[state.ObjectKey{Instance: c.Address}] = c
		}
	}
	keys := slices.Collect(maps.Keys(stays))
	keys = slices.AppendSeq(keys, maps.Keys(planned))
	slices.SortFunc(keys, compareKeys)
	tree := newModules()
	for _, k := range keys {
		var r docResource
		if c := planned[k]; c != nil {
			sc := objectScope(schemas.find(c.Provider.Source, c.Address.Resource))
			r = newDocResource(k, c.Provider.Source, c.After, sc)
			r.SchemaVersion, r.Description, r.CompletedBy = c.SchemaVersion, c.Description, completedBy(c.Completed, c.Overlay)
			r.Overlay = c.Overlay
		} else {
			var err error
			if r, err = storedResource(k, stays[k], schemas); err != nil {
				return nil, err
			}
		}
		mod := tree.at(k.Instance.Module)
		mod.Resources = append(mod.Resources, r)
	}
	outputs := map[string]docOutput{}
	for _, o := range p.Outputs {
		if o.Action != plan.Delete {
			outputs[o.Name] = newDocOutput(Output{Value: o.After, Sensitive: o.Sensitive})
		}
	}
	return &docValues{Outputs: outputs, RootModule: tree.root()}, nil
}
