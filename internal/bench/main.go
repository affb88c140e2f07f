package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
)

// options are the command line's.
type options struct {
	binary    string
	terraform string // "" when there is none
	dir       string // where projects are made
	only      *regexp.Regexp
	runs      int
	quick     bool
	check     bool
	json      bool
	tolerance float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	results, err := measureAll(ctx, opts)
	if err != nil {
		return err
	}
	if opts.json {
		err = printJSON(os.Stdout, results)
	} else {
		err = printTables(os.Stdout, results)
	}
	if err != nil {
		return err
	}
	problems := failures(results)
	if opts.check {
		problems = append(problems, beyond(results, opts.tolerance)...)
	}
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, "bench:", problem)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d figures are missing or beyond their limits", len(problems))
	}
	return nil
}

func parse(args []string) (options, error) {
	opts := options{tolerance: 1}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "measure only the scenarios whose name matches this regular expression")
	flags.StringVar(&opts.binary, "binary", filepath.Join("bin", "clockwork"), "the clockwork to measure")
	flags.StringVar(&opts.dir, "dir", "", "where to make the projects (default: the system's folder for temporary files)")
	flags.IntVar(&opts.runs, "runs", 3, "how often to measure each step; the median counts")
	flags.BoolVar(&opts.quick, "quick", false, "leave out what takes long: more than 1,000 resources, and terraform")
	flags.BoolVar(&opts.check, "check", false, "fail when a figure is beyond its limit times CW_BENCH_TOLERANCE (1)")
	flags.BoolVar(&opts.json, "json", false, "print every run as JSON instead of the tables")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	if flags.NArg() > 0 || opts.runs < 1 {
		return opts, fmt.Errorf("unexpected arguments; run with -help to see what there is")
	}
	var err error
	if opts.only, err = regexp.Compile(*only); err != nil {
		return opts, fmt.Errorf("read -only: %w", err)
	}
	if text := os.Getenv("CW_BENCH_TOLERANCE"); text != "" {
		if opts.tolerance, err = strconv.ParseFloat(text, 64); err != nil || opts.tolerance <= 0 {
			return opts, fmt.Errorf("CW_BENCH_TOLERANCE is %q, not a positive number", text)
		}
	}
	if opts.binary, err = filepath.Abs(opts.binary); err != nil {
		return opts, err
	}
	if _, err := os.Stat(opts.binary); err != nil {
		return opts, fmt.Errorf("find clockwork (make build makes it): %w", err)
	}
	opts.terraform, _ = exec.LookPath("terraform")
	return opts, nil
}
