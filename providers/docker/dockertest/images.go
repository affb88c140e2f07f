package dockertest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// label marks stand-ins. Its value is a hash of all that they are made of.
const label = "clockwork.standin"

// Spec is how an image is configured. The zero value is one that needs to be
// told what to run.
type Spec struct {
	Entrypoint, Cmd, Env  []string
	User, WorkingDir      string
	StopSignal            string
	ExposedPorts, Volumes []string // "80/tcp", "/data"
	Labels                map[string]string
	Healthcheck           *container.HealthConfig
}

// standIns are the images that examples and stories use, configured as the real
// ones are.
func standIns() map[string]Spec {
	return map[string]Spec{
		"busybox:stable": {Cmd: []string{"sh"}},
		"nginx:alpine": {
			Entrypoint:   []string{"/docker-entrypoint.sh"},
			Cmd:          []string{"nginx", "-g", "daemon off;"},
			Env:          []string{"NGINX_VERSION=1.29.3"},
			ExposedPorts: []string{"80/tcp"},
			StopSignal:   "SIGQUIT",
		},
		"redis:7-alpine": {
			Entrypoint:   []string{"docker-entrypoint.sh"},
			Cmd:          []string{"redis-server"},
			Env:          []string{"REDIS_VERSION=7.4.7"},
			ExposedPorts: []string{"6379/tcp"},
			Volumes:      []string{"/data"},
			WorkingDir:   "/data",
		},
		"postgres:16-alpine": {
			Entrypoint:   []string{"docker-entrypoint.sh"},
			Cmd:          []string{"postgres"},
			Env:          []string{"LANG=en_US.utf8", "PG_MAJOR=16", "PGDATA=/var/lib/postgresql/data"},
			ExposedPorts: []string{"5432/tcp"},
			Volumes:      []string{"/var/lib/postgresql/data"},
			StopSignal:   "SIGINT",
		},
	}
}

// Images makes all stand-ins present on the engine. When they are, that costs
// one question.
func Images(t testing.TB) {
	t.Helper()
	c := Engine(t)
	report, err := Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range report.Real {
		t.Logf("%s is there and no stand-in: the test uses it as it is", name)
	}
}

// Image makes an image of the stand-in's program, removed at the end of the
// test, and returns its name.
func Image(t testing.TB, spec Spec) string {
	t.Helper()
	c := Engine(t)
	name := Name(t)
	Cleanup(t, name)
	if err := load(t.Context(), c, map[string]Spec{name + ":latest": spec}); err != nil {
		t.Fatal(err)
	}
	return name + ":latest"
}

// Report says what Load found or did, name by name.
type Report struct {
	Present []string // as it should be already
	Loaded  []string
	Real    []string // there, and no stand-in: left alone
}

// Load makes all stand-ins present on the engine, except those under whose name
// there is another image. Any number of processes may do so at once: the same
// content is the same image.
func Load(ctx context.Context, c *client.Client) (Report, error) {
	return ensure(ctx, c, standIns())
}

// ensure makes the images present.
func ensure(ctx context.Context, c *client.Client, missing map[string]Spec) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	var report Report
	hash, err := sourceHash()
	if err != nil {
		return report, err
	}
	there, err := tagged(ctx, c)
	if err != nil {
		return report, err
	}
	missing = maps.Clone(missing)
	var replaced []string
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		found, ok := there[name]
		switch {
		case !ok:
			report.Loaded = append(report.Loaded, name)
			continue
		case found.Labels[label] == "":
			report.Real = append(report.Real, name)
		case found.Labels[label] == hash:
			report.Present = append(report.Present, name)
		default:
			report.Loaded = append(report.Loaded, name)
			replaced = append(replaced, found.ID)
			continue
		}
		delete(missing, name)
	}
	if len(missing) == 0 {
		return report, nil
	}
	if err := load(ctx, c, missing); err != nil {
		return report, err
	}
	for _, id := range replaced {
		// A container may still be of it; then it stays.
		_, _ = c.ImageRemove(ctx, id, image.RemoveOptions{})
	}
	return report, nil
}

