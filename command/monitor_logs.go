package command

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/clockwork-hcl/clockwork/state"
)

const (
	// serviceLogName is the service's log in its state folder.
	serviceLogName = "service.log"
	// projectLogDir is the folder of the project's log in its state folder.
	projectLogDir = "service"

	logMegabytes = 10 // of a file before it is rotated
	logBackups   = 5  // of each log that are kept beside it
)

// monitorLogs are where a monitor logs to: the console, or as the service its
// own file and that of each project.
type monitorLogs struct {
	handler func(io.Writer, *slog.HandlerOptions) slog.Handler
	level   slog.Level
	console io.Writer
	quiet   bool   // nothing goes to the console
	dir     string // the service's state folder; "" for the console
	most    int    // megabytes of a file before it is rotated; logMegabytes if 0

	mu       sync.Mutex
	main     *slog.Logger
	projects map[string]*slog.Logger
	files    []io.Closer
}

func (l *monitorLogs) to(w io.Writer) slog.Handler {
	return l.handler(w, &slog.HandlerOptions{Level: l.level})
}

// rotating returns a file that is rotated when it is large.
func (l *monitorLogs) rotating(path string) *lumberjack.Logger {
	f := &lumberjack.Logger{Filename: path, MaxSize: cmp.Or(l.most, logMegabytes), MaxBackups: logBackups}
	l.files = append(l.files, f)
	return f
}

// logger is the log of the monitor itself.
func (l *monitorLogs) logger() *slog.Logger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.own()
}

// own does so; the lock must be held.
func (l *monitorLogs) own() *slog.Logger {
	switch {
	case l.main != nil:
	case l.dir != "":
		l.main = slog.New(l.to(l.rotating(filepath.Join(l.dir, serviceLogName))))
	case l.quiet:
		l.main = slog.New(slog.DiscardHandler)
	default:
		l.main = slog.New(l.to(l.console))
	}
	return l.main
}

// project is the log of one project: what the service logs about it is in its
// own folder too.
func (l *monitorLogs) project(dir string) *slog.Logger {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.projects[dir]; known != nil {
		return known
	}
	log := l.own()
	if l.dir != "" {
		file := l.to(stateFile{filepath.Join(dir, state.Dir), l.rotating(projectLog(dir))})
		log = slog.New(slog.NewMultiHandler(log.Handler(), file))
	}
	log = log.With("project", dir)
	if l.projects == nil {
		l.projects = map[string]*slog.Logger{}
	}
	l.projects[dir] = log
	return log
}

func projectLog(dir string) string {
	return filepath.Join(dir, state.Dir, projectLogDir, serviceLogName)
}

func (l *monitorLogs) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.files {
		_ = f.Close() // what it could not write is lost already
	}
}

// stateFile is a file below the state folder of a project, which is not made
// again if somebody removed it.
type stateFile struct {
	dir  string
	file *lumberjack.Logger
}

func (f stateFile) Write(p []byte) (int, error) {
	if _, err := os.Stat(f.dir); err != nil {
		return len(p), nil
	}
	if err := os.Mkdir(filepath.Dir(f.file.Filename), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return 0, err
	}
	return f.file.Write(p)
}
