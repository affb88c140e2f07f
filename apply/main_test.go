package apply_test

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// What is synced to a disk takes long, and here no power fails.
	if _, err := os.Stat("/dev/shm"); err == nil && os.Getenv("TMPDIR") == "" {
		os.Setenv("TMPDIR", "/dev/shm")
	}
	os.Exit(m.Run())
}
