package docker

import (
	"maps"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const containerType = "docker_container"

// containers is the resource type docker_container.
type containers struct{}

// What a container is allowed to do to its host, what it runs, as whom, and
// what it holds is out of a model's reach: those attributes have no tier.

func (containers) schema() *providers.ResourceType {
	attrs := identity()
	for _, more := range []map[string]*providers.Attribute{process(), environment(), connections(), storage(), rights(), limits(), care(), observed()} {
		maps.Copy(attrs, more)
	}
	return &providers.ResourceType{
		Object: providers.Object{
			Description: "A container.",
			Attributes:  attrs,
			AtMostOneOf: [][]string{{"networks", "network_mode"}},
		},
		CustomPlan:     true,
		PlanAlways:     []string{"upload"},
		CustomValidate: true,
		Restartable:    true,
		Watchable:      true,
		CheckInterval:  "30s",
		Identity:       providers.Identity{Attributes: []string{"name"}},
	}
}

// The kinds of attributes that there are many of. A container cannot be given
// another value of these, so they force a replacement.

func fixedText(description string) *providers.Attribute {
	return &providers.Attribute{Type: cty.String, Optional: true, ForceNew: true, Description: description}
}

func fixedBool(description string) *providers.Attribute {
	return &providers.Attribute{Type: cty.Bool, Optional: true, ForceNew: true, Description: description}
}

func fixedList(description string) *providers.Attribute {
	return &providers.Attribute{Type: cty.List(cty.String), Optional: true, ForceNew: true, Description: description}
}

// fixedBag is a list whose order means nothing.
func fixedBag(description string) *providers.Attribute {
	a := fixedList(description)
	a.Normalise = providers.NormaliseUnsorted
	return a
}

func fixedMap(description string) *providers.Attribute {
	return &providers.Attribute{Type: cty.Map(cty.String), Optional: true, ForceNew: true, Description: description}
}

// fixedObjects is a list of objects whose order means nothing.
func fixedObjects(description string, object providers.Object) *providers.Attribute {
	return &providers.Attribute{Optional: true, ForceNew: true, Normalise: providers.NormaliseUnsorted, Description: description,
		Nested: &providers.Nested{Nesting: providers.NestingList, Object: object}}
}

func nested(nesting providers.Nesting, description string, object providers.Object) *providers.Attribute {
	return &providers.Attribute{Optional: true, Description: description,
		Nested: &providers.Nested{Nesting: nesting, Object: object}}
}

func withTier(t providers.Tier, a *providers.Attribute) *providers.Attribute {
	a.Tier = t
	return a
}

func asSize(a *providers.Attribute) *providers.Attribute {
	a.Normalise = providers.NormaliseBytes
	return a
}

func asDuration(a *providers.Attribute) *providers.Attribute {
	a.Normalise = providers.NormaliseDuration
	return a
}

// timing is a duration that says when something is healthy.
func timing(description string) *providers.Attribute {
	return &providers.Attribute{Type: cty.String, Optional: true, Normalise: providers.NormaliseDuration,
		Tier: providers.TierFree, Description: description}
}

func identity() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"name": {Type: cty.String, Required: true,
			Description: "The container's name. Another name is given to it in place."},
		"image": {Type: cty.String, Required: true, ForceNew: true, Completable: true, Tier: providers.TierApproval,
			Description: "The image, by name and tag, digest, or id. It is pulled when it is not there."},
		"platform": fixedText(`The platform of the image, such as "linux/arm64".`),
		"labels":   fixedMap("Labels. Those of the image and of Clockwork come to them."),
	}
}

