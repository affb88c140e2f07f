package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Event is what happened to an incident.
type Event string

// The events.
const (
	Opened    Event = "opened"
	Proposed  Event = "proposed" // once for each proposal, each with an ID of its own
	Healed    Event = "healed"
	Escalated Event = "escalated"
)

// Message is one notification. Its JSON is documented in docs/notifications.md;
// names are added to it, and never changed.
type Message struct {
	ID       string    `json:"id"` // INCIDENT-EVENT, if it is empty
	Incident string    `json:"incident"`
	Event    Event     `json:"event"`
	Project  string    `json:"project"`
	Target   string    `json:"target"` // the address of the resource
	Summary  string    `json:"summary"`
	Detail   string    `json:"detail,omitempty"`
	Time     time.Time `json:"time"`
	URL      string    `json:"url,omitempty"`
}

// The bounds of a message, in bytes; what is beyond is cut.
const (
	maxField  = 1 << 10
	maxDetail = 16 << 10
)

// normal returns the message as it is kept and sent.
func (m Message) normal(now time.Time) (Message, error) {
	if m.Event != Opened && m.Event != Proposed && m.Event != Healed && m.Event != Escalated {
		return m, fmt.Errorf("a notification has no event %q", m.Event)
	}
	if m.Incident == "" || strings.ContainsFunc(m.Incident+m.ID, notInIDs) || len(m.Incident+m.ID) > maxField {
		return m, fmt.Errorf("a notification has no incident %.100q, or no id %.100q", m.Incident, m.ID)
	}
	if m.ID == "" {
		m.ID = m.Incident + "-" + string(m.Event)
	}
	if m.Time.IsZero() {
		m.Time = now
	}
	m.Time = m.Time.Round(0).UTC()
	for _, field := range []*string{&m.Project, &m.Target, &m.Summary, &m.URL} {
		*field = cut(*field, maxField)
	}
	m.Detail = cut(m.Detail, maxDetail)
	return m, nil
}

func notInIDs(r rune) bool { return r <= ' ' || r >= 0x7f }

// body is the message as targets get it.
func (m Message) body() []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(struct {
		Version int `json:"version"`
		Message
	}{1, m}) // of strings and a time, which cannot fail
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// cut shortens a text to at most n bytes.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}

// oneLine makes a text safe for a header or a log.
func oneLine(text string, n int) string {
	return cut(strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r)
	}), " "), n)
}
