package git

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// private is what the provider remembers of a checkout beside its attributes:
// what its ref came to when it was applied.
type private struct {
	URL string `json:"url"`
	Ref string `json:"ref,omitempty"`
	target
	// Unclean are the changes that git sees when nobody has made any, as where
	// line ends are converted and the repository was not prepared for that.
	Unclean []string `json:"unclean,omitempty"`
}

// byHand are those of the changes that somebody has made.
func (p private) byHand(changes []string) []string {
	return slices.DeleteFunc(slices.Clone(changes), func(c string) bool { return slices.Contains(p.Unclean, c) })
}

func (p private) bytes() []byte {
	data, err := json.Marshal(p)
	if err != nil {
		return nil // it is made of strings
	}
	return data
}

func readPrivate(data []byte) private {
	var p private
	if json.Unmarshal(data, &p) != nil {
		return private{}
	}
	return p
}

// isOf tells whether what is remembered is of this url and ref.
func (p private) isOf(location, ref string) bool {
	return p.Commit != "" && p.URL == location && p.Ref == ref
}

// note is kept in a checkout's .git: which attempt has worked on it last, and
// what for. A checkout that was made carries it before it gets its name.
type note struct {
	Intent   string  `json:"intent"`
	Updating bool    `json:"updating,omitempty"` // it was begun, and not ended
	Private  private `json:"private"`
}

func notePath(checkout string) string { return filepath.Join(checkout, ".git", "clockwork.json") }

func (n note) write(checkout string) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	temp := notePath(checkout) + ".tmp"
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, notePath(checkout))
}

func readNote(checkout string) (note, time.Time, error) {
	var n note
	data, err := os.ReadFile(notePath(checkout))
	if err != nil {
		return n, time.Time{}, err
	}
	info, err := os.Stat(notePath(checkout))
	if err != nil {
		return n, time.Time{}, err
	}
	return n, info.ModTime(), json.Unmarshal(data, &n)
}

// removeLocks removes the locks that a killed git has left in a checkout since
// an instant, at which there were none of its own.
func removeLocks(checkout string, since time.Time) error {
	return filepath.WalkDir(filepath.Join(checkout, ".git"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "objects":
			return fs.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(d.Name(), ".lock"):
			return nil
		}
		info, err := d.Info()
		if err != nil || info.ModTime().Before(since) {
			return nil // it is gone, or was there before
		}
		return os.Remove(path)
	})
}