func process() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"command":     fixedList("The command and its arguments; the image's when it is not set."),
		"entrypoint":  fixedList("The entrypoint; the image's when it is not set."),
		"user":        fixedText(`The user, and perhaps group, that it runs as: "1000:1000". The image's when it is not set.`),
		"group_add":   fixedBag("More groups of the user, by name or number."),
		"working_dir": fixedText("The folder that it starts in; the image's when it is not set."),
		"hostname":    fixedText("The host's name inside; the beginning of its id when it is not set."),
		"domainname":  fixedText("The domain's name inside."),
		"init":        fixedBool("Runs an init inside that forwards signals and reaps processes."),
		"tty":         fixedBool("Gives it a terminal."),
		"stdin_open":  fixedBool("Keeps its standard input open."),
		"stop_signal": fixedText(`The signal that stops it, such as "SIGQUIT". The image's, or SIGTERM, when it is not set.`),
		"stop_timeout": asDuration(fixedText(
			`How long it may take to stop before it is killed, in whole seconds, such as "30s". The engine's default is 10s.`)),
	}
}

func environment() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"env": withTier(providers.TierApproval, fixedMap("Environment variables. Those of the image come to them.")),
		"upload": {Optional: true, ForceNew: true,
			Description: "Files to put into it before it starts, by their absolute paths inside.",
			Nested: &providers.Nested{Nesting: providers.NestingMap, Object: providers.Object{
				Description: "One file.",
				Attributes: map[string]*providers.Attribute{
					"content":        {Type: cty.String, Optional: true, Description: "The text that the file holds."},
					"content_base64": {Type: cty.String, Optional: true, Description: "The bytes that the file holds, in Base64."},
					"sensitive_content": {Type: cty.String, Optional: true, Sensitive: true,
						Description: "The text that the file holds, which is never shown."},
					"source": {Type: cty.String, Optional: true, Normalise: providers.NormalisePath,
						Description: "A file whose content is copied. A relative path begins in the project's folder."},
					"mode": {Type: cty.String, Optional: true, Default: cty.StringVal("0644"), Normalise: providers.NormaliseMode,
						Description: "Who may do what with it, as an octal number."},
					"uid": {Type: cty.Number, Optional: true, Description: "The number of the user that owns it; 0 when it is not set."},
					"gid": {Type: cty.Number, Optional: true, Description: "The number of the group that owns it; 0 when it is not set."},
					"source_sha256": {Type: cty.String, Computed: true, DependsOn: []string{"source"},
						Description: "The SHA-256 of the source, in hex; null when there is none."},
				},
				ExactlyOneOf: [][]string{{"content", "content_base64", "sensitive_content", "source"}},
			}},
		},
	}
}

func connections() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"ports": withTier(providers.TierApproval, fixedObjects("Ports that are published on the host. Their order means nothing.", providers.Object{
			Description: "One published port.",
			Attributes: map[string]*providers.Attribute{
				"container": {Type: cty.Number, Required: true, Tier: providers.TierApproval, Description: "The port inside."},
				"host": {Type: cty.Number, Optional: true, Tier: providers.TierApproval,
					Description: "The port on the host. When it is not set the engine chooses one, which is in published."},
				"protocol": {Type: cty.String, Optional: true, Default: cty.StringVal("tcp"), Enum: []string{"tcp", "udp", "sctp"}, Tier: providers.TierApproval,
					Description: "The protocol."},
				"ip": {Type: cty.String, Optional: true, Tier: providers.TierApproval,
					Description: `The host's address that it is published on, such as "127.0.0.1"; all when it is not set.`},
			},
		})),
		"networks": withTier(providers.TierApproval, nested(providers.NestingMap,
			"The networks that it is in, by name, and no others; the engine's default network when it is not set. They are changed in place.",
			providers.Object{
				Description: "How it is in one network.",
				Attributes: map[string]*providers.Attribute{
					"aliases": {Type: cty.List(cty.String), Optional: true, Normalise: providers.NormaliseUnsorted, Tier: providers.TierApproval,
						Description: "More names that it is found by in the network."},
					"ipv4_address": {Type: cty.String, Optional: true, Tier: providers.TierApproval, Description: "A fixed IPv4 address in the network."},
					"ipv6_address": {Type: cty.String, Optional: true, Tier: providers.TierApproval, Description: "A fixed IPv6 address in the network."},
				},
			})),
		"network_mode": fixedText(`A special network: "host", "none" or "container:NAME".`),
		"dns":          fixedList("Name servers."),
		"dns_search":   fixedList("Domains to search for short names."),
		"dns_options":  fixedBag("Options of the resolver."),
		"extra_hosts":  fixedMap(`Addresses of more hosts, by their names. "host-gateway" is the host's address.`),
	}
}

