//go:build failpoint

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var passed atomic.Int64

// Reached kills the process if this is the point, and the passing, asked for.
func Reached(name string) {
	point, count, _ := strings.Cut(os.Getenv("CW_FAILPOINT"), ":")
	if point != name {
		return
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	if passed.Add(1) == n {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
