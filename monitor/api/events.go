package api

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

const eventsPath = "/v1/events"

const (
	// lookEvery is how often it is looked whether something has changed, while
	// anybody listens.
	lookEvery = time.Second
	// signOfLife is how often a stream says something at least, so that one whose
	// other end is gone is noticed.
	signOfLife = 15 * time.Second
)

// What a page shows of incidents.
const (
	shownUnresolved = 50
	shownOver       = 30
)

// snapshot is what the page shows at one moment.
type snapshot struct {
	loaded    bool
	projects  []monitor.ProjectStatus
	incidents []incident.Incident // without events, the newest first
}

func (s *Server) look() snapshot {
	now := snapshot{loaded: s.source.Loaded(), projects: s.source.Status()}
	over, unresolved := 0, 0
	for _, i := range s.source.Incidents(incident.Filter{}) {
		n, most := &unresolved, shownUnresolved
		if i.State.Over() {
			n, most = &over, shownOver
		}
		if *n++; *n <= most {
			now.incidents = append(now.incidents, i)
		}
	}
	return now
}

// revision tells a snapshot from another.
func (s snapshot) revision() string {
	h := sha256.New()
	// What these types hold can be written, and a hash takes it.
	_ = json.NewEncoder(h).Encode([]any{s.loaded, projectDocuments(s.projects), s.incidents})
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// latest is the revision that streams have in common, so that more of them cost
// no more.
type latest struct {
	mu       sync.Mutex
	at       time.Time
	revision string
}

func (s *Server) revision() string {
	l := &s.latest
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) > lookEvery/2 {
		l.revision, l.at = s.look().revision(), time.Now()
	}
	return l.revision
}

// events is a stream of server-sent events: one named "status" at the beginning,
// and one whenever what the page shows has changed. Its data is a revision.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	out := http.NewResponseController(w)
	send := func(text string) bool {
		if out.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil {
			return false
		}
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	if !send("retry: 2000\n\n") {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	said, last := "", time.Now()
	for {
		if now := s.revision(); now != said {
			said, last = now, time.Now()
			if !send("event: status\ndata: " + now + "\n\n") {
				return
			}
		}
		if time.Since(last) >= signOfLife {
			last = time.Now()
			if !send(": nothing new\n\n") {
				return
			}
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-s.ended:
			return
		}
	}
}
