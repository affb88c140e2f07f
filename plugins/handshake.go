package plugins

import (
	"context"
	"errors"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// ProtocolVersion is the version of the protocol between the program and its
// providers. A provider that speaks another is refused.
const ProtocolVersion = 1

// pluginName is what go-plugin calls the one thing that a provider's process
// serves.
const pluginName = "provider"

// handshake tells a provider that it has been started by Clockwork, and not by
// hand. It is no secret.
func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  ProtocolVersion,
		MagicCookieKey:   "CLOCKWORK_PROVIDER",
		MagicCookieValue: "7c0f2f7ab1d24f4f8f1d0d9b6a4e5c3e",
	}
}

// grpcPlugin ties a session to go-plugin: at the provider's end it registers
// the server, at ours it hands out the connection.
type grpcPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server proto.ProviderServer
}

// GRPCServer implements plugin.GRPCPlugin.
func (p *grpcPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if p.server == nil {
		return errors.New("there is nothing to serve")
	}
	proto.RegisterProviderServer(s, p.server)
	return nil
}

// GRPCClient implements plugin.GRPCPlugin.
func (p *grpcPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
