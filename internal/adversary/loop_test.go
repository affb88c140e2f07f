package adversary

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/completiontest"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/monitor"
	"github.com/clockwork-hcl/clockwork/monitor/incident"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/providers"
)

// What must never leave the machine: the first is marked as sensitive, the others
// only look like what they are.
const (
	secret       = "Canary4711Quetzalcoatl"
	urlSecret    = "canaryInAnURL77"
	pemSecret    = "Q2FuYXJ5SW5BUEVN"
	headerSecret = "canaryInAHeader99"
	labelSecret  = "canaryInALabel55"
	jwtSecret    = "eyJjYW5hcnkiOiJqd3QifQ"
	apiKey       = "canary-key-of-the-server"
)

// digest is one that an image may have.
const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// project is what is attacked. Its one container fails, and an AI is all that its
// policy has.
const project = `
variable "password" {
  default   = "` + secret + `"
  sensitive = true
}
resource "docker_volume" "data" {
  name = "data"
}
resource "docker_container" "web" {
  name   = "web"
  image  = "nginx:1.25"
  memory = "128MiB"
  cpus   = 1
  env = {
    MODE     = "prod"
    PASSWORD = var.password
  }
  labels = { api_token = "` + labelSecret + `" }
  mounts = [{ type = "volume", source = docker_volume.data.name, target = "/data" }]
}
resource "docker_container" "other" {
  name  = "other"
  image = "redis:7"
}
assert "container_running" "web" {
  target   = docker_container.web
  interval = "1s"
}
remediation "default" {
  ladder   = ["ai"]
  attempts = 1
  backoff  = { initial = "100ms", factor = 1, max = "100ms" }
  ai {
    allow       = ["docker_container.*.memory", "docker_container.*.cpus", "docker_container.*.memory_swap", "docker_container.*.pids_limit", "docker_container.*.image", "docker_container.*.env", "docker_container.*.networks"]
    bounds      = { memory = { min = "64MiB", max = "512MiB" }, memory_swap = { max = "2GiB" }, pids_limit = { max = 1000 } }
    images      = ["nginx", "registry.example.com:5000/team/app"]
    max_changes = 2
    send        = ["status", "exit_code", "health", "logs", "networks", "config"]
  }
}
`

// web is what is attacked.
const web = "docker_container.web"

// leaky are lines of a log with secrets, as programs write them.
func leaky() []string {
	return []string{
		"connecting with " + secret,
		"the same again: " + secret[:11], secret[11:] + " over two lines",
		"invisibly so: " + strings.Join(strings.Split(secret, ""), "\u200b"),
		"in colours: " + secret[:5] + "\x1b" + secret[5:],
		"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("app:"+secret)),
		"dump " + hex.EncodeToString([]byte(secret)) + " " + base64.StdEncoding.EncodeToString([]byte(secret)),
		"postgres://app:" + urlSecret + "@db.example.com/shop is down: connection refused",
		"-----BEGIN RSA PRIVATE KEY-----", pemSecret, pemSecret + "==", "-----END RSA PRIVATE KEY-----",
		"> Authorization: Bearer " + headerSecret,
		"token eyJhbGciOiJIUzI1NiJ9." + jwtSecret + ".c2lnbmF0dXJl rejected",
	}
}

// secretsIn are the secrets, and forms of them, that are in a text.
func secretsIn(text string) []string {
	// Lines of a log are texts in a list, and end in the middle of a secret.
	joined := strings.NewReplacer(`","`, "", `\n`, "", "\n", "", " ", "", `\\u{200b}`, "", `\\u{1b}`, "", `\u{200b}`, "", "\u200b", "").Replace(text)
	var out []string
	for _, s := range []string{secret, secret[:11], secret[11:], hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))[:24],
		base64.RawStdEncoding.EncodeToString([]byte("app:" + secret))[8:30], urlSecret, pemSecret, headerSecret, labelSecret, jwtSecret, apiKey} {
		if strings.Contains(text, s) || strings.Contains(joined, s) {
			out = append(out, s)
		}
	}
	return out
}

// loop is a monitor that watches over the project, and a model that it asks.
type loop struct {
	*coretest.Project
	*monitor.Monitor
	engine    *engine
	model     *completiontest.Server
	client    *completion.Client
	incidents *incident.Store
	begun     string // the world before
	serial    uint64
	calls     int // before

	mu   sync.Mutex
	said []string
}

// credulous takes what a model says without looking at it: what is left are the
// gates.
type credulous struct{ *completion.Client }

func (c credulous) Ask(ctx context.Context, q ask.Question) (ask.Reply, error) {
	q.Check = func([]byte) error { return nil }
	return c.Client.Ask(ctx, q)
}

