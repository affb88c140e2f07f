package vet

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hostStaysOut: no value leads to the sockets of container engines, or to the
// kernel's files, by whatever way, and no network is the host's or another
// container's own.
func hostStaysOut(_ context.Context, v *vetting) (Outcome, error) {
	for _, c := range v.changes {
		if !strings.Contains(c.Attribute(), "network") {
			continue
		}
		if err := c.texts(func(s string) error {
			if shared.MatchString(s) {
				return fmt.Errorf("%s: the value shares a network that is another's own", c)
			}
			return nil
		}); err != nil {
			return Deny, err
		}
	}
	return Allow, v.texts(func(s string) error {
		forms := []string{s}
		if plain, err := url.PathUnescape(s); err == nil && plain != s {
			forms = append(forms, plain)
		}
		for _, form := range forms {
			if engineSocket.MatchString(strings.ToLower(form)) || slices.ContainsFunc(strings.FieldsFunc(form, betweenPaths), v.leadsToHost) {
				return errors.New("the value leads to the host")
			}
		}
		return nil
	})
}

// betweenPaths are the characters that may be around a path in a text. Some of them
// may also be in one, which then is looked at in parts.
func betweenPaths(r rune) bool { return strings.ContainsRune(" \t\n:;,=\"'`|&<>()[]{}$!?#@*", r) }

func (v *vetting) leadsToHost(part string) bool {
	return ofHost(filepath.Clean(part)) || strings.ContainsRune(part, '/') && passesHost(v.Input.Config.Dir, part)
}

// ofHost tells whether a path is one of those that stay out.
func ofHost(path string) bool {
	path = strings.ToLower(path)
	return engineSocket.MatchString(path) || kernelPath.MatchString(path)
}

// maxLinks is how many symbolic links a path may have, as Linux has it.
const maxLinks = 40

// passesHost goes along a path as the kernel does, link by link, and tells whether
// it comes by what stays out, or to a socket or a device of whatever name. What a
// link leads to need not be there yet, and where it ends is not all that counts:
// /proc/self/root ends at /. A relative path begins in the project's folder.
func passesHost(folder, text string) bool {
	at := "/"
	if !filepath.IsAbs(text) {
		at = folder
	}
	links := 0
	for todo := strings.Split(text, "/"); len(todo) > 0; {
		next := filepath.Join(at, todo[0]) // what "." and ".." mean: at has no links any more
		todo = todo[1:]
		if ofHost(next) {
			return true
		}
		info, err := os.Lstat(next)
		switch {
		case err != nil || info.Mode()&os.ModeSymlink == 0:
			if err == nil && info.Mode()&(os.ModeSocket|os.ModeDevice|os.ModeNamedPipe) != 0 {
				return true
			}
			at = next
			continue
		}
		to, err := os.Readlink(next)
		if links++; err != nil || links > maxLinks {
			return true
		}
		if filepath.IsAbs(to) {
			at = "/"
		}
		todo = append(strings.Split(to, "/"), todo...)
	}
	return false
}

var (
	engineSocket = regexp.MustCompile(`(?:docker|containerd|podman|crio|buildkitd)\.sock|docker_engine`)
	kernelPath   = regexp.MustCompile(`^/(?:proc|sys|dev)(?:/|$)`)
	// shared is how Docker and Compose write that a network is shared.
	shared = regexp.MustCompile(`(?i)^\s*(?:host\s*$|(?:container|service|ns):)`)
)
