package providers

import "context"

// Factory gives schemas and running providers by source address
// ("clockwork/file"). Both methods are safe for concurrent use and remember
// their answers; Schema avoids starting a process where it can.
type Factory interface {
	Schema(ctx context.Context, source string) (*Schema, error)
	Provider(ctx context.Context, source string) (Provider, error)
}
