package command

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/cli"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/state"
)

var hclStart = hcl.Pos{Line: 1, Column: 1}

// Overlay is `clockwork overlay`.
func Overlay(env *Env) cli.Command {
	return &base{
		env: env, name: "overlay", usage: "COMMAND [options] [words]", synopsis: "Look at what an AI has set, accept it or drop it",
		about: `
When an AI's proposal has healed something, what it set lies over your
configuration: it is in the state, every plan shows it, and your files stay as you
wrote them. It holds until you write something else there, accept it or drop it.`,
		most: anyNumber,
		run: func(_ context.Context, words []string) int {
			if len(words) == 0 {
				return cli.RunResultHelp
			}
			return env.fail(diag.Errorf("Unknown command", "clockwork overlay has no command %q.%s Run clockwork overlay -help to see all of them.",
				words[0], diag.DidYouMean(words[0], []string{"list", "accept", "drop"})))
		},
	}
}

// OverlayList is `clockwork overlay list`.
func OverlayList(env *Env) cli.Command {
	var out arguments.Output
	c := &base{
		env: env, name: "overlay list", synopsis: "List what an AI has set",
		about: `
Prints everything that lies over the configuration: what it is and was, which model
proposed it, when, and in which incident.`,
	}
	c.run = func(ctx context.Context, _ []string) int {
		return env.withProject(ctx, needs{state: true, output: out}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
			all := overlays(p.store.State())
			if p.json {
				return printOverlays(env, all)
			}
			if len(all) == 0 {
				p.say("Nothing lies over the configuration.\n")
			}
			for _, o := range all {
				p.say(views.FormatOverlay(o))
			}
			return exitOK, p.noState()
		})
	}
	out.AddTo(&c.options)
	return c
}

// overlays are all that lie over instances, by address.
func overlays(st *state.State) []plan.Overlay {
	var out []plan.Overlay
	for _, k := range keysOf(st) {
		if o := st.Objects[k]; k.Deposed == "" && len(o.Overlay) > 0 {
			out = append(out, plan.Overlay{Address: k.Instance, Entries: o.Overlay})
		}
	}
	return out
}

// printOverlays prints them as JSON.
func printOverlays(env *Env, all []plan.Overlay) (int, diag.Diagnostics) {
	type entry struct {
		Address string `json:"address"`
		state.Overlay
	}
	entries := []entry{}
	for _, o := range all {
		for _, e := range o.Entries {
			entries = append(entries, entry{o.Address.String(), e})
		}
	}
	raw, err := json.MarshalIndent(map[string]any{"overlays": entries}, "", "  ")
	if err != nil {
		return exitError, diag.FromError("Cannot write JSON", err)
	}
	env.term().Print(string(raw) + "\n")
	return exitOK, nil
}

// OverlayDrop is `clockwork overlay drop`.
func OverlayDrop(env *Env) cli.Command {
	var lock arguments.Lock
	c := &base{
		env: env, name: "overlay drop", usage: "[options] ADDRESS [ATTRIBUTE]", synopsis: "Take back what an AI has set",
		about: `
Takes what an AI has set of a resource, or of one of its attributes, out of the
state. Nothing deployed is touched: the next apply brings back what the
configuration says.`,
		examples: []example{
			{"clockwork overlay drop docker_container.web", "All of one resource"},
			{`clockwork overlay drop docker_container.web 'networks["app"]'`, "One attribute, as clockwork overlay list names it"},
		},
		least: 1, most: 2,
	}
	c.run = func(ctx context.Context, words []string) int {
		return env.withProject(ctx, needs{state: true, lock: "overlay drop", lockTimeout: lock}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
			in, chosen, ds := chooseOverlay(p.store.State(), words)
			if ds.HasErrors() {
				return exitError, ds
			}
			o := *p.store.State().Objects[state.ObjectKey{Instance: in}]
			o.Overlay = slices.DeleteFunc(slices.Clone(o.Overlay), func(e state.Overlay) bool {
				return slices.ContainsFunc(chosen, func(c state.Overlay) bool { return c.Path == e.Path })
			})
			if ds := p.commit(state.Change{Set: map[state.ObjectKey]*state.Object{{Instance: in}: &o}}); ds.HasErrors() {
				return exitError, ds
			}
			for _, e := range chosen {
				p.say(fmt.Sprintf("Dropped %s of %s. The next apply sets it to %s.\n", e.Path, in, views.FormatOverlaid(e.Over)))
			}
			return exitOK, nil
		})
	}
	lock.AddTo(&c.options)
	return c
}

