package command

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/clockwork-hcl/clockwork/command/cliconfig"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/install"
)

// settingCacheDir is taken from the environment only, as the CLI configuration
// is: what a project brings along does not decide where things are kept.
const settingCacheDir = "CW_PLUGIN_CACHE_DIR"

// installation is what the user, and not the project, says about providers.
type installation struct {
	cli   *cliconfig.Config
	home  string // "" if there is none
	cache string
}

func readInstallation() (installation, diag.Diagnostics) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // then it has no plugins
	}
	in := installation{home: home}
	var ds diag.Diagnostics
	if in.cli, ds = cliconfig.Read(home); ds.HasErrors() {
		return in, ds
	}
	in.cache = cmp.Or(os.Getenv(settingCacheDir), in.cli.CacheDir)
	if in.cache != "" && !filepath.IsAbs(in.cache) {
		return in, append(ds, diag.Errorf("Invalid setting", "%s is %q. Set it to an absolute path.", settingCacheDir, in.cache)...)
	}
	if in.cache == "" && home != "" {
		in.cache = filepath.Join(home, ".clockwork", "cache", "providers")
	}
	return in, ds
}

// places returns where a project's providers are looked for.
func (in installation) places(project string, set settings) plugins.Places {
	dirs := plugins.PluginDirs(project, set.get("CW_PLUGIN_DIR"), in.home)
	p := plugins.Places{Dirs: dirs, Cache: in.cache, Overrides: in.cli.Overrides}
	for _, m := range in.cli.Mirrors {
		p.Mirrors = append(p.Mirrors, plugins.Mirror{Dir: m.Dir, Has: m.Sources.Has})
	}
	return p
}

// overridden warns of the overrides that hold for some of the sources.
func (in installation) overridden(reqs []plugins.Requirement) diag.Diagnostics {
	var lines []string
	for _, source := range slices.Sorted(maps.Keys(in.cli.Overrides)) {
		if slices.ContainsFunc(reqs, func(r plugins.Requirement) bool { return r.Source == source }) {
			lines = append(lines, "  "+source+" is "+in.cli.Overrides[source])
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return diag.Warningf("Development overrides are in effect",
		"By dev_overrides in %s, these are started whatever %s says, and without looking at what they contain:\n%s",
		in.cli.Path, plugins.LockFileName, strings.Join(lines, "\n"))
}

// installer returns what installs a project's providers. Folders that are named
// stand for everything else.
func (p *project) installer(dirs []string, progress install.Progress) *install.Installer {
	in := &install.Installer{Places: p.places, Methods: p.installation.cli.Methods, Pins: p.installation.cli.Pins, Progress: progress}
	if len(dirs) > 0 {
		in.Places.Dirs, in.Places.Mirrors, in.Methods, in.Copy = dirs, nil, nil, true
	}
	return in
}

// installing is how init has providers installed.
type installing struct {
	upgrade  bool
	readonly bool
	dirs     []string
	progress install.Progress

	installed []install.Installed
}

// install sees to it that every provider is there and recorded.
func (i *installing) install(ctx context.Context, p *project) diag.Diagnostics {
	var ds diag.Diagnostics
	i.installed, ds = p.installer(i.dirs, i.progress).Require(ctx, p.locked, requirements(p.config.Root), i.upgrade)
	switch {
	case ctx.Err() != nil:
		return nil // which is said by itself
	case ds.HasErrors():
		return ds
	case !i.readonly:
		return append(ds, diag.FromError("Cannot record the providers", p.locked.Create())...)
	case p.locked.Changed():
		return append(ds, diag.Errorf("Lock file would change",
			"%s does not have all that the configuration needs, and -lockfile=readonly forbids to write it. Run clockwork init without that option, and keep the file with the project.",
			plugins.LockFileName)...)
	}
	return ds
}
