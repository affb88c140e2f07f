package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	mega = 1_000_000
	giga = 1_000 * mega
)

// scenario is a project and the steps that are taken in it, in order, each run
// in a new folder.
type scenario struct {
	name      string // what -only matches
	n         int
	shape     shape
	runs      int // at most; 0 means as many as were asked for
	slow      bool
	prepare   func(dir string) error
	terraform bool
	docker    bool // needs Docker Engine
	steps     []step
}

// step is one process.
type step struct {
	name    string
	program string // what is run; clockwork, or terraform, when it is empty
	args    []string
	limit   limit
	// relative is a limit of the time that another step sets.
	relative *relative
	repeat   int  // how often it is taken in a run; 0 means once
	quiet    bool // run, but not reported
	timeout  time.Duration
	says     string // what its output must hold
	// last says that it is taken only when all other steps of all scenarios
	// have been: ext4 looks long for an inode while many were freed in the last
	// minutes, so whatever makes files after a destroy would be slower.
	last bool
	// files is how many files there must be behind it; -1 means no matter.
	files int
}

// limit is what a step may take at most; zero means that nothing is promised.
type limit struct {
	Wall time.Duration `json:"wall_ns,omitempty"`
	Peak int64         `json:"peak_bytes,omitempty"`
}

// relative is a limit: so many times what another step took, and something.
type relative struct {
	to    string
	times float64
	plus  time.Duration
}

// result is all runs of one step.
type result struct {
	Scenario string   `json:"scenario"`
	Step     string   `json:"step"`
	Shape    shape    `json:"shape,omitempty"`
	N        int      `json:"resources,omitempty"`
	Limit    limit    `json:"limit"`
	Runs     []figure `json:"runs"`
	Error    string   `json:"error,omitempty"`

	terraform bool
}

// scenarios are the promises of docs/performance.md.
func scenarios() []scenario {
	all := []scenario{
		{
			name:    "version",
			prepare: func(string) error { return nil },
			steps: []step{
				{name: "version", args: []string{"version"}, limit: limit{Wall: 30 * time.Millisecond}, says: "lockwork", files: -1},
			},
		},
		{
			name: "validate-10", n: 10, shape: blocks,
			prepare: func(dir string) error { return writeProject(dir, blocks, 10) },
			steps: []step{
				{name: "validate", args: []string{"validate"}, limit: limit{Wall: 100 * time.Millisecond}, files: 0},
			},
		},
	}
	small := limit{Peak: 120 * mega}
	for _, how := range []shape{blocks, count} {
		all = append(all, files(how, 1_000, map[string]limit{
			"first plan": withWall(small, 350*time.Millisecond),
			"apply":      withWall(small, time.Second),
			"no-op plan": withWall(small, 300*time.Millisecond),
			"destroy":    withWall(small, time.Second),
		}))
	}
	for _, how := range []shape{blocks, count} {
		s := files(how, 10_000, map[string]limit{
			"apply":      {Wall: 9 * time.Second, Peak: 400 * mega},
			"no-op plan": {Wall: 2500 * time.Millisecond, Peak: 400 * mega},
		})
		s.slow = true
		all = append(all, s)
	}
	for _, how := range []shape{blocks, count} {
		s := files(how, 100_000, map[string]limit{
			"no-op plan": {Wall: 28 * time.Second, Peak: 2 * giga},
		})
		s.slow, s.runs = true, 1
		all = append(all, s)
	}
	all = append(all, terraformData(1_000))
	return append(all, dockerScenarios()...)
}

func withWall(l limit, wall time.Duration) limit {
	l.Wall = wall
	return l
}

// files is the life of a project of n files.
func files(how shape, n int, limits map[string]limit) scenario {
	const timeout = 10 * time.Minute
	return scenario{
		name: fmt.Sprintf("file-%d-%s", n, how), n: n, shape: how,
		prepare: func(dir string) error { return writeProject(dir, how, n) },
		steps: []step{
			{name: "first plan", args: []string{"plan"}, limit: limits["first plan"], timeout: timeout,
				says: fmt.Sprintf("Plan: %d to add, 0 to change, 0 to destroy.", n), files: 0},
			{name: "apply", args: []string{"apply", "-auto-approve"}, limit: limits["apply"], timeout: timeout,
				says: fmt.Sprintf("Resources: %d added, 0 changed, 0 destroyed.", n), files: n},
			{name: "no-op plan", args: []string{"plan"}, limit: limits["no-op plan"], timeout: timeout,
				says: "No changes.", files: n},
			{name: "destroy", args: []string{"destroy", "-auto-approve"}, limit: limits["destroy"], timeout: timeout, last: true,
				says: fmt.Sprintf("%d destroyed.", n), files: 0},
		},
	}
}

// terraformData is the same life in terraform, with resources that exist only
// in its state. Its times stop no one: no more than three minutes a step.
func terraformData(n int) scenario {
	const timeout = 3 * time.Minute
	return scenario{
		name: fmt.Sprintf("terraform-%d", n), n: n, shape: blocks, slow: true, runs: 1, terraform: true,
		prepare: func(dir string) error { return writeTerraform(dir, n) },
		steps: []step{
			{name: "init", args: []string{"init", "-input=false", "-no-color"}, timeout: timeout, quiet: true, files: -1},
			{name: "first plan", args: []string{"plan", "-input=false", "-no-color"}, timeout: timeout,
				says: fmt.Sprintf("Plan: %d to add", n), files: -1},
			{name: "apply", args: []string{"apply", "-auto-approve", "-input=false", "-no-color"}, timeout: timeout,
				says: fmt.Sprintf("Resources: %d added", n), files: -1},
			{name: "no-op plan", args: []string{"plan", "-input=false", "-no-color"}, timeout: timeout,
				says: "No changes.", files: -1},
			{name: "destroy", args: []string{"destroy", "-auto-approve", "-input=false", "-no-color"}, timeout: timeout,
				says: fmt.Sprintf("%d destroyed", n), files: -1},
		},
	}
}

