package plugins

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// bridge returns a logger of go-plugin's kind whose lines go to log, at its
// debug level: what matters to others is reported as an error.
func bridge(log *slog.Logger) hclog.Logger {
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		return hclog.NewNullLogger()
	}
	return hclog.New(&hclog.LoggerOptions{
		Level: hclog.Debug, DisableTime: true, Output: lines(func(line string) { log.Debug(line, "from", "go-plugin") }),
	})
}

// lines calls itself with every line written.
type lines func(string)

// Write implements io.Writer.
func (f lines) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		f(strings.TrimRight(line, "\n"))
	}
	return len(b), nil
}

var _ io.Writer = lines(nil)
