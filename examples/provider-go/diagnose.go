package main

import (
	"context"
	"os"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Diagnose says what is the matter with an entry.
func (e entries) Diagnose(ctx context.Context, c call, was Entry) (sdk.Diagnosis, error) {
	path := c.Client.path(was.File)
	facts := map[string]string{"path": path}
	info, err := os.Stat(path)
	if err != nil {
		return sdk.Diagnosis{Summary: "The file is missing.", Facts: facts}, nil
	}
	facts["changed"] = info.ModTime().UTC().Format("2006-01-02 15:04:05")
	now, err := e.Read(ctx, c, was)
	switch {
	case err != nil:
		return sdk.Diagnosis{}, err
	case now == nil:
		return sdk.Diagnosis{Summary: "The file has no such entry.", Facts: facts}, nil
	case now.text() != was.text():
		return sdk.Diagnosis{Summary: "The entry has another value.", Facts: facts}, nil
	}
	return sdk.Diagnosis{Summary: "The entry is as it was applied.", Facts: facts}, nil
}
