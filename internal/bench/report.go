package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// maxGrowth is how many times more ten times the resources may cost.
const maxGrowth = 12

// median returns the run in the middle of each figure, taken apart.
func (r result) median() figure {
	middle := func(of func(figure) int64) int64 {
		var values []int64
		for _, run := range r.Runs {
			values = append(values, of(run))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	if len(r.Runs) == 0 {
		return figure{}
	}
	return figure{
		Wall: time.Duration(middle(func(f figure) int64 { return int64(f.Wall) })),
		CPU:  time.Duration(middle(func(f figure) int64 { return int64(f.CPU) })),
		Peak: middle(func(f figure) int64 { return f.Peak }),
	}
}

// failures are the steps that did not work.
func failures(results []result) []string {
	var problems []string
	for _, r := range results {
		if r.Error != "" {
			problems = append(problems, fmt.Sprintf("%s, %s: %s", r.Scenario, r.Step, r.Error))
		}
	}
	return problems
}

// beyond are the figures that break a promise by more than the tolerance.
func beyond(results []result, tolerance float64) []string {
	var problems []string
	for _, r := range results {
		got := r.median()
		if most := r.Limit.Wall; most > 0 && float64(got.Wall) > float64(most)*tolerance {
			problems = append(problems, fmt.Sprintf("%s, %s: took %s, the limit is %s (times %g)",
				r.Scenario, r.Step, seconds(got.Wall), seconds(most), tolerance))
		}
		if most := r.Limit.Peak; most > 0 && float64(got.Peak) > float64(most)*tolerance {
			problems = append(problems, fmt.Sprintf("%s, %s: needed %s, the limit is %s (times %g)",
				r.Scenario, r.Step, megabytes(got.Peak), megabytes(most), tolerance))
		}
	}
	for _, g := range growths(results) {
		if g.time > maxGrowth*tolerance || g.memory > maxGrowth*tolerance {
			problems = append(problems, fmt.Sprintf("%s, %s: from %d to %d resources, time grew %.1f and memory %.1f times; the limit is %d (times %g)",
				g.step, g.shape, g.from, g.to, g.time, g.memory, maxGrowth, tolerance))
		}
	}
	return problems
}

// growth is how a step's cost grew from a number of resources to ten times it.
type growth struct {
	step         string
	shape        shape
	from, to     int
	time, memory float64
}

func growths(results []result) []growth {
	var all []growth
	for _, small := range results {
		for _, large := range results {
			if small.terraform || large.terraform || small.Step != large.Step || small.Shape != large.Shape ||
				small.N == 0 || large.N != 10*small.N {
				continue
			}
			from, to := small.median(), large.median()
			if from.Wall == 0 || to.Wall == 0 {
				continue
			}
			g := growth{step: small.Step, shape: small.Shape, from: small.N, to: large.N,
				time: float64(to.Wall) / float64(from.Wall)}
			if from.Peak > 0 {
				g.memory = float64(to.Peak) / float64(from.Peak)
			}
			all = append(all, g)
		}
	}
	return all
}

// printTables prints what was measured beside what is promised, and growth.
func printTables(out io.Writer, results []result) error {
	fmt.Fprintf(out, "%s/%s, %d processors, %s; medians; memory is the peak of all processes together\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "resources\twritten as\twork\ttime\tat most\tprocessor\tmemory\tat most\truns\tterraform\tmemory\t")
	for _, r := range results {
		other := result{}
		if r.terraform {
			if partner(results, r) != nil {
				continue // in the row of that
			}
			r, other = result{N: r.N, Shape: r.Shape, Step: r.Step}, r
		} else if found := partner(results, r); found != nil {
			other = *found
		}
		got, beside := r.median(), other.median()
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t\n", number(r.N), r.Shape, r.Step,
			seconds(got.Wall), seconds(r.Limit.Wall), seconds(got.CPU), megabytes(got.Peak), megabytes(r.Limit.Peak), len(r.Runs),
			seconds(beside.Wall), megabytes(beside.Peak))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if all := growths(results); len(all) > 0 {
		fmt.Fprintf(out, "\nGrowth with ten times the resources; at most %d\n\n", maxGrowth)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "work\twritten as\tfrom\tto\ttime\tmemory\t")
		for _, g := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f\t%.1f\t\n", g.step, g.shape, number(g.from), number(g.to), g.time, g.memory)
		}
		return w.Flush()
	}
	return nil
}

// partner returns the same step and number done by the other program, or nil.
func partner(results []result, r result) *result {
	for i, other := range results {
		if other.terraform != r.terraform && other.Step == r.Step && other.N == r.N && other.Shape == r.Shape {
			return &results[i]
		}
	}
	return nil
}

func printJSON(out io.Writer, results []result) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(results)
}

func seconds(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func megabytes(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%d MB", bytes/mega)
}

func number(n int) string {
	switch {
	case n == 0:
		return ""
	case n >= 1000:
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return fmt.Sprint(n)
}
