package views

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/state"
)

// WriteState writes everything in a state for a person to read.
func WriteState(w io.Writer, s *state.State, schemas Schemas, style Style) error {
	if s == nil || len(s.Objects) == 0 && len(s.Outputs) == 0 {
		_, err := io.WriteString(w, "The state is empty: nothing is deployed.\n")
		return err
	}
	outputs, err := StateOutputs(s)
	if err != nil {
		return err
	}
	v := showView{newPrinter(w, style), differ{ascii: !style.Unicode}}
	for i, k := range sortedKeys(s) {
		if i > 0 {
			v.newline()
		}
		if err := v.object(k, s.Objects[k], schemas); err != nil {
			return err
		}
	}
	if len(outputs) > 0 {
		if len(s.Objects) > 0 {
			v.newline()
		}
		v.outputs(outputs)
	}
	return v.flush()
}

// WriteObject writes one object of a state for a person to read.
func WriteObject(w io.Writer, k state.ObjectKey, o *state.Object, schemas Schemas, style Style) error {
	v := showView{newPrinter(w, style), differ{ascii: !style.Unicode}}
	if err := v.object(k, o, schemas); err != nil {
		return err
	}
	return v.flush()
}

type showView struct {
	*printer
	differ differ
}

func (v *showView) object(k state.ObjectKey, o *state.Object, schemas Schemas) error {
	r, err := storedBody(v.differ, k, o, schemas)
	if err != nil {
		return err
	}
	title := "# " + objectName(k) + ":"
	if o.Tainted {
		title += " (tainted)"
	}
	v.paint(bold, title)
	v.newline()
	if o.Description != "" {
		for _, l := range wrap(clean(o.Description), v.style.width()-2) {
			v.comment(0, l)
		}
	}
	v.block(&block{name: blockHeader(k.Instance.Resource), body: r}, 0)
	return nil
}

func storedBody(d differ, k state.ObjectKey, o *state.Object, schemas Schemas) (*body, error) {
	obj := schemas.find(o.Provider.Source, k.Instance.Resource)
	val, err := storedObject(o, obj)
	if err != nil {
		return nil, err
	}
	b := d.body(val, val, objectScope(obj), opNone, nil)
	noteCompleted(b, o.Completed, o.Overlay)
	noteOverlay(b, o.Overlay)
	return b, nil
}

func (v *showView) outputs(outputs map[string]Output) {
	v.paint(bold, "Outputs:")
	v.newline()
	v.newline()
	var items []item
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		o := outputs[name]
		items = append(items, item{key: clean(name), val: v.differ.whole(o.Value, opNone, scope{secret: o.Sensitive, nulls: true})})
	}
	v.body(&body{attrs: items}, 0)
}

// FormatAddresses returns addresses one a line, as `state list` prints them.
func FormatAddresses(keys []state.ObjectKey) string {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, compareKeys)
	var b strings.Builder
	for _, k := range sorted {
		b.WriteString(objectName(k) + "\n")
	}
	return b.String()
}
