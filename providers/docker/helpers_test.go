package docker_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// subnet is a small subnet that no other test has, out of the range that is for
// tests of networks.
func subnet(w *world, i int) string {
	h := fnv.New32a()
	fmt.Fprint(h, w.name, i)
	n := h.Sum32() % (1 << 13)
	return fmt.Sprintf("198.%d.%d.%d/28", 18+n>>12, n>>4&0xff, n&0xf<<4)
}

// address is one in it.
func address(w *world, i int) string {
	return netip.MustParsePrefix(subnet(w, i)).Addr().Next().Next().Next().String()
}

// listen takes the world's port as a process would.
func listen(w *world) {
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", w.port))
	w.must(err)
	w.Cleanup(func() { l.Close() })
}

// logOf is what a container has printed so far, once it has printed anything.
func logOf(w *world, name string) string {
	for range 50 {
		log, err := w.engine.ContainerLogs(bg, name, container.LogsOptions{ShowStdout: true, ShowStderr: true})
		w.must(err)
		var out bytes.Buffer
		_, err = stdcopy.StdCopy(&out, &out, log)
		w.must(err)
		if out.Len() > 0 {
			time.Sleep(50 * time.Millisecond)
			return out.String()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ""
}

// sha is a SHA-256 in hex.
func sha(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
