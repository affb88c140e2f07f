package docker_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// dialStdio makes this test's executable what `docker system dial-stdio` is.
const dialStdio = "CW_TEST_DIAL_STDIO"

func TestMain(m *testing.M) {
	if socket := os.Getenv(dialStdio); socket != "" {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go func() {
			_, _ = io.Copy(conn, os.Stdin)
			_ = conn.(*net.UnixConn).CloseWrite()
		}()
		_, _ = io.Copy(os.Stdout, conn)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// socket returns the path of the local engine's socket.
func socket(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(dockertest.Engine(t).DaemonHost())
	if err != nil || u.Scheme != "unix" {
		t.Skip("the engine has no local socket")
	}
	return u.Path
}

// configured returns a provider with one configuration.
func configured(t *testing.T, attrs providertest.Attrs) (providers.Provider, *providers.Schema) {
	t.Helper()
	p := docker.New()
	t.Cleanup(func() { p.Close() })
	schema, err := p.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	config, err := providertest.Value(schema.Provider, attrs)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.Configure(t.Context(), providers.ConfigureRequest{Name: "docker", Config: config,
		Project: providers.Project{Name: "test", Dir: t.TempDir()}})
	if err != nil || resp.Diagnostics.HasErrors() {
		t.Fatal(err, resp.Diagnostics)
	}
	return p, schema
}

// find reads a container that does not exist: null if the engine answers.
func find(t *testing.T, p providers.Provider, schema *providers.Schema) diag.Diagnostics {
	t.Helper()
	rt := schema.Resources["docker_container"]
	state, err := providertest.Value(&rt.Object, providertest.Attrs{"name": cty.StringVal("no-such"), "id": cty.StringVal("no-such"), "image": cty.StringVal("x")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	resp, err := p.Read(ctx, providers.ReadRequest{State: state,
		Target: providers.Target{Configuration: "docker", Type: "docker_container", Address: "docker_container.x"}})
	if err != nil {
		t.Fatal(err)
	}
	if !resp.Diagnostics.HasErrors() && !resp.State.IsNull() {
		t.Fatal("a container was found that does not exist")
	}
	return resp.Diagnostics
}

func wantFound(t *testing.T, attrs providertest.Attrs) {
	t.Helper()
	p, schema := configured(t, attrs)
	if ds := find(t, p, schema); ds.HasErrors() {
		t.Error(ds)
	}
}

func wantRefused(t *testing.T, attrs providertest.Attrs, want ...string) {
	t.Helper()
	p, schema := configured(t, attrs)
	ds := find(t, p, schema)
	for _, text := range want {
		if !strings.Contains(ds.Error(), text) {
			t.Errorf("it does not say %q, but: %v", text, ds)
		}
	}
}

// elsewhere takes away what could tell where the engine is.
func elsewhere(t *testing.T) {
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"} {
		t.Setenv(name, "")
	}
}

func TestEngineByHostAndEnvironment(t *testing.T) {
	path := socket(t)
	elsewhere(t)
	wantFound(t, providertest.Attrs{"host": str("unix://" + path)})
	t.Setenv("DOCKER_HOST", "unix://"+path)
	wantFound(t, nil)
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
	wantRefused(t, nil, "Docker does not answer", "unix:///nonexistent/docker.sock does not answer", "Start it, or correct")
	// What is configured wins.
	wantFound(t, providertest.Attrs{"host": str("unix://" + path)})
}

func TestEngineByContext(t *testing.T) {
	path := socket(t)
	elsewhere(t)
	dir := t.TempDir()
	// The folder's name is the SHA-256 of the context's.
	meta := filepath.Join(dir, "contexts", "meta", sha("there"))
	write(t, filepath.Join(meta, "meta.json"), `{"Name":"there","Metadata":{},"Endpoints":{"docker":{"Host":"unix://`+path+`"}}}`)
	wantFound(t, providertest.Attrs{"context": str("there"), "config_path": str(dir)})
	wantRefused(t, providertest.Attrs{"context": str("nowhere"), "config_path": str(dir)}, "Docker cannot be used", `Docker context "nowhere"`)
	t.Setenv("DOCKER_CONTEXT", "there")
	wantFound(t, providertest.Attrs{"config_path": str(dir)})
	t.Setenv("DOCKER_CONTEXT", "")
	write(t, filepath.Join(dir, "config.json"), `{"currentContext":"there"}`)
	wantFound(t, providertest.Attrs{"config_path": str(dir)})
	write(t, filepath.Join(dir, "config.json"), `{`)
	wantRefused(t, providertest.Attrs{"config_path": str(dir)}, "Docker cannot be used", "Docker's settings in")
}

func TestEngineBySSH(t *testing.T) {
	path := socket(t)
	elsewhere(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	write(t, filepath.Join(bin, "ssh"), "#!/bin/sh\necho \"$@\" >>"+bin+"/log\nexec env "+dialStdio+"="+path+" "+self+"\n")
	if err := os.Chmod(filepath.Join(bin, "ssh"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	wantFound(t, providertest.Attrs{"host": str("ssh://ada@box.example")})
	log, err := os.ReadFile(filepath.Join(bin, "log"))
	if err != nil || !strings.Contains(string(log), "ada") || !strings.Contains(string(log), "box.example docker system dial-stdio") {
		t.Errorf("ssh was called with %q (%v)", log, err)
	}
	write(t, filepath.Join(bin, "ssh"), "#!/bin/sh\nread -r request\necho 'Permission denied (publickey).' >&2\nexit 255\n")
	wantRefused(t, providertest.Attrs{"host": str("ssh://ada@box.example")}, "Docker does not answer", "Permission denied (publickey)")
}

func TestEngineByTLS(t *testing.T) {
	path := socket(t)
	elsewhere(t)
	dir := t.TempDir()
	server := certificates(t, dir)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "docker"}) },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}},
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: proxy, ErrorLog: nil}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	host := "tcp://" + l.Addr().String()
	wantFound(t, providertest.Attrs{"host": str(host), "cert_path": str(dir)})
	t.Setenv("DOCKER_HOST", host)
	t.Setenv("DOCKER_TLS_VERIFY", "1")
	t.Setenv("DOCKER_CERT_PATH", dir)
	wantFound(t, nil)
	other := t.TempDir()
	certificates(t, other)
	t.Setenv("DOCKER_CERT_PATH", other)
	wantRefused(t, nil, "certificate")
	t.Setenv("DOCKER_CERT_PATH", filepath.Join(dir, "absent"))
	wantRefused(t, nil, "Read the certificates")
}

