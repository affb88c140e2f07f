package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/monitor/schedule"
)

// source has a real record of incidents, and a status that tests set.
type source struct {
	*incident.Store

	mu       sync.Mutex
	projects []monitor.ProjectStatus
	loading  bool
	stalled  bool
	stats    schedule.Stats
	tallies  []monitor.Tally
}

func (s *source) set(edit func(*source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(s)
}

func (s *source) Status() []monitor.ProjectStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.projects
}

func (s *source) Loaded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.loading
}

func (s *source) Progress() (uint64, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stalled {
		return 1, time.Now().Add(-2 * stalledAfter)
	}
	return 1, time.Now()
}

func (s *source) Stats() schedule.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

func (s *source) Tallies() []monitor.Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tallies
}

func (s *source) Incidents(f incident.Filter) []incident.Incident           { return s.List(f) }
func (s *source) Whole(ids ...string) (map[string]incident.Incident, error) { return s.GetAll(ids...) }
func (s *source) note(t *testing.T, id string, e incident.Entry) {
	t.Helper()
	must(t, s.Append(id, e))
}
func (s *source) begin(t *testing.T, project, target, why string) string {
	return s.open(t, project, target, why, began)
}

func (s *source) open(t *testing.T, project, target, why string, at time.Time) string {
	t.Helper()
	made, err := s.Create(incident.Subject{Project: incident.Project{Name: project, Folder: "/srv/" + project}, Target: target,
		Asserts: []string{"assert.container_running.web"}, Severity: incident.SeverityError}, incident.Entry{Message: why, Time: at})
	must(t, err)
	return made.ID
}

// began is long enough ago for all that tests record.
var began = time.Date(2026, 11, 25, 16, 50, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSource(t *testing.T) *source {
	store, _, err := incident.Open(t.TempDir(), incident.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return &source{Store: store, projects: []monitor.ProjectStatus{{Dir: "/srv/shop", Name: "shop", Subjects: []monitor.SubjectStatus{
		{Address: "docker_container.db", Health: monitor.Healthy, Since: began},
		{Address: "docker_container.web", Health: monitor.Unhealthy, Since: began, Messages: []string{"container_running: it is not running"}},
		{Address: "file.motd", Health: monitor.Unknown},
	}}}}
}

// serve starts a server on any port, as the monitor does.
func serve(t *testing.T, from Source, edit ...func(*Server)) *Server {
	t.Helper()
	s := New(from, Options{Version: "1.2.3", Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	for _, f := range edit {
		f(s)
	}
	must(t, s.Listen(t.Context()))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-done)
	})
	return s
}

// ask sends a request that an edit has had its way with.
func ask(t *testing.T, s *Server, path string, edit ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+path, nil)
	must(t, err)
	for _, f := range edit {
		f(r)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer, string(body)
}

func TestGuard(t *testing.T) {
	s := serve(t, newSource(t))
	port := fmt.Sprint(s.port)
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	site := func(site, mode string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", site)
			r.Header.Set("Sec-Fetch-Mode", mode)
		}
	}
	body := func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), 5 }
	chunked := func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("hello")), -1 }
	for name, test := range map[string]struct {
		edit func(*http.Request)
		code int
		says string
	}{
		"127.0.0.1":             {host("127.0.0.1:" + port), 200, `"format_version": 1`},
		"::1":                   {host("[::1]:" + port), 200, `"format_version": 1`},
		"localhost":             {host("localhost:" + port), 200, `"format_version": 1`},
		"another name":          {host("attacker.example:" + port), 421, "only for this machine"},
		"a name that begins so": {host("127.0.0.1.attacker.example:" + port), 421, "only for this machine"},
		"no port":               {host("127.0.0.1"), 421, "with its port"},
		"another port":          {host("127.0.0.1:1"), 421, "with its port"},
		"another address":       {host("127.0.0.2:" + port), 421, "only for this machine"},
		"HEAD":                  {method("HEAD"), 200, ""},
		"POST":                  {method("POST"), 405, "Nothing can be changed here"},
		"PUT":                   {method("PUT"), 405, "Nothing can be changed here"},
		"DELETE":                {method("DELETE"), 405, "Nothing can be changed here"},
		"OPTIONS":               {method("OPTIONS"), 405, "Nothing can be changed here"},
		"TRACE":                 {method("TRACE"), 405, "Nothing can be changed here"},
		"a body":                {body, 413, "no body"},
		"a body in chunks":      {chunked, 413, "no body"},
		"the page itself":       {site("same-origin", "cors"), 200, `"format_version": 1`},
		"typed by a person":     {site("none", "navigate"), 200, `"format_version": 1`},
		"a link elsewhere":      {site("cross-site", "navigate"), 200, `"format_version": 1`},
		"another site":          {site("cross-site", "no-cors"), 403, "other sites"},
		"another port's page":   {site("same-site", "cors"), 403, "other sites"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, text := ask(t, s, "/v1/status", test.edit)
			if answer.StatusCode != test.code || !strings.Contains(text, test.says) {
				t.Errorf("%d %s", answer.StatusCode, text)
			}
			if got := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'self';") {
				t.Errorf("the policy is %q", got)
			}
			for name := range answer.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("there is a header %s", name)
				}
			}
			if answer.StatusCode == 405 && answer.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow is %q", answer.Header.Get("Allow"))
			}
		})
	}
}

