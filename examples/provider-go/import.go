package main

import (
	"context"
	"strings"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Import takes over an entry that is there. Its id is FILE#KEY.
func (e entries) Import(ctx context.Context, c call, id string) (*Entry, error) {
	file, key, ok := strings.Cut(id, "#")
	if !ok {
		return nil, sdk.Errorf("Invalid id", "%q is not of the form FILE#KEY. Write it like app.properties#server.port.", id)
	}
	return e.Read(ctx, c, Entry{File: file, Key: Key(key), Path: sdk.Set(c.Client.path(file))})
}