// measureAll runs what the options choose.
func measureAll(ctx context.Context, opts options) (all []result, err error) {
	var measured []*measurement
	defer func() {
		for _, m := range measured {
			if m.docker {
				if removeErr := removeObjects(m.dirs); err == nil {
					err = removeErr
				}
			}
			for _, dir := range m.dirs {
				if removeErr := os.RemoveAll(dir); err == nil {
					err = removeErr
				}
			}
		}
	}()
	docker := sync.OnceValues(func() (bool, error) { return prepareDocker(ctx) })
	for _, s := range scenarios() {
		if !opts.only.MatchString(s.name) || opts.quick && s.slow || s.terraform && opts.terraform == "" {
			continue
		}
		if s.docker {
			there, err := docker()
			if err != nil {
				return nil, err
			}
			if !there {
				continue
			}
		}
		m := newMeasurement(s)
		measured = append(measured, m)
		if err := m.begin(ctx, opts); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if len(measured) == 0 {
		return nil, fmt.Errorf("no scenario matches")
	}
	for _, m := range measured {
		if err := m.end(ctx, opts); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		all = append(all, m.reported()...)
	}
	return all, nil
}

// measurement is a scenario on its way.
type measurement struct {
	scenario
	results []result // by step
	dirs    []string // of its runs
}

func newMeasurement(s scenario) *measurement {
	m := &measurement{scenario: s}
	for _, st := range s.steps {
		m.results = append(m.results, result{
			Scenario: s.name, Step: st.name, Shape: s.shape, N: s.n, Limit: st.limit, terraform: s.terraform,
		})
	}
	return m
}

// begin makes a project for every run and takes the steps that are not last. A
// step that fails is noted in its result and ends the scenario; the error
// returned is one of this program.
func (m *measurement) begin(ctx context.Context, opts options) error {
	runs := opts.runs
	if m.runs > 0 {
		runs = min(runs, m.runs)
	}
	for range runs {
		dir, err := os.MkdirTemp(opts.dir, "clockwork-bench-")
		if err != nil {
			return err
		}
		m.dirs = append(m.dirs, dir)
		if err := m.prepare(dir); err != nil {
			return err
		}
		if err := m.take(ctx, opts, dir, false); err != nil || len(failures(m.results)) > 0 {
			return err
		}
	}
	return nil
}

// end takes the last steps of every run.
func (m *measurement) end(ctx context.Context, opts options) error {
	for _, dir := range m.dirs {
		if len(failures(m.results)) > 0 {
			return nil
		}
		if err := m.take(ctx, opts, dir, true); err != nil {
			return err
		}
	}
	return nil
}

// take takes the steps of one run that are last, or those that are not.
func (m *measurement) take(ctx context.Context, opts options, dir string, last bool) error {
	for i, st := range m.steps {
		if st.last != last {
			continue
		}
		for range max(1, st.repeat) {
			got, problem, err := m.once(ctx, opts, dir, st)
			if err != nil {
				return err
			}
			if problem != "" {
				m.results[i].Error = problem
				return nil
			}
			m.results[i].Runs = append(m.results[i].Runs, got)
		}
	}
	return nil
}

// once takes a step, and says what it cost or what went wrong.
func (m *measurement) once(ctx context.Context, opts options, dir string, st step) (figure, string, error) {
	program := opts.binary
	switch {
	case st.program != "":
		program = st.program
	case m.terraform:
		program = opts.terraform
	}
	timeout := st.timeout
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	got, output, err := runMeasured(ctx, timeout, dir, program, st.args...)
	if err == nil {
		err = st.verify(dir, output)
	}
	if ctx.Err() != nil {
		return got, "", ctx.Err()
	}
	if err != nil {
		return got, fmt.Sprintf("%v; its output ended in:\n%s", err, lastLines(output, 20)), nil
	}
	return got, "", nil
}

// reported returns the results that are not quiet, or not well.
func (m *measurement) reported() []result {
	var out []result
	for i, st := range m.steps {
		if r := st.relative; r != nil {
			for j, other := range m.steps {
				if other.name == r.to {
					m.results[i].Limit.Wall = r.plus + time.Duration(r.times*float64(m.results[j].median().Wall))
				}
			}
		}
		if !st.quiet || m.results[i].Error != "" {
			out = append(out, m.results[i])
		}
	}
	return out
}

// verify makes sure that the step did its work: what does nothing is fast.
func (st step) verify(dir, output string) error {
	if !strings.Contains(output, st.says) {
		return fmt.Errorf("it did not say %q", st.says)
	}
	if st.files < 0 {
		return nil
	}
	made, err := filesMade(dir)
	if err == nil && made != st.files {
		err = fmt.Errorf("there are %d files behind it, not %d", made, st.files)
	}
	return err
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
