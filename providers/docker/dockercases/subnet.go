package dockercases

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"testing"
)

// Subnet is a small subnet that hardly anybody else has: the engine's own choice
// of subnets ends with about thirty networks.
func Subnet(t testing.TB) netip.Prefix {
	t.Helper()
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	n := binary.BigEndian.Uint32(b[:])
	binary.BigEndian.PutUint32(b[:], 10<<24|1<<23|n&(1<<23-16))
	return netip.PrefixFrom(netip.AddrFrom4(b), 28)
}
