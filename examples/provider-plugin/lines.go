package main

import (
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

// index returns the line of a key, or -1.
func (l lines) index(key string) int {
	return slices.IndexFunc(l, func(line string) bool {
		name, _, isEntry := strings.Cut(line, "=")
		return isEntry && strings.TrimSpace(name) == key
	})
}

func (l lines) value(i int) string {
	_, value, _ := strings.Cut(l[i], "=")
	return strings.TrimPrefix(value, " ")
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