func storage() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"volumes": fixedBag(`What is mounted, in the short form of Docker Compose: "data:/var/lib/data" (a volume), ` +
			`"./conf:/etc/app:ro" (a folder or file below the project's folder).`),
		"mounts": fixedObjects("What is mounted, in the long form. The order means nothing.", providers.Object{
			Description: "One mount.",
			Attributes: map[string]*providers.Attribute{
				"type": {Type: cty.String, Optional: true, Default: cty.StringVal("volume"), Enum: []string{"volume", "bind", "tmpfs"},
					Description: "What is mounted: a volume, something of the host, or memory."},
				"source": {Type: cty.String, Optional: true,
					Description: "The volume's name, or the path on the host. A relative path begins in the project's folder."},
				"target":    {Type: cty.String, Required: true, Description: "The absolute path inside."},
				"read_only": {Type: cty.Bool, Optional: true, Default: cty.False, Description: "It cannot be written to."},
				"create": {Type: cty.Bool, Optional: true, Default: cty.False,
					Description: "A folder of the host that is missing is made."},
				"no_copy": {Type: cty.Bool, Optional: true, Default: cty.False,
					Description: "A new volume is not filled with what the image has at the target."},
				"size": {Type: cty.String, Optional: true, Normalise: providers.NormaliseBytes, Description: `The size of a tmpfs, such as "64MiB".`},
				"mode": {Type: cty.String, Optional: true, Normalise: providers.NormaliseMode, Description: `The mode of a tmpfs, such as "1777".`},
			},
		}),
		"read_only": fixedBool("Its own file system cannot be written to."),
		"shm_size":  asSize(fixedText(`The size of /dev/shm, such as "64MiB".`)),
		"remove_volumes": {Type: cty.Bool, Optional: true, Default: cty.False,
			Description: "Removes the volumes without a name with it. Without this they are kept, as nothing else knows what they hold."},
	}
}

func rights() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"privileged": fixedBool("Gives it all rights on the host."),
		"capabilities": {Optional: true, ForceNew: true, Description: "Capabilities beside the engine's default ones.",
			Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: providers.Object{
				Description: "What it may do beside, or less.",
				Attributes: map[string]*providers.Attribute{
					"add":  fixedBag(`Capabilities that it has beside, such as "NET_ADMIN".`),
					"drop": fixedBag(`Capabilities that it has not, such as "ALL".`),
				},
			}},
		},
		"devices": fixedObjects("Devices of the host. The order means nothing.", providers.Object{
			Description: "One device.",
			Attributes: map[string]*providers.Attribute{
				"host":        {Type: cty.String, Required: true, Description: "Its path on the host."},
				"container":   {Type: cty.String, Optional: true, Description: "Its path inside; that on the host when it is not set."},
				"permissions": {Type: cty.String, Optional: true, Default: cty.StringVal("rwm"), Description: `What may be done with it: "r", "w", "m".`},
			},
		}),
		"gpus":          fixedText(`GPUs: "all", a number, or ids with commas between them.`),
		"security_opts": fixedBag(`Security options, such as "no-new-privileges".`),
		"sysctls":       fixedMap("Settings of the kernel, by name."),
		"pid_mode":      fixedText(`The processes that it sees: "host" or "container:NAME".`),
		"ipc_mode":      fixedText(`The IPC that it shares: "none", "private", "shareable", "host" or "container:NAME".`),
	}
}

