package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/clockwork-hcl/clockwork/diag"
)

// wait waits until the container is healthy, if that is asked for. One that
// does not become so is kept to be looked at.
func (m *making) wait(ctx context.Context) diagnostics {
	v := m.Planned.GetAttr("wait")
	if !known(v) {
		return nil
	}
	m.keep = true
	timeout := durationOf(v.GetAttr("timeout"))
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var there container.InspectResponse
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		var err error
		there, err = m.client.ContainerInspect(bounded, m.id)
		switch {
		case err != nil && bounded.Err() == nil:
			return m.failure("Container not waited for", fmt.Sprintf("Waiting for the container %q", m.name), err, "")
		case err == nil && isReady(there):
			return nil
		case err == nil && !isUp(there):
			return about("wait", "Container has ended",
				"The container %q ended with exit code %d before it was healthy. `docker logs %[1]s` tells more. Mend it, then apply again.",
				m.name, there.State.ExitCode)
		}
		select {
		case <-time.After(pause):
			continue
		case <-bounded.Done():
		}
		if ctx.Err() != nil {
			return diag.Errorf("Interrupted", "Waiting for the container %q was interrupted. Apply again.", m.name)
		}
		m.Progress("not healthy in time")
		return about("wait", "Container is not healthy",
			"The container %q was not healthy within %s. `docker inspect %[1]s` shows what its health check says. Mend it, or give it more time, then apply again.",
			m.name, timeout)
	}
}

// isReady tells whether a container is healthy, or runs and has no health check.
func isReady(there container.InspectResponse) bool {
	if !there.State.Running || there.State.Restarting {
		return false
	}
	h := there.State.Health
	return h == nil || h.Status == container.NoHealthcheck || h.Status == container.Healthy
}
