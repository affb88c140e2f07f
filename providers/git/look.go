package git

import (
	"context"
	"strconv"
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/internal/objects"
)

// looked is what a look at a checkout has found.
type looked struct {
	commit  string // "" before the first commit
	branch  string // "" when HEAD is detached
	changes []string
}

// maxChanges is how many changes are kept in the state.
const maxChanges = 20

// bounded are the first of many changes.
func bounded(changes []string) []string {
	if len(changes) <= maxChanges {
		return changes
	}
	return append(changes[:maxChanges:maxChanges], "...")
}

// look finds out what is checked out, and what was changed by hand.
func look(ctx context.Context, abs string, untracked, submodules bool) (looked, error) {
	args := []string{"status", "--porcelain=v2", "--branch", "-z", "--no-renames"}
	args = append(args, choose(untracked, "--untracked-files=normal", "--untracked-files=no"),
		choose(submodules, "--ignore-submodules=none", "--ignore-submodules=all"))
	out, err := run(ctx, call{dir: abs, args: args})
	if err != nil {
		return looked{}, err
	}
	l := parseStatus(out)
	if submodules {
		missing, err := missingSubmodules(ctx, abs)
		if err != nil {
			return l, err
		}
		l.changes = append(l.changes, missing...)
	}
	return l, nil
}

func choose(which bool, yes, no string) string {
	if which {
		return yes
	}
	return no
}

// parseStatus reads what status prints in its second format, with NUL behind
// each entry.
func parseStatus(out string) looked {
	var l looked
	for entry := range strings.SplitSeq(out, "\x00") {
		kind, rest, _ := strings.Cut(entry, " ")
		switch kind {
		case "#":
			switch name, value, _ := strings.Cut(rest, " "); {
			case name == "branch.oid" && asCommit(value) != "":
				l.commit = value
			case name == "branch.head" && value != "(detached)":
				l.branch = value
			}
		case "1": // XY sub mH mI mW hH hI path
			if f := strings.SplitN(rest, " ", 8); len(f) == 8 {
				l.changes = append(l.changes, (strings.Trim(f[0], ".") + "M")[:1]+" "+shown(f[7]))
			}
		case "u": // XY sub m1 m2 m3 mW h1 h2 h3 path
			if f := strings.SplitN(rest, " ", 10); len(f) == 10 {
				l.changes = append(l.changes, "U "+shown(f[9]))
			}
		case "?":
			l.changes = append(l.changes, "? "+shown(rest))
		}
	}
	return l
}

// shown is a file's name as it can be shown and stored.
func shown(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(name)
	}
	return name
}

// missingSubmodules are those that are not checked out.
func missingSubmodules(ctx context.Context, abs string) ([]string, error) {
	out, err := run(ctx, call{dir: abs, args: []string{"submodule", "status", "--recursive"}})
	if err != nil {
		return nil, err
	}
	var missing []string
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-"); ok {
			_, name, _ := strings.Cut(rest, " ")
			missing = append(missing, "- "+shown(name))
		}
	}
	return missing, nil
}

// isMissing tells whether an entry is of a submodule that is not checked out,
// with which nothing can be lost.
func isMissing(change string) bool { return strings.HasPrefix(change, "- ") }

// setting reads one of the checkout's own settings; "" when it is not set.
func setting(ctx context.Context, abs, key string) (string, error) {
	out, err := run(ctx, call{dir: abs, args: []string{"config", "--local", "--get", key}})
	if f, ok := err.(*failed); ok && f.code == 1 {
		return "", nil
	}
	return strings.TrimSuffix(out, "\n"), err
}

// describe looks at what is at a path, and says it in the words of was.
func describe(ctx context.Context, project, abs string, was cty.Value, p private) (cty.Value, diagnostics) {
	what, err := find(abs)
	switch {
	case err != nil:
		return was, failure("Looking at "+abs, err)
	case what == nothing:
		return cty.NullVal(was.Type()), nil
	case what != aCheckout:
		return cty.NullVal(was.Type()), warning("path", "No longer a checkout",
			"There is now %s at %s, which does not count as the checkout. Move it away to have the repository cloned anew.", what, abs)
	}
	found, err := look(ctx, abs, discards(was), flag(was, "submodules"))
	if err != nil {
		return was, failure("Looking at the checkout "+abs, err)
	}
	url, err := setting(ctx, abs, "remote.origin.url")
	if err != nil {
		return was, failure("Looking at the checkout "+abs, err)
	}
	now := objects.Edit(was)
	if url != location(project, text(was, "url")) {
		now.Set("url", textOrNull(withoutSecret(printable(url))))
	}
	now.Set("abs_path", cty.StringVal(abs))
	now.Set("commit", textOrNull(found.commit))
	now.Set("branch", textOrNull(found.branch))
	now.Set("local_changes", texts(bounded(p.byHand(found.changes))))
	return now.Value(), nil
}
