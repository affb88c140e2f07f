package plugins

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// drainGrace is how long the output of a process is still waited for when
	// the process has ended: something it started may hold it open for ever.
	drainGrace = 250 * time.Millisecond
	// helloSize is how long the first line of output may be.
	helloSize = 8 << 10
)

// process is a provider's process. It implements go-plugin's runner.Runner, but
// keeps to itself what go-plugin would make of the output: go-plugin gets the
// first line only.
type process struct {
	cmd    *exec.Cmd
	log    *slog.Logger
	output *tail // standard error
	stray  *tail // what it meant for standard output
	said   *output
	// trusted says that it ends when we do, because it is our own.
	trusted bool

	stdin *os.File // our end; the process ends when it closes
	hello *io.PipeReader
	noErr *io.PipeReader // never has anything

	mu     sync.Mutex
	pid    int    // 0 until it is started
	killed bool   // perhaps before it was started
	first  string // line of output

	exited chan struct{} // closed when the process has ended, and status is set
	status string        // "exit status 1", "signal: killed"
}

func newProcess(cmd *exec.Cmd, said *output) *process {
	p := &process{cmd: cmd, log: said.log, said: said, exited: make(chan struct{})}
	p.output = &tail{each: said.line}
	p.stray = &tail{each: said.line}
	return p
}

// Start implements runner.Runner.
func (p *process) Start(context.Context) error {
	var files [6]*os.File
	for i := 0; i < len(files); i += 2 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(files[:i])
			return err
		}
		files[i], files[i+1] = r, w
	}
	stdin, stdout, stderr := files[1], files[2], files[4]
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = files[0], files[3], files[5]
	setSession(p.cmd)
	keepDescriptors()
	err := p.start()
	closeAll([]*os.File{files[0], files[3], files[5]})
	if err != nil {
		closeAll([]*os.File{stdin, stdout, stderr})
		return err
	}
	p.log.Debug("started a provider's process", "pid", p.cmd.Process.Pid, "path", p.cmd.Path)

	p.stdin = stdin
	release := p.guard()
	hello, helloEnd := io.Pipe()
	noErr, noErrEnd := io.Pipe()
	p.hello, p.noErr = hello, noErr
	var readers sync.WaitGroup
	readers.Go(func() { p.readStdout(stdout, helloEnd) })
	readers.Go(func() { _, _ = io.Copy(p.output, stderr) })
	go func() {
		_ = p.cmd.Wait()
		killGroup(p.cmd.Process.Pid) // what it has left behind
		release()
		timer := time.AfterFunc(drainGrace, func() { closeAll([]*os.File{stdout, stderr}) })
		readers.Wait()
		timer.Stop()
		closeAll([]*os.File{stdin, stdout, stderr})
		p.output.last() // with a line that was not ended
		p.stray.last()
		p.said.end()
		removeSocket(p.firstLine())
		p.status = p.cmd.ProcessState.String()
		p.log.Debug("a provider's process has ended", "pid", p.cmd.Process.Pid, "status", p.status)
		close(p.exited)
		_ = helloEnd.Close()
		_ = noErrEnd.Close()
	}()
	return nil
}

// guard starts what kills the process, and all it has started, when we are
// killed ourselves and it does not see that, or has not ended in time. The
// function that it returns lets go of that.
//
// Linux could send the process a signal by itself (PR_SET_PDEATHSIG). But that
// comes when the thread ends that has started it, not when we do; it does not
// reach what the process has started; and it would leave no time to clean up.
func (p *process) guard() (release func()) {
	if p.trusted {
		return func() {}
	}
	cmd := guardCommand(p.cmd.Process.Pid)
	if cmd == nil {
		return func() {}
	}
	setSession(cmd)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		// As in a container without a shell. The provider still sees that its
		// standard input has closed.
		p.log.Debug("a provider's process has no guard", "error", err)
		return func() {}
	}
	return func() {
		_, _ = io.WriteString(in, "\n") // it has nothing to do
		_ = in.Close()
		_ = cmd.Wait()
	}
}

// readStdout hands on the first line. The rest is for the log.
func (p *process) readStdout(stdout io.Reader, hello *io.PipeWriter) {
	r := bufio.NewReaderSize(stdout, helloSize)
	line, err := r.ReadSlice('\n')
	if len(line) > 0 {
		first := strings.TrimRight(string(line), "\r\n")
		p.mu.Lock()
		p.first = first
		p.mu.Unlock()
		_, _ = io.WriteString(hello, first+"\n")
	}
	if err == nil || err == bufio.ErrBufferFull {
		_, _ = io.Copy(p.stray, r)
	}
	_ = hello.Close()
}

// removeSocket removes the socket that the first line names, which a process
// that was killed has left behind.
func removeSocket(first string) {
	fields := strings.Split(first, "|")
	if len(fields) < 4 || fields[2] != "unix" || !strings.HasPrefix(filepath.Base(fields[3]), "plugin") {
		return // none of go-plugin's
	}
	if info, err := os.Lstat(fields[3]); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(fields[3])
	}
}

// firstLine returns the first line that the process has written, which is empty
// if it has not.
func (p *process) firstLine() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first
}

// wasKilled tells whether it was ended by us.
func (p *process) wasKilled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// Wait implements runner.AttachedRunner.
func (p *process) Wait(context.Context) error {
	<-p.exited
	return nil
}

// start starts the process unless it was killed before.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return context.Canceled
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.pid = p.cmd.Process.Pid
	return nil
}

// Kill implements runner.AttachedRunner. It ends the process and all it has
// started, at once, or keeps it from being started.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	select {
	case <-p.exited: // its number may be somebody else's by now
	default:
		if p.pid != 0 {
			killGroup(p.pid)
			_ = p.cmd.Process.Kill() // an error means that it has just ended
		}
	}
	return nil
}

// Stdout implements runner.Runner.
func (p *process) Stdout() io.ReadCloser { return p.hello }

// Stderr implements runner.Runner.
func (p *process) Stderr() io.ReadCloser { return p.noErr }

// Name implements runner.Runner.
func (p *process) Name() string { return p.cmd.Path }

// ID implements runner.AttachedRunner.
func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pid == 0 {
		return ""
	}
	return strconv.Itoa(p.pid)
}

// Diagnose implements runner.Runner.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.AddrTranslator.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.AddrTranslator.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
