package plugins

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/conceal"
	"github.com/clockwork-hcl/clockwork/plugins/internal/session"
	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	defaultStartTimeout  = 30 * time.Second
	defaultCloseGrace    = 10 * time.Second
	defaultTimeout       = 10 * time.Minute
	defaultChangeTimeout = time.Hour
	// exitWait is how long a broken session is given to turn out to be a process
	// that has ended.
	exitWait = 2 * time.Second
)

// spec says which process to start, and how.
type spec struct {
	source   string // what messages call it
	name     string // the last part of the source
	path     string
	args     []string
	env      []string // variables that it gets beside the common ones and its own
	checksum []byte   // SHA-256 of the executable; nil for one that is trusted
	builtin  bool
	autoMTLS bool
	timeout  time.Duration // to start
	grace    time.Duration // to end
	answer   time.Duration // to answer
	change   time.Duration // to tell of progress while it changes something
	log      *slog.Logger
	secrets  *conceal.Set // what its words are not to tell
}

// running is a provider in a process of its own.
type running struct {
	*session.Client
	spec    spec
	process *process
	plugin  *plugin.Client
	closing sync.Once
}

// ExitError is what requests return when the provider's process has ended
// without being asked to.
type ExitError struct {
	Source string
	Status string   // as "exit status 1" or "signal: killed"
	Output []string // its last lines on standard error
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("the process of provider %s ended unexpectedly (%s): unless somebody has ended it, %s%s", e.Source, e.Status, blame, lastOutput(e.Output))
}

// blame ends errors that are the provider's fault.
const blame = "this is a mistake in the provider: please report it to its authors"

func lastOutput(output []string) string {
	if len(output) == 0 {
		return ""
	}
	return "; its last output was:\n  " + strings.Join(output, "\n  ")
}

