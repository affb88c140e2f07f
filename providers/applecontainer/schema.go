package applecontainer

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	containerType = "applecontainer_container"
	assertRunning = "container_running"
)

// The command cannot change a container that exists: it can only start and stop
// it. So every attribute forces replacement, but those two things.

func schema() *providers.Schema {
	return &providers.Schema{
		Provider: &providers.Object{
			Description: "Apple's container command on this Mac.",
			Attributes: map[string]*providers.Attribute{
				"command": {Type: cty.String, Optional: true,
					Description: `The command to start: a name that is looked for on PATH, or a path, which begins in the project's folder if it is relative. Without it, "container", and only on macOS.`},
			},
		},
		Resources: map[string]*providers.ResourceType{
			containerType: {Object: containerObject(), CustomPlan: true, CustomValidate: true, Restartable: true, CheckInterval: "30s",
				Identity: providers.Identity{Attributes: []string{"name"}}},
		},
		Asserts: map[string]*providers.AssertType{
			assertRunning: {Object: providers.Object{
				Description: "The container is running.",
				Attributes:  map[string]*providers.Attribute{},
			}},
		},
	}
}

func containerObject() providers.Object {
	return providers.Object{
		Description: "A container run by Apple's container command.",
		Attributes: map[string]*providers.Attribute{
			"name": {Type: cty.String, Required: true, ForceNew: true,
				Description: "The container's name, which is also its id and its host name."},
			"image": {Type: cty.String, Required: true, ForceNew: true, Completable: true, Tier: providers.TierApproval,
				Description: "The image. It is fetched if it is not on this machine."},
			"entrypoint": {Type: cty.List(cty.String), Optional: true, ForceNew: true,
				Description: "The program to run in place of the image's entrypoint, and its first arguments."},
			"command": {Type: cty.List(cty.String), Optional: true, ForceNew: true,
				Description: "The arguments of the entrypoint, or the program and its arguments where the image has none."},
			"env": {Type: cty.Map(cty.String), Optional: true, ForceNew: true, Tier: providers.TierApproval,
				Description: "Environment variables, by name."},
			"sensitive_env": {Type: cty.Map(cty.String), Optional: true, ForceNew: true, Sensitive: true,
				Description: "Environment variables whose values are never shown, by name."},
			"user": {Type: cty.String, Optional: true, ForceNew: true,
				Description: "Who the program runs as: a name, or a number with or without a group, such as 1000:1000."},
			"working_dir": {Type: cty.String, Optional: true, ForceNew: true,
				Description: "The folder in the container that the program starts in."},
			"ports":   portsAttribute(),
			"volumes": volumesAttribute(),
			"networks": {Type: cty.List(cty.String), Optional: true, ForceNew: true, Tier: providers.TierApproval,
				Description: "The networks that it is attached to, by name. Without any, the default network."},
			"cpus": {Type: cty.Number, Optional: true, ForceNew: true, Tier: providers.TierFree,
				Description: "How many CPUs it has."},
			"memory": {Type: cty.String, Optional: true, ForceNew: true, Tier: providers.TierFree, Normalise: providers.NormaliseBytes,
				Description: `How much memory it has, in whole MiB, such as "512MiB".`},
			"labels": {Type: cty.Map(cty.String), Optional: true, ForceNew: true,
				Description: `Labels, by name. Those that begin with "clockwork." are Clockwork's own.`},
			"running": {Type: cty.Bool, Optional: true, Default: cty.True,
				Description: "Whether it is to run. One that stopped by itself is started again."},
			"stop_timeout": {Type: cty.String, Optional: true, Default: cty.StringVal("5s"), Normalise: providers.NormaliseDuration,
				Description: `How long it may take to stop before it is killed, in whole seconds, such as "30s".`},

			"id": {Type: cty.String, Computed: true, DependsOn: []string{"name"}, Description: "The container's id, which is its name."},
			"status": {Type: cty.String, Computed: true, DependsOn: []string{"running"},
				Description: `What it does: "running" or "stopped", and in between "stopping".`},
			"ip_addresses": {Type: cty.Map(cty.String), Computed: true, DependsOn: []string{"running"},
				Description: "Its IPv4 addresses, by network. One that does not run has none."},
		},
	}
}

func portsAttribute() *providers.Attribute {
	return &providers.Attribute{Optional: true, ForceNew: true, Tier: providers.TierApproval, Normalise: providers.NormaliseUnsorted,
		Description: "Ports of the container that are reached through this machine. Their order means nothing.",
		Nested: &providers.Nested{Nesting: providers.NestingList, MaxItems: maxPorts, Object: providers.Object{
			Description: "One port.",
			Attributes: map[string]*providers.Attribute{
				"host": {Type: cty.Number, Required: true, Tier: providers.TierApproval,
					Description: "The port on this machine."},
				"container": {Type: cty.Number, Required: true, Tier: providers.TierApproval,
					Description: "The port in the container."},
				"protocol": {Type: cty.String, Optional: true, Default: cty.StringVal("tcp"), Enum: []string{"tcp", "udp"}, Tier: providers.TierApproval,
					Description: "The protocol."},
				"ip": {Type: cty.String, Optional: true, Tier: providers.TierApproval,
					Description: "The address of this machine that it listens on. Without it, all IPv4 addresses."},
			},
		}},
	}
}

func volumesAttribute() *providers.Attribute {
	return &providers.Attribute{Optional: true, ForceNew: true, Normalise: providers.NormaliseUnsorted,
		Description: "Folders and volumes that are mounted in the container. Their order means nothing.",
		Nested: &providers.Nested{Nesting: providers.NestingList, Object: providers.Object{
			Description: "One mount.",
			Attributes: map[string]*providers.Attribute{
				"source": {Type: cty.String, Required: true,
					Description: `A path on this machine, which has a "/" in it and begins in the project's folder if it is relative, or the name of a volume.`},
				"target": {Type: cty.String, Required: true,
					Description: "The absolute path in the container."},
				"read_only": {Type: cty.Bool, Optional: true, Default: cty.False,
					Description: "Whether the container may only read it."},
			},
		}},
	}
}
