package standin

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// describe reads the options of run and create as the command does.
func (c *call) describe() (*Container, error) {
	name := c.last("name")
	if ok, _ := regexp.MatchString(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`, name); !ok || len(name) > 63 {
		return nil, failure("invalidArgument", "container ID "+name+" is not a valid container ID")
	}
	if existing, err := c.store.Get(name); err != nil {
		return nil, err
	} else if existing != nil {
		return nil, failure("exists", "container with id "+name+" already exists")
	}
	image, err := fetch(c.arguments[0])
	if err != nil {
		return nil, err
	}
	made := &Container{ID: name, Status: Status{State: "stopped", Networks: []Attachment{}}, Configuration: Configuration{
		ID: name, Image: Image{full(c.arguments[0])}, Platform: Platform{"linux", "arm64"},
		Mounts: []Mount{}, PublishedPorts: []Port{}, Labels: map[string]string{}, Networks: []Attached{},
		Resources:      Resources{CPUs: 4, MemoryInBytes: 1 << 30},
		RuntimeHandler: "container-runtime-linux", CreationDate: time.Now().UTC().Truncate(time.Second),
	}}
	for _, read := range []func(*Configuration) error{c.resources, c.labels, c.ports, c.mounts, c.networks} {
		if err := read(&made.Configuration); err != nil {
			return nil, err
		}
	}
	made.Configuration.InitProcess, err = c.program(image)
	return made, err
}

func (c *call) resources(to *Configuration) error {
	if text := c.last("cpus"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return &usageError{fmt.Sprintf("The value '%s' is invalid for '--cpus <cpus>'", text), c.verb}
		}
		to.Resources.CPUs = int(n)
	}
	if text := strings.ToLower(c.last("memory")); text != "" {
		number := strings.TrimRight(text, "bkmgtpi")
		unit := strings.TrimSuffix(strings.TrimSuffix(text[len(number):], "b"), "i")
		shift := map[string]int{"": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}
		by, known := shift[unit]
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !known {
			return failure("invalidArgument", "invalid size")
		}
		to.Resources.MemoryInBytes = int64(n*float64(int64(1)<<by)) >> 20 << 20
		if to.Resources.MemoryInBytes < 200<<20 {
			return failure("invalidArgument", fmt.Sprintf("minimum memory amount allowed is 200 MiB (got %d bytes)", to.Resources.MemoryInBytes))
		}
	}
	return nil
}

// labels splits as the command does: an equals sign in a value is one too many.
func (c *call) labels(to *Configuration) error {
	for _, label := range c.values["label"] {
		parts := slices.DeleteFunc(strings.SplitN(label, "=", 3), func(s string) bool { return s == "" })
		switch len(parts) {
		case 1:
			to.Labels[parts[0]] = ""
		case 2:
			to.Labels[parts[0]] = parts[1]
		default:
			return failure("invalidArgument", "invalid label format "+label)
		}
	}
	return nil
}

func (c *call) ports(to *Configuration) error {
	taken := map[string]bool{}
	for _, text := range c.values["publish"] {
		bad := failure("invalidArgument", "invalid publish value: "+text)
		spec, proto, ok := strings.Cut(text, "/")
		if !ok {
			proto = "tcp"
		}
		i := strings.LastIndex(spec, ":")
		if i < 0 || proto != "tcp" && proto != "udp" {
			return bad
		}
		host, address := spec[:i], "0.0.0.0"
		if j := strings.LastIndex(host, ":"); j >= 0 {
			address, host = strings.Trim(host[:j], "[]"), host[j+1:]
		}
		inner, err1 := strconv.ParseUint(spec[i+1:], 10, 16)
		outer, err2 := strconv.ParseUint(host, 10, 16)
		ip, err3 := netip.ParseAddr(address)
		if err1 != nil || err2 != nil || err3 != nil || inner == 0 || outer == 0 {
			return bad
		}
		key := host + "/" + proto
		if taken[key] {
			return failure("invalidArgument", "host ports for different publish port specs may not overlap")
		}
		taken[key] = true
		to.PublishedPorts = append(to.PublishedPorts, Port{ip.String(), int(outer), int(inner), proto, 1})
	}
	return nil
}

func (c *call) mounts(to *Configuration) error {
	for _, text := range c.values["volume"] {
		parts := strings.Split(text, ":")
		if len(parts) != 2 && len(parts) != 3 {
			return failure("invalidArgument", "invalid volume format "+text)
		}
		m := Mount{Type: map[string]any{"virtiofs": map[string]any{}}, Source: parts[0], Destination: parts[1], Options: []string{}}
		if len(parts) == 3 {
			m.Options = strings.Split(parts[2], ",")
		}
		if strings.Contains(m.Source, "/") || m.Source == "." || m.Source == ".." {
			abs, err := filepath.Abs(m.Source)
			if err != nil {
				return err
			}
			if _, err := os.Stat(abs); err != nil {
				return failure("invalidArgument", "path '"+m.Source+"' does not exist")
			}
			m.Source = abs
		} else {
			m.Type = map[string]any{"volume": map[string]any{"name": m.Source, "format": "ext4"}}
			m.Source = "/Users/ada/Library/Application Support/com.apple.container/volumes/" + m.Source + "/volume.img"
		}
		to.Mounts = append(to.Mounts, m)
	}
	return nil
}

func (c *call) networks(to *Configuration) error {
	names := c.values["network"]
	if slices.Contains(names, "none") {
		if len(names) > 1 {
			return failure("unsupported", "no other networks may be created along with network none")
		}
		return nil
	}
	if len(names) == 0 {
		names = []string{"default"}
	}
	for _, name := range names {
		if name != "default" && !c.store.Has("networks", name) {
			return failure("notFound", "network "+name+" not found")
		}
		to.Networks = append(to.Networks, Attached{name, map[string]any{"hostname": c.last("name")}})
	}
	return nil
}

// attach gives a container an address, always the same.
func attach(network, name string) Attachment {
	h := fnv.New32a()
	h.Write([]byte(network + "/" + name))
	n := h.Sum32()
	return Attachment{Network: network, Hostname: name + ".test.", IPv4Gateway: fmt.Sprintf("192.168.%d.1", n>>8%256),
		IPv4Address: fmt.Sprintf("192.168.%d.%d/24", n>>8%256, 2+n%250)}
}

func (c *call) program(image config) (Process, error) {
	p := Process{WorkingDirectory: "/", User: map[string]any{"id": map[string]any{"uid": 0, "gid": 0}}}
	if image.User != "" {
		p.User = map[string]any{"raw": map[string]any{"userString": image.User}}
	}
	if user := c.last("user"); user != "" {
		p.User = map[string]any{"raw": map[string]any{"userString": user}}
	}
	for _, dir := range []string{image.WorkingDir, c.last("workdir")} {
		if dir != "" {
			p.WorkingDirectory = dir
		}
	}
	all, arguments := image.Entrypoint, c.arguments[1:]
	if entrypoint := c.last("entrypoint"); entrypoint != "" {
		all = []string{entrypoint}
	} else if len(arguments) == 0 {
		arguments = image.Cmd
	}
	all = append(slices.Clone(all), arguments...)
	if len(all) == 0 {
		return p, failure("invalidArgument", "command/entrypoint not specified for container process")
	}
	p.Executable, p.Arguments = all[0], all[1:]
	env := map[string]string{}
	add := func(entry string) {
		name, value, ok := strings.Cut(entry, "=")
		if !ok {
			if value, ok = os.LookupEnv(name); !ok {
				return
			}
		}
		env[name] = value
	}
	for _, entry := range image.Env {
		add(entry)
	}
	for _, file := range c.values["env-file"] {
		if err := c.readVariables(file, add); err != nil {
			return p, err
		}
	}
	for _, entry := range c.values["env"] {
		add(entry)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.Environment = append(p.Environment, name+"="+env[name])
	}
	return p, nil
}

// readVariables reads a file of variables, and notes who could have read it
// beside.
func (c *call) readVariables(file string, add func(entry string)) error {
	f, err := os.Open(file)
	if err != nil {
		return failure("invalidArgument", "failed to read envfile at "+file)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := c.store.Set(info.Mode().Perm().String()+" "+file, "env-file"); err != nil {
		return err
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		name, _, _ := strings.Cut(line, "=")
		switch {
		case line == "", strings.HasPrefix(line, "#"):
			continue
		case name == "":
			return failure("invalidArgument", "no variable name on line '"+line+"'")
		case strings.ContainsAny(name, " \t"):
			return failure("invalidArgument", "variable '"+name+"' contains whitespaces")
		}
		add(line)
	}
	return lines.Err()
}

// config is what an image says.
type config struct {
	Env        []string `json:"Env"`
	Entrypoint []string `json:"Entrypoint"`
	Cmd        []string `json:"Cmd"`
	WorkingDir string   `json:"WorkingDir"`
	User       string   `json:"User"`
}

// fetch gets an image. There are all, but those whose name says that they are
// missing.
func fetch(image string) (config, error) {
	c := config{Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}
	switch {
	case strings.Contains(image, "missing"):
		return c, failure("notFound", "image "+full(image)+" not found")
	case strings.Contains(image, "nginx"):
		c.Entrypoint, c.Cmd = []string{"/docker-entrypoint.sh"}, []string{"nginx", "-g", "daemon off;"}
		c.Env = append(c.Env, "NGINX_VERSION=1.29.0")
	default:
		c.Cmd = []string{"/bin/sh"}
	}
	return c, nil
}

// full is an image's whole name.
func full(image string) string {
	first, _, slash := strings.Cut(image, "/")
	switch {
	case !slash:
		image = "docker.io/library/" + image
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		image = "docker.io/" + image
	}
	if !strings.Contains(image[strings.LastIndex(image, "/"):], ":") && !strings.Contains(image, "@") {
		image += ":latest"
	}
	return image
}

func (c *call) inspectImage() error {
	image, err := fetch(c.arguments[0])
	if err != nil {
		return err
	}
	type object = map[string]any
	return json.NewEncoder(c.stdout).Encode([]object{{
		"name": full(c.arguments[0]),
		"variants": []object{
			{"platform": object{"os": "linux", "architecture": "amd64"}, "config": object{"config": object{"Env": []string{"OTHER=1"}}}},
			{"platform": object{"os": "linux", "architecture": "arm64"}, "config": object{"config": image}},
		},
	}})
}
