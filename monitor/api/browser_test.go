package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
)

// hostile is what a log line may hold.
const hostile = `log_contains: <script>document.title="pwned"</script><img src=x onerror="document.title='pwned'">`

// browse starts Chromium with a new tab, and returns its context and what its
// console says.
func browse(t *testing.T, more ...chromedp.ExecAllocatorOption) (context.Context, func() []string) {
	t.Helper()
	if os.Getenv("CW_TEST_NO_CHROMIUM") == "1" {
		t.Skip("CW_TEST_NO_CHROMIUM=1: nothing was looked at in a browser")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v; install Debian's chromium with .ci/install-test-deps, or set CW_TEST_NO_CHROMIUM=1", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox)
	for _, flag := range []string{"disable-gpu", "disable-quic", "disable-component-update"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, end := chromedp.NewExecAllocator(ctx, append(options, more...)...)
	t.Cleanup(end)
	ctx, end = chromedp.NewContext(ctx)
	t.Cleanup(end)
	var mu sync.Mutex
	var said []string
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			mu.Lock()
			said = append(said, m.String())
			mu.Unlock()
		}
	}()
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return said
	}
}

// value is what an expression is in the page.
func value[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// comes waits until an expression is true in the page.
func comes(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		t.Fatalf("%s: %v\n%s", expression, err, value[string](t, ctx, "document.body.innerText"))
	}
}

// shop is what a monitor may find on a bad day.
func shop(t *testing.T) *source {
	from := newSource(t)
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	data := func(v any) json.RawMessage {
		data, err := json.Marshal(v)
		must(t, err)
		return data
	}
	facts := func(f map[string]string) json.RawMessage { return data(map[string]any{"facts": f}) }
	steps := func(id string, begun time.Time, entries ...incident.Entry) {
		for i, e := range entries {
			e.Time = begun.Add(time.Duration(i*i+1) * 60 * time.Millisecond)
			from.note(t, id, e)
		}
	}
	healed := ago(3 * time.Hour)
	id := from.open(t, "shop", "docker_container.nginx", "container_running: Container 'nginx' is not running", healed)
	steps(id, healed,
		incident.Entry{Kind: incident.Confirmed, Message: "it was looked at once more, and still fails"},
		incident.Entry{Kind: incident.Diagnosed, Message: "Container 'nginx' not running (exit code 137)",
			Data: facts(map[string]string{"exists": "true", "status": "exited", "exit_code": "137", "oom_killed": "false", "restart_count": "0"})},
		incident.Entry{Kind: incident.Attempted, State: incident.StateHealing, Rung: "restart"},
		incident.Entry{Kind: incident.Applied, Rung: "restart", Message: "1 to restart: docker_container.nginx"},
		incident.Entry{Kind: incident.Healed, State: incident.StateHealed, Message: "restart helped, after 0.6 s"})
	older := ago(26 * time.Hour)
	id = from.open(t, "blog", "file.motd", "file_content_matches: the content does not match", older)
	steps(id, older, incident.Entry{Kind: incident.Verified, State: incident.StateClosed, Message: "it was well again when it was looked at once more"})
	broken := ago(4 * time.Minute)
	var answer monitor.Answered
	answer.Model, answer.Server, answer.Answer = "llama3", "http://127.0.0.1:11434", `{"cause": "`+hostile+`"}`
	answer.PromptTokens, answer.CompletionTokens, answer.Seconds, answer.Cost = 812, 64, 1.25, 0.002
	id = from.open(t, "shop", `docker_container.worker["eu-west"]`, hostile, broken)
	steps(id, broken,
		incident.Entry{Kind: incident.Confirmed, Message: "it was looked at once more, and still fails"},
		incident.Entry{Kind: incident.Diagnosed, Message: "Its log says: " + hostile, Data: facts(map[string]string{"status": "running", "last_log": "<b>Out of memory</b>"})},
		incident.Entry{Kind: incident.Skipped, Rung: "rollback", Message: "no earlier state is known to be good"},
		incident.Entry{Kind: incident.Attempted, State: incident.StateHealing, Rung: "restart"},
		incident.Entry{Kind: incident.Failed, Rung: "restart", Message: "the asserts do not pass"},
		incident.Entry{Kind: incident.Attempted, Rung: "ai"},
		incident.Entry{Kind: incident.Asked, Rung: "ai", Message: "a request of about 900 tokens"},
		incident.Entry{Kind: incident.Answered, Rung: "ai", Message: "an answer of llama3", Data: data(answer)},
		incident.Entry{Kind: incident.Vetted, Rung: "ai", Message: "it was refused: tier: " + hostile, Data: data(monitor.Vetted{Outcome: "deny", Cause: hostile,
			Changes: []monitor.ProposedChange{{Path: hostile}}, Gates: []monitor.GateSaid{{Name: "decode", Outcome: "allow"}, {Name: "tier", Outcome: "deny", Reason: hostile}}})},
		incident.Entry{Kind: incident.RolledBack, Rung: "ai", Message: "update docker_container.worker"},
		incident.Entry{Kind: incident.Escalated, State: incident.StateEscalated, Rung: "escalate", Message: "3 attempts did not help"})
	var fleet []monitor.SubjectStatus
	for i := range 24 {
		fleet = append(fleet, monitor.SubjectStatus{Address: fmt.Sprintf("file.page[%d]", i), Health: monitor.Healthy, Since: ago(26 * time.Hour)})
	}
	from.projects = []monitor.ProjectStatus{
		{Dir: "/srv/shop", Name: "shop", Subjects: []monitor.SubjectStatus{
			{Address: "docker_container.nginx", Health: monitor.Healthy, Since: ago(3 * time.Hour)},
			{Address: "docker_container.redis", Health: monitor.Healthy, Since: ago(50 * time.Hour)},
			{Address: `docker_container.worker["eu-west"]`, Health: monitor.Unhealthy, Since: broken, Incident: id, Flapping: true, Messages: []string{hostile}},
			{Address: "git_repository.site", Health: monitor.Unknown, Since: ago(40 * time.Second), Messages: []string{"git_at_ref: the remote cannot be reached: the name could not be resolved"}},
		}},
		{Dir: "/srv/blog", Name: "blog", Subjects: fleet},
		{Dir: "/srv/intranet/documents", Name: "documents", Problems: diag.Errorf("Unsupported argument", `A file has no argument "contents". Did you mean "content"?`),
			Subjects: []monitor.SubjectStatus{{Address: "file.index", Health: monitor.Healthy, Since: ago(12 * time.Minute)}}},
	}
	return from
}

