package command

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/clockwork-hcl/clockwork/internal/journal"
)

// planSecretName is the file in the service's folder that holds the secret of the
// hashes of plans.
const planSecretName = "plan.secret"

// planSecret returns the secret with which the monitor makes hashes of plans, so
// that one which is started again knows what was proposed. It is made if there is
// none.
func planSecret(stateDir string) ([]byte, error) {
	path := filepath.Join(stateDir, planSecretName)
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	secret = []byte(rand.Text())
	if err := journal.Place(path, secret); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return secret, nil
}
