package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

// FormatOverlay lists what lies over the configuration of one instance.
func FormatOverlay(o plan.Overlay) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", clean(o.Address.String()))
	for _, e := range o.Entries {
		fmt.Fprintf(&b, "  %s = %s\n", clean(e.Path), FormatOverlaid(e.Value))
		fmt.Fprintf(&b, "    configured: %s\n", FormatOverlaid(e.Over))
		fmt.Fprintf(&b, "    proposed by %s on %s", clean(e.Origin.Model), e.Origin.Time.UTC().Format(time.DateTime+" UTC"))
		if e.Origin.Incident != "" {
			fmt.Fprintf(&b, ", incident %s", clean(e.Origin.Incident))
		}
		b.WriteByte('\n')
		if e.Origin.Cause != "" {
			fmt.Fprintf(&b, "    because: %s\n", clean(e.Origin.Cause))
		}
	}
	return b.String()
}

// FormatOverlaid writes a value of an overlay in a line.
func FormatOverlaid(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return "(not set)"
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return "(unreadable)"
	}
	return clean(compact.String())
}

// noteOverlay says behind each attribute that an AI's proposal lies over which one
// it was.
func noteOverlay(b *body, overlay []state.Overlay) {
	for _, e := range overlay {
		path, err := plan.ParseAttributePath(e.Path)
		if err != nil {
			continue
		}
		for _, it := range b.attrs {
			if it.key != path[0].Name || it.val.op == opRemove {
				continue
			}
			note := "overlay by " + clean(e.Origin.Model)
			switch {
			case strings.Contains(it.val.note, note):
			case it.val.note != "":
				it.val.note += ", " + note
			default:
				it.val.note = note
			}
		}
	}
}

// originOf says which model proposed an entry, and in which incident.
func originOf(e state.Overlay) string {
	if e.Origin.Incident == "" {
		return clean(e.Origin.Model)
	}
	return clean(e.Origin.Model) + ", incident " + clean(e.Origin.Incident)
}

// laidOver is one entry as machines read it.
type laidOver struct {
	Address string `json:"address"`
	state.Overlay
}

// allLaidOver returns all entries that are in effect, by address and path.
func allLaidOver(p *plan.Plan) []laidOver {
	var out []laidOver
	for _, o := range p.Overlays {
		for _, e := range o.Entries {
			out = append(out, laidOver{o.Address.String(), e})
		}
	}
	return out
}

// overlaid lists what lies over the configuration, whether it changes now or not.
func (v *planView) overlaid() {
	if len(v.plan.Overlays) == 0 {
		return
	}
	v.newline()
	v.say("What an AI has set lies over the configuration here (clockwork overlay list says more):")
	for _, o := range v.plan.Overlays {
		for _, e := range o.Entries {
			v.comment(2, fmt.Sprintf("%s: %s = %s, in place of %s (%s)", clean(o.Address.String()), clean(e.Path), FormatOverlaid(e.Value), FormatOverlaid(e.Over), originOf(e)))
		}
	}
}
