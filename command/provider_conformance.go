package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/conformance"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/providertest"
)

// ProviderTest is `clockwork provider test`.
func ProviderTest(env *Env) cli.Command {
	t := providerTest{env: env}
	c := &base{
		env:      env,
		name:     "provider test",
		usage:    "[options] EXECUTABLE",
		synopsis: "Run the conformance suite on a provider",
		about: `
Starts a provider, in whatever language it is written, and tests everything that
Clockwork relies on: that objects are created, changed, replaced, restarted,
imported and deleted as planned; that changes by hand are seen; that what
somebody else has made is left alone; that nothing is lost when a request is
interrupted or the provider is killed; and that no secret is told.

The file of cases says what valid objects look like, and which commands change
the world by hand; docs/writing-a-provider.md describes it. A test that needs
what a case does not have is skipped. The cases make real objects, and remove
them.

For a first try, -config can name a folder with a configuration instead: its
resources and data sources, as far as they are the provider's and refer to
nothing else, are tested as they stand there.

A test that fails says what was wrong, and what Clockwork relies on. The exit
code is 0 if all passed, and 1 if one failed or nothing could be run.`,
		examples: []example{
			{"clockwork provider test -skeleton ./clockwork-provider-acme >conformance.hcl", "Begin a file of cases"},
			{"clockwork provider test ./clockwork-provider-acme", "Run the suite"},
			{"clockwork provider test -config=example ./clockwork-provider-acme", "Try the resources of a project"},
			{"clockwork provider test -run=/acme_thing/drift ./clockwork-provider-acme", "Only one of its tests"},
		},
		least: 1, most: 1,
		output: &t.output,
		run:    t.run,
	}
	c.options.String(&t.file, "config", "PATH", "Read cases from this file, or from the .cw.hcl files in this folder. The default is "+conformance.FileName+" in this folder, if there is one.")
	t.timeout = 2 * time.Minute
	c.options.Duration(&t.timeout, "timeout", "TIME", "How long each test may take. The default is 2m.")
	c.options.String(&t.pattern, "run", "PATTERN", "Run only tests whose names match: regular expressions with slashes between them, one for each part of a name.")
	c.options.Bool(&t.skeleton, "skeleton", "Print a file of cases to fill in, and run nothing.")
	c.options.Bool(&t.output.JSON, "json", "Print JSON, one message a line, for programs to read.")
	return c
}

type providerTest struct {
	env           *Env
	output        arguments.Output
	file, pattern string
	skeleton      bool
	timeout       time.Duration

	counts views.CaseCounts
	json   *views.JSON // nil when a person reads
	cases  *conformance.File
}

func (t *providerTest) run(ctx context.Context, words []string) int {
	ctx, signals := listen(ctx, t.env.Streams.Stderr, func() { os.Exit(exitInterrupted) })
	defer signals.close()
	if t.output.JSON && !t.skeleton {
		t.json = views.NewJSON(t.env.term(), t.env.Version, t.sources)
	}
	ds := t.test(ctx, words[0])
	if t.json != nil {
		t.json.Diagnostics(ds)
	} else {
		t.env.view(arguments.Output{}, t.sources).Diagnostics(ds)
	}
	switch {
	case signals.interrupted.Load():
		t.env.term().PrintErr("Interrupted.\n")
		return exitInterrupted
	case ds.HasErrors(), t.counts.Fail > 0:
		return exitError
	}
	return t.env.done()
}

func (t *providerTest) sources() views.Files {
	if t.cases == nil {
		return nil
	}
	return t.cases.Sources
}

// test tests the executable at path, or prints a skeleton.
func (t *providerTest) test(ctx context.Context, path string) diag.Diagnostics {
	program, ds := t.env.executableAt(path)
	if ds.HasErrors() {
		return ds
	}
	match, err := matcher(t.pattern)
	if err != nil {
		return diag.Errorf("Invalid pattern", "%q cannot be understood: %s. Write one like resource/acme_thing.", t.pattern, err)
	}
	begun := time.Now()
	schema, took, ds := schemaOf(ctx, program)
	if ds.HasErrors() {
		return ds
	}
	if t.skeleton {
		t.env.term().Print(conformance.Skeleton(schema))
		return nil
	}
	dir, err := os.MkdirTemp("", "clockwork-provider-test-")
	if err != nil {
		return diag.FromError("Cannot make a folder for the project", err)
	}
	defer os.RemoveAll(dir)
	cfg, ds := t.config(schema, dir)
	if ds.HasErrors() {
		return ds
	}
	cfg.Timeout = t.timeout
	cfg.New = func(tb testing.TB) providers.Provider {
		tb.Helper()
		p, err := program.Start(ctx)
		if err != nil {
			tb.Fatalf("%v", err)
		}
		return p
	}
	if match == nil || match("process") {
		for _, r := range took {
			t.report(r)
		}
	}
	_, err = providertest.RunOutside(ctx, cfg, match, t.report)
	if err != nil {
		return ds // interrupted
	}
	elapsed := time.Since(begun)
	if t.json != nil {
		t.json.CaseSummary(t.counts, elapsed)
	} else {
		t.env.term().Print(views.FormatCaseCounts(t.counts, elapsed, t.env.term().OutStyle))
	}
	if t.counts == (views.CaseCounts{}) {
		ds = append(ds, diag.Errorf("Nothing was run", "No test has a name that matches %q. Leave out -run to see them all.", t.pattern)...)
	}
	return ds
}

