package docker

import (
	"context"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/registry"

	"github.com/clockwork-hcl/clockwork/diag"
)

// hubKey is what the docker command keeps the login to Docker Hub under.
const hubKey = "https://index.docker.io/v1/"

// loginFor returns what a registry is to be told of who we are, encoded as the
// engine wants it; "" when nothing is known.
func (s scope) loginFor(name string) (string, diagnostics) {
	name = registryName(name)
	if l, ok := s.engine.settings.logins[name]; ok {
		return encodeLogin(registry.AuthConfig{Username: l.username, Password: l.password, ServerAddress: registryKey(name)})
	}
	file, err := s.engine.settings.configFile()
	if err != nil {
		return "", diag.Errorf("Cannot log in", "Finding the login to the registry %s failed: %s. Correct that file.", name, reason(err))
	}
	found, err := file.GetAuthConfig(registryKey(name))
	if err != nil {
		return "", diag.Errorf("Cannot log in", "Asking Docker's credential helper for the login to the registry %s failed: %s. Set the login in the provider's registry, or correct Docker's settings.", name, reason(err))
	}
	if found.Username == "" && found.Auth == "" && found.IdentityToken == "" && found.RegistryToken == "" {
		return "", nil
	}
	return encodeLogin(registry.AuthConfig(found))
}

func registryKey(name string) string {
	if name == "docker.io" {
		return hubKey
	}
	return name
}

func encodeLogin(a registry.AuthConfig) (string, diagnostics) {
	text, err := registry.EncodeAuthConfig(a)
	if err != nil {
		return "", diag.Errorf("Cannot log in", "Writing the login for the engine failed. Correct the registry's user name and password.")
	}
	return text, nil
}

// logins are all that a build may need for its base images.
func (s scope) logins() (map[string]registry.AuthConfig, diagnostics) {
	all := map[string]registry.AuthConfig{}
	var ds diagnostics
	file, err := s.engine.settings.configFile()
	if err == nil {
		found, more := file.GetAllCredentials()
		for name, a := range found {
			all[name] = registry.AuthConfig(a)
		}
		err = more
	}
	if err != nil {
		ds = diag.Warningf("Without logins", "Reading the docker command's logins failed: %s. Base images were looked for without them.", reason(err))
	}
	for name, l := range s.engine.settings.logins {
		key := registryKey(name)
		all[key] = registry.AuthConfig{Username: l.username, Password: l.password, ServerAddress: key}
	}
	return all, ds
}

// pullRefused says why an image cannot be had from its registry: a summary and
// whole sentences.
func (s scope) pullRefused(ref imageRef, doing string, err error) (summary, detail string) {
	text := strings.ToLower(err.Error())
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	login := "Log in to " + ref.registry() + " by the provider's registry, or with docker login " + ref.registry()
	switch {
	case !isRefusal(err) && (isUnreachable(err) || isEnded(err)):
		ds := s.failure("Cannot pull image", doing, err, "")
		return ds[0].Summary, ds[0].Detail
	case has("toomanyrequests", "too many requests"):
		summary, detail = "Registry has had enough", "Wait a while, or log in, which usually allows more"
	case has("unauthorized", "authentication required", "no basic auth", "incorrect username or password"), cerrdefs.IsUnauthorized(err):
		summary, detail = "Registry wants a login", login
	case has("access denied", "denied:", "forbidden"):
		summary, detail = "Image does not exist, or is private", "Correct the name. If it is right, "+strings.ToLower(login[:1])+login[1:]
	case has("no matching manifest", "no match for platform", "does not match the specified platform"):
		summary, detail = "Image is not for this platform", "Choose a tag that is, or set platform to one that it has"
	case has("manifest unknown", "not found", "no such image", "name unknown", "repository name not known"):
		summary, detail = "Image does not exist", "The registry has no such image: correct the name or the tag"
	case has("http response to https client", "certificate", "x509"):
		summary, detail = "Registry is not trusted", "Let the engine trust the registry's certificate, or list the registry in insecure-registries of the engine's daemon.json"
	case has("connection refused", "no such host", "i/o timeout", "timeout", "deadline exceeded", "network is unreachable",
		"no route to host", "server misbehaving", "connection reset", "eof", "500", "502", "503", "504"):
		summary, detail = "Registry does not answer", "See whether "+ref.registry()+" can be reached from the engine's host, and try again"
	default:
		summary, detail = "Cannot pull image", "Correct this, then try again"
	}
	return summary, doing + " failed: " + reason(err) + ". " + detail + "."
}

// isEnded tells whether it was our own context that ended.
func isEnded(err error) bool {
	return strings.Contains(err.Error(), context.Canceled.Error()) || cerrdefs.IsCanceled(err)
}
