// Command cmd asks a model about incidents whose right answers are known, and
// prints how good it is. `make eval` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/internal/eval"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "eval:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

// options are the command line's.
type options struct {
	cases, report, record, replay string
	only                          *regexp.Regexp
	promptPrice, completionPrice  float64
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var only string
	f := flag.NewFlagSet("eval", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.cases, "cases", "internal/eval/testdata/cases", "the `folder` with the cases")
	f.StringVar(&only, "case", "", "only the cases whose name matches this regular `expression`")
	f.StringVar(&o.report, "report", "", "write the whole report, as JSON, to this `file`")
	f.StringVar(&o.record, "record", "", "write what the model answers into this `folder`")
	f.StringVar(&o.replay, "replay", "", "ask no model: take the answers that are recorded in this `folder`")
	f.Float64Var(&o.promptPrice, "prompt-price", 0, "what a million tokens of questions cost")
	f.Float64Var(&o.completionPrice, "completion-price", 0, "what a million tokens of answers cost")
	if err := f.Parse(args); err != nil {
		return o, flag.ErrHelp // which has been said
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no option", f.Arg(0))
	}
	if only != "" {
		pattern, err := regexp.Compile(only)
		if err != nil {
			return o, fmt.Errorf("-case: %w", err)
		}
		o.only = pattern
	}
	return o, nil
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	var model ask.Completer
	if o.replay == "" {
		if model, err = client(o, env); err != nil {
			return err
		}
	}
	cases, err := eval.Load(o.cases, o.only)
	if err != nil {
		return err
	}
	results := make([]eval.Result, 0, len(cases))
	for _, c := range cases {
		asked := model
		if o.replay != "" {
			if asked, err = eval.Replay(o.replay, c.Name); err != nil {
				return err
			}
		}
		r, err := eval.Judge(ctx, c, asked)
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "%3d of %d  %-36s %s\n", len(results)+1, len(cases), c.Name, r.Outcome)
		if o.record != "" {
			if err := eval.Record(o.record, r); err != nil {
				return err
			}
		}
		results = append(results, r)
	}
	return o.tell(eval.NewReport(results), stdout)
}

func (o options) tell(r eval.Report, stdout io.Writer) error {
	if err := r.Table(stdout); err != nil {
		return err
	}
	if o.report != "" {
		f, err := os.Create(o.report)
		if err != nil {
			return err
		}
		if err := errors.Join(r.JSON(f), f.Close()); err != nil {
			return err
		}
	}
	if n := r.Total.UnsafeApplies; n > 0 {
		return fmt.Errorf("%d changes were let through that nobody permitted: this is a mistake in Clockwork", n)
	}
	return nil
}

// client asks the model that the environment names, as it does for Clockwork.
func client(o options, env func(string) string) (ask.Completer, error) {
	c := completion.Options{Model: env("CW_MODEL"), BaseURL: env("CW_BASE_URL"), Key: strings.TrimSpace(env("CW_API_KEY")),
		MaxRetries: completion.DefaultMaxRetries, PromptPrice: o.promptPrice, CompletionPrice: o.completionPrice, Version: "eval"}
	switch {
	case c.Model == "":
		return nil, errors.New("no model is named. Set CW_MODEL to its name, and CW_BASE_URL and CW_API_KEY as docs/completion.md says; " +
			"-replay internal/eval/testdata/recordings asks none")
	case c.BaseURL == "" && c.Key == "":
		return nil, errors.New("OpenAI's API needs a key. Set CW_API_KEY, or CW_BASE_URL to a server of your own, as docs/completion.md says")
	}
	if text := env("CW_COMPLETION_MAX_RETRIES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 10 {
			return nil, fmt.Errorf("CW_COMPLETION_MAX_RETRIES is %q. Set it to a whole number from 0 to 10", text)
		}
		c.MaxRetries = n
	}
	made, err := completion.New(c)
	if err != nil {
		return nil, fmt.Errorf("the model's settings are wrong: %w. Correct CW_MODEL or CW_BASE_URL", err)
	}
	return made, nil
}
