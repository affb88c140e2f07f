// Standin is the program in the images that tests run: one static executable
// that plays several, by the name it is called by.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	defer stop()
	context.AfterFunc(ctx, func() {
		// For one that is stuck in a write that nobody reads.
		time.Sleep(2 * time.Second)
		os.Exit(terminated)
	})
	p := process{env: os.Environ(), in: os.Stdin, out: os.Stdout, err: os.Stderr}
	args := os.Args
	args[0] = path.Base(args[0])
	if args[0] == "standin" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: standin NAME [ARGUMENT...]")
		os.Exit(2)
	}
	os.Exit(p.run(ctx, args))
}
