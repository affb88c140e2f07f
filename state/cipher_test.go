package state

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aesCipher is AES-256 in GCM, its nonce in front.
type aesCipher struct{ cipher.AEAD }

func testCipher(key byte) Cipher {
	k := sha256.Sum256([]byte{key})
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aesCipher{gcm}
}

func (c aesCipher) Seal(plain []byte, context string) ([]byte, error) {
	nonce := make([]byte, c.NonceSize())
	rand.Read(nonce)
	return c.AEAD.Seal(nonce, nonce, plain, []byte(context)), nil
}

func (c aesCipher) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < c.NonceSize() {
		return nil, errors.New("too short")
	}
	n := c.NonceSize()
	return c.AEAD.Open(nil, sealed[:n], sealed[n:], []byte(context))
}

func TestEncrypted(t *testing.T) {
	dir := newDir(t)
	opts := testOptions()
	opts.Cipher = testCipher(1)
	s := locked(t, dir, opts)
	begin(t, s, create("intent-one", "secretname"))
	must(t, s.Commit(result("intent-one", "secretname", "hunter2")))
	must(t, s.Checkpoint())
	begin(t, s, create("intent-two", "secretname"), create("intent-three", "secretname"))
	must(t, s.Commit(result("intent-two", "secretname", "hunter3")))
	want, pending := s.State(), s.Pending()
	must(t, s.Close())

	for path, text := range tree(t, dir) {
		for _, secret := range []string{"hunter", "secretname", "intent-", "clockwork/file"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %q", path, secret)
			}
		}
	}
	s = open(t, dir, opts)
	sameState(t, s.State(), want)
	equal(t, s.Pending(), pending)
	past, err := s.ReadHistory(1)
	must(t, err)
	equal(t, contents(past), map[string]string{"secretname": "hunter2"})

	refused(t, dir, ErrSealed, "encrypted")
	before := tree(t, dir)
	opts.Cipher = testCipher(2)
	if _, err := Open(dir, opts); !errors.Is(err, ErrCipher) {
		t.Fatalf("with another key: %v", err)
	}
	equal(t, tree(t, dir), before)
}

// TestEncryptFromNowOn: a state in the clear is read, and sealed as soon as it
// is written; and the other way round.
func TestEncryptFromNowOn(t *testing.T) {
	dir := fixtureDir(t, now())
	opts := testOptions()
	opts.Cipher = testCipher(1)
	s := locked(t, dir, opts)
	equal(t, ids(s.Pending()), []string{"intent2"})
	want := s.State()
	must(t, s.Close())
	for _, name := range []string{snapshotName, journalName} {
		if bytes.Contains(readAll(t, filepath.Join(dir, name)), []byte("clockwork/file")) {
			t.Errorf("%s is not encrypted", name)
		}
	}
	s = open(t, dir, opts)
	sameState(t, s.State(), want)
	equal(t, s.Pending(), fixtureIntents()[1:2])
}

// TestRecordsCannotBeMoved: a sealed record counts only in its own journal.
func TestRecordsCannotBeMoved(t *testing.T) {
	opts := testOptions()
	opts.Cipher = testCipher(1)
	record := func() (string, []byte) {
		dir := newDir(t)
		s := locked(t, dir, opts)
		must(t, s.Commit(set("a", "1")))
		must(t, s.Close())
		return dir, readAll(t, filepath.Join(dir, journalName))
	}
	dir, one := record()
	_, other := record()
	head, _, _ := bytes.Cut(one, []byte("\n"))
	_, tail, _ := bytes.Cut(other, []byte("\n"))
	must(t, os.WriteFile(filepath.Join(dir, journalName), bytes.Join([][]byte{head, tail}, []byte("\n")), 0o600))
	if _, err := Open(dir, opts); !errors.Is(err, ErrCipher) {
		t.Fatalf("Open: %v", err)
	}
}