// Unload removes all stand-ins, and returns their names. It ends with the first
// that a container is of.
func Unload(ctx context.Context, c *client.Client) ([]string, error) {
	return unload(ctx, c, standIns())
}

func unload(ctx context.Context, c *client.Client, specs map[string]Spec) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	there, err := tagged(ctx, c)
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		if there[name].Labels[label] == "" {
			continue
		}
		if _, err := c.ImageRemove(ctx, name, image.RemoveOptions{}); err != nil {
			return removed, fmt.Errorf("remove the image %s: %w", name, err)
		}
		removed = append(removed, name)
	}
	return removed, nil
}

// tagged returns the engine's images by their names.
func tagged(ctx context.Context, c *client.Client) (map[string]image.Summary, error) {
	images, err := c.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the engine's images: %w", err)
	}
	there := map[string]image.Summary{}
	for _, found := range images {
		for _, name := range found.RepoTags {
			there[name] = found
		}
	}
	return there, nil
}

// load brings the images to the engine, all in one archive of the format that
// `docker save` writes, with their one layer in it once. (An import would upload
// a layer for each, and older engines cannot be told a stop signal with it.)
func load(ctx context.Context, c *client.Client, specs map[string]Spec) error {
	version, err := c.ServerVersion(ctx)
	if err != nil {
		return fmt.Errorf("ask the engine for its architecture: %w", err)
	}
	binary, err := program(ctx, version.Arch)
	if err != nil {
		return err
	}
	archive, err := archived(version.Arch, binary, specs)
	if err != nil {
		return fmt.Errorf("make the images: %w", err)
	}
	answer, err := c.ImageLoad(ctx, bytes.NewReader(archive), client.ImageLoadWithQuiet(true))
	if err != nil {
		return fmt.Errorf("load the images: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	for messages := json.NewDecoder(answer.Body); ; {
		var message struct{ Error string }
		switch err := messages.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("load the images: %w", err)
		case message.Error != "":
			return fmt.Errorf("load the images: %s", message.Error)
		}
	}
}

// archived returns an archive of images that share a layer with the program.
func archived(arch string, program []byte, specs map[string]Spec) ([]byte, error) {
	hash, err := sourceHash()
	if err != nil {
		return nil, err
	}
	shared, err := layer(program)
	if err != nil {
		return nil, err
	}
	type image struct {
		Config           string
		RepoTags, Layers []string
	}
	var manifest []image
	files := map[string][]byte{"layer.tar": shared}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		config, err := specs[name].config(arch, hash, digest(shared))
		if err != nil {
			return nil, err
		}
		file := digest(config) + ".json"
		files[file] = config
		manifest = append(manifest, image{Config: file, RepoTags: []string{name}, Layers: []string{"layer.tar"}})
	}
	if files["manifest.json"], err = json.Marshal(manifest); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), ModTime: created()}); err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// config returns the image's configuration as the engine keeps it.
func (s Spec) config(arch, hash, layer string) ([]byte, error) {
	type set map[string]struct{}
	of := func(names []string) set {
		s := set{}
		for _, name := range names {
			s[name] = struct{}{}
		}
		return s
	}
	labels := map[string]string{label: hash}
	maps.Copy(labels, s.Labels)
	path := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	return json.Marshal(map[string]any{
		"architecture": arch,
		"os":           "linux",
		"created":      created().Format(time.RFC3339),
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + layer}},
		"history":      []any{map[string]string{"created_by": "Clockwork's tests", "created": created().Format(time.RFC3339)}},
		"config": struct {
			Entrypoint, Cmd, Env  []string
			User, WorkingDir      string
			StopSignal            string
			ExposedPorts, Volumes set
			Labels                map[string]string
			Healthcheck           *container.HealthConfig `json:",omitempty"`
		}{
			s.Entrypoint, s.Cmd, append(path, s.Env...), s.User, s.WorkingDir, s.StopSignal,
			of(s.ExposedPorts), of(s.Volumes), labels, s.Healthcheck,
		},
	})
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
