package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

//go:embed assets
var assets embed.FS

// What a page shows of long things.
const (
	foldedFrom  = 20   // so many things in a project, and the healthy ones are folded away
	shownThings = 500  // of a project, folded and not
	shownText   = 2000 // characters of a message
	fewFacts    = 6    // of a diagnosis; more are folded away
)

// pageView is what the template is filled with.
type pageView struct {
	Title, Revision, Version string
	Verdict                  verdict
	Projects                 []projectView
	Incidents                []incidentView
	Older                    bool // there are incidents that are not shown
}

// verdict is a health with its sentence.
type verdict struct{ Health, Text string }

type projectView struct {
	ID, Name, Folder string
	Counts           counts
	Problems         []problem
	LastGood         bool // the configuration is wrong, and the one before is in force
	Things, Folded   []subject
	More             int // things that are not shown
}

type incidentView struct {
	incident.Incident
	Over    bool
	Health  string // as which its state is coloured, or "closed"
	Outcome string
	Several bool // there are several projects, so its own is worth saying
	Steps   []stepView
	Problem string
}

type stepView struct {
	Offset string
	What   string // its kind
	incident.Event
	Health string
	Facts  []fact
}

// Few tells whether the facts are shown without being asked for.
func (s stepView) Few() bool { return len(s.Facts) <= fewFacts }

type fact struct{ Name, Value string }

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	// It is parsed each time: that is soon done, and leaves nothing to keep.
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"symbol": symbol, "short": short, "stamp": stamp, "clock": clock,
	}).ParseFS(assets, "assets/page.html")
	var body bytes.Buffer
	if err == nil {
		err = t.Execute(&body, s.view(s.look()))
	}
	if err != nil {
		s.opts.Log.Error("the status page cannot be made", "error", err)
		refuse(w, http.StatusInternalServerError, "The page could not be made. The log says why.")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body.Bytes())
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, err := assets.ReadFile("assets/" + name)
	types := map[string]string{".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	if kind := types[path.Ext(name)]; err == nil && kind != "" {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		_, _ = w.Write(content)
		return
	}
	refuse(w, http.StatusNotFound, "There is no such file.")
}

func (s *Server) view(now snapshot) pageView {
	v := pageView{Revision: now.revision(), Version: s.opts.Version, Verdict: judge(now)}
	for _, p := range now.projects {
		v.Projects = append(v.Projects, projectViewOf(p))
	}
	steps := s.timelines.of(s.source, now.incidents)
	over := 0
	for _, i := range now.incidents {
		one := incidentViewOf(steps[i.ID])
		one.Several = len(v.Projects) > 1 || len(v.Projects) == 1 && v.Projects[0].Folder != i.Project.Folder
		v.Incidents = append(v.Incidents, one)
		if one.Over {
			over++
		}
	}
	v.Older = over == shownOver
	v.Title = v.Verdict.Text + " · Clockwork"
	return v
}

// judge says how all is, in a few words.
func judge(now snapshot) verdict {
	var c counts
	troubled := 0
	for _, p := range now.projects {
		one := countsOf(p)
		c.Healthy, c.Unhealthy, c.Unknown = c.Healthy+one.Healthy, c.Unhealthy+one.Unhealthy, c.Unknown+one.Unknown
		if p.Problems.HasErrors() {
			troubled++
		}
	}
	many := func(n int) string {
		if n == 1 {
			return "1 of " + fmt.Sprint(c.all()) + " is"
		}
		return fmt.Sprintf("%d of %d are", n, c.all())
	}
	switch {
	case c.Unhealthy > 0:
		return verdict{"unhealthy", many(c.Unhealthy) + " unhealthy"}
	case troubled == 1:
		return verdict{"unhealthy", "A project has a problem"}
	case troubled > 1:
		return verdict{"unhealthy", fmt.Sprintf("%d projects have problems", troubled)}
	case !now.loaded:
		return verdict{"unknown", "The projects are being read"}
	case c.Unknown > 0:
		return verdict{"unknown", many(c.Unknown) + " unknown"}
	case c.all() == 0:
		return verdict{"unknown", "Nothing has asserts"}
	case c.all() == 1:
		return verdict{"healthy", "All is healthy"}
	}
	return verdict{"healthy", fmt.Sprintf("All %d are healthy", c.all())}
}

// projectViewOf puts what is not healthy first.
func projectViewOf(p monitor.ProjectStatus) projectView {
	doc := projectDocuments([]monitor.ProjectStatus{p})[0]
	v := projectView{ID: fmt.Sprintf("project-%x", sha256.Sum256([]byte(p.Dir)))[:24], Name: label(p.Name, p.Dir), Folder: p.Dir,
		Counts: doc.counts, Problems: doc.Problems, LastGood: p.Problems.HasErrors() && len(p.Subjects) > 0}
	rank := map[string]int{"unhealthy": 0, "unknown": 1, "healthy": 2}
	things := doc.Subjects
	slices.SortStableFunc(things, func(a, b subject) int { return rank[a.Health] - rank[b.Health] })
	if len(things) > shownThings {
		things, v.More = things[:shownThings], len(things)-shownThings
	}
	v.Things = things
	if len(things) >= foldedFrom {
		i := slices.IndexFunc(things, func(s subject) bool { return s.Health == "healthy" })
		if i >= 0 {
			v.Things, v.Folded = things[:i], things[i:]
		}
	}
	return v
}

func incidentViewOf(t timeline) incidentView {
	i := t.Incident
	v := incidentView{Incident: i, Over: i.State.Over(), Health: "unhealthy", Outcome: words(string(i.State)), Problem: t.problem}
	switch {
	case i.State == incident.StateHealed:
		v.Health = "healthy"
		v.Outcome += " after " + span(i.Updated.Sub(i.Opened))
	case v.Over:
		v.Health = "closed"
	}
	for _, e := range i.Events {
		v.Steps = append(v.Steps, stepOf(i, e))
	}
	return v
}

// timeline is an incident with its events, as far as they could be read.
type timeline struct {
	incident.Incident
	problem string
}

// timelines keeps what was read of the incidents that are shown: most are over,
// and do not change.
type timelines struct {
	mu    sync.Mutex
	known map[string]timeline
}

func (t *timelines) of(source Source, shown []incident.Incident) map[string]timeline {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := make(map[string]timeline, len(shown))
	var changed []string
	for _, i := range shown {
		known, ok := t.known[i.ID]
		if !ok || known.problem != "" || !known.Updated.Equal(i.Updated) {
			known = timeline{Incident: i}
			changed = append(changed, i.ID)
		}
		next[i.ID] = known
	}
	if len(changed) > 0 {
		found, err := source.Whole(changed...)
		for _, id := range changed {
			known := next[id]
			whole, ok := found[id]
			if err != nil && (!ok || whole.Updated.Before(known.Updated)) {
				known.problem = err.Error() // in its part of the record, not in another's
			}
			if ok {
				known.Incident = whole
			}
			next[id] = known
		}
	}
	t.known = next
	return next
}

// symbol goes with the word and the colour of a health.
func symbol(health string) string {
	return map[string]string{"healthy": "✓", "unhealthy": "✕", "unknown": "?", "closed": "–"}[health]
}

// short cuts a text that would fill the page.
func short(text string) string {
	if letters := []rune(text); len(letters) > shownText {
		return string(letters[:shownText]) + " …"
	}
	return text
}

// stamp is a time for programs.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// clock is a time for people, as this machine's clock shows it.
func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// span is a duration for people.
func span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
