package vet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/completion/redact"
)

// texts calls f for every text in what is proposed, keys too.
func (v *vetting) texts(f func(string) error) error {
	for _, c := range v.changes {
		for _, step := range c.AttributePath {
			if step.IsKey {
				if err := f(step.Key); err != nil {
					return fmt.Errorf("%s: %w", c, err)
				}
			}
		}
		err := cty.Walk(c.value, func(path cty.Path, x cty.Value) (bool, error) {
			if len(path) > 0 {
				if index, ok := path[len(path)-1].(cty.IndexStep); ok && index.Key.Type() == cty.String {
					if err := f(index.Key.AsString()); err != nil {
						return false, err
					}
				}
			}
			if x.Type() == cty.String && x.IsKnown() && !x.IsNull() {
				return true, f(x.AsString())
			}
			return true, nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	}
	return nil
}

// nothingSecretIsIn: no secret goes where it can be seen, and no mark of one that
// was left out of the question comes back as if it were a value.
func nothingSecretIsIn(_ context.Context, v *vetting) (Outcome, error) {
	secrets := redact.New(v.Secrets)
	return Allow, v.texts(func(s string) error {
		if secrets.Holds(s) {
			return errors.New("the value holds a secret")
		}
		if redactedMark.MatchString(s) {
			return errors.New("the value holds the mark of something that was left out")
		}
		if secretLook.MatchString(s) {
			return errors.New("the value looks like a secret")
		}
		return nil
	})
}

// hostStaysOut: no value leads to the sockets of container engines, or to the
// kernel's files, by whatever way.
func hostStaysOut(_ context.Context, v *vetting) (Outcome, error) {
	return Allow, v.texts(func(s string) error {
		for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(" \t\n:;,=\"'", r) }) {
			if ofHost(filepath.Clean(part)) || strings.ContainsRune(part, '/') && passesHost(part) {
				return errors.New("the value leads to the host")
			}
		}
		return nil
	})
}

// ofHost tells whether a path is one of those that stay out.
func ofHost(path string) bool {
	path = strings.ToLower(path)
	return engineSocket.MatchString(path) || kernelPath.MatchString(path)
}

// maxLinks is how many symbolic links a path may have, as Linux has it.
const maxLinks = 40

// passesHost goes along a path as the kernel does, link by link, and tells whether
// it comes by what stays out. What a link leads to need not be there yet, and where
// it ends is not all that counts: /proc/self/root ends at /.
func passesHost(text string) bool {
	at, err := "/", error(nil)
	if !filepath.IsAbs(text) {
		if at, err = os.Getwd(); err != nil {
			return true
		}
	}
	links := 0
	for todo := strings.Split(text, "/"); len(todo) > 0; {
		next := filepath.Join(at, todo[0]) // what "." and ".." mean: at has no links any more
		todo = todo[1:]
		if ofHost(next) {
			return true
		}
		to, err := os.Readlink(next)
		if err != nil {
			at = next
			continue
		}
		if links++; links > maxLinks {
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
	// secretLook are the shapes of private keys, tokens and keys of cloud services.
	secretLook = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|` +
		`\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_|\bglpat-|\bxox[abprs]-|\bsk[-_](?:live|proj|ant|or)?[-_]?[A-Za-z0-9]{16,}|\bAIza[A-Za-z0-9_-]{30,}|` +
		`://[^/\s:@]+:[^/\s@]+@`)
	engineSocket = regexp.MustCompile(`(?:docker|containerd|podman|crio|buildkitd)\.sock|docker_engine`)
	kernelPath   = regexp.MustCompile(`^/(?:proc|sys|dev)(?:/|$)`)
)
