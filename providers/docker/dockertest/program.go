package dockertest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const programPackage = "github.com/clockwork-hcl/clockwork/providers/docker/dockertest/standin"

// source is what the images are made of and by, so that they can be recognised
// as up to date without building anything.
//
//go:embed *.go standin/*.go
var source embed.FS

// sourceHash returns a hash of the source, the tests left out.
func sourceHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := source.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

// program returns the stand-in as an executable for Linux on arch. It is built
// once and then kept in the user's folder of caches.
func program(ctx context.Context, arch string) ([]byte, error) {
	hash, err := sourceHash()
	if err != nil {
		return nil, err
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		caches = os.TempDir()
	}
	dir := filepath.Join(caches, "clockwork-dockertest")
	kept := filepath.Join(dir, hash+"-"+arch)
	if b, err := os.ReadFile(kept); err == nil {
		return b, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	forget(dir)
	// Others may be building too: the last one's is kept, and all are the same.
	building, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(building) }()
	built := filepath.Join(building, "standin")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", built, programPackage)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the stand-in: %w\n%s", err, output)
	}
	b, err := os.ReadFile(built)
	if err != nil {
		return nil, err
	}
	return b, os.Rename(built, kept)
}

// forget removes what has lain in the cache for a month.
func forget(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && time.Since(info.ModTime()) > 30*24*time.Hour {
			_ = os.RemoveAll(filepath.Join(dir, entry.Name()))
		}
	}
}

// applets are the names of the program, as files of the image.
var applets = []string{
	"bin/cat", "bin/check", "bin/crash", "bin/echo", "bin/env", "bin/false", "bin/hog", "bin/http", "bin/id",
	"bin/ignore-term", "bin/nc", "bin/pwd", "bin/sh", "bin/sleep", "bin/spam", "bin/true", "bin/wget",
	"usr/sbin/nginx", "usr/local/bin/redis-server", "usr/local/bin/redis-cli", "usr/local/bin/postgres",
	"usr/local/bin/pg_isready", "usr/local/bin/docker-entrypoint.sh", "docker-entrypoint.sh",
}

const (
	passwd = `root:x:0:0:root:/root:/bin/sh
postgres:x:70:70::/var/lib/postgresql:/bin/sh
nginx:x:101:101:nginx:/var/cache/nginx:/sbin/nologin
redis:x:999:1000:redis:/data:/bin/sh
nobody:x:65534:65534:nobody:/:/sbin/nologin
`
	group = `root:x:0:
postgres:x:70:
nginx:x:101:
redis:x:1000:
nobody:x:65534:
`
	welcome = `<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>This is the stand-in that Clockwork's tests use.</p>
</body>
</html>
`
)

// layer returns the one layer that all images have, as a tar archive: the same
// bytes for the same program.
func layer(program []byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, content string) error {
		h.Format, h.ModTime = tar.FormatPAX, created()
		h.Size = int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			return err
		}
		_, err := w.Write([]byte(content))
		return err
	}
	folders := []tar.Header{
		{Name: "bin/", Mode: 0o755}, {Name: "data/", Mode: 0o755, Uid: 999, Gid: 1000}, {Name: "etc/", Mode: 0o755},
		{Name: "root/", Mode: 0o700}, {Name: "tmp/", Mode: 0o1777}, {Name: "usr/", Mode: 0o755},
		{Name: "usr/local/", Mode: 0o755}, {Name: "usr/local/bin/", Mode: 0o755}, {Name: "usr/sbin/", Mode: 0o755},
		{Name: "usr/share/", Mode: 0o755}, {Name: "usr/share/nginx/", Mode: 0o755}, {Name: "usr/share/nginx/html/", Mode: 0o755},
		{Name: "var/", Mode: 0o755}, {Name: "var/lib/", Mode: 0o755}, {Name: "var/lib/postgresql/", Mode: 0o755, Uid: 70, Gid: 70},
		{Name: "var/lib/postgresql/data/", Mode: 0o700, Uid: 70, Gid: 70},
	}
	for _, h := range folders {
		h.Typeflag = tar.TypeDir
		if err := add(h, ""); err != nil {
			return nil, err
		}
	}
	files := []struct {
		name, content string
		mode          int64
	}{
		{"bin/standin", string(program), 0o755},
		{"etc/passwd", passwd, 0o644},
		{"etc/group", group, 0o644},
		{"usr/share/nginx/html/index.html", welcome, 0o644},
	}
	for _, f := range files {
		if err := add(tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode}, f.content); err != nil {
			return nil, err
		}
	}
	for _, name := range applets {
		if err := add(tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: "bin/standin", Mode: 0o755}, ""); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// created is when all images were made, as far as they tell.
func created() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }
