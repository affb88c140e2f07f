package main

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Settings are what a block provider "properties" can hold.
type Settings struct {
	Folder string `cw:"folder,optional,default=." doc:"The folder that files are in, relative to the project's."`
}

// folder is what the methods work with: the files of one configuration. Methods
// are called from many goroutines, and two entries may be in one file.
type folder struct {
	dir string
	mu  sync.Mutex
}

func (f *folder) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(f.dir, file)
}

// open makes it, once something needs it.
func open(_ context.Context, setup sdk.Setup, settings Settings) (*folder, error) {
	return &folder{dir: setup.Path(settings.Folder)}, nil
}

// call is a request.
type call = *sdk.Call[*folder]

func newProvider() *sdk.Provider {
	return sdk.New(sdk.Spec[Settings, *folder]{
		Name:    "properties",
		Doc:     "Entries of properties files.",
		Connect: open,
		Resources: []sdk.ResourceType[*folder]{
			sdk.Resource("properties_entry", "One entry of a properties file.", entries{},
				sdk.ExactlyOneOf("value", "secret"), sdk.Identity("", "path", "key")),
		},
		Data: []sdk.DataType[*folder]{
			sdk.Data("properties_file", "All entries of a properties file.", readFile),
		},
		Asserts: []sdk.AssertType[*folder]{
			sdk.Assert("entry_is", "The file has the entry, with the value that was applied, or with another one.", checkEntry),
		},
	})
}
