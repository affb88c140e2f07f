package docker

import (
	"testing"

	"github.com/docker/docker/api/types/container"
)

// A busy engine notes the start of a container after its first lines.
func TestRunSince(t *testing.T) {
	const started = "2026-01-02T03:04:05.000000006Z"
	for ended, want := range map[string]string{
		"0001-01-01T00:00:00Z":           "2026-01-02T03:04:00.000000006Z",
		"2026-01-01T00:00:00Z":           "2026-01-02T03:04:00.000000006Z",
		"2026-01-02T03:04:03.000000007Z": "2026-01-02T03:04:03.000000007Z",
		"2026-01-02T03:04:06Z":           "2026-01-02T03:04:00.000000006Z",
	} {
		if got := runSince(&container.State{StartedAt: started, FinishedAt: ended}); got != want {
			t.Errorf("ended %s: %s", ended, got)
		}
	}
	if got := runSince(&container.State{StartedAt: "0001-01-01T00:00:00Z"}); got != "" {
		t.Errorf("not started: %q", got)
	}
}