func matcher(pattern string) (func(string) bool, error) {
	if pattern == "" {
		return nil, nil
	}
	return providertest.Matcher(pattern)
}

// config reads the cases.
func (t *providerTest) config(schema *providers.Schema, dir string) (providertest.Config, diag.Diagnostics) {
	project := providers.Project{Name: "providertest", Dir: dir}
	file := t.file
	if file == "" {
		if _, err := os.Stat(conformance.FileName); errors.Is(err, fs.ErrNotExist) {
			if len(schema.Resources)+len(schema.Data)+len(schema.Asserts) == 0 {
				return providertest.Config{Project: project}, nil
			}
			return providertest.Config{Project: project}, diag.Errorf("No cases",
				"There is no %s here, which says what valid objects look like. Name another file with -config, or a folder with resources to try, or begin one with the option -skeleton.", conformance.FileName)
		}
		file = conformance.FileName
	}
	var ds diag.Diagnostics
	if t.cases, ds = conformance.Load(file); ds.HasErrors() {
		return providertest.Config{}, ds
	}
	cfg, more := t.cases.Config(schema, project)
	return cfg, append(ds, more...)
}

// report takes in a test that has ended.
func (t *providerTest) report(r providertest.Result) {
	t.counts.Add(r)
	if t.json != nil {
		t.json.Case(r)
		return
	}
	t.env.term().Print(views.FormatCase(r, t.env.term().OutStyle))
}

// executableAt finds the program that a user has named: a file, or a command in
// PATH. What it writes is logged as CW_LOG_LEVEL says.
func (e *Env) executableAt(path string) (plugins.Executable, diag.Diagnostics) {
	found, err := exec.LookPath(path)
	if errors.Is(err, exec.ErrDot) {
		err = nil // named on purpose
	}
	if _, statErr := os.Stat(path); err != nil && statErr == nil {
		if found, err = exec.LookPath("." + string(filepath.Separator) + path); errors.Is(err, exec.ErrDot) {
			err = nil
		}
	}
	if err != nil {
		return plugins.Executable{}, diag.Errorf("No such executable", "%s cannot be started: %s. Name the executable of a provider.", path, errors.Unwrap(err))
	}
	dir, err := os.Getwd()
	if err != nil {
		return plugins.Executable{}, diag.FromError("Cannot find the working directory", err)
	}
	p := &project{env: e}
	if p.settings, err = readSettings(dir); err != nil {
		return plugins.Executable{}, diag.FromError("Cannot read settings", err)
	}
	logger, ds := p.logger()
	timeout, more := p.settings.providerTimeout()
	ds = append(ds, more...)
	return plugins.Executable{Path: found, Timeout: timeout, Logger: logger, Environment: chosenVariables(p.settings)}, ds
}

// maxEnd is how long a provider may take to end when it is told to.
const maxEnd = 5 * time.Second

// schemaOf starts a provider to ask for its schema. It also says how starting
// and ending went.
func schemaOf(ctx context.Context, program plugins.Executable) (*providers.Schema, []providertest.Result, diag.Diagnostics) {
	begun := time.Now()
	p, err := program.Start(ctx)
	if err != nil {
		return nil, nil, diag.FromError("Provider cannot be started", err)
	}
	start := providertest.Result{Name: "process/start", Outcome: providertest.Passed, Elapsed: time.Since(begun)}
	schema, err := p.Schema(ctx)
	begun = time.Now()
	closed := p.Close()
	end := providertest.Result{Name: "process/end", Outcome: providertest.Passed, Elapsed: time.Since(begun)}
	switch {
	case err != nil:
		return nil, nil, diag.FromError("Provider has no schema", err)
	case closed != nil:
		end.Outcome, end.Messages = providertest.Failed, []string{"asked to end, it says: " + closed.Error()}
	case end.Elapsed > maxEnd:
		end.Outcome = providertest.Failed
		end.Messages = []string{fmt.Sprintf("asked to end, it took %s; it should take less than %s", end.Elapsed.Round(time.Millisecond), maxEnd)}
	}
	return schema, []providertest.Result{start, end}, nil
}
