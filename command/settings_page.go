package command

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/monitor/api"
)

const (
	settingAddress   = "CW_SERVICE_ADDRESS"
	settingTLSCert   = "CW_SERVICE_TLS_CERT"
	settingTLSKey    = "CW_SERVICE_TLS_KEY"
	settingToken     = "CW_SERVICE_TOKEN"
	settingTokenFile = "CW_SERVICE_TOKEN_FILE"

	// minToken is how long a token must be, so that it cannot be guessed.
	minToken = 16
)

// page reads where the status page is to be, and who may look at it: all of the
// options but the port, the version and the log.
func (s settings) page(log *slog.Logger) (api.Options, diag.Diagnostics) {
	var out api.Options
	var diags diag.Diagnostics
	invalid := func(format string, args ...any) {
		diags = append(diags, diag.Errorf("Invalid setting", format, args...)...)
	}
	if text := s.get(settingAddress); text != "" && text != "localhost" {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			invalid("%s is %q. Set it to an IP address of this machine, to 0.0.0.0 or :: for all of them, or leave it out to be seen on this machine only.", settingAddress, text)
		}
		out.Address = a.Unmap()
	}
	files := []struct{ name, path string }{{settingTLSCert, s.get(settingTLSCert)}, {settingTLSKey, s.get(settingTLSKey)}}
	for _, f := range files {
		if f.path != "" && !filepath.IsAbs(f.path) {
			invalid("%s is %q. Set it to an absolute path.", f.name, f.path)
		}
	}
	var problem string
	if out.Token, problem = s.token(); problem != "" {
		invalid("%s", problem)
	}
	if len(diags) > 0 {
		return out, diags
	}
	var missing []string
	for _, f := range files {
		if f.path == "" {
			missing = append(missing, f.name)
		}
	}
	switch {
	case out.Address.IsValid() && !out.Address.IsLoopback():
		if out.Token == "" {
			missing = append(missing, settingToken+" or "+settingTokenFile)
		}
		if len(missing) > 0 {
			invalid("%s is %q, where other machines can reach the status page. That needs TLS and a token. Set %s too, or leave %s out to be seen on this machine only.",
				settingAddress, out.Address, enumerate(missing), settingAddress)
			return out, diags
		}
	case len(missing) == 1:
		invalid("%s is not set, and the other of its kind is. TLS needs a certificate and its key: set both or none.", missing[0])
		return out, diags
	case len(missing) == 2:
		return out, diags
	}
	var err error
	if out.Certificate, err = api.LoadCertificate(files[0].path, files[1].path, log); err != nil {
		diags = append(diags, diag.Errorf("Cannot use the certificate of the status page", "%s and %s: %v. Correct the paths, or what is in the files.", settingTLSCert, settingTLSKey, err)...)
	}
	return out, diags
}

// token reads the token, or says what is wrong with it, which never shows it.
func (s settings) token() (token, problem string) {
	token, from := s.get(settingToken), settingToken
	if path := s.get(settingTokenFile); path != "" {
		if token != "" {
			return "", settingToken + " and " + settingTokenFile + " are both set. Leave one of them out."
		}
		if !filepath.IsAbs(path) {
			return "", fmt.Sprintf("%s is %q. Set it to an absolute path.", settingTokenFile, path)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Sprintf("%s: %v. Correct the path, or who may read the file.", settingTokenFile, err)
		}
		if token, from = strings.TrimSpace(string(content)), "What is in the file that "+settingTokenFile+" names"; token == "" {
			return "", from + " is empty. Write a token into it."
		}
	}
	if strange := strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }); strange || token != "" && len(token) < minToken {
		return "", fmt.Sprintf("%s is no good token. Take %d characters or more that cannot be guessed, all of them letters, digits or ASCII signs without spaces; "+
			"openssl rand -hex 32 prints some.", from, minToken)
	}
	return token, ""
}

// enumerate joins names for people.
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
