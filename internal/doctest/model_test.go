package doctest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/completiontest"
)

// answers are what the stand-in for a model says to the descriptions in documents
// and examples, by how they begin.
func answers() map[string]string {
	return map[string]string{
		"A message of the day for a build server": `{"content": "Welcome. Be kind, and clean up after yourself.\n"}`,
		"A short HTML page that welcomes visitors": `{"content": "<!DOCTYPE html>\n<title>Welcome</title>\n` +
			`<p>This server works. Nothing is set up on it yet.</p>\n"}`,
		"Redis 7, the small variant": `{"image": "redis:7-alpine"}`,
	}
}

// models are the addresses of the stand-ins that run, by the folder they are for.
var models struct {
	sync.Mutex
	urls map[string]string
}

// modelSettings is what a session has in its environment once a document has named a
// model in .env, whose address it has in place of what the document says.
func modelSettings(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil || !strings.Contains(string(text), "CW_MODEL=") {
		return nil
	}
	models.Lock()
	defer models.Unlock()
	if models.urls == nil {
		models.urls = map[string]string{}
	}
	if models.urls[dir] == "" {
		models.urls[dir] = completiontest.New(t, answer).URL
	}
	return []string{"CW_BASE_URL=" + models.urls[dir]}
}

// answer answers as servers of one's own do, which know a model by the name that it
// is asked for by.
func answer(w http.ResponseWriter, r completiontest.Request) {
	text := "I do not know."
	for description, a := range answers() {
		if strings.Contains(string(r.Body), description) {
			text = a
		}
	}
	completiontest.Write(http.StatusOK, map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1_764_000_000, "model": r.Model,
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": text}}},
		"usage":   map[string]any{"prompt_tokens": 900, "completion_tokens": 50, "total_tokens": 950},
	})(w, r)
}
