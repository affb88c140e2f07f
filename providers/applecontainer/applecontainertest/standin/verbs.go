package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

func verbs() []verb {
	making := []option{
		{"env", "e", true}, {"env-file", "", true}, {"gid", "", true}, {"interactive", "i", false}, {"tty", "t", false},
		{"user", "u", true}, {"uid", "", true}, {"workdir", "w", true}, {"cpus", "c", true}, {"memory", "m", true},
		{"arch", "a", true}, {"cidfile", "", true}, {"detach", "d", false}, {"entrypoint", "", true}, {"label", "l", true},
		{"mount", "", true}, {"name", "", true}, {"network", "", true}, {"no-dns", "", false}, {"os", "", true},
		{"publish", "p", true}, {"platform", "", true}, {"remove", "", false}, {"ssh", "", false}, {"tmpfs", "", true},
		{"volume", "v", true}, {"scheme", "", true}, {"progress", "", true},
	}
	format := option{"format", "", true}
	all := option{"all", "a", false}
	return []verb{
		{name: "run", usage: "[<options>] <image> [<arguments> ...]", options: making, passthrough: true, least: 1, run: (*call).runContainer},
		{name: "create", usage: "[<options>] <image> [<arguments> ...]", options: making, passthrough: true, least: 1, run: (*call).create},
		{name: "start", usage: "[--attach] [--interactive] [--debug] <container-id>", least: 1, most: 1,
			options: []option{{"attach", "a", false}, {"interactive", "i", false}}, run: (*call).start},
		{name: "stop", usage: "[--all] [--signal <signal>] [--time <time>] [--debug] [<container-ids> ...]", least: 1,
			options: []option{all, {"signal", "s", true}, {"time", "t", true}}, run: (*call).stop},
		{name: "delete", usage: "[--all] [--force] [--debug] [<container-ids> ...]", least: 1,
			options: []option{all, {"force", "f", false}}, run: (*call).remove},
		{name: "list", usage: "[--all] [--format <format>] [--quiet] [--debug]", options: []option{all, format, {"quiet", "q", false}}, run: (*call).list},
		{name: "inspect", usage: "[--debug] <container-ids> ...", least: 1, run: (*call).inspect},
		{name: "logs", usage: "[--boot] [--follow] [-n <n>] [--debug] <container-id>", least: 1, most: 1,
			options: []option{{"boot", "", false}, {"follow", "f", false}, {"n", "n", true}}, run: (*call).logs},
		{name: "image inspect", usage: "[--debug] <images> ...", least: 1, most: 1, run: (*call).inspectImage},
		{name: "network create", usage: "[--debug] <name>", least: 1, most: 1, run: (*call).createNetwork},
		{name: "system status", usage: "[--prefix <prefix>] [--format <format>] [--debug]", options: []option{{"prefix", "p", true}, format}, run: (*call).status},
		{name: "system start", usage: "[--debug]", run: func(c *call) error { return c.store.Unset("asleep") }},
		{name: "system stop", usage: "[--debug]", run: func(c *call) error { return c.store.Set("", "asleep") }},
	}
}

func (c *call) create() error {
	made, err := c.make()
	if err == nil {
		fmt.Fprintln(c.stdout, made.ID)
	}
	return err
}

func (c *call) runContainer() error {
	if !c.has("detach") {
		return failure("unsupported", "the stand-in runs nothing, so there is nothing to attach to")
	}
	made, err := c.make()
	if err != nil {
		return err
	}
	if err := c.begin(made); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, made.ID)
	return nil
}

// make makes the container that the options describe.
func (c *call) make() (*Container, error) {
	made, err := c.describe()
	if err != nil {
		return nil, err
	}
	c.hang(made.ID)
	if err := c.store.Put(made, true); errors.Is(err, fs.ErrExist) {
		return nil, failure("exists", "container with id "+made.ID+" already exists")
	} else if err != nil {
		return nil, err
	}
	return made, nil
}

// begin starts a container. The program of an image whose name says that it
// exits does so at once.
func (c *call) begin(container *Container) error {
	now := time.Now().UTC().Truncate(time.Second)
	container.Status = Status{State: "running", Networks: []Attachment{}, StartedDate: &now}
	for _, n := range container.Configuration.Networks {
		container.Status.Networks = append(container.Status.Networks, attach(n.Network, container.ID))
	}
	if strings.Contains(container.Configuration.Image.Reference, "exits") {
		code := 3
		container.Status = Status{State: "stopped", Networks: []Attachment{}, ExitCode: &code}
	}
	return c.store.Put(container, false)
}

// one finds the container that a verb is about.
func (c *call) one(name string) (*Container, error) {
	c.hang(name)
	container, err := c.store.Get(name)
	if err == nil && container == nil {
		err = failure("notFound", "container with ID "+name+" not found")
	}
	return container, err
}

