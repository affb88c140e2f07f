package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	clicontext "github.com/docker/cli/cli/context"
	dockercontext "github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
)

// engine is the Docker Engine of one configuration.
type engine struct {
	settings settings

	mu     sync.Mutex
	client *client.Client
	host   string // for messages

	agreeing chan struct{} // holds one: who agrees with the engine on a version
	agreed   bool

	listing listing
}

// oldestAPI is the oldest version of the engine's API that can be used.
const oldestAPI = "1.41"

// dial returns a client of the engine that has agreed with it on a version of
// the API. Left to itself a client does that with its first request, and not
// safely when there are several at once.
func (e *engine) dial(ctx context.Context) (*client.Client, error) {
	c, err := e.made()
	if err != nil {
		return nil, err
	}
	select {
	case e.agreeing <- struct{}{}:
		defer func() { <-e.agreeing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if e.agreed {
		return c, nil
	}
	ping, err := c.Ping(ctx)
	if err != nil && (ctx.Err() != nil || isUnreachable(err)) {
		return nil, err
	}
	// What answers with something else does so to the next request as well.
	c.NegotiateAPIVersionPing(ping)
	if v := ping.APIVersion; v != "" && versions.LessThan(v, oldestAPI) {
		return nil, &settingsError{fmt.Errorf("the Docker Engine at %s has version %s of the API, and %s, of Docker 20.10, is the oldest that can be used", e.name(), v, oldestAPI)}
	}
	e.agreed = true
	return c, nil
}

// made returns the client, which has not connected yet.
func (e *engine) made() (*client.Client, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client != nil {
		return e.client, nil
	}
	end, err := e.endpoint()
	if err != nil {
		return nil, &settingsError{err}
	}
	if end.Host == "" {
		end.Host = client.DefaultDockerHost
	}
	opts, err := end.ClientOpts()
	if err != nil {
		return nil, &settingsError{fmt.Errorf("connect to %s: %w", end.Host, err)}
	}
	c, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, &settingsError{fmt.Errorf("connect to %s: %w", end.Host, err)}
	}
	e.client, e.host = c, end.Host
	return c, nil
}

// settingsError says that no client can be made from the settings. It does not
// unwrap: that a context is not found is not to be taken for a container that
// is not.
type settingsError struct{ error }

// endpoint finds out where the engine is: by the provider's configuration, or
// else as the docker command does, by DOCKER_HOST, DOCKER_CONTEXT and the
// current context.
func (e *engine) endpoint() (dockercontext.Endpoint, error) {
	set := e.settings
	if set.unknown {
		return dockercontext.Endpoint{}, errors.New("the provider's settings are not known before an apply")
	}
	name := set.context
	if set.host == "" && name == "" {
		if set.host = os.Getenv(client.EnvOverrideHost); set.host == "" {
			name = os.Getenv("DOCKER_CONTEXT")
			if name == "" {
				file, err := set.configFile()
				if err != nil {
					return dockercontext.Endpoint{}, err
				}
				name = file.CurrentContext
			}
		}
	}
	if set.host == "" && name != "" && name != "default" {
		return set.fromContext(name)
	}
	end := dockercontext.Endpoint{EndpointMeta: dockercontext.EndpointMeta{Host: set.host}}
	if !strings.HasPrefix(set.host, "tcp://") {
		return end, nil
	}
	certs := set.certPath
	if certs == "" {
		certs = os.Getenv(client.EnvOverrideCertPath)
		end.SkipTLSVerify = certs != "" && os.Getenv(client.EnvTLSVerify) == ""
		if certs == "" && os.Getenv(client.EnvTLSVerify) != "" {
			certs = set.configDir()
		}
	}
	if certs == "" {
		return end, nil
	}
	data, err := readTLS(certs)
	end.TLSData = data
	return end, err
}

func readTLS(dir string) (*clicontext.TLSData, error) {
	data := &clicontext.TLSData{}
	for name, to := range map[string]*[]byte{"ca.pem": &data.CA, "cert.pem": &data.Cert, "key.pem": &data.Key} {
		b, err := os.ReadFile(dir + string(os.PathSeparator) + name)
		if err != nil && !(name == "ca.pem" && errors.Is(err, fs.ErrNotExist)) {
			return nil, fmt.Errorf("read the certificates for TLS: %w", err)
		}
		*to = b
	}
	return data, nil
}

func (s settings) fromContext(name string) (dockercontext.Endpoint, error) {
	contexts := store.New(s.configDir()+string(os.PathSeparator)+"contexts", store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(dockercontext.DockerEndpoint, func() any { return &dockercontext.EndpointMeta{} }),
	))
	meta, err := contexts.GetMetadata(name)
	if err != nil {
		return dockercontext.Endpoint{}, fmt.Errorf("read the Docker context %q: %w", name, err)
	}
	end, err := dockercontext.EndpointFromContext(meta)
	if err != nil {
		return dockercontext.Endpoint{}, fmt.Errorf("read the Docker context %q: %w", name, err)
	}
	return dockercontext.WithTLSData(contexts, name, end)
}

// configDir is the folder of the docker command's settings.
func (s settings) configDir() string {
	if s.config != "" {
		return s.config
	}
	return config.Dir()
}

// configFile reads the docker command's config.json, which need not exist.
func (s settings) configFile() (*configfile.ConfigFile, error) {
	file, err := config.Load(s.configDir())
	if err != nil {
		return nil, fmt.Errorf("read Docker's settings in %s: %w", s.configDir(), err)
	}
	return file, nil
}

func newEngine(s settings) *engine {
	return &engine{settings: s, agreeing: make(chan struct{}, 1)}
}

// name is where the engine is, for messages.
func (e *engine) name() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.host
}

func (e *engine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client != nil {
		_ = e.client.Close()
	}
}
