package notify

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func shell(script string, args ...string) Command {
	return Command{Argv: append([]string{"sh", "-c", script, "sh"}, args...)}
}

func TestCommand(t *testing.T) {
	t.Setenv("CW_API_KEY", "hunter2")
	out := filepath.Join(t.TempDir(), "out")
	m, err := message(1, Healed).normal(time.Now())
	must(t, err)
	m.Summary = "a $(touch x) \n b"
	if f := send(shell(`cat >"$1"; env >>"$1"`, out), m); f != nil {
		t.Fatal(f.text)
	}
	data, err := os.ReadFile(out)
	must(t, err)
	body, env, _ := strings.Cut(string(data), "\n")
	var got Message
	must(t, json.Unmarshal([]byte(body), &got))
	if got != m {
		t.Errorf("standard input was %s", body)
	}
	for _, want := range []string{"CLOCKWORK_EVENT=healed", "CLOCKWORK_ID=" + m.ID, "CLOCKWORK_INCIDENT=" + m.Incident, "CLOCKWORK_PROJECT=shop",
		"CLOCKWORK_TARGET=docker_container.web", "CLOCKWORK_SUMMARY=a $(touch x) \n b", "CLOCKWORK_TIME=2026-11-25T16:50:00Z", "CLOCKWORK_URL=http://127.0.0.1:8765/"} {
		if !strings.Contains("\n"+env, "\n"+want+"\n") {
			t.Errorf("%q is not in the environment:\n%s", want, env)
		}
	}
	if strings.Contains(env, "hunter2") {
		t.Error("the key to the model is in the environment")
	}
}

func TestCommandFailures(t *testing.T) {
	for _, test := range []struct {
		command Command
		want    string
	}{
		{shell("exit 3"), "exit status 3"},
		{shell("echo hunter2 >&2; kill -9 $$"), "signal: killed"},
		{Command{Argv: []string{"/no/such/hunter2"}}, "no such file"},
		{Command{Argv: []string{"no-such-hunter2"}}, "not found"},
		{Command{}, "no program"},
		{Command{Argv: []string{"sh", "\x00"}}, "zero byte"},
	} {
		f := send(test.command, message(1, Opened))
		if f == nil || !strings.Contains(f.text, test.want) || strings.Contains(f.text, "hunter2") {
			t.Errorf("%q: %+v", test.command.Argv, f)
		}
	}
}

// TestCommandThatHangs: it is killed with all that it started.
func TestCommandThatHangs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	f := shell(`(sleep 1; echo late >"$1") & sleep 60`, file).send(ctx, world{}, message(1, Opened))
	if f == nil || !strings.Contains(f.text, "killed") || time.Since(start) > 10*time.Second {
		t.Fatalf("%+v after %s", f, time.Since(start))
	}
	time.Sleep(time.Until(start.Add(1300 * time.Millisecond)))
	if _, err := os.Stat(file); err == nil {
		t.Error("what the command started lives on")
	}
}
