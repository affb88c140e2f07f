package notify

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// FuzzQueue opens a queue of any bytes: as they are, and as lines with the right
// checksum behind a header. One that is refused is left as it was; one that is
// not goes on.
func FuzzQueue(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte, framed bool) {
		if framed {
			lines := bytes.Split(data, []byte("\n"))
			data, _ = appendRecord(nil, record{Queue: &header{formatVersion}})
			for _, line := range lines {
				data = append(append(append(data, checksum(line)...), line...), '\n')
			}
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "queue")
		must(t, os.WriteFile(path, data, 0o600))
		opts := Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		q, err := Open(dir, opts)
		if err != nil {
			if kept, _ := os.ReadFile(path); !bytes.Equal(kept, data) {
				t.Fatal("a queue that was refused was changed")
			}
			return
		}
		must(t, q.Enqueue(message(1, Opened), "fuzz"))
		want := q.Pending()
		must(t, q.Close())
		q, err = Open(dir, opts)
		must(t, err)
		if got := q.Pending(); got != want {
			t.Fatalf("%d are pending, and were %d", got, want)
		}
		must(t, q.Close())
	})
}