func TestHeadersAreBounded(t *testing.T) {
	s := serve(t, newSource(t))
	answer, _ := ask(t, s, "/", func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("x", 2*maxHeader)) })
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(answer.Status)
	}
}

func TestThePortIsTaken(t *testing.T) {
	s := serve(t, newSource(t))
	second := New(newSource(t), Options{Port: s.port, Log: slog.New(slog.DiscardHandler)})
	err := second.Serve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "set CW_SERVICE_PORT to a port that is free") {
		t.Error(err)
	}
}

// TestBothAddressesAreTaken holds that no other program is found at localhost.
func TestBothAddressesAreTaken(t *testing.T) {
	six, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no [::1]")
	}
	defer six.Close()
	s := New(newSource(t), Options{Port: six.Addr().(*net.TCPAddr).Port, Log: slog.New(slog.DiscardHandler)})
	if err := s.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "CW_SERVICE_PORT") {
		t.Error(err)
	}
	four, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", s.opts.Port))
	if err != nil {
		t.Fatal("127.0.0.1 was not given back:", err)
	}
	must(t, four.Close())
}

func TestOnlyOnLoopback(t *testing.T) {
	s := serve(t, newSource(t))
	for _, l := range s.listeners {
		if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("it listens on %s", l.Addr())
		}
	}
	if len(s.listeners) == 2 {
		if answer, text := ask(t, s, "/healthz", func(r *http.Request) {
			r.URL.Host = fmt.Sprintf("[::1]:%d", s.port)
			r.Host = r.URL.Host
		}); answer.StatusCode != 200 || text != "ok\n" {
			t.Error(answer.Status, text)
		}
	}
}

func TestHosts(t *testing.T) {
	s := New(newSource(t), Options{Log: slog.New(slog.DiscardHandler)})
	s.port = 80
	if got := s.ownNames(); !got["localhost"] || !got["localhost:80"] || !got["[::1]"] || got["localhost:8765"] {
		t.Error(got)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	from := newSource(t)
	s := serve(t, from)
	expect := func(path string, code int, says string) {
		t.Helper()
		if answer, text := ask(t, s, path); answer.StatusCode != code || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", path, answer.StatusCode, text)
		}
	}
	expect("/healthz", 200, "ok")
	expect("/readyz", 200, "ready")
	from.set(func(s *source) { s.loading, s.stalled = true, true })
	expect("/healthz", 503, "no progress since")
	expect("/readyz", 503, "still being read")
	expect("/nothing", 404, "no such page")
	expect("/assets/page.html", 404, "no such file")
	expect("/assets/..%2fapi.go", 404, "no such file")
	expect("/assets/status.css", 200, "prefers-color-scheme")
}

