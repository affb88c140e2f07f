package check

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile is how large a file with certificates or a key may be, in bytes.
const maxFile = 1 << 20

// read returns what is in the file that an argument names, relative to the
// project. Otherwise there is a reason, which does not name the file.
func read(project string, a arguments, argument string) ([]byte, string) {
	name := a.text(argument)
	if !filepath.IsAbs(name) {
		name = filepath.Join(project, name)
	}
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() { // a pipe might never end
		return nil, "its " + argument + " is not a file"
	}
	var text []byte
	var f *os.File
	if err == nil {
		f, err = os.Open(name)
	}
	if err == nil {
		defer f.Close()
		text, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	}
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return nil, "its " + argument + " could not be read: " + path.Err.Error()
	case err != nil:
		return nil, "its " + argument + " could not be read"
	case len(text) > maxFile:
		return nil, "its " + argument + " is larger than 1 MiB"
	}
	return text, ""
}

// authorities returns those in the ca_file; nil, which stands for the system's,
// if there is none.
func authorities(project string, a arguments) (*x509.CertPool, string) {
	if !a.known("ca_file") {
		return nil, ""
	}
	text, why := read(project, a, "ca_file")
	if why != "" {
		return nil, why
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, "there is no certificate in its ca_file"
	}
	return pool, ""
}

// clientTLS returns how a client is to speak TLS; nil for nothing special.
func clientTLS(project string, a arguments) (*tls.Config, string) {
	if !a.known("ca_file") && !a.known("server_name") && !a.known("cert_file") && !a.flag("insecure_skip_verify") {
		return nil, ""
	}
	roots, why := authorities(project, a)
	if why != "" {
		return nil, why
	}
	config := &tls.Config{RootCAs: roots, ServerName: a.text("server_name"), InsecureSkipVerify: a.flag("insecure_skip_verify")}
	if a.known("cert_file") {
		cert, why := read(project, a, "cert_file")
		if why != "" {
			return nil, why
		}
		key, why := read(project, a, "key_file")
		if why != "" {
			return nil, why
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, "its cert_file and key_file do not hold a certificate and its key"
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, ""
}
