package applecontainer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// found is a container as the command describes it.
type found struct {
	id         string
	state      string // "running", "stopped", "stopping" or "unknown"
	exitCode   *int
	image      string
	os, arch   string
	labels     map[string]string
	executable string
	arguments  []string
	env        []string
	workingDir string
	user       string
	ports      []port
	mounts     []mount
	networks   []string
	addresses  map[string]string // IPv4, by network
	cpus       int64
	memory     int64 // bytes
}

func (f *found) runs() bool { return f.state == "running" }

// record is what the command prints of one container. Before version 1.0, the
// status was the state alone, and the networks stood beside it.
type record struct {
	ID            string          `json:"id"`
	Status        json.RawMessage `json:"status"`
	Networks      []attachment    `json:"networks"`
	Configuration struct {
		ID    string `json:"id"`
		Image struct {
			Reference string `json:"reference"`
		} `json:"image"`
		Platform struct {
			OS           string `json:"os"`
			Architecture string `json:"architecture"`
		} `json:"platform"`
		Labels         map[string]string `json:"labels"`
		Mounts         []recordedMount   `json:"mounts"`
		PublishedPorts []recordedPort    `json:"publishedPorts"`
		Networks       []json.RawMessage `json:"networks"`
		InitProcess    struct {
			Executable       string          `json:"executable"`
			Arguments        []string        `json:"arguments"`
			Environment      []string        `json:"environment"`
			WorkingDirectory string          `json:"workingDirectory"`
			User             json.RawMessage `json:"user"`
		} `json:"initProcess"`
		Resources struct {
			CPUs          int64 `json:"cpus"`
			MemoryInBytes int64 `json:"memoryInBytes"`
		} `json:"resources"`
	} `json:"configuration"`
}

type recordedStatus struct {
	State    string       `json:"state"`
	Networks []attachment `json:"networks"`
	ExitCode *int         `json:"exitCode"`
}

type recordedMount struct {
	Type        json.RawMessage `json:"type"`
	Source      string          `json:"source"`
	Destination string          `json:"destination"`
	Options     []string        `json:"options"`
}

type recordedPort struct {
	HostAddress   string `json:"hostAddress"`
	HostPort      int64  `json:"hostPort"`
	ContainerPort int64  `json:"containerPort"`
	Proto         string `json:"proto"`
	Count         int64  `json:"count"`
}

// attachment is a network that a running container is on. Before version 0.8
// its address was called so.
type attachment struct {
	Network     string `json:"network"`
	IPv4Address string `json:"ipv4Address"`
	Address     string `json:"address"`
}

func decode(out []byte) ([]found, error) {
	var records []record
	if err := json.Unmarshal(out, &records); err != nil {
		return nil, fmt.Errorf("what the container command printed is not the JSON that is expected: %w", err)
	}
	containers := make([]found, len(records))
	for i, r := range records {
		containers[i] = r.found()
	}
	return containers, nil
}

func (r record) found() found {
	c := r.Configuration
	f := found{
		id: c.ID, image: c.Image.Reference, labels: c.Labels,
		os: c.Platform.OS, arch: c.Platform.Architecture,
		executable: c.InitProcess.Executable, arguments: c.InitProcess.Arguments,
		env: c.InitProcess.Environment, workingDir: c.InitProcess.WorkingDirectory,
		user: userOf(c.InitProcess.User), cpus: c.Resources.CPUs, memory: c.Resources.MemoryInBytes,
		addresses: map[string]string{},
	}
	if f.id == "" {
		f.id = r.ID
	}
	status := recordedStatus{Networks: r.Networks}
	if json.Unmarshal(r.Status, &status.State) != nil {
		// What cannot be read leaves the state unknown.
		_ = json.Unmarshal(r.Status, &status)
	}
	f.state, f.exitCode = status.State, status.ExitCode
	for _, a := range status.Networks {
		address := a.IPv4Address
		if address == "" {
			address = a.Address
		}
		address, _, _ = strings.Cut(address, "/")
		if address != "" {
			f.addresses[a.Network] = address
		}
	}
	for _, p := range c.PublishedPorts {
		ip, _ := netip.ParseAddr(p.HostAddress)
		for i := range min(max(p.Count, 1), 1<<16) {
			f.ports = append(f.ports, port{ip: ip, host: p.HostPort + i, container: p.ContainerPort + i, protocol: p.Proto})
		}
	}
	for _, m := range c.Mounts {
		f.mounts = append(f.mounts, m.mount())
	}
	for _, n := range c.Networks {
		f.networks = append(f.networks, networkOf(n))
	}
	return f
}

// mount reads a mount. Its type is an object with one name, and a volume's name
// is in there; its source is where the volume's data is.
func (m recordedMount) mount() mount {
	out := mount{source: m.Source, target: m.Destination, readOnly: slices.Contains(m.Options, "ro")}
	var kind struct {
		Volume *struct {
			Name string `json:"name"`
		} `json:"volume"`
	}
	if json.Unmarshal(m.Type, &kind) == nil && kind.Volume != nil {
		out.source = kind.Volume.Name
	}
	return out
}

// networkOf reads the name of a network, which before version 0.5 was all there
// was.
func networkOf(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	var a attachment
	_ = json.Unmarshal(raw, &a)
	return a.Network
}

// userOf reads a user, which is either as it was written or two numbers.
func userOf(raw json.RawMessage) string {
	var user struct {
		Raw *struct {
			UserString string `json:"userString"`
		} `json:"raw"`
		ID *struct {
			UID uint32 `json:"uid"`
			GID uint32 `json:"gid"`
		} `json:"id"`
	}
	switch {
	case json.Unmarshal(raw, &user) != nil:
	case user.Raw != nil:
		return user.Raw.UserString
	case user.ID != nil:
		return fmt.Sprintf("%d:%d", user.ID.UID, user.ID.GID)
	}
	return ""
}

// find looks for a container; nil when there is none of that name.
//
// How inspect says that there is none differs: until version 0.12 by an empty
// list, later by an error. The list of all containers is clear about it, but
// long, so it is only asked for after an error.
func (c *cli) find(ctx context.Context, name string) (*found, error) {
	out, err := c.run(ctx, "inspect", name)
	var ended *endedError
	if errors.As(err, &ended) {
		out, err = c.run(ctx, "list", "--all", "--format", "json")
	}
	if err != nil {
		return nil, err
	}
	return pick(out, func(f found) bool { return f.id == name })
}

// made looks for the container that was made with an intent.
func (c *cli) made(ctx context.Context, intent string) (*found, error) {
	out, err := c.run(ctx, "list", "--all", "--format", "json")
	if err != nil {
		return nil, err
	}
	return pick(out, func(f found) bool { return f.labels[labelIntent] == intent })
}

func pick(out []byte, is func(found) bool) (*found, error) {
	containers, err := decode(out)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(containers, is); i >= 0 {
		return &containers[i], nil
	}
	return nil, nil
}
