package git

import (
	"regexp"
	"strings"
	"unicode"
)

var fullCommit = regexp.MustCompile(`^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$`)

// asCommit returns a ref that is a full commit id as git writes it, or "".
func asCommit(ref string) string {
	if fullCommit.MatchString(ref) {
		return strings.ToLower(ref)
	}
	return ""
}

// checkRef holds a ref to git's rules for names, which also keep it from being
// an option or an expression.
func checkRef(ref string) diagnostics {
	bad := func(why string) diagnostics {
		return about("ref", "Invalid ref", "A ref is the name of a branch or tag, or a full commit id; %s. Correct it.", why)
	}
	switch {
	case ref == "":
		return bad("this one is empty (leave it out for the remote's default branch)")
	case ref == "HEAD" || ref == "@":
		return bad("leave it out for the remote's default branch")
	case strings.HasPrefix(strings.TrimPrefix(ref, headsPrefix), "-"):
		return bad(`it cannot begin with "-"`)
	case strings.ContainsAny(ref, " ~^:?*[\\") || strings.ContainsFunc(ref, unicode.IsControl):
		return bad(`it cannot hold spaces, control characters, or any of ~ ^ : ? * [ \`)
	case strings.Contains(ref, "..") || strings.Contains(ref, "@{"):
		return bad(`it cannot hold ".." or "@{"`)
	case strings.HasSuffix(ref, "."):
		return bad(`it cannot end in "."`)
	}
	for part := range strings.SplitSeq(ref, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return bad(`no part of it between slashes can be empty, begin with "." or end in ".lock"`)
		}
	}
	return nil
}

const (
	headsPrefix = "refs/heads/"
	tagsPrefix  = "refs/tags/"
)

// target is what is to be checked out.
type target struct {
	Full   string `json:"full,omitempty"` // the ref by its full name; "" for a commit id
	Commit string `json:"commit"`
}

// branch is the branch to check out; "" for what is checked out detached.
func (t target) branch() string {
	name, ok := strings.CutPrefix(t.Full, headsPrefix)
	if !ok {
		return ""
	}
	return name
}

// moves tells whether the ref may be at another commit tomorrow.
func (t target) moves() bool { return t.Full != "" && !strings.HasPrefix(t.Full, tagsPrefix) }
