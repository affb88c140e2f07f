// Load makes the stand-in images present on the engine that DOCKER_HOST names,
// or the local one, for demonstrations where no registry can be reached:
//
//	go run ./providers/docker/dockertest/load
//
// With -ping it only tells whether an engine answers, with -remove it removes
// the stand-ins.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/clockwork-hcl/clockwork/providers/docker/dockertest"
)

func main() {
	ping := flag.Bool("ping", false, "only tell whether an engine answers")
	remove := flag.Bool("remove", false, "remove the stand-ins")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *ping, *remove); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, ping, remove bool) error {
	c, err := dockertest.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	switch {
	case ping:
		return nil
	case remove:
		removed, err := dockertest.Unload(ctx, c)
		for _, name := range removed {
			fmt.Println("removed", name)
		}
		return err
	}
	report, err := dockertest.Load(ctx, c)
	for _, name := range report.Present {
		fmt.Println("present", name)
	}
	for _, name := range report.Real {
		fmt.Println("left alone, being no stand-in:", name)
	}
	if err != nil {
		return err
	}
	for _, name := range report.Loaded {
		fmt.Println("loaded ", name)
	}
	return nil
}
