package docker

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"
)

func TestParseImage(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for name, want := range map[string]string{
		"nginx":                               "nginx:latest",
		"docker.io/library/nginx:alpine":      "nginx:alpine",
		"index.docker.io/team/app":            "team/app:latest",
		"registry.example.com:5000/a/b:1.0":   "registry.example.com:5000/a/b:1.0",
		"localhost/a":                         "localhost/a:latest",
		"nginx@" + digest:                     "nginx@" + digest,
		"nginx:alpine@" + digest:              "nginx@" + digest,
		digest:                                digest,
		"":                                    "",
		"Nginx":                               "",
		"a:b:c":                               "",
		"sha256:0a":                           "",
		"nginx@sha256:0a":                     "",
		strings.TrimPrefix(digest, "sha256:"): "",
		"https://example.com/a":               "",
		"a b":                                 "",
	} {
		ref, err := parseImage(name)
		if (err == nil) != (want != "") || err == nil && ref.String() != want {
			t.Errorf("%q is %q, %v; not %q", name, ref, err, want)
		}
	}
}

func TestFits(t *testing.T) {
	for _, test := range []struct {
		platform, os, arch, variant string
		want                        bool
	}{
		{"", "linux", "amd64", "", true},
		{"linux/amd64", "linux", "amd64", "", true},
		{"Linux/AMD64", "linux", "amd64", "", true},
		{"linux/arm64", "linux", "arm64", "v8", true},
		{"linux/arm64/v8", "linux", "arm64", "", true},
		{"linux/arm/v7", "linux", "arm", "v7", true},
		{"linux/arm/v6", "linux", "arm", "v7", false},
		{"linux/arm64", "linux", "amd64", "", false},
		{"linux/arm", "linux", "arm64", "", false},
	} {
		if got := fits(test.platform, image.InspectResponse{Os: test.os, Architecture: test.arch, Variant: test.variant}); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// What the engine said of two layers.
func TestLayers(t *testing.T) {
	l := &layers{seen: map[string]*layer{}}
	for _, m := range []jsonmessage.JSONMessage{
		{Status: "Pulling from library/nginx", ID: "alpine"},
		{Status: "Already exists", ID: "one"},
		{Status: "Pulling fs layer", ID: "two"},
		{Status: "Pulling fs layer", ID: "three"},
		{Status: "Downloading", ID: "two", Progress: &jsonmessage.JSONProgress{Current: 1_200_000, Total: 2_400_000}},
		{Status: "Downloading", ID: "three", Progress: &jsonmessage.JSONProgress{Current: 1, Total: 600_000}},
		{Status: "Download complete", ID: "three"},
		{Status: "Digest: sha256:..."},
	} {
		l.note(m)
	}
	if got, want := l.String(), "1 of 3 layers, 1.8 MB of 3.0 MB"; got != want {
		t.Errorf("it is %q, not %q", got, want)
	}
}

func TestBuildOutput(t *testing.T) {
	var lines []string
	o := &output{hide: hiding(map[string]string{"TOKEN": "swordfish", "LONG": "swordfish-and-more", "KEY": "line one\nline two\n", "N": "1"}),
		each: func(line string) { lines = append(lines, line) }}
	// A secret may come in pieces, with colours, and with no end.
	for _, piece := range []string{"Step 1/1 : sw", "ordfish-and-more and sword", "fish\n\x1b[31mline", " two\x1b[0m\r", "\n\n", strings.Repeat("x", 300), "\n", "1 rest"} {
		o.write(piece)
	}
	o.ended()
	want := []string{"Step 1/1 : (LONG) and (TOKEN)", "[31m(KEY) [0m", strings.Repeat("x", maxShown) + "…", "1 rest"}
	if strings.Join(lines, "|") != strings.Join(want, "|") {
		t.Errorf("the lines are %q, not %q", lines, want)
	}
	for range 100 {
		o.write("again\n")
	}
	if len(o.tail) != maxTail {
		t.Errorf("%d lines are kept", len(o.tail))
	}
}

func TestClaims(t *testing.T) {
	ref := func(name string) imageRef {
		r, err := parseImage(name)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	digest := "app@sha256:" + strings.Repeat("0a", 32)
	c := &claims{}
	c.add("a", ref("app:1"), "one")
	c.add("b", ref("docker.io/library/app:1"), "one")
	c.add("c", ref(digest), "one")
	c.add("d", ref("app:2"), "one")
	for _, step := range []struct {
		address, name string
		made          bool
		goes          string
	}{
		{"d", "app:2", true, ""},      // the digest is still wanted,
		{"c", digest, false, "app:2"}, // which has inherited it
		{"a", "app:1", true, ""},
		{"b", "app:1", false, "app:1"},
		{"e", "app:1", false, ""},
		{"f", "app:1", true, "app:1"},
	} {
		var goes []string
		for _, name := range c.drop(step.address, ref(step.name), "one", step.made) {
			goes = append(goes, name.String())
		}
		if got := strings.Join(goes, " "); got != step.goes {
			t.Errorf("%+v: what goes is %q", step, got)
		}
	}
}

// What is sent ends only when it is what was expected.
func TestContextIsSent(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"Dockerfile": "FROM scratch\n", ".dockerignore": "Dockerfile\nx\n", "x": "x", "y": "yes"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	when := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(filepath.Join(dir, "y"), when, when); err != nil {
		t.Fatal(err)
	}
	b := buildContext{dir: dir, dockerfile: "Dockerfile", never: filepath.Join(dir, stateDir)}
	sum, err := b.sum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sent bytes.Buffer
	if err := b.send(t.Context(), &sent, strings.Repeat("0", 64)); !errors.Is(err, errContextChanged) {
		t.Errorf("what is not expected is sent: %v", err)
	}
	if bytes.HasSuffix(sent.Bytes(), make([]byte, 1024)) {
		t.Error("an archive that is not expected has an end")
	}
	sent.Reset()
	if err := b.send(t.Context(), &sent, sum); err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(&sent); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		names = append(names, h.Name)
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Name == "y" && !h.ModTime.Equal(when) {
			t.Errorf("the header is %+v", h)
		}
	}
	if got := strings.Join(names, " "); got != ".dockerignore Dockerfile y" {
		t.Errorf("these were sent: %s", got)
	}
}
