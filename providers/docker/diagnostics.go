package docker

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

type diagnostics = diag.Diagnostics

// about is an error about one attribute. No detail may hold a value that could
// be secret.
func about(attribute, summary, detail string, args ...any) diagnostics {
	return at(cty.GetAttrPath(attribute), summary, detail, args...)
}

// at is an error about a path.
func at(path cty.Path, summary, detail string, args ...any) diagnostics {
	ds := diag.Errorf(summary, detail, args...)
	ds[0].Path = path
	return ds
}

// asWarnings makes errors into warnings.
func asWarnings(ds diagnostics) diagnostics {
	for i := range ds {
		ds[i].Severity = diag.Warning
	}
	return ds
}

// failure says that doing something with the engine did not work. doing begins
// a sentence ("Starting the container"); advice is whole sentences.
func (s scope) failure(summary, doing string, err error, advice string) diagnostics {
	var set *settingsError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &set):
		return diag.Errorf("Docker cannot be used", "%s. Correct the provider's settings, or those of the docker command.", upperFirst(set.Error()))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return diag.Errorf("Interrupted", "%s was interrupted. Run the command again.", doing)
	case isUnreachable(err):
		return diag.Errorf("Docker does not answer", "%s failed: %s. %s", doing, s.silence(err), unreachableAdvice(err))
	}
	if advice == "" {
		advice = "Correct this, then try again."
	}
	return diag.Errorf(summary, "%s failed: %s. %s", doing, reason(err), advice)
}

// isUnreachable tells whether an engine could not be spoken to at all.
func isUnreachable(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return client.IsErrConnectionFailed(err) || errors.As(err, &op) || errors.As(err, &dns) ||
		strings.Contains(err.Error(), "EOF") && !strings.Contains(err.Error(), "response from daemon")
}

// silence says in words that an engine could not be spoken to.
func (s scope) silence(err error) string {
	text := "the Docker Engine at " + s.engine.name() + " does not answer"
	if why := reason(err); !strings.HasPrefix(why, "Cannot connect to the Docker daemon") {
		text += " (" + why + ")"
	}
	return text
}

// isNone tells whether an engine answered that there is no such thing, by words
// that it has for that.
func isNone(err error, words ...string) bool {
	if !cerrdefs.IsNotFound(err) {
		return false
	}
	text := strings.ToLower(err.Error())
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

func isNoImage(err error) bool { return isNone(err, "no such image", "reference does not exist") }

func isNoNetwork(err error) bool { return isNone(err, "no such network", "network ") }

func isNoVolume(err error) bool { return isNone(err, "no such volume") }

// isNoContainer tells whether an engine answered that there is no such
// container. Something else at the engine's address may answer 404 to anything.
func isNoContainer(err error) bool {
	return cerrdefs.IsNotFound(err) && strings.Contains(err.Error(), "No such container")
}

func unreachableAdvice(err error) string {
	if errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "permission denied") {
		return "You may not use its socket: run as root, or become a member of the group docker."
	}
	return "Start it, or correct the provider's host, DOCKER_HOST or the docker context."
}

// reason is what an error says, in one line and without the engine's own
// introduction.
func reason(err error) string {
	var errno syscall.Errno
	if isUnreachable(err) && errors.As(err, &errno) {
		return errno.Error()
	}
	text := err.Error()
	for _, lead := range []string{"Error response from daemon: ", "error during connect: "} {
		text = strings.TrimPrefix(text, lead)
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 600 {
		text = text[:600] + "…"
	}
	return strings.TrimRight(text, ".")
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func interrupted(action providers.Action) diagnostics {
	return diag.Errorf("Interrupted", "The %s was interrupted before it changed anything. Apply again.", action)
}
