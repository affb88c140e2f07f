//go:build unix

package plugins_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"

	"github.com/clockwork-hcl/clockwork/plugins"
)

// A provider that introduces itself as somebody whom we do not understand is told
// off with advice, whatever it is written in.
func TestRefused(t *testing.T) {
	tmp := privateTemp(t)
	for name, tc := range map[string]struct {
		line   string
		speaks int // version, or 0 for no VersionError
		want   []string
	}{
		"newer":     {"1|2|unix|/tmp/x|grpc|", 2, []string{"version 2 of the protocol", "newer than version 1", "upgrade clockwork"}},
		"much":      {"1|99999999999999999999|unix|/tmp/x|grpc|", 1<<63 - 1, []string{"newer than version 1"}},
		"short":     {"1|3|unix|/tmp/x", 3, []string{"version 3 of the protocol"}},
		"older":     {"1|0|unix|/tmp/x|grpc|", -1, []string{"version 0 of the protocol", "older than version 1", "install a newer version of the provider", "clockwork init -upgrade"}},
		"core":      {"2|1|unix|/tmp/x|grpc|", 0, []string{"version 2 of go-plugin's handshake"}},
		"netrpc":    {"1|1|unix|/tmp/x|netrpc|", 0, []string{`speaks "netrpc"`, "build the provider for gRPC"}},
		"no rpc":    {"1|1|unix|/tmp/x", 0, []string{`speaks "netrpc"`}},
		"network":   {"1|1|pigeon|/tmp/x|grpc|", 0, []string{`a network "pigeon"`, "report it to its authors"}},
		"no number": {"1|one|unix|/tmp/x|grpc|", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clockwork-provider-stranger")
			if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\necho '%s'\nexec cat >/dev/null\n", tc.line), 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := plugins.Executable{Path: path}.Start(bg)
			wantError(t, err, append(tc.want, "clockwork-provider-stranger")...)
			var version *plugins.VersionError
			if is := errors.As(err, &version); is != (tc.speaks != 0) || is && version.Speaks != max(tc.speaks, 0) {
				t.Errorf("got %#v", err)
			}
		})
	}
	wantEmpty(t, tmp)
}

// A provider of somebody else's that does without a certificate is not talked to,
// even if it listens.
func TestWithoutCertificate(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	path := filepath.Join(dir, "clockwork-provider-open")
	script := fmt.Sprintf("#!/bin/sh\necho '1|1|unix|%s|grpc|'\nexec cat >/dev/null\n", socket)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := plugins.Executable{Path: path}.Start(bg)
	if err == nil {
		_ = p.Close()
		t.Fatal("it was started")
	}
	wantError(t, err, "clockwork-provider-open")
}
