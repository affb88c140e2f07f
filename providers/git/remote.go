package git

import (
	"context"
	"strings"
	"time"
)

// patience is how long a question to a remote may take.
const patience = 20 * time.Second

// notFound says that the remote answered, and has no such ref.
type notFound struct{ ds diagnostics }

func (n *notFound) Error() string { return n.ds.Error() }

// ask finds out what a ref is at the remote; "" is the default branch. The
// error is a *notFound when the remote has an answer and it is no.
func ask(ctx context.Context, location, ref string) (target, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := []string{"ls-remote", "--symref", "--end-of-options", location}
	switch {
	case ref == "":
		args = append(args, "HEAD")
	case strings.HasPrefix(ref, "refs/"):
		args = append(args, ref, ref+"^{}")
	default:
		args = append(args, headsPrefix+ref, tagsPrefix+ref, tagsPrefix+ref+"^{}")
	}
	out, err := run(ctx, call{args: args, remote: location})
	if err != nil {
		return target{}, err
	}
	refs, head := parseRefs(out)
	at := func(full string) (target, bool) {
		commit, ok := refs[full]
		if peeled, isTag := refs[full+"^{}"]; isTag {
			commit = peeled
		}
		return target{Full: full, Commit: commit}, ok
	}
	if ref == "" {
		if t, ok := at("HEAD"); ok {
			if strings.HasPrefix(head, headsPrefix) && checkRef(head) == nil {
				t.Full = head
			}
			return t, nil
		}
		return target{}, &notFound{about("url", "Remote has no default branch",
			"The repository at the URL is empty, or its default branch has no commits. Push something to it first, or name a branch with ref.")}
	}
	if strings.HasPrefix(ref, "refs/") {
		if t, ok := at(ref); ok {
			return t, nil
		}
	}
	branch, isBranch := at(headsPrefix + ref)
	tag, isTag := at(tagsPrefix + ref)
	switch {
	case isBranch && isTag:
		return target{}, &notFound{about("ref", "Ambiguous ref",
			"The remote has both a branch and a tag named %q. Write %q or %q.", ref, headsPrefix+ref, tagsPrefix+ref)}
	case isBranch:
		return branch, nil
	case isTag:
		return tag, nil
	}
	hint := ""
	if len(ref) >= 7 && strings.Trim(ref, "0123456789abcdefABCDEF") == "" {
		hint = " A commit is written with all the digits of its id."
	}
	return target{}, &notFound{about("ref", "No such ref on the remote",
		"The remote has no branch or tag %q.%s Check its name, or push it first.", ref, hint)}
}

// parseRefs reads what ls-remote prints: the ids by name, and the branch that
// HEAD stands for.
func parseRefs(out string) (refs map[string]string, head string) {
	refs = map[string]string{}
	for line := range strings.Lines(out) {
		value, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		switch symbolic, is := strings.CutPrefix(value, "ref: "); {
		case !ok:
		case is && name == "HEAD":
			head = symbolic
		case asCommit(value) != "":
			refs[name] = value
		}
	}
	return refs, head
}

// objectFormat is the hash that a repository with such ids has.
func objectFormat(commit string) string {
	if len(commit) == 64 {
		return "sha256"
	}
	return "sha1"
}
