package dockercases

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

const (
	typeManifest = "application/vnd.docker.distribution.manifest.v2+json"
	typeList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	typeConfig   = "application/vnd.docker.container.image.v1+json"
	typeLayer    = "application/vnd.docker.image.rootfs.diff.tar.gzip"
)

// Registry is an image registry in this process, on the loopback address, which
// every engine on this host trusts without TLS. It can be pulled from.
type Registry struct {
	Host string // "127.0.0.1:PORT"

	mu        sync.Mutex
	manifests map[string]manifest // by NAME:TAG and NAME@DIGEST
	blobs     map[string][]byte   // by digest
	user      string
	password  string
	status    int           // of every answer, if not 0
	held      chan struct{} // blobs wait for it, if not nil
	pulls     int
}

type manifest struct {
	mediaType, digest string
	body              []byte
}

// NewRegistry starts a registry. At the end of the test it is stopped, and what
// was pulled from it is removed from the engine.
func NewRegistry(t testing.TB) *Registry {
	t.Helper()
	r := &Registry{manifests: map[string]manifest{}, blobs: map[string][]byte{}}
	server := httptest.NewServer(r)
	r.Host = server.Listener.Addr().String()
	c := dockertest.Engine(t)
	t.Cleanup(func() {
		r.Release()
		server.CloseClientConnections()
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		images, err := c.ImageList(ctx, image.ListOptions{})
		if err != nil {
			t.Logf("clean up after the registry: %v", err)
		}
		for _, i := range images {
			for _, name := range append(i.RepoTags, i.RepoDigests...) {
				if strings.HasPrefix(name, r.Host+"/") {
					_, _ = c.ImageRemove(ctx, name, image.RemoveOptions{Force: true, PruneChildren: true})
				}
			}
		}
	})
	return r
}

// Push makes a tag name an image whose content is given by a text, and returns
// the digest of its manifest. Other platforms than the engine's can be named.
func (r *Registry) Push(name, tag, content string, platforms ...string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(platforms) == 0 {
		return r.put(name, tag, typeManifest, r.image("linux/"+runtime.GOARCH, content))
	}
	type entry map[string]any
	var list []entry
	for _, p := range platforms {
		system, arch, _ := strings.Cut(p, "/")
		body := r.image(p, content)
		list = append(list, entry{"mediaType": typeManifest, "size": len(body),
			"digest":   r.put(name, "", typeManifest, body),
			"platform": entry{"os": system, "architecture": arch}})
	}
	return r.put(name, tag, typeList, marshal(entry{"schemaVersion": 2, "mediaType": typeList, "manifests": list}))
}

// put keeps a manifest under its digest, and its tag if it has one.
func (r *Registry) put(name, tag, mediaType string, body []byte) string {
	m := manifest{mediaType, digest(body), body}
	r.manifests[name+"@"+m.digest] = m
	if tag != "" {
		r.manifests[name+":"+tag] = m
	}
	return m.digest
}

// image makes an image of one layer with one file, and returns its manifest.
func (r *Registry) image(platform, content string) []byte {
	system, arch, _ := strings.Cut(platform, "/")
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	sure(w.WriteHeader(&tar.Header{Name: "content", Mode: 0o644, Size: int64(len(content))}))
	_, err := w.Write([]byte(content))
	sure(err)
	sure(w.Close())
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write(layer.Bytes())
	sure(err)
	sure(z.Close())
	config := marshal(map[string]any{
		"os": system, "architecture": arch,
		"config": map[string]any{"Cmd": []string{"/content"}, "Labels": map[string]string{"content": content}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layer.Bytes())}},
	})
	return marshal(map[string]any{
		"schemaVersion": 2, "mediaType": typeManifest,
		"config": r.blob(typeConfig, config), "layers": []any{r.blob(typeLayer, packed.Bytes())},
	})
}

func (r *Registry) blob(mediaType string, body []byte) map[string]any {
	r.blobs[digest(body)] = body
	return map[string]any{"mediaType": mediaType, "size": len(body), "digest": digest(body)}
}

// Lock lets in only one user.
func (r *Registry) Lock(user, password string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.user, r.password = user, password
}

// Answer lets every answer be an error, until it is called with 0.
func (r *Registry) Answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// Hold lets blobs wait until Release is called.
func (r *Registry) Hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = make(chan struct{})
}

// Release ends Hold.
func (r *Registry) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held != nil {
		close(r.held)
		r.held = nil
	}
}

// Pulls counts the blobs that were asked for.
func (r *Registry) Pulls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pulls
}

// ServeHTTP answers as the Distribution API says, as far as pulling goes.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	status, user, password, held := r.status, r.user, r.password, r.held
	r.mu.Unlock()
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	name, password2, _ := req.BasicAuth()
	path, ok := strings.CutPrefix(req.URL.Path, "/v2/")
	switch {
	case status != 0:
		refuse(w, status, "UNKNOWN", "it is out of order")
	case user != "" && (name != user || password2 != password):
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
	case !ok:
		refuse(w, http.StatusNotFound, "NOT_FOUND", "not found")
	case path == "":
		_, _ = w.Write([]byte("{}"))
	default:
		r.serve(w, req, path, held)
	}
}

func (r *Registry) serve(w http.ResponseWriter, req *http.Request, path string, held chan struct{}) {
	r.mu.Lock()
	var body []byte
	mediaType, sum, code := "application/octet-stream", "", "BLOB_UNKNOWN"
	if name, ref, ok := strings.Cut(path, "/manifests/"); ok {
		code = "MANIFEST_UNKNOWN"
		if strings.Contains(ref, ":") {
			ref = "@" + ref
		} else {
			ref = ":" + ref
		}
		m := r.manifests[name+ref]
		body, mediaType, sum = m.body, m.mediaType, m.digest
	} else if _, ref, ok := strings.Cut(path, "/blobs/"); ok {
		body, sum = r.blobs[ref], ref
		r.pulls++
	}
	r.mu.Unlock()
	if body == nil {
		refuse(w, http.StatusNotFound, code, "manifest unknown")
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Docker-Content-Digest", sum)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	if req.Method == http.MethodHead {
		return
	}
	if code == "BLOB_UNKNOWN" && held != nil {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-held:
		case <-req.Context().Done():
			return
		}
	}
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(marshal(map[string]any{"errors": []any{map[string]string{"code": code, "message": message}}}))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	sure(err)
	return b
}

// sure is for what cannot fail: writing to memory.
func sure(err error) {
	if err != nil {
		panic(err)
	}
}
