package views

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
)

// uiVersion is the version of the messages. A second number that grows adds
// something; a first number that grows takes something away.
const uiVersion = "1.5"

// JSON reports to a program: one JSON object a line on standard output, in the
// form of Terraform's machine-readable UI. A sensitive value is left out.
type JSON struct {
	t       *Terminal
	files   func() Files
	changes tracker

	mu sync.Mutex // orders lines with their timestamps
}

// NewJSON returns a view that prints to t, and prints the first line, which
// names the version of Clockwork. files is as for NewHuman.
func NewJSON(t *Terminal, version string, files func() Files) *JSON {
	j := &JSON{t: t, files: files}
	j.changes.still = func(addr string, u *underway) {
		elapsed := u.elapsed()
		j.hook("apply_progress", "info", addr, u,
			verbsOf(u.action).still+" ["+seconds(elapsed)+" elapsed]", hook{Elapsed: wholeSeconds(elapsed)})
	}
	j.line("info", "Clockwork "+version, "version", uiVersionFields{version, uiVersion})
	return j
}

type uiVersionFields struct {
	Clockwork string `json:"clockwork"`
	UI        string `json:"ui"`
}

// line prints one message. fields is a struct whose fields the line has
// beside those of all lines; it may be nil.
func (j *JSON) line(level, message, typ string, fields any) {
	rest := []byte("{}")
	var err error
	if fields != nil {
		rest, err = marshal(fields)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	head, herr := marshal(struct {
		Level     string `json:"@level"`
		Message   string `json:"@message"`
		Module    string `json:"@module"`
		Timestamp string `json:"@timestamp"`
		Type      string `json:"type"`
	}{level, message, "clockwork.ui", time.Now().Format("2006-01-02T15:04:05.000000Z07:00"), typ})
	if err != nil || herr != nil {
		// Nothing that is passed in here fails to marshal.
		panic(fmt.Sprintf("views: message %s: %v, %v", typ, err, herr))
	}
	if len(rest) > 2 {
		head = append(head[:len(head)-1], ',')
		head = append(head, rest[1:]...)
	}
	j.t.Print(string(head) + "\n")
}

// Log prints a remark that has no type of its own.
func (j *JSON) Log(message string) { j.line("info", message, "log", nil) }

// Diagnostics prints each diagnostic.
func (j *JSON) Diagnostics(ds diag.Diagnostics) {
	var files Files
	if j.files != nil && len(ds) > 0 {
		files = j.files()
	}
	for _, d := range ds {
		level, word := "error", "Error: "
		if d.Severity == diag.Warning {
			level, word = "warn", "Warning: "
		}
		j.line(level, word+d.Summary, "diagnostic", struct {
			Diagnostic Diagnostic `json:"diagnostic"`
		}{newDiagnostic(d, files)})
	}
}

// uiResource names a resource instance.
type uiResource struct {
	Addr            string `json:"addr"`
	Module          string `json:"module"`
	Resource        string `json:"resource"`
	ImpliedProvider string `json:"implied_provider"`
	ResourceType    string `json:"resource_type"`
	ResourceName    string `json:"resource_name"`
	ResourceKey     any    `json:"resource_key"`
	Deposed         string `json:"deposed,omitempty"`
}

func newUIResource(in addr.Instance, deposed string) uiResource {
	local := in
	local.Module = addr.Root
	implied, _, _ := strings.Cut(in.Type, "_")
	return uiResource{
		Addr: in.String(), Module: string(in.Module), Resource: local.String(), ImpliedProvider: implied,
		ResourceType: in.Type, ResourceName: in.Name, ResourceKey: keyJSON(in.Key), Deposed: deposed,
	}
}

// keyJSON returns an instance key as a number, a string or null.
func keyJSON(k addr.Key) any {
	if n, ok := k.IsInt(); ok {
		return n
	}
	if s, ok := k.IsString(); ok {
		return s
	}
	return nil
}

// uiAction is the word of the machine-readable UI for an action.
func uiAction(a plan.Action) string {
	switch a {
	case plan.NoOp:
		return "noop"
	case plan.DeleteThenCreate, plan.CreateThenDelete:
		return "replace"
	}
	return a.String()
}

type uiChange struct {
	Resource uiResource  `json:"resource"`
	Previous *uiResource `json:"previous_resource,omitempty"`
	Action   string      `json:"action"`
	Reason   string      `json:"reason,omitempty"`
	// CompletedBy is the model by each attribute that one completed.
	CompletedBy map[string]string `json:"completed_by,omitempty"`
}

type uiChanges struct {
	Add       int    `json:"add"`
	Change    int    `json:"change"`
	Import    int    `json:"import"`
	Remove    int    `json:"remove"`
	Forget    int    `json:"forget,omitempty"`
	Operation string `json:"operation"`
}

func newUIChanges(c plan.Counts, operation string) any {
	return struct {
		Changes uiChanges `json:"changes"`
	}{uiChanges{Add: c.Add, Change: c.Change, Remove: c.Destroy, Forget: c.Forget, Operation: operation}}
}

// Refreshing implements View; each object has lines of its own.
func (j *JSON) Refreshing(int) {}

// Refreshed implements View.
func (j *JSON) Refreshed() {}

// PreRefresh prints that an object is about to be read.
func (j *JSON) PreRefresh(addr string) {
	j.hook("refresh_start", "info", addr, &underway{subject: subjectOf(addr)}, "Refreshing state...", hook{})
}

// PostRefresh prints that an object was read.
func (j *JSON) PostRefresh(addr string) {
	j.hook("refresh_complete", "info", addr, &underway{subject: subjectOf(addr)}, "Refresh complete", hook{})
}

// PreComplete prints that a model is about to be asked.
func (j *JSON) PreComplete(addr, model string) {
	j.hook("complete_start", "info", addr, &underway{subject: subjectOf(addr)}, askingText(model), hook{Model: model})
}

// PostComplete prints that a model was asked.
func (j *JSON) PostComplete(addr, model string) {
	j.hook("complete_complete", "info", addr, &underway{subject: subjectOf(addr)}, "Completion ended", hook{Model: model})
}

// Plan prints what has drifted, what is planned, and the totals.
func (j *JSON) Plan(p *plan.Plan, _ Schemas) {
	type change struct {
		Change uiChange `json:"change"`
	}
	for i := range p.Drift {
		d := &p.Drift[i]
		c := uiChange{Resource: newUIResource(d.Address, d.Deposed), Action: uiAction(d.Action)}
		j.line("info", fmt.Sprintf("%s: Drift detected (%s)", d.Address, c.Action), "resource_drift", change{c})
	}
	for i := range p.Changes {
		pc := &p.Changes[i]
		c := uiChange{Resource: newUIResource(pc.Address, pc.Deposed), Action: uiAction(pc.Action), Reason: string(pc.Reason),
			CompletedBy: completedBy(pc.Completed, pc.Overlay)}
		if movedTo(pc) {
			was := newUIResource(pc.Previous, pc.Deposed)
			c.Previous = &was
		}
		j.line("info", fmt.Sprintf("%s: Plan to %s", pc.Address, c.Action), "planned_change", change{c})
	}
	for _, m := range quietMoves(p) {
		was := newUIResource(m.From.Instance, m.From.Deposed)
		c := uiChange{Resource: newUIResource(m.To.Instance, m.To.Deposed), Previous: &was, Action: "move"}
		j.line("info", fmt.Sprintf("%s: Plan to move", m.To), "planned_change", change{c})
	}
	for _, o := range allLaidOver(p) {
		j.line("info", fmt.Sprintf("%s: %s is set by an AI, over the configuration", o.Address, o.Path), "overlay", struct {
			Overlay laidOver `json:"overlay"`
		}{o})
	}
	counts := p.Counts()
	j.line("info", "Plan: "+planTotals(counts), "change_summary", newUIChanges(counts, "plan"))
	if len(p.Outputs) > 0 {
		outs := make(map[string]uiOutput, len(p.Outputs))
		for _, o := range p.Outputs {
			outs[o.Name] = uiOutput{Sensitive: o.Sensitive || o.Before.IsMarked() || o.After.IsMarked(), Action: uiAction(o.Action)}
		}
		j.outputs(outs)
	}
}

// Applying implements View.
func (j *JSON) Applying(p *plan.Plan, schemas Schemas) { j.changes.plan(p, schemas) }

// hook is what is told of a change under way.
type hook struct {
	Resource uiResource `json:"resource"`
	Action   string     `json:"action,omitempty"`
	Message  string     `json:"message,omitempty"`
	Model    string     `json:"model,omitempty"`
	IDKey    string     `json:"id_key,omitempty"`
	IDValue  string     `json:"id_value,omitempty"`
	Elapsed  *int       `json:"elapsed_seconds,omitempty"`
}

func wholeSeconds(d time.Duration) *int {
	n := int(d.Round(time.Second) / time.Second)
	return &n
}

func (j *JSON) hook(typ, level, addr string, u *underway, text string, h hook) {
	_, deposed, _ := strings.Cut(strings.TrimSuffix(addr, ")"), " (deposed ")
	h.Resource = newUIResource(u.instance, deposed)
	if u.instance.Type == "" {
		h.Resource = uiResource{Addr: addr, Resource: addr}
	}
	if strings.HasPrefix(typ, "apply") {
		h.Action = uiAction(u.action)
	}
	if typ != "apply_progress" {
		h.IDKey, h.IDValue = u.id.key, u.id.value
		text += u.id.suffix()
	}
	j.line(level, addr+": "+text, typ, struct {
		Hook hook `json:"hook"`
	}{h})
}

// PreApply prints that a change begins.
func (j *JSON) PreApply(addr string, action plan.Action) {
	j.changes.start(addr, action, func(u *underway) {
		j.hook("apply_start", "info", addr, u, verbsOf(action).doing, hook{})
	})
}

// Progress prints what a provider says of a change under way.
func (j *JSON) Progress(addr, message string) {
	j.changes.peek(addr, func(u *underway) {
		j.hook("apply_progress", "info", addr, u, message, hook{Message: message, Elapsed: wholeSeconds(u.elapsed())})
	})
}

// Identify implements View.
func (j *JSON) Identify(addr string, object cty.Value) { j.changes.identify(addr, object) }

// PostApply prints that a change has ended, and how.
func (j *JSON) PostApply(addr string, action plan.Action, elapsed time.Duration, ds diag.Diagnostics) {
	j.changes.finish(addr, action, func(u *underway) {
		v, took := verbsOf(action), " after "+seconds(elapsed)
		u.action = action
		if action == plan.Delete {
			u.id = identity{}
		}
		if ds.HasErrors() {
			j.hook("apply_errored", "error", addr, u, v.fail+took, hook{Elapsed: wholeSeconds(elapsed)})
			return
		}
		j.hook("apply_complete", "info", addr, u, v.done+took, hook{Elapsed: wholeSeconds(elapsed)})
	})
}

// Applied prints what was done.
func (j *JSON) Applied(s Summary) {
	operation := "apply"
	if s.Mode == plan.Destroy {
		operation = "destroy"
	}
	head, rest := appliedText(s)
	j.line("info", head+rest, "change_summary", newUIChanges(s.Counts, operation))
}

// uiOutput is one output: Type and Value after an apply, Action in a plan.
type uiOutput struct {
	Sensitive bool            `json:"sensitive"`
	Type      json.RawMessage `json:"type,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"`
	Action    string          `json:"action,omitempty"`
}

// Outputs prints all outputs in one line, the sensitive ones without their
// values.
func (j *JSON) Outputs(outputs map[string]Output) {
	outs := make(map[string]uiOutput, len(outputs))
	for name, o := range outputs {
		outs[name] = newUIOutput(o)
	}
	j.outputs(outs)
}

func (j *JSON) outputs(outs map[string]uiOutput) {
	j.line("info", fmt.Sprintf("Outputs: %d", len(outs)), "outputs", struct {
		Outputs map[string]uiOutput `json:"outputs"`
	}{outs})
}

func newUIOutput(o Output) uiOutput {
	out := uiOutput{Sensitive: o.Sensitive || o.Value.IsMarked()}
	if out.Sensitive || o.Value == cty.NilVal {
		return out
	}
	v, _ := o.Value.UnmarkDeep()
	var err error
	if out.Type, err = ctyjson.MarshalType(v.Type()); err != nil {
		out.Type = nil
	}
	if out.Value, err = marshal(redacted(o.Value, scope{})); err != nil {
		out.Value = nil
	}
	return out
}
