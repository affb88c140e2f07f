package install

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// DefaultTimeout is how long a server may be silent.
const DefaultTimeout = 30 * time.Second

// Method is a place on the network that has providers.
type Method struct {
	// URL is the address of the folder that has the indexes; nil for the host
	// that a source names.
	URL     *url.URL
	Sources Filter
	// Roots are the authorities that vouch for the server; nil for the system's.
	Roots *x509.CertPool
	// Timeout is how long the server may be silent; 0 for DefaultTimeout.
	Timeout time.Duration
}

// ParseURL reads the address of a folder with indexes.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is no URL")
	case u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("it must begin with https:// and name a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("it must have no user, no password, and nothing behind a ? or #")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// index returns the address of the index of a source, or nil.
func (m Method) index(s plugins.Source) *url.URL {
	base := m.URL
	if base == nil {
		if s.Host == "" {
			return nil
		}
		base = &url.URL{Scheme: "https", Host: s.Host, Path: "/" + index.WellKnown}
	}
	if !m.Sources.Has(s) {
		return nil
	}
	return base.JoinPath(index.Path(s))
}

// Filter says which sources something holds for: those that a pattern of Include
// matches, or all if there is none, without those that one of Exclude matches. A
// pattern is a source with * in some of its parts.
type Filter struct{ Include, Exclude []string }

// CheckPattern tells what is wrong with a pattern.
func CheckPattern(pattern string) error {
	parts := strings.Split(pattern, "/")
	_, err := path.Match(pattern, "")
	if err != nil || len(parts) < 2 || len(parts) > 3 || strings.ContainsAny(pattern, `\[]?`) || strings.Contains("/"+pattern+"/", "//") {
		return fmt.Errorf("%q is no source, nor one with * for some of its parts, such as example.com/*/* or acme/shop", pattern)
	}
	return nil
}

// Match tells whether a pattern, which must be sound, matches a source.
func Match(pattern string, s plugins.Source) bool {
	ok, _ := path.Match(pattern, s.String())
	return ok
}

// Has tells whether the filter holds for a source.
func (f Filter) Has(s plugins.Source) bool {
	included := len(f.Include) == 0
	for _, p := range f.Include {
		included = included || Match(p, s)
	}
	for _, p := range f.Exclude {
		included = included && !Match(p, s)
	}
	return included
}
