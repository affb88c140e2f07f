package providers

import "context"

// Factory gives schemas and running providers by source address
// ("clockwork/file"). Both methods are safe for concurrent use and remember
// their answers; Schema avoids starting a process where it can.
type Factory interface {
	Schema(ctx context.Context, source string) (*Schema, error)
	Provider(ctx context.Context, source string) (Provider, error)
}

// Labeler is a Factory that knows more of a provider than its source.
type Labeler interface {
	// Label is what messages call the provider: its source and version.
	Label(source string) string
}

// Concealer is a Factory that keeps secrets out of what providers write.
type Concealer interface{ Conceal(secrets ...string) }