func TestDocuments(t *testing.T) {
	from := newSource(t)
	web := from.begin(t, "shop", "docker_container.web", "it is not running")
	blog := from.open(t, "blog", "file.motd", "<b>changed</b>", began.Add(time.Minute))
	from.note(t, blog, incident.Entry{Kind: incident.Healed, State: incident.StateHealed, Time: began.Add(2 * time.Minute)})
	from.set(func(s *source) {
		s.projects[0].Subjects[1].Incident, s.projects[0].Subjects[1].Flapping = web, true
		s.projects = append(s.projects, monitor.ProjectStatus{Dir: "/srv/blog", Name: "blog", Problems: diag.Errorf("Wrong", "Put it right.")})
	})
	s := serve(t, from)
	read := func(path string, code int) map[string]any {
		t.Helper()
		answer, text := ask(t, s, path)
		if answer.StatusCode != code || answer.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %s %s", path, answer.Status, text)
		}
		var doc map[string]any
		must(t, json.Unmarshal([]byte(text), &doc))
		if doc["format_version"] != 1.0 {
			t.Errorf("%s: %s", path, text)
		}
		return doc
	}
	same := func(got any, want string) {
		t.Helper()
		var w any
		must(t, json.Unmarshal([]byte(want), &w))
		if d := cmp.Diff(w, got); d != "" {
			t.Error(d)
		}
	}
	same(read("/v1/status", 200), `{"format_version": 1, "version": "1.2.3", "loaded": true, "healthy": 1, "unhealthy": 1, "unknown": 1,
		"unresolved_incidents": 1, "projects": [
			{"name": "shop", "folder": "/srv/shop", "healthy": 1, "unhealthy": 1, "unknown": 1, "problems": 0},
			{"name": "blog", "folder": "/srv/blog", "healthy": 0, "unhealthy": 0, "unknown": 0, "problems": 1}]}`)
	same(read("/v1/projects", 200), `{"format_version": 1, "projects": [
		{"name": "shop", "folder": "/srv/shop", "healthy": 1, "unhealthy": 1, "unknown": 1, "problems": [], "subjects": [
			{"address": "docker_container.db", "health": "healthy", "since": "2026-11-25T16:50:00Z", "messages": []},
			{"address": "docker_container.web", "health": "unhealthy", "since": "2026-11-25T16:50:00Z", "incident": "`+web+`",
				"flapping": true, "messages": ["container_running: it is not running"]},
			{"address": "file.motd", "health": "unknown", "messages": []}]},
		{"name": "blog", "folder": "/srv/blog", "healthy": 0, "unhealthy": 0, "unknown": 0, "subjects": [],
			"problems": [{"severity": "error", "summary": "Wrong", "detail": "Put it right."}]}]}`)
	ids := func(path string) string {
		var out []string
		for _, i := range read(path, 200)["incidents"].([]any) {
			if i.(map[string]any)["events"] != nil {
				t.Errorf("%s has events", path)
			}
			out = append(out, i.(map[string]any)["id"].(string))
		}
		return strings.Join(out, " ")
	}
	for path, want := range map[string]string{
		"/v1/incidents":                   blog + " " + web,
		"/v1/incidents?limit=1":           blog,
		"/v1/incidents?project=shop":      web,
		"/v1/incidents?project=/srv/blog": blog,
		"/v1/incidents?project=none":      "",
	} {
		if got := ids(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	one := read("/v1/incidents/"+blog, 200)["incident"].(map[string]any)
	if one["target"] != "file.motd" || one["state"] != "healed" || len(one["events"].([]any)) != 2 {
		t.Error(one)
	}
	for path, want := range map[string]string{
		"/v1/incidents?limit=0":    `The limit is "0". It must be a whole number from 1 to 1000.`,
		"/v1/incidents?limit=1001": `The limit is "1001". It must be a whole number from 1 to 1000.`,
		"/v1/incidents?limit=":     `The limit is "". It must be a whole number from 1 to 1000.`,
		"/v1/incidents?state=open": `There is no parameter "state". There are limit and project.`,
	} {
		if got := read(path, 400)["error"]; got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := read("/v1/incidents/nothing", 404)["error"]; got != `There is no incident "nothing". /v1/incidents lists what there is.` {
		t.Error(got)
	}
}

func TestMetrics(t *testing.T) {
	from := newSource(t)
	from.begin(t, "shop", "docker_container.web", "it is not running")
	from.set(func(s *source) {
		same := s.projects[0]
		same.Dir = "/srv/other/shop"
		s.projects = append(s.projects, same, monitor.ProjectStatus{Dir: "/srv/new"}, monitor.ProjectStatus{Dir: "/srv/x", Name: "\xff\""})
		s.stats.Prompt.Running, s.stats.Aside = 2, 1
		s.tallies = []monitor.Tally{{Project: "shop", Answered: 3, Failed: 1, PromptTokens: 900, CompletionTokens: 80, Cost: 0.25, Denials: map[string]int{"secrets": 2},
			Seconds: schedule.Histogram{Buckets: []schedule.Bucket{{UpTo: time.Second, Count: 3}}, Above: 1, Sum: 7 * time.Second}}}
		s.stats.Prompt.Lag = schedule.Histogram{Buckets: []schedule.Bucket{{UpTo: time.Millisecond, Count: 3}, {UpTo: time.Second, Count: 2}}, Above: 1, Sum: 4 * time.Second}
	})
	s := serve(t, from)
	answer, text := ask(t, s, "/metrics")
	if answer.StatusCode != 200 {
		t.Fatal(answer.Status, text)
	}
	for _, line := range []string{
		`clockwork_subjects{health="healthy",project="shop"} 2`,
		`clockwork_subjects{health="unhealthy",project="shop"} 2`,
		`clockwork_subjects{health="unknown",project="new"} 0`,
		"clockwork_subjects{health=\"healthy\",project=\"\uFFFD\\\"\"} 0",
		`clockwork_incidents{project="shop",state="open"} 1`,
		`clockwork_checks_running 3`,
		`clockwork_check_lag_seconds_bucket{lane="prompt",le="0.001"} 3`,
		`clockwork_check_lag_seconds_bucket{lane="prompt",le="1"} 5`,
		`clockwork_check_lag_seconds_bucket{lane="prompt",le="+Inf"} 6`,
		`clockwork_check_lag_seconds_sum{lane="prompt"} 4`,
		`clockwork_check_lag_seconds_count{lane="hung"} 0`,
		`clockwork_completion_calls_total{project="shop",result="answered"} 3`,
		`clockwork_completion_calls_total{project="shop",result="failed"} 1`,
		`clockwork_completion_tokens_total{kind="prompt",project="shop"} 900`,
		`clockwork_completion_tokens_total{kind="completion",project="shop"} 80`,
		`clockwork_completion_cost_total{project="shop"} 0.25`,
		`clockwork_completion_seconds_bucket{project="shop",le="1"} 3`,
		`clockwork_completion_seconds_count{project="shop"} 4`,
		`clockwork_completion_denials_total{gate="secrets",project="shop"} 2`,
		`version="1.2.3"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("there is no %s", line)
		}
	}
}

// stream reads events until there is one of status, and returns its revision.
func stream(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	t.Fatal("the stream has ended: ", lines.Err())
	return ""
}

func listen(t *testing.T, s *Server) *http.Response {
	t.Helper()
	answer, err := http.Get(s.URL() + eventsPath)
	must(t, err)
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestEvents(t *testing.T) {
	from := newSource(t)
	s := serve(t, from)
	answer := listen(t, s)
	lines := bufio.NewScanner(answer.Body)
	first := stream(t, lines)
	if _, page := ask(t, s, "/"); !strings.Contains(page, `data-revision="`+first+`"`) {
		t.Error("the page has another revision than the stream begins with")
	}
	seen := map[string]bool{first: true}
	id := ""
	for name, change := range map[string]func(){
		"a health": func() {
			from.set(func(s *source) {
				s.projects = []monitor.ProjectStatus{{Dir: "/srv/shop", Name: "shop", Subjects: []monitor.SubjectStatus{{Address: "file.motd", Health: monitor.Healthy}}}}
			})
		},
		"a problem": func() {
			from.set(func(s *source) {
				s.projects = []monitor.ProjectStatus{{Dir: "/srv/shop", Name: "shop", Problems: diag.Errorf("Wrong", "Put it right.")}}
			})
		},
		"an incident": func() { id = from.begin(t, "shop", "file.motd", "changed") },
	} {
		change()
		if now := stream(t, lines); seen[now] {
			t.Errorf("%s changes nothing", name)
		} else {
			seen[now] = true
		}
	}
	from.note(t, id, incident.Entry{Kind: incident.Confirmed})
	if now := stream(t, lines); seen[now] {
		t.Error("a step of an incident changes nothing")
	}
}

// TestStreamsOutliveTimeouts holds that what bounds requests ends no stream.
func TestStreamsOutliveTimeouts(t *testing.T) {
	from := newSource(t)
	s := serve(t, from, func(s *Server) { s.readTimeout = 100 * time.Millisecond })
	lines := bufio.NewScanner(listen(t, s).Body)
	first := stream(t, lines)
	time.Sleep(3 * s.readTimeout)
	from.begin(t, "shop", "file.motd", "changed")
	if stream(t, lines) == first {
		t.Error("nothing has changed")
	}
}

func TestSlowRequestsAreCutOff(t *testing.T) {
	s := serve(t, newSource(t), func(s *Server) { s.readTimeout = 100 * time.Millisecond })
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = c.Write([]byte("GET / HTTP/1.1\r\nHost: "))
	must(t, err)
	if _, err := io.ReadAll(c); err != nil {
		t.Error("the connection stays:", err)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s := serve(t, newSource(t))
	for range maxStreams {
		if answer := listen(t, s); answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatal(answer.Status)
		}
	}
	if answer, text := ask(t, s, eventsPath); answer.StatusCode != 503 || !strings.Contains(text, "Close other status pages") {
		t.Error(answer.Status, text)
	}
	if answer, _ := ask(t, s, "/"); answer.StatusCode != 200 {
		t.Error("streams take the place of others:", answer.Status)
	}
}

// TestTheEnd holds that streams do not keep the server from ending.
func TestTheEnd(t *testing.T) {
	s := New(newSource(t), Options{Log: slog.New(slog.DiscardHandler)})
	must(t, s.Listen(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	lines := bufio.NewScanner(listen(t, s).Body)
	stream(t, lines)
	begun := time.Now()
	cancel()
	must(t, <-done)
	if took := time.Since(begun); took >= farewell {
		t.Errorf("it took %s", took)
	}
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("it still answers")
	}
}

// unread is a record whose incidents cannot be read again.
type unread struct{ *source }

func (unread) Whole(...string) (map[string]incident.Incident, error) {
	return nil, errors.New("the disk is gone")
}

func TestIncidentsThatCannotBeRead(t *testing.T) {
	from := newSource(t)
	id := from.begin(t, "shop", "file.motd", "changed")
	s := serve(t, unread{from})
	if _, text := ask(t, s, "/"); !strings.Contains(text, "Not all of it could be read. the disk is gone") || !strings.Contains(text, "file.motd") {
		t.Error(text)
	}
	if answer, text := ask(t, s, "/v1/incidents/"+id); answer.StatusCode != 500 || !strings.Contains(text, "the disk is gone") {
		t.Error(answer.Status, text)
	}
}
