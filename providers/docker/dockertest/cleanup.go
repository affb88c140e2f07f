package dockertest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
)

// Name returns what the names of everything a test makes should begin with:
// nobody else's begin so. It is a valid name itself, of an image too.
func Name(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("cwtest-%d-%s", os.Getpid(), strings.ToLower(rand.Text()[:8]))
}

// Cleanup removes, at the end of the test, every container, network, volume and
// image whose name begins with the prefix, by force. What cannot be removed is
// logged, and fails nothing.
func Cleanup(t testing.TB, prefix string) {
	t.Helper()
	if !strings.HasPrefix(prefix, "cwtest-") {
		t.Fatalf("Cleanup removes only what begins with cwtest-, not with %q: use Name", prefix)
	}
	c := Engine(t)
	t.Cleanup(func() {
		// The test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		for _, err := range remove(ctx, c, prefix) {
			t.Logf("clean up after %s: %v", prefix, err)
		}
	})
}

// remove removes what has the prefix, users before what they use.
func remove(ctx context.Context, c *client.Client, prefix string) (problems []error) {
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	containers, err := c.ContainerList(ctx, container.ListOptions{All: true})
	note(err)
	for _, found := range containers {
		for _, name := range found.Names {
			if strings.HasPrefix(strings.TrimPrefix(name, "/"), prefix) {
				note(c.ContainerRemove(ctx, found.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}))
				break
			}
		}
	}
	networks, err := c.NetworkList(ctx, network.ListOptions{})
	note(err)
	for _, found := range networks {
		if strings.HasPrefix(found.Name, prefix) {
			note(removeNetwork(ctx, c, found.ID))
		}
	}
	volumes, err := c.VolumeList(ctx, volume.ListOptions{})
	note(err)
	for _, found := range volumes.Volumes {
		if strings.HasPrefix(found.Name, prefix) {
			note(c.VolumeRemove(ctx, found.Name, true))
		}
	}
	images, err := c.ImageList(ctx, image.ListOptions{})
	note(err)
	for _, found := range images {
		for _, tag := range found.RepoTags {
			if strings.HasPrefix(tag, prefix) {
				_, err := c.ImageRemove(ctx, tag, image.RemoveOptions{Force: true, PruneChildren: true})
				note(err)
			}
		}
	}
	return problems
}

// removeNetwork removes a network and takes out first who is still in it.
func removeNetwork(ctx context.Context, c *client.Client, id string) error {
	found, err := c.NetworkInspect(ctx, id, network.InspectOptions{})
	if err != nil {
		return err
	}
	for member := range found.Containers {
		if err := c.NetworkDisconnect(ctx, id, member, true); err != nil {
			return err
		}
	}
	return c.NetworkRemove(ctx, id)
}

// FreePort returns a TCP port of this host that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