// What answers 404 to everything is no engine that has lost its containers.
func TestAnythingElseIsNoEngine(t *testing.T) {
	elsewhere(t)
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	wantRefused(t, providertest.Attrs{"host": str("tcp://" + s.Listener.Addr().String())}, "Container cannot be looked at", "404")
}

func TestEngineSettingsAreChecked(t *testing.T) {
	p, schema := configured(t, nil)
	for name, c := range map[string]struct {
		attrs providertest.Attrs
		want  string
	}{
		"no scheme":     {providertest.Attrs{"host": str("/var/run/docker.sock")}, "Not the address of an engine"},
		"password":      {providertest.Attrs{"host": str("ssh://a:b@c")}, "Password in an address"},
		"socket's path": {providertest.Attrs{"host": str("unix://docker.sock")}, "absolute path"},
	} {
		config, err := providertest.Value(schema.Provider, c.attrs)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.Validate(t.Context(), providers.ValidateRequest{Kind: providers.KindProvider, Config: config})
		if err != nil || !strings.Contains(resp.Diagnostics.Error(), c.want) {
			t.Errorf("%s: %v %v", name, err, resp.Diagnostics)
		}
	}
}

// A provider that is configured, asked to validate and to plan something new
// does not look for an engine.
func TestNothingIsDialledUnlessItIsNeeded(t *testing.T) {
	elsewhere(t)
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled := make(chan bool, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			dialled <- true
			c.Close()
		}
	}()
	p, schema := configured(t, providertest.Attrs{"host": str("unix://" + l.Addr().String())})
	rt := schema.Resources["docker_container"]
	config, err := providertest.Value(&rt.Object, providertest.Attrs{"name": str("new"), "image": str("x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Validate(t.Context(), providers.ValidateRequest{Type: "docker_container", Config: config}); err != nil {
		t.Fatal(err)
	}
	target := providers.Target{Configuration: "docker", Type: "docker_container", Address: "docker_container.x"}
	resp, err := p.(providers.Planner).Plan(t.Context(), providers.PlanRequest{Target: target, Config: config,
		Prior: cty.NullVal(rt.Type()), Proposed: providers.Propose(&rt.Object, cty.NilVal, config)})
	if err != nil || resp.Diagnostics.HasErrors() {
		t.Fatal(err, resp.Diagnostics)
	}
	select {
	case <-dialled:
		t.Error("the engine was dialled")
	case <-time.After(100 * time.Millisecond):
	}
}

func TestTooOldAnEngine(t *testing.T) {
	elsewhere(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.40")
		fmt.Fprint(w, "OK")
	}))
	defer s.Close()
	wantRefused(t, providertest.Attrs{"host": str("tcp://" + s.Listener.Addr().String())}, "Docker cannot be used", "1.40", "1.41")
}

func TestOldestAPIVersion(t *testing.T) {
	c := dockertest.Engine(t)
	c.NegotiateAPIVersion(t.Context())
	t.Logf("the engine speaks %s", c.ClientVersion())
	socket := socket(t)
	elsewhere(t)
	t.Setenv(client.EnvOverrideAPIVersion, "1.41")
	wantFound(t, providertest.Attrs{"host": str("unix://" + socket)})
}

func str(s string) cty.Value { return cty.StringVal(s) }

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// certificates writes a client's certificates to dir, and returns what the
// server of that client needs.
func certificates(t *testing.T, dir string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	private := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
	write(t, filepath.Join(dir, "ca.pem"), cert)
	write(t, filepath.Join(dir, "cert.pem"), cert)
	write(t, filepath.Join(dir, "key.pem"), private)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(private))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(cert))
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
}
