package check_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// helper is the variable that makes the test binary a program for command
// asserts: one of the cases below, with a word behind it.
const helper = "CHECK_TEST_HELPER"

func TestMain(m *testing.M) {
	what, word, _ := strings.Cut(os.Getenv(helper), " ")
	switch what {
	case "":
		os.Exit(m.Run())
	case "print":
		fmt.Println(word)
	case "fail": // with a message
		fmt.Fprintf(os.Stderr, "first line\n%s\n\n", word)
		os.Exit(3)
	case "env":
		fmt.Println(os.Getenv(word))
	case "folder":
		dir, err := os.Getwd()
		if err != nil {
			panic(err)
		}
		fmt.Println(dir)
	case "arguments":
		fmt.Printf("%q\n", os.Args[1:])
	case "stdin":
		n, err := io.Copy(io.Discard, os.Stdin)
		fmt.Println(n, err)
	case "flood": // with 8 MiB
		line := bytes.Repeat([]byte("x"), 1<<20)
		for range 8 {
			_, _ = os.Stdout.Write(line)
			_, _ = os.Stderr.Write(line)
		}
		fmt.Println("end")
	case "suicide":
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {}
	case "connected": // hangs while the one who listens at the address can see it
		conn, err := net.Dial("tcp", word)
		if err != nil {
			panic(err)
		}
		_, _ = conn.Read(make([]byte, 1))
	case "family", "orphan": // as connected, but so does a child that holds its output
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), helper+"=connected "+word)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		if what == "family" {
			_ = child.Wait()
		}
	}
	os.Exit(0)
}

// atomicMax is a number that many goroutines count with.
type atomicMax struct{ n atomic.Int64 }

func (a *atomicMax) add(n int64) int64 { return a.n.Add(n) }
func (a *atomicMax) load() int64       { return a.n.Load() }

// raise makes it at least n.
func (a *atomicMax) raise(n int64) {
	for {
		now := a.n.Load()
		if n <= now || a.n.CompareAndSwap(now, n) {
			return
		}
	}
}
