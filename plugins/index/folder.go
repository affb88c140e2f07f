package index

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"

	"github.com/clockwork-hcl/clockwork/plugins"
)

// Folder is a folder that holds indexes and executables, ready to be served.
type Folder string

// Index reads the index of a source. One that is not there is empty.
func (d Folder) Index(source plugins.Source) (*Index, error) {
	name := filepath.Join(string(d), filepath.FromSlash(Path(source)))
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &Index{Source: source}, nil
	}
	if err == nil && info.Size() > MaxBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, MaxBytes)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	ix, err := Parse(source, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return ix, nil
}

// SaveFile writes an executable to where the index has it, and returns its URL.
func (d Folder) SaveFile(source plugins.Source, r Release, platform string, from io.Reader) (string, error) {
	relative := FilePath(source, r.Version, platform)
	name := filepath.Join(string(d), filepath.FromSlash(source.String()), filepath.FromSlash(relative))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	return relative, r.Files[platform].Save(name, filepath.Dir(name), 0o755, from)
}

// SaveIndex writes an index, in one step.
func (d Folder) SaveIndex(ix *Index) error {
	text, err := ix.Bytes()
	if err != nil {
		return err
	}
	name := filepath.Join(string(d), filepath.FromSlash(Path(ix.Source)))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return maybe.WriteFile(name, text, 0o644)
}
