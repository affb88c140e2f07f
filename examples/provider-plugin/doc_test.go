package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The Go in the guide is the example's, word for word.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "writing-a-provider.md"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	snippets := strings.Split(string(guide), "```go\n")[1:]
	if len(snippets) < 4 {
		t.Errorf("the guide has only %d pieces of Go", len(snippets))
	}
	for _, snippet := range snippets {
		snippet, _, closed := strings.Cut(snippet, "```")
		if !closed || !strings.Contains(code.String(), snippet) {
			t.Errorf("this is not in the example:\n%s", snippet)
		}
	}
}
