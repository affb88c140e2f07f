package index

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// keyPrefix begins a key as it is written, and says of which kind it is.
const keyPrefix = "ed25519:"

// Key is the public key of who publishes a provider. It is comparable; the zero
// value is no key.
type Key [ed25519.PublicKeySize]byte

// ParseKey reads a key as String writes it.
func ParseKey(s string) (Key, error) {
	var k Key
	text, ok := strings.CutPrefix(s, keyPrefix)
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) != len(k) || strings.ContainsAny(text, "\r\n") {
		return Key{}, fmt.Errorf("%.80q is no key of the form %sBASE64 with 32 bytes", s, keyPrefix)
	}
	copy(k[:], b)
	return k, nil
}

// String returns the key as it is written in an index, a lock file and the CLI
// configuration.
func (k Key) String() string { return keyPrefix + base64.StdEncoding.EncodeToString(k[:]) }

// SigningKey is the private key of who publishes a provider. Printing one shows
// its public half only.
type SigningKey struct{ private ed25519.PrivateKey }

// Public returns the key that others check signatures with.
func (s SigningKey) Public() Key {
	var k Key
	copy(k[:], s.private.Public().(ed25519.PublicKey))
	return k
}

// String returns the public key.
func (s SigningKey) String() string { return s.Public().String() }

// GoString returns the public key, so that no way of printing shows the other.
func (s SigningKey) GoString() string { return s.String() }

// maxKeyFile bounds what is read of a file with a key.
const maxKeyFile = 4 << 10

// pemType is the type of the block that a file with a private key has.
const pemType = "PRIVATE KEY"

// CreateSigningKey makes a key and writes it to a new file that only the user
// can read, in the form that OpenSSL has too (PKCS #8 in PEM). A file that is
// there already is an error, fs.ErrExist.
func CreateSigningKey(path string) (SigningKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SigningKey{}, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return SigningKey{}, fmt.Errorf("write a key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return SigningKey{}, err
	}
	err = pem.Encode(f, &pem.Block{Type: pemType, Bytes: der})
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = journal.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(path) // half a key is worse than none
		return SigningKey{}, fmt.Errorf("write a key: %w", err)
	}
	return SigningKey{private}, nil
}

// ReadSigningKey reads a key from a file. Errors show nothing of what is in it.
func ReadSigningKey(path string) (SigningKey, error) {
	info, err := os.Stat(path) // before it is opened: to open a pipe would wait
	if err != nil {
		return SigningKey{}, err
	}
	if !info.Mode().IsRegular() {
		return SigningKey{}, fmt.Errorf("%s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return SigningKey{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return SigningKey{}, fmt.Errorf("read %s: %w", path, err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != pemType {
		return SigningKey{}, fmt.Errorf("%s has no private key in PEM, a block %q, in it", path, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return SigningKey{}, fmt.Errorf("the private key in %s is damaged", path)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return SigningKey{}, fmt.Errorf("the private key in %s is not of the kind Ed25519", path)
	}
	return SigningKey{private}, nil
}
