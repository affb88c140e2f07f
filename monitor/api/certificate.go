package api

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// lookAgain is how often the files of a certificate are looked at, while
// connections are made.
const lookAgain = time.Second

// Certificate is a certificate and its key in two files, which are read again when
// they have changed. Its methods may be called by many at once.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	files   string // what the files were like when they were read
	looked  time.Time
	told    string // the last error
}

// LoadCertificate reads a certificate, in PEM with those that it was signed with,
// and its key.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	return c, c.read()
}

// read reads the files; the lock must be held, or nobody else know of c.
func (c *Certificate) read() error {
	files := c.stat()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("use the certificate in %s with the key in %s: %w", c.certFile, c.keyFile, err)
	}
	c.current, c.files, c.looked = &pair, files, time.Now()
	if now := time.Now(); now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore) {
		c.log.Warn("the certificate of the status page is not valid now", "file", c.certFile, "from", pair.Leaf.NotBefore, "until", pair.Leaf.NotAfter)
	}
	return nil
}

// stat tells a state of the files from another.
func (c *Certificate) stat() string {
	text := ""
	for _, path := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(path); err == nil {
			text += fmt.Sprintln(info.ModTime().UnixNano(), info.Size())
		}
	}
	return text
}

// get returns the certificate that is there now. While the files cannot be used,
// because they are just being exchanged for example, it is the last good one.
func (c *Certificate) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookAgain {
		return c.current
	}
	c.looked = time.Now()
	if c.stat() == c.files {
		return c.current
	}
	if err := c.read(); err != nil {
		if err.Error() != c.told {
			c.told = err.Error()
			c.log.Warn("the new certificate of the status page cannot be used; the last good one stays", "error", err)
		}
		return c.current
	}
	c.told = ""
	c.log.Info("the certificate of the status page was read again", "file", c.certFile, "until", c.current.Leaf.NotAfter)
	return c.current
}

// covers tells whether the certificate is for a name or an address.
func (c *Certificate) covers(name string) bool { return c.get().Leaf.VerifyHostname(name) == nil }

// name is the first whole one that the certificate is for, or "".
func (c *Certificate) name() string {
	leaf := c.get().Leaf
	for _, name := range leaf.DNSNames {
		if !strings.HasPrefix(name, "*") {
			return name
		}
	}
	if len(leaf.IPAddresses) > 0 {
		return leaf.IPAddresses[0].String()
	}
	return ""
}

func (c *Certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil }}
}
