package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// addressSetting is what sets Options.Address.
const addressSetting = "CW_SERVICE_ADDRESS"

// tokenSetting is what sets Options.Token.
const tokenSetting = "CW_SERVICE_TOKEN"

// healthPath is what can be asked for without the token.
const healthPath = "/healthz"

// errExposed refuses what would show everything to everybody.
var errExposed = errors.New("the status page is not served to other machines without TLS and a token")

// exposed tells whether other machines can reach an address.
func exposed(a netip.Addr) bool { return a.IsValid() && !a.Unmap().IsLoopback() }

// token is what a client must know, hashed so that comparing it takes the same
// time whatever is wrong with it.
type token struct {
	set bool
	sum [sha256.Size]byte
}

func newToken(text string) token { return token{text != "", sha256.Sum256([]byte(text))} }

// shown tells whether a request shows the token: as that of a bearer, or, for
// browsers, as the password of anybody.
func (t token) shown(r *http.Request) bool {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		_, password, ok := r.BasicAuth()
		if !ok {
			return false
		}
		given = password
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(given)))
	return subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1
}

// isForUs tells whether a request is for this server, by the host that it names:
// this machine's own names, the address that the server was given, and the names in
// its certificate, each with the port.
func (s *Server) isForUs(host string) bool {
	if s.hosts[host] {
		return true
	}
	if s.opts.Certificate == nil {
		return false
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "443" // a browser leaves the usual port out
	}
	return port == strconv.Itoa(s.port) && name != "" && s.opts.Certificate.covers(name)
}
