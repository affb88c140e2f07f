package state

import "fmt"

// Cipher encrypts the state at rest: the contents of the snapshot and every
// record of the journal. Lineage, serial and versions stay in the clear. It
// must be safe for concurrent use; where its key comes from is its own affair.
type Cipher interface {
	// Seal encrypts plain and makes it tamper-evident. context says what plain
	// is; Open must refuse what was sealed under another context.
	Seal(plain []byte, context string) ([]byte, error)
	// Open is the reverse of Seal.
	Open(sealed []byte, context string) ([]byte, error)
}

// snapshotContext and journalContext are the contexts given to a Cipher.
func snapshotContext(lineage string, serial uint64) string {
	return fmt.Sprintf("clockwork state %s %d", lineage, serial)
}

func journalContext(h journalHeader) string {
	return fmt.Sprintf("clockwork journal %s %d", h.Lineage, h.Serial)
}

// unseal opens what a file holds sealed, or says why it cannot be.
func unseal(c Cipher, sealed []byte, context string) ([]byte, error) {
	if c == nil {
		return nil, &formatError{kind: ErrSealed, offset: -1}
	}
	plain, err := c.Open(sealed, context)
	if err != nil {
		return nil, &formatError{kind: ErrCipher, offset: -1, reason: err.Error()}
	}
	return plain, nil
}