func TestPageIsLive(t *testing.T) {
	from := shop(t)
	s := serve(t, from)
	ctx, console := browse(t)
	must(t, chromedp.Do(ctx, chromedp.Navigate(s.URL())))
	comes(t, ctx, `document.getElementById("live").textContent === "Live"`)

	if title := value[string](t, ctx, "document.title"); title != "1 of 29 is unhealthy · Clockwork" {
		t.Errorf("the title is %q", title)
	}
	if text := value[string](t, ctx, "document.body.innerText"); strings.Count(text, hostile) < 7 || !strings.Contains(text, "<b>Out of memory</b>") || !strings.Contains(text, "812 and 64") {
		t.Errorf("what a log holds is not shown as it is:\n%s", text)
	}
	if text := value[string](t, ctx, `document.querySelector(".things .unhealthy .address").innerText`); text != `docker_container.worker["eu-west"] flapping` {
		t.Errorf("what is flapping reads %q", text)
	}
	if n := value[int](t, ctx, `document.querySelectorAll("main script, main img, main b").length`); n != 0 {
		t.Errorf("what a log holds became %d elements", n)
	}

	// What a person did to the page stays, and it is the same page.
	value[bool](t, ctx, `window.same = true`)
	healedID := value[string](t, ctx, `document.querySelector("details.incident.healthy").id`)
	value[bool](t, ctx, `(() => { const d = document.getElementById("`+healedID+`"); d.open = true; d.querySelector("summary").focus(); return true })()`)
	from.set(func(s *source) {
		one := s.projects[0]
		one.Subjects = append([]monitor.SubjectStatus{}, one.Subjects...)
		one.Subjects[2] = monitor.SubjectStatus{Address: one.Subjects[2].Address, Health: monitor.Healthy, Since: time.Now()}
		one.Subjects[3].Messages = []string{hostile}
		s.projects = append([]monitor.ProjectStatus{one}, s.projects[2:]...)
	})
	from.open(t, "shop", "file.new", hostile, time.Now())
	comes(t, ctx, `document.title === "A project has a problem · Clockwork"`)
	comes(t, ctx, `document.getElementById("live").textContent === "Live"`)
	for what, expression := range map[string]string{
		"the page was not loaded anew":              `window.same === true`,
		"the verdict is spoken":                     `document.getElementById("verdict").innerText.includes("A project has a problem")`,
		"the new message is there, as text":         `document.getElementById("projects").innerText.includes("<script>")`,
		"a project that is gone is gone":            `document.querySelectorAll("article").length === 2`,
		"the new incident is the first":             `document.querySelector("details.incident").innerText.includes("file.new")`,
		"no incident is there twice":                `document.querySelectorAll("details.incident").length === 4`,
		"what was opened stays open":                `document.getElementById("` + healedID + `").open`,
		"the focus stays":                           `document.activeElement.id === "` + strings.Replace(healedID, "incident-", "summary-", 1) + `"`,
		"the ids are distinct":                      `(() => { const all = [...document.querySelectorAll("[id]")].map(e => e.id); return new Set(all).size === all.length })()`,
		"everything has a name for a screen reader": `[...document.querySelectorAll("section, article")].every(e => document.getElementById(e.getAttribute("aria-labelledby")))`,
	} {
		if !value[bool](t, ctx, expression) {
			t.Errorf("it is not so that %s", what)
		}
	}
	if said := console(); len(said) > 0 {
		t.Errorf("the console says:\n%s", strings.Join(said, "\n"))
	}
}

