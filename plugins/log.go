package plugins

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/hashicorp/go-hclog"
)

// output is where a provider's own words go: to the log, at its debug level,
// as far as they are not too many, and without secrets.
type output struct {
	log     *slog.Logger
	secrets *conceal.Set
	limit   limiter
}

// line logs a line.
func (o *output) line(line []byte) {
	if !o.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	left, ok := o.limit.allow(len(line), time.Now())
	if !ok {
		return
	}
	o.leftOut(left)
	o.log.Debug(o.secrets.Hide(strings.ToValidUTF8(string(line), "\uFFFD")))
}

// end says what was left out at last.
func (o *output) end() { o.leftOut(o.limit.rest()) }

func (o *output) leftOut(lines int) {
	if lines > 0 {
		o.log.Debug("the provider writes more than is logged", "lines_left_out", lines)
	}
}

// bridge returns a logger of go-plugin's kind whose lines go to the log, at its
// debug level: what matters to others is reported as an error.
func bridge(o *output) hclog.Logger {
	if !o.log.Enabled(context.Background(), slog.LevelDebug) {
		return hclog.NewNullLogger()
	}
	return hclog.New(&hclog.LoggerOptions{
		Level: hclog.Debug, DisableTime: true, Output: lines(func(line string) { o.line([]byte("go-plugin: " + line)) }),
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
