package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// flapMark is the data of the entry which says that something is flapping.
const flapMark = `{"flapping":true}`

// heals is how often it became well within the window.
func (r *incidentRun) heals() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, at := range r.s.healed {
		if time.Since(at) < r.policy.Window {
			n++
		}
	}
	return n
}

// flaps says why something is flapping, or "": it became well as often as there
// may be attempts within the window, and fails again.
func (r *incidentRun) flaps() string {
	n := r.heals()
	if n < r.policy.Attempts {
		return ""
	}
	often := "once"
	if n > 1 {
		often = fmt.Sprintf("%d times", n)
	}
	return fmt.Sprintf("it is flapping: it became well %s within %s, and failed again", often, brief(r.policy.Window))
}

// brief is a duration without what is zero at its end.
func brief(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// flap has people told that something is flapping, once, and does nothing more
// about it. The incident lasts until it has been well for long enough, so that
// what goes on meanwhile is no news.
func (r *incidentRun) flap(ctx context.Context, why string) error {
	r.setFlapping()
	if err := r.tell(why, json.RawMessage(flapMark)); err != nil {
		return err
	}
	return r.untilWell(ctx)
}

func (r *incidentRun) setFlapping() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flapping, r.s.flapping = true, true
}

// flapped tells whether an incident's events say that it is flapping.
func flapped(events []incident.Event) bool {
	for _, e := range events {
		var data struct{ Flapping bool }
		if e.Kind == incident.Escalated && json.Unmarshal(e.Data, &data) == nil && data.Flapping {
			return true
		}
	}
	return false
}
