package main

import (
	"context"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// File declares the attributes of the data source properties_file.
type File struct {
	File    string                          `cw:"file,required" doc:"The file, in the provider's folder."`
	Entries sdk.Computed[map[string]string] `cw:"entries,computed" doc:"The values, by their keys."`
}

func readFile(_ context.Context, c call, want File) (*File, error) {
	l, err := load(c.Client.path(want.File))
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, sdk.At("file", "No such file", "There is no file %s, or nothing is in it. Correct the name.", want.File)
	}
	want.Entries = sdk.Set(l.entries())
	return &want, nil
}
