package state

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// NewIntentID returns an id that no other intent has: 20 letters and digits,
// fit for a container label.
func NewIntentID() string { return strings.ToLower(rand.Text()[:20]) }

// newLineage returns the lineage of a new state, in the form of a random UUID.
func newLineage() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
