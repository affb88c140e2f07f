package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// credentialsDir is where systemd says that a service's credentials are.
	credentialsDir = "CREDENTIALS_DIRECTORY"
	// keyCredential is the file with the key to the AI model; the unit names it
	// too.
	keyCredential = "clockwork.api-key"
)

// readKey returns the key that systemd hands to the service in a file, or "".
// Its errors name the file and tell nothing of what is in it.
func readKey() (string, error) {
	dir := os.Getenv(credentialsDir)
	if !filepath.IsAbs(dir) {
		return "", nil // systemd's always is
	}
	path := filepath.Join(dir, keyCredential)
	info, err := os.Stat(path) // before it is opened: to open a pipe would wait
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the key to the AI model: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read the key to the AI model: %s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the key to the AI model: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return "", fmt.Errorf("read the key to the AI model: %w", err)
	}
	if len(raw) > maxKeyFile {
		return "", fmt.Errorf("%s is too large for the key to an AI model, which has at most %d bytes; put the key in it and nothing else", path, maxKeyFile)
	}
	key := strings.TrimSpace(string(raw))
	if strings.ContainsFunc(key, notInKey) {
		return "", fmt.Errorf("%s is not one line with the key to an AI model; put the key in it and nothing else", path)
	}
	return key, nil
}