// OverlayAccept is `clockwork overlay accept`.
func OverlayAccept(env *Env) cli.Command {
	return &base{
		env: env, name: "overlay accept", usage: "ADDRESS [ATTRIBUTE]", synopsis: "Print the patch that makes it your configuration",
		about: `
Prints what to change in your files so that what an AI has set is what you wrote.
Nothing is changed: apply the patch, or write it yourself. The next plan then sees
that the file says it, and the overlay ends.`,
		examples: []example{{"clockwork overlay accept docker_container.web | patch -p1", "Take it over"}},
		least:    1, most: 2,
		run: func(ctx context.Context, words []string) int {
			return env.withProject(ctx, needs{state: true, config: true}, func(_ context.Context, p *project) (int, diag.Diagnostics) {
				in, chosen, ds := chooseOverlay(p.store.State(), words)
				if ds.HasErrors() {
					return exitError, ds
				}
				text, ds := acceptance(p.config, in, chosen)
				ds = append(ds, shared(p.config, in)...)
				if !ds.HasErrors() {
					env.term().Print(text)
				}
				return exitOf(ds), ds
			})
		},
	}
}

func exitOf(ds diag.Diagnostics) int {
	if ds.HasErrors() {
		return exitError
	}
	return exitOK
}

// chooseOverlay finds the instance, and those of its entries, that a command line
// names.
func chooseOverlay(st *state.State, words []string) (addr.Instance, []state.Overlay, diag.Diagnostics) {
	targets, ds := parseTargets(words[:1])
	if ds.HasErrors() {
		return addr.Instance{}, nil, ds
	}
	t := targets[0]
	var names []string
	for _, o := range overlays(st) {
		names = append(names, o.Address.String())
		if !t.Contains(o.Address) || t.Resource.Type == "" {
			continue
		}
		if len(words) == 1 {
			return o.Address, o.Entries, nil
		}
		// It may be written in another way than the state has it.
		wanted := words[1]
		if path, err := plan.ParseAttributePath(wanted); err == nil {
			wanted = path.String()
		}
		var paths []string
		for _, e := range o.Entries {
			if e.Path == wanted {
				return o.Address, []state.Overlay{e}, nil
			}
			paths = append(paths, e.Path)
		}
		return o.Address, nil, diag.Errorf("No such overlay", "Nothing that an AI has set lies over %s of %s.%s Run clockwork overlay list to see what there is.",
			words[1], o.Address, diag.DidYouMean(words[1], paths))
	}
	return addr.Instance{}, nil, diag.Errorf("No such overlay", "Nothing that an AI has set lies over %s.%s Run clockwork overlay list to see what there is.",
		words[0], diag.DidYouMean(words[0], names))
}

// acceptance is the patch for the file that a resource's block is in; in words where
// a program cannot write it.
func acceptance(cfg *config.Config, in addr.Instance, entries []state.Overlay) (string, diag.Diagnostics) {
	r := blockOf(cfg, in)
	if r == nil {
		return "", diag.Errorf("No such resource", "%s is not in the configuration any more, so there is no place to write it. Drop it: clockwork overlay drop %s", in, in)
	}
	name := r.Range.Filename
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(cfg.Dir, path)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return "", diag.FromError("Cannot read the configuration", err)
	}
	// No program that applies patches goes out of the folder that it runs in.
	if next, ok := patched(src, r, entries); ok && filepath.IsLocal(name) {
		return unified(filepath.ToSlash(name), src, next), nil
	}
	text := fmt.Sprintf("In %s, in the block of %s at line %d, set:\n", name, in.Resource, r.Range.Start.Line)
	for _, e := range slices.SortedFunc(slices.Values(entries), func(a, b state.Overlay) int { return cmp.Compare(a.Path, b.Path) }) {
		text += fmt.Sprintf("\n  %s = %s\n", e.Path, views.FormatOverlaid(e.Value))
	}
	return text, nil
}

// unified is the difference of two texts of a file, as git and patch take it: they
// need a tab behind a name with a blank in it.
func unified(name string, old, next []byte) string {
	text := string(diff.Diff("a/"+name, old, "b/"+name, next))
	if !strings.Contains(name, " ") {
		return text
	}
	return strings.Replace(text, "--- a/"+name+"\n+++ b/"+name+"\n", "--- a/"+name+"\t\n+++ b/"+name+"\t\n", 1)
}

// blockOf returns an instance's block, nil when there is none.
func blockOf(cfg *config.Config, in addr.Instance) *config.Resource {
	m := cfg.Root
	for _, call := range in.Module.Static().Steps() {
		if m = m.Children[call.Name]; m == nil {
			return nil
		}
	}
	return m.Resources[in.Type+"."+in.Name]
}

// shared warns that the block of an instance is that of others too, which what is
// written there changes as well.
func shared(cfg *config.Config, in addr.Instance) diag.Diagnostics {
	mine, uses := blockOf(cfg, in), 0
	if mine == nil {
		return nil
	}
	var visit func(m *config.Module)
	visit = func(m *config.Module) {
		if r := m.Resources[in.Type+"."+in.Name]; r != nil && r.Range == mine.Range {
			uses++
		}
		for _, child := range m.Children {
			visit(child)
		}
	}
	visit(cfg.Root)
	if in.Key == addr.NoKey && in.Module == in.Module.Static() && uses < 2 {
		return nil
	}
	return diag.Warningf("Others have the same block", "What an AI has set is of %s only, but its block may be that of others too, which this changes as well. "+
		"Look at the next plan before you apply it.", in)
}
