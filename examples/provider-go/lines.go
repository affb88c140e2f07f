package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// lines are those of a properties file.
type lines []string

// load reads a file. One that is not there has no lines.
func load(path string) (lines, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || len(b) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"), err
}

// edit changes a file, one edit at a time, in one step.
func (f *folder) edit(ctx context.Context, path string, change func(lines) (lines, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err // it is too late, and nothing was done
	}
	was, err := load(path)
	if err != nil {
		return err
	}
	is, err := change(was)
	if err != nil || slices.Equal(was, is) {
		return err
	}
	return is.save(path)
}

// split takes an entry apart.
func split(line string) (key, value string, isEntry bool) {
	key, value, isEntry = strings.Cut(line, "=")
	key = strings.TrimSpace(key)
	return key, strings.TrimPrefix(value, " "), isEntry && !strings.HasPrefix(key, "#") && !strings.HasPrefix(key, "!")
}

// index returns the line of a key, or -1.
func (l lines) index(key string) int {
	return slices.IndexFunc(l, func(line string) bool {
		name, _, isEntry := split(line)
		return isEntry && name == key
	})
}

func (l lines) value(i int) string {
	_, value, _ := split(l[i])
	return value
}

func (l lines) entries() map[string]string {
	all := map[string]string{}
	for _, line := range l {
		if key, value, isEntry := split(line); isEntry {
			all[key] = value
		}
	}
	return all
}

// with returns the lines with an entry, in line i or, if that is -1, at the end.
func (l lines) with(i int, key, value string) lines {
	line := key + " = " + value
	if i < 0 {
		return append(slices.Clone(l), line)
	}
	changed := slices.Clone(l)
	changed[i] = line
	return changed
}

// without returns the lines without line i, all of them if that is -1.
func (l lines) without(i int) lines {
	if i < 0 {
		return l
	}
	return slices.Delete(slices.Clone(l), i, i+1)
}

// save writes the file in one step: after a crash it is either as it was or as
// it should be.
func (l lines) save(path string) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".properties-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	for _, line := range l {
		if err == nil {
			_, err = temporary.WriteString(line + "\n")
		}
	}
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
