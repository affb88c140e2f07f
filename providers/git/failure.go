package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

type diagnostics = diag.Diagnostics

// about is an error about one attribute. No detail may hold a url.
func about(attribute, summary, detail string, args ...any) diagnostics {
	ds := diag.Errorf(summary, detail, args...)
	ds[0].Path = cty.GetAttrPath(attribute)
	return ds
}

func warning(attribute, summary, detail string, args ...any) diagnostics {
	ds := about(attribute, summary, detail, args...)
	ds[0].Severity = diag.Warning
	return ds
}

// asWarnings are the same diagnostics, none of them an error.
func asWarnings(ds diagnostics, more string) diagnostics {
	for i := range ds {
		ds[i].Severity = diag.Warning
		ds[i].Detail += " " + more
	}
	return ds
}

// reason is a kind of failure, known by what git says.
type reason struct {
	said      *regexp.Regexp
	attribute string
	summary   string
	what      string
	advice    string
}

func reasons() []reason {
	said := func(words string) *regexp.Regexp { return regexp.MustCompile("(?i)" + words) }
	return []reason{
		{said(`dubious ownership|unsafe repository`), "path", "Repository belongs to somebody else",
			"Git does not work with a repository that another user owns",
			"Run as its owner, change the owner, or trust the folder: git config --global --add safe.directory FOLDER."},
		{said(`not a git repository \(or any`), "path", "Checkout is damaged",
			"What is in its .git is no repository, or not all of one",
			"Mend it, or move the checkout away to have the repository cloned anew."},
		{said(`transport '[^']*' not allowed`), "url", "Protocol not allowed",
			"The URL, or one of a submodule, has a protocol that is not used here",
			"Use https or ssh. Submodules on this machine are only for repositories on this machine."},
		{said(`host key verification failed`), "url", "Remote's host key is not known",
			"SSH does not know the remote's host, or knows it by another key",
			"Connect to it once by hand with ssh, compare the key, and try again."},
		{said(`terminal prompts disabled|could not read (username|password)|authentication failed|permission denied \(|access denied|error: 40[13]`), "url",
			"Remote refuses access",
			"The remote wants to know who you are, or does not let you in",
			"Give git the credentials by a credential helper or an SSH agent, and check them with git ls-remote; nothing is asked here."},
		{said(`not our ref|unadvertised object|couldn't find remote ref`), "ref", "Not on the remote",
			"The remote does not have the commit, or does not give it away",
			"Check the ref; a commit that no branch or tag leads to may be withheld. With a depth, try without it."},
		{said(`does not appear to be a git repository|repository '?.*'? ?not found|does not exist|error: 404`), "url",
			"No repository at the URL",
			"There is no repository at the URL, or you may not see it",
			"Check the URL and your credentials with git ls-remote."},
		{said(`could not resolve|unable to access|could not connect|connection (refused|reset|timed out)|unable to connect|no route to host|network is unreachable|timed out|could not read from remote|early eof|unexpected disconnect|the remote end hung up`), "url",
			"Remote cannot be reached",
			"The remote did not answer as it should",
			"Check the URL and the network, then try again."},
		{said(`untracked working tree files would be overwritten`), "clean", "Untracked files are in the way",
			"Files that git does not know have the names of files to be checked out",
			`Move them away, or set clean = "discard" to have them overwritten.`},
		{said(`\.lock': file exists|another git process`), "path", "Repository is locked",
			"Another git is at work in the checkout, or was killed there",
			"Wait until it is done; if there is none, remove the lock file that is named."},
		{said(`no space left on device`), "path", "No space left",
			"The file system is full", "Free some space on it, then try again."},
		{said(`permission denied`), "path", "Permission denied",
			"Something may not be read or written",
			"Check who owns the checkout and the folders above it, or run with more rights."},
		{said(`unknown option|usage: git|not a git command`), "url", "Git is too old",
			"The system's git does not know what is asked of it", "Install version " + minimum + " or a newer one."},
	}
}

// failure says that git, or a call of the system, did not do what it was to.
func failure(doing string, err error) diagnostics {
	var f *failed
	switch {
	case errors.Is(err, errMissing):
		return about("url", "Git is not installed",
			"There is no git on the PATH. Install it, version %s or newer, then try again.", minimum)
	case errors.Is(err, context.DeadlineExceeded):
		return about("url", "Remote cannot be reached", "%s took too long. Check the URL and the network, then try again.", doing)
	case errors.Is(err, context.Canceled):
		return diag.Errorf("Interrupted", "%s was interrupted. Apply again.", doing)
	case !errors.As(err, &f):
		return about("path", "Cannot work on the checkout", "%s failed: %s. %s", doing, plain(err), advice(err))
	}
	for _, r := range reasons() {
		if r.said.MatchString(f.said) {
			return about(r.attribute, r.summary, "%s failed. %s (git says: %s). %s", doing, r.what, short(f.said), r.advice)
		}
	}
	return about("path", "Git failed", "%s failed: git %s ended with exit code %d and says: %s. Correct this, then try again.",
		doing, f.command, f.code, short(f.said))
}

// short is the end of what git said, where the reason is, without a stop.
func short(said string) string {
	if said == "" {
		return "nothing"
	}
	const most = 500
	if len(said) > most {
		said = "..." + strings.ToValidUTF8(said[len(said)-most:], "")
	}
	return strings.TrimRight(said, ". ")
}

// plain is an error of the system without the call and the path.
func plain(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

func advice(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "Check who owns it and the folders above it, or run with more rights."
	case errors.Is(err, syscall.ENOSPC):
		return "Free some space on the file system, then try again."
	case errors.Is(err, syscall.EROFS):
		return "Choose a path on a file system that can be written to."
	case errors.Is(err, syscall.ENOTDIR):
		return "Something above it is not a folder: choose another path, or move that out of the way."
	}
	return "Correct this, then try again."
}

func interrupted(action providers.Action) diagnostics {
	return diag.Errorf("Interrupted", "The %s was interrupted before it changed anything. Apply again.", action)
}

// named is how many things a message names.
const named = 5

// list names some of what there is.
func list(all []string) string {
	quoted := make([]string, 0, named)
	for _, s := range all[:min(len(all), named)] {
		quoted = append(quoted, `"`+s+`"`)
	}
	out := strings.Join(quoted, ", ")
	if len(all) > named {
		out += " and more"
	}
	return out
}