func (c *call) start() error {
	container, err := c.one(c.arguments[0])
	if err != nil {
		return err
	}
	if container.Status.State != "running" {
		if err := c.begin(container); err != nil {
			return err
		}
	}
	fmt.Fprintln(c.stdout, container.ID)
	return nil
}

func (c *call) stop() error {
	if text := c.last("time"); text != "" {
		if _, err := strconv.ParseInt(text, 10, 32); err != nil {
			return &usageError{fmt.Sprintf("The value '%s' is invalid for '--time <time>'", text), c.verb}
		}
	}
	for _, name := range c.arguments {
		container, err := c.one(name)
		if err != nil {
			return err
		}
		code := 143
		container.Status = Status{State: "stopped", Networks: []Attachment{}, ExitCode: &code}
		if err := c.store.Put(container, false); err != nil {
			return err
		}
		fmt.Fprintln(c.stdout, name)
	}
	return nil
}

func (c *call) remove() error {
	for _, name := range c.arguments {
		container, err := c.one(name)
		if err != nil {
			return err
		}
		if container.Status.State == "running" && !c.has("force") {
			return failure("invalidState", "container "+name+" is running and can not be deleted")
		}
		if err := c.store.Delete(name); err != nil {
			return err
		}
		fmt.Fprintln(c.stdout, name)
	}
	return nil
}

func (c *call) list() error {
	containers, err := c.store.List()
	if err != nil {
		return err
	}
	if !c.has("all") {
		containers = slices.DeleteFunc(containers, func(c Container) bool { return c.Status.State != "running" })
	}
	switch format := c.last("format"); {
	case c.has("quiet"):
		for _, container := range containers {
			fmt.Fprintln(c.stdout, container.ID)
		}
	case format == "json":
		return c.print(containers)
	case format == "" || format == "table":
		fmt.Fprintf(c.stdout, "%-20s  %-30s  %s\n", "ID", "IMAGE", "STATE")
		for _, container := range containers {
			fmt.Fprintf(c.stdout, "%-20s  %-30s  %s\n", container.ID, container.Configuration.Image.Reference, container.Status.State)
		}
	default:
		return &usageError{fmt.Sprintf("The value '%s' is invalid for '--format <format>'", format), c.verb}
	}
	return nil
}

func (c *call) inspect() error {
	containers := []Container{}
	for _, name := range c.arguments {
		container, err := c.store.Get(name)
		switch {
		case err != nil:
			return err
		case container != nil:
			containers = append(containers, *container)
		case !c.old():
			return failure("notFound", "container not found: "+name)
		}
	}
	return c.print(containers)
}

func (c *call) old() bool {
	dialect, err := os.ReadFile(c.store.path("dialect"))
	return err == nil && strings.TrimSpace(string(dialect)) == "0"
}

// print prints containers in the version's JSON.
func (c *call) print(containers []Container) error {
	var out any = containers
	if !c.store.Has("exit-codes") {
		for i := range containers {
			containers[i].Status.ExitCode = nil
		}
	}
	if c.old() {
		out = olden(containers)
	}
	return json.NewEncoder(c.stdout).Encode(out)
}

// olden says the same as versions before 1.0: the status was its state, the
// networks stood beside it, and addresses were called so.
func olden(containers []Container) []map[string]any {
	out := []map[string]any{}
	for _, c := range containers {
		networks := []map[string]string{}
		for _, n := range c.Status.Networks {
			networks = append(networks, map[string]string{"network": n.Network, "hostname": n.Hostname, "address": n.IPv4Address, "gateway": n.IPv4Gateway})
		}
		out = append(out, map[string]any{"status": c.Status.State, "networks": networks, "configuration": c.Configuration})
	}
	return out
}

func (c *call) logs() error {
	name := c.arguments[0]
	if _, err := c.one(name); err != nil {
		return err
	}
	text, err := os.ReadFile(c.store.path("logs", name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := strings.SplitAfter(string(text), "\n")
	if n, err := strconv.Atoi(c.last("n")); err == nil && len(lines) > n+1 {
		lines = lines[len(lines)-n-1:]
	}
	_, err = c.stdout.Write([]byte(strings.Join(lines, "")))
	return err
}

func (c *call) createNetwork() error {
	if err := c.store.Set("", "networks", c.arguments[0]); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, c.arguments[0])
	return nil
}

func (c *call) status() error {
	if c.store.Has("asleep") {
		fmt.Fprintln(c.stdout, "apiserver is not running and not registered with launchd")
		return errors.New("")
	}
	fmt.Fprint(c.stdout, "FIELD   VALUE\nstatus  running\n")
	return nil
}
