package plugins

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// hashPrefix begins a hash as it is written and says of which kind it is.
const hashPrefix = "sha256:"

// HashFile returns the SHA-256 of a file.
func HashFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// FormatHash returns a SHA-256 as a lock file has it, "sha256:HEX".
func FormatHash(sum []byte) string { return hashPrefix + hex.EncodeToString(sum) }

// ParseHash reads a hash as FormatHash writes it.
func ParseHash(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(s, hashPrefix)
	sum, err := hex.DecodeString(text)
	if !ok || err != nil || len(sum) != sha256.Size {
		return nil, fmt.Errorf("%.80q is no hash of the form %sHEX with 64 digits", s, hashPrefix)
	}
	return sum, nil
}