// launch starts a provider's process and opens the session with it. When ctx
// ends first, the process is killed.
func launch(ctx context.Context, s spec) (*running, error) {
	if s.checksum != nil {
		sound, err := (&plugin.SecureConfig{Checksum: s.checksum, Hash: sha256.New()}).Check(s.path)
		if err != nil {
			return nil, fmt.Errorf("check the executable of provider %s: %w", s.source, err)
		}
		if !sound {
			return nil, &HashError{Source: s.source, Path: s.path}
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, errSlow)
	defer cancel()
	var secure *tls.Config
	var variables []string
	if s.autoMTLS {
		settings, variable, err := mutualTLS()
		if err != nil {
			return nil, err
		}
		secure, variables = settings, []string{variable}
	}
	r := &running{spec: s}
	r.process = newProcess(exec.Command(s.path, s.args...), &output{log: s.log, secrets: s.secrets})
	r.process.trusted = s.builtin
	r.plugin = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake(),
		Plugins:          plugin.PluginSet{pluginName: &grpcPlugin{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		TLSConfig:        secure,
		StartTimeout:     s.timeout + time.Minute, // ours comes first
		Logger:           bridge(r.process.said),
		SyncStdout:       r.process.stray,
		SyncStderr:       r.process.output,
		GRPCDialOptions:  session.DialOptions(),
		SkipHostEnv:      true,
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			// The folder is for the socket, for which the provider makes one
			// itself: this one would stay behind if we were killed.
			_ = os.Remove(dir)
			r.process.cmd.Env = append(environment(s.name, s.env), slices.DeleteFunc(cmd.Env, func(e string) bool {
				return strings.HasPrefix(e, plugin.EnvUnixSocketDir+"=")
			})...)
			r.process.cmd.Env = append(r.process.cmd.Env, variables...)
			return r.process, nil
		},
	})

	opened := make(chan error, 1)
	go func() { opened <- r.open(ctx) }()
	var err error
	select {
	case err = <-opened:
	case <-ctx.Done():
		// go-plugin knows no contexts, but notices when the process ends.
		_ = r.process.Kill(ctx)
		if err = <-opened; err == nil {
			r.Client.Abandon()
			err = ctx.Err()
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		err = r.startError(err)
		_ = r.process.Kill(ctx)
		r.plugin.Kill()
		return nil, err
	}
	return r, nil
}

var errSlow = errors.New("it took too long")

// open does what can be slow: it starts the process and opens the session.
func (r *running) open(ctx context.Context) error {
	protocol, err := r.plugin.Client()
	if err != nil {
		return err
	}
	conn, err := protocol.Dispense(pluginName)
	if err != nil {
		return err
	}
	r.Client, err = session.Open(ctx, conn.(*grpc.ClientConn), session.Options{
		Name: r.spec.source, Explain: r.explain, Timeout: r.spec.answer, ChangeTimeout: r.spec.change})
	return err
}

// startError says in our words why a provider could not be started.
func (r *running) startError(err error) error {
	p, s := r.process, r.spec
	first := p.firstLine()
	fields := strings.Split(first, "|")
	var exit *ExitError
	switch {
	case p.ID() == "":
		return fmt.Errorf("start provider %s: %w", s.source, err)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("start provider %s: %w", s.source, err)
	case errors.Is(err, errSlow) && first == "":
		return fmt.Errorf("provider %s did not introduce itself within %s; %s may not be a provider%s",
			s.source, s.timeout, s.path, lastOutput(r.lastWords()))
	case errors.Is(err, errSlow):
		return fmt.Errorf("provider %s introduced itself, but was not ready within %s; %s%s", s.source, s.timeout, blame, lastOutput(r.lastWords()))
	case errors.As(err, &exit):
		return exit
	case refusal(s.source, first) != nil:
		return refusal(s.source, first)
	case len(fields) >= 5 && fields[0] == "1" && status.Code(err) == codes.Unimplemented:
		return fmt.Errorf("%s is a plugin, but of another program: it does not serve a provider for clockwork", s.path)
	case len(fields) >= 5 && fields[0] == "1" && s.autoMTLS && (len(fields) < 6 || fields[5] == ""):
		return fmt.Errorf("provider %s does not protect its connection by a certificate, as it was asked to; %s", s.source, blame)
	case len(fields) >= 5 && fields[0] == "1":
		return fmt.Errorf("start provider %s: %w%s", s.source, err, blameOnce(err))
	case first != "":
		return fmt.Errorf("%s is not a provider: it printed %.80q instead of introducing itself%s", s.path, first, lastOutput(r.lastWords()))
	}
	select {
	case <-p.exited:
		if p.wasKilled() && p.status == "signal: killed" {
			break
		}
		return fmt.Errorf("%s is not a provider, or could not start: it ended (%s) before it introduced itself%s",
			s.path, p.status, lastOutput(r.lastWords()))
	case <-time.After(exitWait):
	}
	return fmt.Errorf("%s is not a provider: it closed its output before it introduced itself%s", s.path, lastOutput(r.lastWords()))
}

// explain says why the session broke: mostly because the process has ended,
// which takes a moment to be seen.
func (r *running) explain(err error) error {
	wait := exitWait
	if errors.Is(err, session.ErrViolation) {
		wait = 0 // however it takes that
	}
	select {
	case <-r.process.exited:
		if wait == 0 {
			break
		}
		return &ExitError{Source: r.spec.source, Status: r.process.status, Output: r.lastWords()}
	case <-time.After(wait):
	}
	// Nobody can talk to it any more.
	_ = r.process.Kill(context.Background())
	return fmt.Errorf("the connection to the process of provider %s broke: %w%s", r.spec.source, err, blameOnce(err))
}

// blameOnce is what to put behind an error that may say so itself.
func blameOnce(err error) string {
	if strings.Contains(err.Error(), blame) {
		return ""
	}
	return "; " + blame
}

// lastWords returns what the process has written at last, for an error.
func (r *running) lastWords() []string {
	lines := r.process.output.last()
	for i, line := range lines {
		lines[i] = r.spec.secrets.Hide(line)
	}
	return lines
}

// Close implements providers.Provider. It asks the provider to end, gives it
// the grace to do so, and kills it then. Requests that still run fail.
func (r *running) Close() (err error) {
	r.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), r.spec.grace)
		defer cancel()
		if err = r.Client.Shutdown(ctx); ctx.Err() != nil {
			err = fmt.Errorf("provider %s did not end within %s when it was asked to, so it was killed (%w); %s", r.spec.source, r.spec.grace, ctx.Err(), blame)
		}
		select {
		case <-r.process.exited: // all has been said
			err = nil
		default:
		}
		_ = r.process.stdin.Close()
		select {
		case <-r.process.exited:
		case <-time.After(exitWait):
			_ = r.process.Kill(ctx)
		}
		r.plugin.Kill() // cleans up
	})
	return err
}