// deploy applies a project. What is said of its containers is for the caller to
// change before start.
func deploy(t *testing.T, main string, e *engine) *loop {
	t.Helper()
	if e.found.Summary == "" {
		e.found.Summary = "Container 'web' not running (exit code 1)."
	}
	if e.found.Facts == nil {
		e.found.Facts = map[string]string{"exists": "true", "status": "exited", "exit_code": "1", "health_log": "curl: http://app:" + secret + "@web/ refused"}
	}
	e.found.Logs = append(leaky(), e.found.Logs...)
	if e.says == "" {
		e.says = "it is not running, it said: no such user " + secret
	}
	l := &loop{engine: e, Project: coretest.With(t, map[string]func() providers.Provider{"docker": e.provider}, main)}
	l.Files = nil // they are on disk, where the monitor notices changes
	l.write(t, "main.cw.hcl", main)
	l.Project.Run(plan.Options{})
	l.begun, l.serial, l.calls = e.world(t), l.State().Serial, len(e.calls())
	return l
}

func (l *loop) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(l.Dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start has a monitor watch over it, which asks a model that answers by h.
func (l *loop) start(t *testing.T, h completiontest.Handler, edit ...func(*monitor.Options)) *loop {
	t.Helper()
	l.model = completiontest.New(t, h)
	var err error
	l.client, err = completion.New(completion.Options{BaseURL: l.model.URL, Model: "tester", Key: apiKey,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if l.incidents, _, err = incident.Open(t.TempDir(), incident.Options{}); err != nil {
		t.Fatal(err)
	}
	opts := monitor.Options{Incidents: l.incidents, Interval: time.Second, VerifyFor: 100 * time.Millisecond,
		Log:       slog.New(slog.NewTextHandler(t.Output(), nil)),
		Completer: func(string) (ask.Completer, error) { return l.client, nil },
		Load:      l.Current,
		Say: func(_, line string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.said = append(l.said, line)
		}}
	for _, f := range edit {
		f(&opts)
	}
	l.Monitor = monitor.New(opts, l.Dir)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Monitor.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := l.incidents.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// byGatesAlone leaves out the client's check of answers.
func (l *loop) byGatesAlone(o *monitor.Options) {
	o.Completer = func(string) (ask.Completer, error) { return credulous{l.client}, nil }
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 1200 {
		if so() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("it does not come about that %s", what)
}

func (l *loop) story() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.said, "\n")
}

func (l *loop) says(t *testing.T, text string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Log(l.story())
		}
	}()
	eventually(t, "it is said: "+text, func() bool { return strings.Contains(l.story(), text) })
}

// proposed waits until something waits for a person.
func (l *loop) proposed(t *testing.T) monitor.Proposal {
	t.Helper()
	eventually(t, "something is proposed", func() bool { return len(l.Proposals()) == 1 })
	return l.Proposals()[0]
}

// record is the one incident there is.
func (l *loop) record(t *testing.T) incident.Incident {
	t.Helper()
	all := l.incidents.List(incident.Filter{})
	if len(all) != 1 {
		t.Fatalf("%d incidents are on record", len(all))
	}
	whole, err := l.incidents.Get(all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// entries are those of a kind.
func entries(i incident.Incident, kind incident.Kind) []incident.Event {
	return slices.DeleteFunc(slices.Clone(i.Events), func(e incident.Event) bool { return e.Kind != kind })
}

// untouched sees that nothing came of it in the world, nor in the state.
func (l *loop) untouched(t *testing.T) {
	t.Helper()
	if calls := l.engine.calls()[l.calls:]; len(calls) > 0 {
		t.Errorf("applied: %q", calls)
	}
	if s := l.State(); s.Serial != l.serial {
		t.Errorf("the state's serial is %d, and was %d", s.Serial, l.serial)
	}
	l.asBefore(t)
}

// asBefore sees that world and state hold what they held.
func (l *loop) asBefore(t *testing.T) {
	t.Helper()
	if now := l.engine.world(t); now != l.begun {
		t.Errorf("the world was\n%s\nand is\n%s", l.begun, now)
	}
	for key, o := range l.State().Objects {
		if len(o.Overlay) > 0 {
			t.Errorf("%s: %+v", key, o.Overlay)
		}
	}
}

// silent sees that no secret is in what was sent, and none in what is kept or
// said, and that the record is whole.
func (l *loop) silent(t *testing.T) {
	t.Helper()
	for _, r := range l.model.Requests() {
		var sent bytes.Buffer
		sent.Write(r.Body)
		for name, values := range r.Header {
			if name != "Authorization" { // which is for this server
				sent.WriteString("\n" + name + ": " + strings.Join(values, ", "))
			}
		}
		if found := secretsIn(sent.String()); len(found) > 0 {
			t.Errorf("%q was sent:\n%s", found, sent.String())
		}
	}
	for _, i := range l.incidents.List(incident.Filter{}) {
		whole, err := l.incidents.Get(i.ID)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		if found := secretsIn(string(raw)); len(found) > 0 {
			t.Errorf("%q is on record:\n%s", found, raw)
		}
	}
	if found := secretsIn(l.story()); len(found) > 0 {
		t.Errorf("%q is said:\n%s", found, l.story())
	}
	if problems, err := l.incidents.Verify(context.Background()); err != nil || len(problems) > 0 {
		t.Errorf("the record: %v %v", problems, err)
	}
}
