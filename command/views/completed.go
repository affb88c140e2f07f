package views

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/state"
)

// noteCompleted says behind each attribute that a model completed which one did.
func noteCompleted(b *body, completed *state.Completed, overlay []state.Overlay) {
	by := completedBy(completed, overlay)
	for _, it := range b.attrs {
		model, ok := by[it.key]
		if !ok || it.val.op == opRemove {
			continue
		}
		note := "completed by " + clean(model)
		if it.val.note != "" {
			note = it.val.note + ", " + note
		}
		it.val.note = note
	}
}

// completedBy returns the model by each attribute that it completed, or nil. What
// lies over such an attribute has an origin of its own.
func completedBy(completed *state.Completed, overlay []state.Overlay) map[string]string {
	if completed == nil {
		return nil
	}
	out := make(map[string]string, len(completed.Values))
	for name := range completed.Values {
		out[name] = completed.Origin.Model
	}
	for _, o := range overlay {
		delete(out, o.Path)
	}
	return out
}

// planStatus is the line that says how far a plan is. What waits for a model comes
// before what is read.
type planStatus struct {
	show func(string)

	mu                  sync.Mutex
	reading, completing string
}

func (s *planStatus) read(text string)     { s.set(&s.reading, text) }
func (s *planStatus) complete(text string) { s.set(&s.completing, text) }

func (s *planStatus) set(line *string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*line = text
	if s.completing != "" {
		s.show(s.completing)
		return
	}
	s.show(s.reading)
}

// completionWatch says what a model is asked for, once the asking takes longer than
// a moment, and how far it is.
type completionWatch struct {
	show func(string)

	mu      sync.Mutex
	waiting []asked // those that began first come first
	done    int
	timer   *time.Timer // runs from the first question on
	slow    bool        // the moment is over
}

type asked struct{ addr, model string }

func (w *completionWatch) start(addr, model string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, asked{addr, model})
	if w.timer == nil {
		w.timer = time.AfterFunc(moment, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			// A plan that is at other things by now has nothing to say.
			if w.slow = len(w.waiting) > 0; w.slow {
				w.draw()
			} else {
				w.timer = nil
			}
		})
	}
	if w.slow {
		w.draw()
	}
}

func (w *completionWatch) end(addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.waiting, func(a asked) bool { return a.addr == addr })
	if i < 0 {
		return
	}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	w.done++
	if w.slow {
		w.draw()
	}
}

// draw shows the one that has waited longest, how many more there are, and how many
// were before.
func (w *completionWatch) draw() {
	if len(w.waiting) == 0 {
		w.show("")
		return
	}
	text := completingText(w.waiting[0].addr, w.waiting[0].model)
	if more := len(w.waiting) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if w.done > 0 {
		text += fmt.Sprintf(", %d done", w.done)
	}
	w.show(text)
}

// completingText is what is said of a resource that a model is asked about.
func completingText(addr, model string) string {
	if model == "" {
		return "Completing " + addr + "..."
	}
	return "Completing " + addr + " (" + model + ")..."
}

// askingText is what is said behind such a resource's address.
func askingText(model string) string {
	if model == "" {
		return "Asking a model..."
	}
	return "Asking " + model + "..."
}
