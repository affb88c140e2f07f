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

// completionWatch says what a model is asked for, once that takes longer than a
// moment.
type completionWatch struct {
	show func(string)

	mu      sync.Mutex
	waiting []*asked // those that began first come first
}

type asked struct {
	addr, model string
	timer       *time.Timer
	slow        bool
}

func (w *completionWatch) start(addr, model string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := &asked{addr: addr, model: model}
	a.timer = time.AfterFunc(moment, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if slices.Contains(w.waiting, a) { // or it has just ended
			a.slow = true
			w.draw()
		}
	})
	w.waiting = append(w.waiting, a)
}

func (w *completionWatch) end(addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.waiting, func(a *asked) bool { return a.addr == addr })
	if i < 0 {
		return
	}
	a := w.waiting[i]
	a.timer.Stop()
	w.waiting = slices.Delete(w.waiting, i, i+1)
	if a.slow {
		w.draw()
	}
}

// draw shows the one that has waited longest, and how many more there are.
func (w *completionWatch) draw() {
	text, more := "", 0
	for _, a := range w.waiting {
		switch {
		case !a.slow:
		case text == "":
			text = completingText(a.addr, a.model)
		default:
			more++
		}
	}
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
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
