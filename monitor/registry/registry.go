package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// FileName is the file in the service's state folder.
const FileName = "registry.json"

const (
	version = 1
	// patience is how long another process may hold the lock.
	patience = 10 * time.Second
	// maxSize bounds the file. A folder's name takes 4096 bytes at most, so it
	// leaves room for thousands of projects.
	maxSize = 16 << 20
)

// Registry is a registry in a folder. It holds nothing open, and is safe for
// concurrent use.
type Registry struct {
	path string
}

// In returns the registry in a folder, which need not exist before something is
// added.
func In(dir string) Registry { return Registry{filepath.Join(dir, FileName)} }

// Content is all that a registry holds.
type Content struct {
	Projects []Project `json:"projects"` // by folder
	Pauses   []Pause   `json:"pauses"`   // by folder and address
}

// Project is a project that is watched over.
type Project struct {
	Dir   string    `json:"dir"` // absolute
	Since time.Time `json:"since"`
}

// Pause says that nothing is healed in a project, or what one address names in
// it.
type Pause struct {
	Dir     string    `json:"dir"`
	Address string    `json:"address,omitempty"` // "" for the whole project
	Reason  string    `json:"reason,omitempty"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until,omitzero"` // zero until somebody ends it
}

// Over tells whether the pause has ended.
func (p Pause) Over(now time.Time) bool { return !p.Until.IsZero() && !now.Before(p.Until) }

// Covers tells whether the pause is about something in its project: an address
// covers itself, and the instances and resources in it.
func (p Pause) Covers(address string) bool {
	rest, ok := strings.CutPrefix(address, p.Address)
	return ok && (p.Address == "" || rest == "" || rest[0] == '[' || rest[0] == '.')
}

// Paused returns the pause that holds now for something in a project.
func (c Content) Paused(dir, address string, now time.Time) (Pause, bool) {
	for _, p := range c.Pauses {
		if p.Dir == dir && !p.Over(now) && p.Covers(address) {
			return p, true
		}
	}
	return Pause{}, false
}

// Has tells whether a project is registered.
func (c Content) Has(dir string) bool {
	return slices.ContainsFunc(c.Projects, func(p Project) bool { return p.Dir == dir })
}

// onDisk is the file.
type onDisk struct {
	Version int `json:"version"`
	Content
}

// Exists tells whether anything was ever registered.
func (r Registry) Exists() bool {
	_, err := os.Stat(r.path)
	return err == nil
}

// Read returns what the registry holds.
func (r Registry) Read() (Content, error) {
	f, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return Content{}, nil
	}
	if err != nil {
		return Content{}, fmt.Errorf("read the registry: %w", err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return Content{}, fmt.Errorf("read the registry: %w", err)
	}
	var d onDisk
	if err := json.Unmarshal(src, &d); err != nil || len(src) > maxSize {
		return Content{}, fmt.Errorf("the registry %s is damaged: remove it, and apply each project once to register it anew", r.path)
	}
	if d.Version != version {
		return Content{}, fmt.Errorf("the registry %s is of version %d, which another version of Clockwork made: this one knows %d", r.path, d.Version, version)
	}
	return d.Content, nil
}

// Register adds a project, and tells whether it was not there.
func (r Registry) Register(ctx context.Context, dir string) (added bool, err error) {
	err = r.update(ctx, func(c *Content) bool {
		if added = !c.Has(dir); added {
			c.Projects = append(c.Projects, Project{Dir: dir, Since: time.Now().UTC()})
		}
		return added
	})
	return added, err
}

// Unregister takes a project out, with its pauses, and tells whether it was
// there.
func (r Registry) Unregister(ctx context.Context, dir string) (removed bool, err error) {
	err = r.update(ctx, func(c *Content) bool {
		removed = c.Has(dir)
		c.Projects = slices.DeleteFunc(c.Projects, func(p Project) bool { return p.Dir == dir })
		c.Pauses = slices.DeleteFunc(c.Pauses, func(p Pause) bool { return p.Dir == dir })
		return true
	})
	return removed, err
}

// Pause adds a pause, in place of one of the same address.
func (r Registry) Pause(ctx context.Context, p Pause) error {
	return r.update(ctx, func(c *Content) bool {
		c.Pauses = append(slices.DeleteFunc(c.Pauses, p.same), p)
		return true
	})
}

// Resume ends the pause of an address, and tells whether there was one.
func (r Registry) Resume(ctx context.Context, dir, address string) (ended bool, err error) {
	wanted := Pause{Dir: dir, Address: address}
	now := time.Now()
	err = r.update(ctx, func(c *Content) bool {
		ended = slices.ContainsFunc(c.Pauses, func(p Pause) bool { return wanted.same(p) && !p.Over(now) })
		c.Pauses = slices.DeleteFunc(c.Pauses, wanted.same)
		return ended
	})
	return ended, err
}

func (p Pause) same(other Pause) bool { return p.Dir == other.Dir && p.Address == other.Address }

// update changes the registry under its lock, if change says so. Pauses that
// are over are left out.
func (r Registry) update(ctx context.Context, change func(*Content) bool) error {
	if err := journal.MakeDir(filepath.Dir(r.path)); err != nil {
		return fmt.Errorf("make the folder of the registry: %w", err)
	}
	lock, err := r.lock(ctx)
	if err != nil {
		return fmt.Errorf("lock the registry: %w", err)
	}
	defer lock.Close()
	c, err := r.Read()
	if err != nil {
		return err
	}
	if !change(&c) {
		return nil
	}
	now := time.Now()
	c.Pauses = slices.DeleteFunc(c.Pauses, func(p Pause) bool { return p.Over(now) })
	slices.SortFunc(c.Projects, func(a, b Project) int { return strings.Compare(a.Dir, b.Dir) })
	slices.SortFunc(c.Pauses, func(a, b Pause) int { return strings.Compare(a.Dir+"\x00"+a.Address, b.Dir+"\x00"+b.Address) })
	src, err := json.MarshalIndent(onDisk{version, c}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the registry: %w", err)
	}
	if err := journal.Place(r.path, append(src, '\n')); err != nil {
		return fmt.Errorf("write the registry: %w", err)
	}
	return nil
}

// lock waits for the lock, which is held for moments only.
func (r Registry) lock(ctx context.Context) (io.Closer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		held, err := journal.Lock(strings.TrimSuffix(r.path, ".json") + ".lock")
		if !errors.Is(err, journal.ErrLocked) {
			return held, err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}
