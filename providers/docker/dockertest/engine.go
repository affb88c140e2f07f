package dockertest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// patience bounds what is asked of the engine in one step.
const patience = time.Minute

// Engine returns a client of the engine that tests use, closed at the end of the
// test. Without an engine the test fails, or with CW_TEST_NO_DOCKER=1 is skipped.
func Engine(t testing.TB) *client.Client {
	t.Helper()
	if os.Getenv("CW_TEST_NO_DOCKER") == "1" {
		t.Skip("CW_TEST_NO_DOCKER=1: tests that need Docker Engine are skipped")
	}
	c, err := Connect(t.Context())
	if err != nil {
		t.Fatalf("%v\nThis test needs a Docker Engine. `make test` starts one where it can. Start one yourself, "+
			"or name one in DOCKER_HOST, or set CW_TEST_NO_DOCKER=1 to skip these tests.", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Connect returns a client of the engine that tests use, once it has answered.
func Connect(ctx context.Context) (*client.Client, error) {
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, fmt.Errorf("set up a client of Docker Engine: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ping, err := c.Ping(ctx)
	if err == nil && ping.OSType != "linux" {
		err = fmt.Errorf("it runs containers of %q, and the tests' are of Linux", ping.OSType)
	}
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("ask Docker Engine at %s: %w", c.DaemonHost(), err)
	}
	return c, nil
}
