package docker

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/zclconf/go-cty/cty"
)

// publishedPort is a port of the host that a configuration names.
type publishedPort struct {
	index    int
	host     uint16
	ip       string
	protocol string
}

// publishedPorts are the ports of the host that are known to be wanted.
func publishedPorts(ports cty.Value) []publishedPort {
	var out []publishedPort
	i := 0
	for _, p := range elements(ports) {
		if p.IsKnown() && known(p.GetAttr("host")) && p.GetAttr("ip").IsKnown() && known(p.GetAttr("protocol")) {
			out = append(out, publishedPort{i, uint16(intOf(p.GetAttr("host"))), textOf(p.GetAttr("ip")), textOf(p.GetAttr("protocol"))})
		}
		i++
	}
	return out
}

func (p publishedPort) clashes(other container.Port) bool {
	return p.host != 0 && p.host == other.PublicPort && p.protocol == other.Type && overlaps(p.ip, other.IP)
}

// checkPorts says, before anything is stopped for it, that a port of the host
// is taken by a container that this project knows nothing of. Those of the
// project may be about to give it up. An engine that does not answer is no
// reason against a plan.
func (s scope) checkPorts(ctx context.Context, planned cty.Value) (diagnostics, error) {
	ports := publishedPorts(planned.GetAttr("ports"))
	if len(ports) == 0 {
		return nil, nil
	}
	c, err := s.engine.dial(ctx)
	if err != nil {
		return nil, nil
	}
	running, err := s.engine.running(ctx, c)
	if err != nil {
		return nil, ctx.Err()
	}
	var ds diagnostics
	for _, p := range ports {
		for _, other := range running {
			if other.Labels[labelProject] == s.project.Name || !slices.ContainsFunc(other.Ports, p.clashes) {
				continue
			}
			ds = append(ds, s.taken(p, other)...)
			break
		}
	}
	return ds, nil
}

func (s scope) taken(p publishedPort, by container.Summary) diagnostics {
	name := by.ID
	if len(by.Names) > 0 {
		name = strings.TrimPrefix(by.Names[0], "/")
	}
	return at(cty.GetAttrPath("ports").IndexInt(p.index).GetAttr("host"), "Port is taken",
		"Port %d of the host is published by the container %q, and %s. Stop that one, or choose another port.", p.host, name, s.owner(by.Labels))
}

// listing is a list of containers that several plans may share.
type listing struct {
	mu   sync.Mutex
	at   time.Time
	list []container.Summary
}

// running lists the containers that run, at most once in a while, so that many
// plans at once cost one list.
func (e *engine) running(ctx context.Context, c *client.Client) ([]container.Summary, error) {
	e.listing.mu.Lock()
	defer e.listing.mu.Unlock()
	if time.Since(e.listing.at) < 2*time.Second {
		return e.listing.list, nil
	}
	list, err := c.ContainerList(ctx, container.ListOptions{})
	if err != nil {
		return nil, err
	}
	e.listing.at, e.listing.list = time.Now(), list
	return list, nil
}

// portClash explains why a container did not start, if it is because a port of
// the host is taken.
func (s scope) portClash(ctx context.Context, c *client.Client, id string, planned cty.Value, err error) diagnostics {
	text := err.Error()
	if !strings.Contains(text, "port is already allocated") && !strings.Contains(text, "address already in use") {
		return nil
	}
	list, _ := c.ContainerList(ctx, container.ListOptions{})
	ports := publishedPorts(planned.GetAttr("ports"))
	for _, p := range ports {
		for _, other := range list {
			if other.ID != id && slices.ContainsFunc(other.Ports, p.clashes) {
				return s.taken(p, other)
			}
		}
	}
	for _, p := range ports {
		if strings.Contains(text, ":"+strconv.Itoa(int(p.host))) {
			return at(cty.GetAttrPath("ports").IndexInt(p.index).GetAttr("host"), "Port is taken",
				"Port %d of the host is in use by something that is no container. Find it with `ss -ltnp`, and stop it or choose another port.", p.host)
		}
	}
	return s.failure("Port is taken", fmt.Sprintf("Starting the container %q", textOf(planned.GetAttr("name"))), err, "Choose other ports.")
}

// checkPredecessor says, before anything was made, that a container cannot be
// there beside the one whose place it takes.
func (m *making) checkPredecessor(ctx context.Context) diagnostics {
	if m.Replaces.IsNull() {
		return nil
	}
	there, err := m.client.ContainerInspect(ctx, textOf(m.Replaces.GetAttr("id")))
	if err != nil || !isUp(there) {
		return nil
	}
	for _, p := range publishedPorts(m.Planned.GetAttr("ports")) {
		for port, bindings := range there.NetworkSettings.Ports {
			for _, b := range bindings {
				host, _ := strconv.ParseUint(b.HostPort, 10, 16)
				if p.clashes(container.Port{IP: b.HostIP, PublicPort: uint16(host), Type: port.Proto()}) {
					return at(cty.GetAttrPath("ports").IndexInt(p.index).GetAttr("host"), "Port is taken by what is replaced",
						"Port %d of the host is published by the container that this one is to replace, so it cannot be made before that one is destroyed. "+
							"Remove create_before_destroy from its lifecycle block, or let the engine choose the port.", p.host)
				}
			}
		}
	}
	return nil
}
