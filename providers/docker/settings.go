package docker

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// settings is the provider's configuration, with paths made absolute.
type settings struct {
	unknown  bool // something in it is not known yet
	host     string
	context  string
	certPath string
	config   string
	logins   map[string]login // by registry
}

// login is what a registry wants to know.
type login struct {
	username, password string
}

func settingsObject() *providers.Object {
	return &providers.Object{
		Description: "Which Docker Engine is meant. Without any setting it is the one that the docker command uses: by " +
			"DOCKER_HOST, DOCKER_CONTEXT, the current context, or else the local socket.",
		Attributes: map[string]*providers.Attribute{
			"host": {Type: cty.String, Optional: true,
				Description: `The engine's address: "unix:///var/run/docker.sock", "tcp://host:2376" or "ssh://user@host".`},
			"context": {Type: cty.String, Optional: true,
				Description: "The docker context that says where the engine is."},
			"cert_path": {Type: cty.String, Optional: true, Normalise: providers.NormalisePath,
				Description: "A folder with ca.pem, cert.pem and key.pem, for TLS. A relative path begins in the project's folder."},
			"config_path": {Type: cty.String, Optional: true, Normalise: providers.NormalisePath,
				Description: "The folder of the docker command's settings, with contexts and logins; ~/.docker, or DOCKER_CONFIG, when it is not set."},
			"registry": {
				Description: "How to log in to registries, by their names. Without it, the logins of the docker command are used.",
				Optional:    true,
				Nested: &providers.Nested{Nesting: providers.NestingMap, Object: providers.Object{
					Description: "One registry's login.",
					Attributes: map[string]*providers.Attribute{
						"username": {Type: cty.String, Required: true, Description: "The user's name."},
						"password": {Type: cty.String, Required: true, Sensitive: true, Description: "The password, or a token."},
					},
				}},
			},
		},
		AtMostOneOf: [][]string{{"host", "context"}},
	}
}

// checkSettings checks what can be checked without an engine.
func checkSettings(v cty.Value) diagnostics {
	host := v.GetAttr("host")
	if !known(host) {
		return nil
	}
	u, err := url.Parse(host.AsString())
	switch {
	case err != nil || !slices.Contains([]string{"unix", "tcp", "ssh", "npipe", "http", "https"}, u.Scheme):
		return about("host", "Not the address of an engine",
			`The address of a Docker Engine begins with "unix://", "tcp://", "ssh://" or, on Windows, "npipe://". Correct it.`)
	case u.User != nil && hasPassword(u):
		return about("host", "Password in an address",
			"The address holds a password, which ssh would not use and others could see. Take it out, and log in with a key.")
	case u.Scheme == "unix" && u.Path == "":
		return about("host", "Not the address of an engine",
			`The address of a socket is "unix://" and an absolute path, as in "unix:///var/run/docker.sock". Correct it.`)
	}
	return nil
}

func hasPassword(u *url.URL) bool {
	_, has := u.User.Password()
	return has
}

// settingsOf reads the configuration of a provider for the project in dir.
func settingsOf(v cty.Value, dir string) (settings, diagnostics) {
	s := settings{logins: map[string]login{}}
	if v.IsNull() {
		return s, nil
	}
	if !v.IsWhollyKnown() {
		s.unknown = true
		return s, nil
	}
	s.host = textOf(v.GetAttr("host"))
	s.context = textOf(v.GetAttr("context"))
	for name, to := range map[string]*string{"cert_path": &s.certPath, "config_path": &s.config} {
		if path := textOf(v.GetAttr(name)); path != "" {
			*to = resolve(dir, path)
		}
	}
	for name, l := range elements(v.GetAttr("registry")) {
		s.logins[registryName(name)] = login{textOf(l.GetAttr("username")), textOf(l.GetAttr("password"))}
	}
	return s, checkSettings(v)
}

// registryName is a registry's name without what people write around it.
func registryName(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	s, _, _ = strings.Cut(s, "/")
	if s == "index.docker.io" || s == "registry-1.docker.io" {
		return "docker.io"
	}
	return s
}

// resolve makes a path absolute that may begin in the project's folder.
func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
