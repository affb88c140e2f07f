package plugins

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// clientCertificate is the variable in which go-plugin's AutoMTLS gives a
// provider the certificate of its host.
const clientCertificate = "PLUGIN_CLIENT_CERT"

// mutualTLS makes our end of go-plugin's AutoMTLS: a certificate for this one
// connection, and the variable that tells the provider of it. go-plugin would
// make the same with the curve P-521, which is slower, and which not every TLS
// library verifies. The provider's certificate, the only one that is trusted, it
// puts into the settings when it is told.
func mutualTLS() (settings *tls.Config, variable string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make a key for the connection to a provider: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes([]byte(rand.Text()[:15])),
		Subject:               pkix.Name{CommonName: "localhost"},
		DNSNames:              []string{"localhost"},
		NotBefore:             now.Add(-time.Minute), // clocks are set back
		NotAfter:              now.AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // it vouches for itself
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, "", fmt.Errorf("make a certificate for the connection to a provider: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      x509.NewCertPool(), // nobody, until the provider has told its own
		MinVersion:   tls.VersionTLS12,
		ServerName:   "localhost",
	}, clientCertificate + "=" + string(text), nil
}
