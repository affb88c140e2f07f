package install

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// Cache is a folder with executables, each in a folder named by its hash.
// Processes may use it at the same time, and be killed at any instant: a file
// under its name is complete.
type Cache struct{ Dir string }

// abandoned is after what time a partial file belongs to nobody any more.
const abandoned = 24 * time.Hour

// prepare makes the folder, which only the user may change, and removes what
// processes that were killed have left.
func (c Cache) prepare() error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	if !plugins.Private(c.Dir) {
		return fmt.Errorf("others may change what is in the cache %s; run chmod go-w on it, or name another one with CW_PLUGIN_CACHE_DIR", c.Dir)
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), index.PartialPrefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(c.Dir, e.Name())) // another process may have
		}
	}
	return nil
}

// sound tells whether the cache has a file, and it contains what it should.
func (c Cache) sound(s plugins.Source, hash string) bool {
	sum, err := plugins.HashFile(plugins.CachePath(c.Dir, s, hash))
	return err == nil && plugins.FormatHash(sum) == hash
}

// add puts a file into the cache, unless it is there.
func (c Cache) add(s plugins.Source, f index.File, from func(save func(io.Reader) error) error) error {
	if err := c.prepare(); err != nil {
		return err
	}
	if c.sound(s, f.Hash) {
		return nil
	}
	path := plugins.CachePath(c.Dir, s, f.Hash)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return from(func(r io.Reader) error {
		err := f.Save(path, c.Dir, 0o555, r)
		if err != nil && c.sound(s, f.Hash) {
			return nil // another process was faster, and where it runs it cannot be replaced
		}
		return err
	})
}

// addFile copies an executable into the cache.
func (c Cache) addFile(s plugins.Source, hash, path string) error {
	f, err := index.FileOf(path)
	if err != nil {
		return err
	}
	f.Hash = hash // what was decided on, should it have changed since
	return c.add(s, f, func(save func(io.Reader) error) error {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		return save(in)
	})
}
