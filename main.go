// Clockwork makes files, containers and git checkouts what a folder of .cw.hcl
// files says. This file is wiring only: the commands, the built-in providers,
// and the exit code.
package main

import (
	"os"
	"runtime/debug"

	"github.com/clockwork-hcl/clockwork/command"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/applecontainer"
	"github.com/clockwork-hcl/clockwork/providers/docker"
	"github.com/clockwork-hcl/clockwork/providers/file"
	"github.com/clockwork-hcl/clockwork/providers/git"
)

//go:generate go run . provider docs -o docs/providers applecontainer docker file git

// version is set by the linker.
var version = "0.1.0-dev"

func main() {
	// A project of 100,000 resources is to be planned in 2 GB, both processes
	// together: near this size the heap is collected before it has doubled.
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1400 << 20)
	}
	os.Exit(command.Run(environment(builtin()), os.Args[1:], commands()))
}

func environment(builtin map[string]func() providers.Provider) *command.Env {
	return &command.Env{
		Version: version,
		Builtin: builtin,
		// All other types begin with their provider's name.
		TypeProviders: map[string]string{"directory": "file"},
		// What docker and git, and helpers that know their passwords, need to reach
		// others as their user does; and Apple's container its own settings.
		ProviderVariables: map[string][]string{
			"applecontainer": {"CONTAINER_*"},
			"docker":         {"SSH_*", "DBUS_SESSION_BUS_ADDRESS", "AWS_*", "AZURE_*", "CLOUDSDK_*", "GOOGLE_*"},
			"git":            {"SSH_*", "DBUS_SESSION_BUS_ADDRESS", "GCM_*", "GH_*", "GITHUB_*", "GITLAB_*", "GNUPGHOME", "KRB5*"},
		},
		Stdin:   os.Stdin,
		Streams: views.SystemStreams(),
	}
}

// builtin are the providers that this binary serves, each in a process of its
// own.
func builtin() map[string]func() providers.Provider {
	return map[string]func() providers.Provider{
		"applecontainer": func() providers.Provider { return applecontainer.New() },
		"docker":         docker.New,
		"file":           func() providers.Provider { return file.New() },
		"git":            func() providers.Provider { return git.New() },
	}
}

func commands() map[string]command.New {
	return map[string]command.New{
		"apply":            command.Apply,
		"approve":          command.Approve,
		"assert":           command.Assert,
		"console":          command.Console,
		"destroy":          command.Destroy,
		"diagnose":         command.Diagnose,
		"fmt":              command.Fmt,
		"force-unlock":     command.ForceUnlock,
		"graph":            command.Graph,
		"history":          command.History,
		"incidents":        command.Incidents,
		"init":             command.Init,
		"monitor":          command.Monitor,
		"output":           command.Output,
		"overlay":          command.Overlay,
		"overlay accept":   command.OverlayAccept,
		"overlay drop":     command.OverlayDrop,
		"overlay list":     command.OverlayList,
		"pause":            command.Pause,
		"plan":             command.Plan,
		"plugin-serve":     command.PluginServe,
		"provider":         command.Provider,
		"provider docs":    command.ProviderDocs,
		"provider key":     command.ProviderKey,
		"provider new":     command.ProviderNew,
		"provider release": command.ProviderRelease,
		"provider test":    command.ProviderTest,
		"providers":        command.Providers,
		"providers lock":   command.ProvidersLock,
		"providers mirror": command.ProvidersMirror,
		"providers schema": command.ProvidersSchema,
		"reject":           command.Reject,
		"resume":           command.Resume,
		"rollback":         command.Rollback,
		"service":          command.Service,
		"service install":  command.ServiceInstall,
		"service logs":     command.ServiceLogs,
		"service restart":  command.ServiceRestart,
		"service start":    command.ServiceStart,
		"service status":   command.ServiceStatus,
		"service stop":     command.ServiceStop,
		"show":             command.Show,
		"state":            command.State,
		"state list":       command.StateList,
		"state mv":         command.StateMv,
		"state rm":         command.StateRm,
		"state show":       command.StateShow,
		"validate":         command.Validate,
		"version":          command.Version,
	}
}
