package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Store is a folder with containers, and with what the tests want to go wrong:
//
//	containers/NAME.json  one container
//	logs/NAME             what it has written
//	networks/NAME         a network beside the default one
//	asleep                while it is there, the service does not run
//	dialect               "0": the JSON of the versions before 1.0
//	exit-codes            stopped containers tell their exit code, which is proposed
//	                      for the command, but in none of its versions yet
//	hang/NAME             while it is there, nothing that is done to NAME ends
//	fail/VERB             what VERB fails with
//	calls                 a line of JSON for each call
type Store struct{ Dir string }

// Container is what is kept of a container, as version 1 prints it.
type Container struct {
	ID            string        `json:"id"`
	Configuration Configuration `json:"configuration"`
	Status        Status        `json:"status"`
}

// Configuration is what a container was made with.
type Configuration struct {
	ID             string            `json:"id"`
	Image          Image             `json:"image"`
	Mounts         []Mount           `json:"mounts"`
	PublishedPorts []Port            `json:"publishedPorts"`
	Labels         map[string]string `json:"labels"`
	Networks       []Attached        `json:"networks"`
	InitProcess    Process           `json:"initProcess"`
	Platform       Platform          `json:"platform"`
	Resources      Resources         `json:"resources"`
	RuntimeHandler string            `json:"runtimeHandler"`
	CreationDate   time.Time         `json:"creationDate"`
}

// Image names an image.
type Image struct {
	Reference string `json:"reference"`
}

// Platform is what an image is for.
type Platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
}

// Mount is a mounted folder or volume; Type has one name.
type Mount struct {
	Type        map[string]any `json:"type"`
	Source      string         `json:"source"`
	Destination string         `json:"destination"`
	Options     []string       `json:"options"`
}

// Port is a published port, or several in a row.
type Port struct {
	HostAddress   string `json:"hostAddress"`
	HostPort      int    `json:"hostPort"`
	ContainerPort int    `json:"containerPort"`
	Proto         string `json:"proto"`
	Count         int    `json:"count"`
}

// Attached is a network that a container is to be on.
type Attached struct {
	Network string         `json:"network"`
	Options map[string]any `json:"options"`
}

// Process is what a container runs; User has one name.
type Process struct {
	Executable       string         `json:"executable"`
	Arguments        []string       `json:"arguments"`
	Environment      []string       `json:"environment"`
	WorkingDirectory string         `json:"workingDirectory"`
	User             map[string]any `json:"user"`
	Terminal         bool           `json:"terminal"`
}

// Resources are what a container may use.
type Resources struct {
	CPUs          int   `json:"cpus"`
	MemoryInBytes int64 `json:"memoryInBytes"`
}

// Status is what a container does.
type Status struct {
	State       string       `json:"state"`
	Networks    []Attachment `json:"networks"`
	StartedDate *time.Time   `json:"startedDate,omitempty"`
	ExitCode    *int         `json:"exitCode,omitempty"`
}

// Attachment is a network that a running container is on.
type Attachment struct {
	Network     string `json:"network"`
	Hostname    string `json:"hostname"`
	IPv4Address string `json:"ipv4Address"`
	IPv4Gateway string `json:"ipv4Gateway"`
}

func (s Store) path(parts ...string) string {
	return filepath.Join(append([]string{s.Dir}, parts...)...)
}

// Has tells whether there is a file of the store.
func (s Store) Has(parts ...string) bool {
	_, err := os.Stat(s.path(parts...))
	return err == nil
}

// Set writes a file of the store.
func (s Store) Set(content string, parts ...string) error {
	path := s.path(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

// Unset removes a file of the store, if it is there.
func (s Store) Unset(parts ...string) error {
	if err := os.Remove(s.path(parts...)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Get returns a container; nil when there is none.
func (s Store) Get(name string) (*Container, error) {
	data, err := os.ReadFile(s.path("containers", name+".json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	var c Container
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("container %s: %w", name, err)
	}
	return &c, nil
}

// List returns all containers by name.
func (s Store) List() ([]Container, error) {
	files, err := filepath.Glob(s.path("containers", "[^.]*.json"))
	if err != nil {
		return nil, err
	}
	out := []Container{}
	for _, file := range files {
		c, err := s.Get(strings.TrimSuffix(filepath.Base(file), ".json"))
		if err != nil {
			return nil, err
		}
		if c != nil { // it may have gone
			out = append(out, *c)
		}
	}
	return out, nil
}

// Put keeps a container. With anew, there must be none of its name. Whoever
// reads sees the one before or this one, whole.
func (s Store) Put(c *Container, anew bool) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.path("containers"), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(s.path("containers"), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(data); err != nil {
		temp.Close()
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if anew {
		return os.Link(temp.Name(), s.path("containers", c.ID+".json"))
	}
	return os.Rename(temp.Name(), s.path("containers", c.ID+".json"))
}

// Delete removes a container and what it has written.
func (s Store) Delete(name string) error {
	if err := s.Unset("containers", name+".json"); err != nil {
		return err
	}
	return s.Unset("logs", name)
}
