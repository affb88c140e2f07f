package git

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// protocols are those that are spoken. Those that run a program of the url's
// choice, such as ext, are not among them.
func protocols() []string { return []string{"file", "git", "http", "https", "ssh"} }

var (
	transportPrefix = regexp.MustCompile(`^[A-Za-z0-9+.-]+::`)
	schemePrefix    = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	// scpLike is host:path, with the colon before any slash.
	scpLike = regexp.MustCompile(`^[^/\\:]+:`)
	// tokens are user names that are none.
	tokens = regexp.MustCompile(`^(gh[a-z]_|github_pat_|glpat-)`)
)

// checkURL says what is wrong with a url. It says nothing of what is in it,
// since that may be a secret.
func checkURL(text string) diagnostics {
	switch {
	case text == "":
		return about("url", "Empty URL", "The URL must not be empty. Say where the repository is.")
	case strings.ContainsFunc(text, unicode.IsControl):
		return about("url", "Invalid URL", "A URL cannot hold control characters, such as the end of a line. Remove them.")
	case strings.HasPrefix(text, "-"):
		return about("url", "Invalid URL", `A URL cannot begin with "-". If that is a folder's name, begin with "./-".`)
	case transportPrefix.MatchString(text):
		return about("url", "Protocol not allowed",
			"Transports that are named with :: can run programs, and are not used. Use one of %s.", strings.Join(protocols(), ", "))
	case text == "~" || strings.HasPrefix(text, "~/"):
		return about("url", "Home folder not expanded",
			`A "~" has no meaning at the start of a path here. Write the whole path, or use pathexpand().`)
	}
	scheme := schemePrefix.FindStringSubmatch(text)
	if scheme == nil {
		if host, _, ok := strings.Cut(text, ":"); ok && scpLike.MatchString(text) {
			return checkHost(host[strings.LastIndex(host, "@")+1:])
		}
		return nil
	}
	if !slices.Contains(protocols(), scheme[1]) {
		return about("url", "Protocol not allowed",
			"The URL has a protocol that is not used here. Use one of %s, in small letters.", strings.Join(protocols(), ", "))
	}
	u, err := url.Parse(text)
	if err != nil {
		return about("url", "Invalid URL", "It cannot be read as a URL. Correct it; characters that have a meaning in a URL are written with %%, as in %%20 for a space.")
	}
	if _, has := u.User.Password(); has || scheme[1] != "ssh" && tokens.MatchString(u.User.Username()) {
		return about("url", "Secret in URL",
			"The URL holds a password or a token, which would be seen in plans, in the state and in the checkout. Remove it, and let a credential helper of git provide it (see git help credentials).")
	}
	if scheme[1] != "file" {
		return checkHost(u.Hostname())
	}
	return nil
}

func checkHost(host string) diagnostics {
	if host == "" || strings.HasPrefix(host, "-") {
		return about("url", "Invalid URL", `The URL has no host, or one that begins with "-". Correct it.`)
	}
	return nil
}

// location is what git is given for a url: the same, with a path made absolute.
func location(project, text string) string {
	if schemePrefix.MatchString(text) || filepath.VolumeName(text) == "" && scpLike.MatchString(text) {
		return text
	}
	return resolve(project, text)
}

// isLocal tells whether a location is on this machine.
func isLocal(location string) bool {
	return strings.HasPrefix(location, "file://") || filepath.IsAbs(location)
}

// isSSH tells whether git runs ssh for a location.
func isSSH(location string) bool {
	return strings.HasPrefix(location, "ssh://") || !schemePrefix.MatchString(location) && !filepath.IsAbs(location)
}

var userinfo = regexp.MustCompile(`(://)[^/@\s]*@`)

// withoutSecret is a url that somebody set by hand without the password in it.
func withoutSecret(text string) string {
	if checkURL(text) == nil {
		return text
	}
	return userinfo.ReplaceAllString(text, "$1")
}
