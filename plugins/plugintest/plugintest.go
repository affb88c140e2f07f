package plugintest

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins/internal/session"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// OverGRPC serves p on a connection within this process and returns the other
// end of it, which behaves as if p were a plugin. Closing that closes p; the end
// of the test closes both if nobody did. It checks p's schema as it would be
// for a plugin.
func OverGRPC(t testing.TB, name string, p providers.Provider) providers.Provider {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(session.ServerOptions()...)
	proto.RegisterProviderServer(server, session.NewServer(name, p, os.Stderr))
	go func() { _ = server.Serve(listener) }()

	conn, err := grpc.NewClient("passthrough:///"+name, append(session.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
	)...)
	if err != nil {
		t.Fatal(err)
	}
	client, err := session.Open(context.Background(), conn, session.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Abandon()
		_ = conn.Close()
		server.Stop()
	})
	return client
}
