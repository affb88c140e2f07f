package plugins

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

// Our certificate is one that every TLS library can verify, and two are never the
// same. Until a provider has told its own, nobody is trusted.
func TestMutualTLS(t *testing.T) {
	settings, variable, err := mutualTLS()
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := mutualTLS()
	if err != nil {
		t.Fatal(err)
	}
	name, text, _ := strings.Cut(variable, "=")
	if name != "PLUGIN_CLIENT_CERT" || variable == other {
		t.Errorf("got the variable %s, twice the same: %v", name, variable == other)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		t.Fatalf("%q is not one certificate", text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := certificate.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("the key is %T", certificate.PublicKey)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth} {
		if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: "localhost", KeyUsages: []x509.ExtKeyUsage{usage}}); err != nil {
			t.Error(err)
		}
	}
	if settings.RootCAs == nil || !settings.RootCAs.Equal(x509.NewCertPool()) || settings.MinVersion != tls.VersionTLS12 {
		t.Error("somebody is trusted already")
	}
}