func limits() map[string]*providers.Attribute {
	free := func(ty cty.Type, description string) *providers.Attribute {
		return &providers.Attribute{Type: ty, Optional: true, Tier: providers.TierFree, Description: description}
	}
	return map[string]*providers.Attribute{
		"memory":             asSize(free(cty.String, `The memory that it may use, such as "256MiB", or a number of bytes.`)),
		"memory_swap":        asSize(free(cty.String, `Memory and swap together; "-1" for no limit. Twice the memory when it is not set.`)),
		"memory_reservation": asSize(free(cty.String, "The memory that it is left when memory is short.")),
		"cpus":               free(cty.Number, "How many processors it may use, such as 1.5."),
		"cpu_shares":         free(cty.Number, "Its share of processors that are busy, relative to 1024."),
		"cpuset":             {Type: cty.String, Optional: true, Description: `The processors that it may use: "0-2" or "0,1".`},
		"pids_limit":         free(cty.Number, "How many processes it may have; -1 for no limit."),
		"ulimits": withTier(providers.TierApproval, &providers.Attribute{Optional: true, ForceNew: true,
			Description: `Limits of its processes, by name, such as "nofile".`,
			Nested: &providers.Nested{Nesting: providers.NestingMap, Object: providers.Object{
				Description: "One limit.",
				Attributes: map[string]*providers.Attribute{
					"soft": {Type: cty.Number, Required: true, Tier: providers.TierApproval, Description: "The limit."},
					"hard": {Type: cty.Number, Optional: true, Tier: providers.TierApproval, Description: "What the limit can be raised to; soft when it is not set."},
				},
			}},
		}),
	}
}

// care is how a container is kept running.
func care() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"restart": {Type: cty.String, Optional: true, Tier: providers.TierApproval,
			Description: `When the engine starts it again: "no", "always", "unless-stopped", "on-failure" or "on-failure:5".`},
		// The timings alone are in reach: the whole has the test in it.
		"healthcheck": {Optional: true, ForceNew: true, Tier: providers.TierFree, Description: "How the engine checks its health; as the image says when it is not set.",
			Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: providers.Object{
				Description: "A check.",
				Attributes: map[string]*providers.Attribute{
					"test": {Type: cty.List(cty.String), Optional: true,
						Description: `A command and its arguments, perhaps after "CMD"; "CMD-SHELL" and a line of shell; or "NONE". The image's when it is not set.`},
					"interval":     timing("How long to wait between checks."),
					"timeout":      timing("How long a check may take."),
					"start_period": timing("How long it has to come up before failures count."),
					"retries":      {Type: cty.Number, Optional: true, Tier: providers.TierFree, Description: "After how many failures in a row it is unhealthy."},
				},
			}},
		},
		"log": {Optional: true, ForceNew: true, Description: "Where its log goes; as the engine is set up when it is not set.",
			Nested: &providers.Nested{Nesting: providers.NestingSingle, Object: providers.Object{
				Description: "A log.",
				Attributes: map[string]*providers.Attribute{
					"driver":  {Type: cty.String, Optional: true, Description: `The engine's log driver, such as "json-file"; its default when it is not set.`},
					"options": {Type: cty.Map(cty.String), Optional: true, Description: "Options of the driver."},
				},
			}},
		},
		"must_run": {Type: cty.Bool, Optional: true, Default: cty.True,
			Description: "A container that has stopped is a change, and is started. Set it to false for one that is to end."},
		"wait": withTier(providers.TierFree, nested(providers.NestingSingle,
			"Waits, when it is started, until it is healthy, or where it has no health check, until it runs.",
			providers.Object{
				Description: "How to wait.",
				Attributes: map[string]*providers.Attribute{
					"timeout": {Type: cty.String, Optional: true, Default: cty.StringVal("60s"), Normalise: providers.NormaliseDuration,
						Tier: providers.TierFree, Description: "How long to wait; then it has failed."},
				},
			})),
	}
}

// observed is what only the engine knows.
func observed() map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"id":       {Type: cty.String, Computed: true, Stable: true, Description: "The container's id."},
		"image_id": {Type: cty.String, Computed: true, Stable: true, Description: "The id of the image that it was made from."},
		"ip_addresses": {Type: cty.Map(cty.String), Computed: true,
			Description: "Its IP addresses, by network. Without a running container there are none."},
		"published": {Type: cty.Map(cty.Number), Computed: true,
			Description: `The ports on the host, by those inside: published["80/tcp"].`},
		"exit_code": {Type: cty.Number, Computed: true, Description: "What it ended with last; null while it runs."},
		"health":    {Type: cty.String, Computed: true, Description: `"healthy", "unhealthy" or "starting"; null without a check.`},
	}
}