// TestPageComesBack holds that a page finds a monitor again that was restarted.
func TestPageComesBack(t *testing.T) {
	from := newSource(t)
	s := New(from, Options{Log: slog.New(slog.DiscardHandler)})
	must(t, s.Listen(t.Context()))
	first, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(first) }()
	ctx, _ := browse(t)
	must(t, chromedp.Do(ctx, chromedp.Navigate(s.URL())))
	comes(t, ctx, `document.getElementById("live").dataset.state === "on"`)
	end()
	must(t, <-done)
	comes(t, ctx, `document.getElementById("live").textContent.startsWith("Connection lost")`)
	from.set(func(s *source) { s.projects = nil })
	again := New(from, Options{Port: s.port, Log: s.opts.Log})
	must(t, again.Listen(t.Context()))
	second, end := context.WithCancel(context.Background())
	go func() { done <- again.Serve(second) }()
	defer func() { must(t, <-done) }()
	defer end()
	comes(t, ctx, `document.getElementById("live").textContent === "Live" && document.body.innerText.includes("There are no projects")`)
}

// TestPageLooks takes pictures, into the folder that CW_TEST_SCREENSHOTS names
// or one for the test, and measures what can be measured of them.
func TestPageLooks(t *testing.T) {
	dir := os.Getenv("CW_TEST_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	from := shop(t)
	s := serve(t, from)
	ctx, console := browse(t)
	picture := func(name, scheme string, width, height int64, phone bool) {
		t.Helper()
		var viewport []chromedp.EmulateViewportOption
		if phone {
			viewport = append(viewport, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
		}
		must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height, viewport...), func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			return chromedp.Void{}, err
		}, chromedp.Navigate(s.URL())))
		comes(t, ctx, `document.getElementById("live").textContent === "Live"`)
		value[bool](t, ctx, `document.querySelectorAll("details.incident, details.facts").forEach(d => d.open = true), true`)
		if wide := value[int](t, ctx, `document.documentElement.scrollWidth`); int64(wide) > width {
			t.Errorf("%s: the page is %d wide, on a screen of %d", name, wide, width)
		}
		if worst := value[string](t, ctx, contrast); worst != "" {
			t.Errorf("%s: too little contrast: %s", name, worst)
		}
		image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name+".png"), image, 0o644))
	}
	picture("desktop-light", "light", 1280, 900, false)
	picture("desktop-dark", "dark", 1280, 900, false)
	picture("phone-light", "light", 320, 640, true)
	picture("phone-dark", "dark", 390, 844, true)
	from.set(func(s *source) { s.projects = s.projects[1:2] })
	picture("healthy", "light", 1280, 900, false)
	if said := console(); len(said) > 0 {
		t.Errorf("the console says:\n%s", strings.Join(said, "\n"))
	}
}

// contrast finds text that has less than 4.5 to 1 against what is behind it.
const contrast = `(() => {
  const rgb = (c) => c.match(/[\d.]+/g).map(Number);
  const luminance = (c) => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(e).color)), luminance(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.push(e.className + " " + e.textContent.trim().slice(0, 40) + " " + ratio.toFixed(2));
  }
  return bad.join("; ");
})()`
