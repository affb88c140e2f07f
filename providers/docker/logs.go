package docker

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// maxLine is how much of one line of a log is looked at, in bytes. A line may
// have no end.
const maxLine = 8 << 10

// logLines calls f for each line of a container's log until it returns false.
// Of standard output and error it takes what comes, in the order it comes.
// Lines are cut at maxLine, and are valid UTF-8.
func (s scope) logLines(ctx context.Context, there container.InspectResponse, opts container.LogsOptions, f func(line string) bool) error {
	c, err := s.engine.dial(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opts.ShowStdout, opts.ShowStderr = true, true
	log, err := c.ContainerLogs(ctx, there.ID, opts)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer log.Close()
	var in io.Reader = log
	if !there.Config.Tty {
		r, w := io.Pipe()
		defer r.Close()
		go func() {
			_, err := stdcopy.StdCopy(w, w, log)
			w.CloseWithError(err)
		}()
		in = r
	}
	return eachLine(in, f)
}

// eachLine calls f for each line until it returns false or there are no more.
func eachLine(in io.Reader, f func(line string) bool) error {
	r := bufio.NewReaderSize(in, maxLine)
	for {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 && !f(cleanLine(line)) {
			return nil
		}
		for err == bufio.ErrBufferFull { // the rest of a line that is too long
			_, err = r.ReadSlice('\n')
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// cleanLine is a line of a log as text.
func cleanLine(line []byte) string {
	return strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\uFFFD")
}

const (
	tailLines = 200
	tailBytes = 64 << 10
)

// logTail returns the last lines of a log, bounded in number and in bytes.
func (s scope) logTail(ctx context.Context, there container.InspectResponse) ([]string, error) {
	var tail []string
	size := 0
	err := s.logLines(ctx, there, container.LogsOptions{Tail: fmt.Sprint(tailLines)}, func(line string) bool {
		tail = append(tail, line)
		size += len(line)
		for len(tail) > tailLines || size > tailBytes {
			size -= len(tail[0])
			tail = tail[1:]
		}
		return true
	})
	return tail, err
}
