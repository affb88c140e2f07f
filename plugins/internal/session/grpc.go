package session

import "google.golang.org/grpc"

// The window is how much may be under way unread. gRPC's own, of 64 KiB, is
// smaller than one frame.
const window = 1 << 20

// ServerOptions returns what a gRPC server needs to serve a session.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxFrame), grpc.MaxSendMsgSize(MaxFrame),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
	}
}

// DialOptions returns what a gRPC connection needs to carry a session.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxFrame), grpc.MaxCallSendMsgSize(MaxFrame)),
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
	}
}
