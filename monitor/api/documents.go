package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// formatVersion is that of the JSON documents. Names are added without a new
// one; it is counted up when one is changed or taken out.
const formatVersion = 1

// stalledAfter is how long the scheduler may make no progress. It makes a pass
// every second.
const stalledAfter = 10 * time.Second

// The bounds of ?limit=.
const (
	usualIncidents = 100
	mostIncidents  = 1000
)

// counts says how many things are in each health.
type counts struct {
	Healthy   int `json:"healthy"`
	Unhealthy int `json:"unhealthy"`
	Unknown   int `json:"unknown"`
}

func (c counts) all() int { return c.Healthy + c.Unhealthy + c.Unknown }

func countsOf(p monitor.ProjectStatus) counts {
	var c counts
	c.Healthy, c.Unhealthy, c.Unknown = p.Count()
	return c
}

type statusDocument struct {
	FormatVersion int    `json:"format_version"`
	Version       string `json:"version"`
	Loaded        bool   `json:"loaded"`
	counts
	UnresolvedIncidents int              `json:"unresolved_incidents"`
	Projects            []projectSummary `json:"projects"`
}

type projectSummary struct {
	Name   string `json:"name"`
	Folder string `json:"folder"`
	counts
	Problems int `json:"problems"`
}

type projectsDocument struct {
	FormatVersion int               `json:"format_version"`
	Projects      []projectDocument `json:"projects"`
}

type projectDocument struct {
	Name   string `json:"name"`
	Folder string `json:"folder"`
	counts
	Problems []problem `json:"problems"`
	Subjects []subject `json:"subjects"`
}

type problem struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail,omitempty"`
	Address  string `json:"address,omitempty"`
	Location string `json:"location,omitempty"` // FILE:LINE
}

type subject struct {
	Address  string     `json:"address"`
	Health   string     `json:"health"`
	Since    *time.Time `json:"since,omitempty"`
	Incident string     `json:"incident,omitempty"`
	Flapping bool       `json:"flapping,omitempty"`
	Messages []string   `json:"messages"`
}

type incidentsDocument struct {
	FormatVersion int                 `json:"format_version"`
	Incidents     []incident.Incident `json:"incidents"`
}

type incidentDocument struct {
	FormatVersion int               `json:"format_version"`
	Incident      incident.Incident `json:"incident"`
	Problem       string            `json:"problem,omitempty"` // why not all of it could be read
}

type errorDocument struct {
	FormatVersion int    `json:"format_version"`
	Error         string `json:"error"`
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	if _, last := s.source.Progress(); time.Since(last) > stalledAfter {
		refuse(w, http.StatusServiceUnavailable, fmt.Sprintf("The checks have made no progress since %s.", last.Format(time.RFC3339)))
		return
	}
	refuse(w, http.StatusOK, "ok")
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.source.Loaded() {
		refuse(w, http.StatusServiceUnavailable, "The projects are still being read.")
		return
	}
	refuse(w, http.StatusOK, "ready")
}

func (s *Server) status(w http.ResponseWriter, _ *http.Request) {
	doc := statusDocument{FormatVersion: formatVersion, Version: s.opts.Version, Loaded: s.source.Loaded(), Projects: []projectSummary{},
		UnresolvedIncidents: len(s.source.Incidents(incident.Filter{Unresolved: true}))}
	for _, p := range s.source.Status() {
		c := countsOf(p)
		doc.Healthy += c.Healthy
		doc.Unhealthy += c.Unhealthy
		doc.Unknown += c.Unknown
		doc.Projects = append(doc.Projects, projectSummary{p.Name, p.Dir, c, len(p.Problems)})
	}
	s.answer(w, http.StatusOK, doc)
}

func (s *Server) projects(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, http.StatusOK, projectsDocument{formatVersion, projectDocuments(s.source.Status())})
}

func projectDocuments(all []monitor.ProjectStatus) []projectDocument {
	out := []projectDocument{}
	for _, p := range all {
		doc := projectDocument{Name: p.Name, Folder: p.Dir, counts: countsOf(p), Problems: []problem{}, Subjects: []subject{}}
		for _, d := range p.Problems {
			doc.Problems = append(doc.Problems, problemOf(d))
		}
		for _, one := range p.Subjects {
			doc.Subjects = append(doc.Subjects, subjectOf(one))
		}
		out = append(out, doc)
	}
	return out
}

// problemOf leaves out what a diagnostic knows of values.
func problemOf(d diag.Diagnostic) problem {
	p := problem{Severity: d.Severity.String(), Summary: d.Summary, Detail: d.Detail, Address: d.Address}
	if d.Subject != nil {
		p.Location = fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)
	}
	return p
}

func subjectOf(s monitor.SubjectStatus) subject {
	out := subject{Address: s.Address, Health: s.Health.String(), Incident: s.Incident, Flapping: s.Flapping, Messages: append([]string{}, s.Messages...)}
	if !s.Since.IsZero() {
		since := s.Since.UTC()
		out.Since = &since
	}
	return out
}

func (s *Server) incidents(w http.ResponseWriter, r *http.Request) {
	limit := usualIncidents
	query := r.URL.Query()
	for name := range query {
		if name != "limit" && name != "project" {
			s.wrong(w, fmt.Sprintf("There is no parameter %q. There are limit and project.", name))
			return
		}
	}
	if text := query.Get("limit"); query.Has("limit") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostIncidents {
			s.wrong(w, fmt.Sprintf("The limit is %q. It must be a whole number from 1 to %d.", text, mostIncidents))
			return
		}
		limit = n
	}
	doc := incidentsDocument{formatVersion, []incident.Incident{}}
	project := query.Get("project")
	for _, i := range s.source.Incidents(incident.Filter{}) {
		if project != "" && project != i.Project.Name && project != i.Project.Folder {
			continue
		}
		if doc.Incidents = append(doc.Incidents, i); len(doc.Incidents) == limit {
			break
		}
	}
	s.answer(w, http.StatusOK, doc)
}

func (s *Server) incident(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	found, err := s.source.Whole(id)
	one, ok := found[id]
	doc := incidentDocument{FormatVersion: formatVersion, Incident: one}
	switch {
	case !ok && err != nil:
		s.answer(w, http.StatusInternalServerError, errorDocument{formatVersion, err.Error()})
		return
	case !ok:
		s.answer(w, http.StatusNotFound, errorDocument{formatVersion, fmt.Sprintf("There is no incident %q. /v1/incidents lists what there is.", id)})
		return
	case err != nil:
		doc.Problem = err.Error()
	}
	s.answer(w, http.StatusOK, doc)
}

func (s *Server) wrong(w http.ResponseWriter, sentence string) {
	s.answer(w, http.StatusBadRequest, errorDocument{formatVersion, sentence})
}

// answer sends a document, or nothing of it.
func (s *Server) answer(w http.ResponseWriter, code int, doc any) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		s.opts.Log.Error("an answer cannot be written as JSON", "error", err)
		refuse(w, http.StatusInternalServerError, "The answer could not be made. The log says why.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body.Bytes())
}
