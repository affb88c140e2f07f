package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test binary a program to measure as well: "hog N" takes N
// million bytes and says so, "hog N M" has a child that takes M beside it.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "hog" {
		hog(os.Args[2:])
		return
	}
	os.Exit(m.Run())
}

func hog(sizes []string) {
	n, err := strconv.Atoi(sizes[0])
	if err != nil {
		panic(err)
	}
	memory := make([]byte, n*mega)
	for i := 0; i < len(memory); i += 1 << 10 {
		memory[i] = 1
	}
	if len(sizes) > 1 {
		child := exec.Command(os.Args[0], "hog", sizes[1])
		if err := child.Run(); err != nil {
			panic(err)
		}
	}
	// Long enough to be sampled a few times.
	time.Sleep(100 * time.Millisecond)
	fmt.Println("took", n)
	runtime.KeepAlive(memory)
}

func TestMemoryOfBothProcessesIsSummed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the memory of a grandchild")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	alone, output, err := runMeasured(context.Background(), time.Minute, dir, program, "hog", "30")
	if err != nil || !strings.Contains(output, "took 30") {
		t.Fatalf("%v: %s", err, output)
	}
	both, output, err := runMeasured(context.Background(), time.Minute, dir, program, "hog", "30", "45")
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if alone.Peak < 30*mega {
		t.Errorf("one process of 30 MB is measured as %s", megabytes(alone.Peak))
	}
	// Relative to the first: the race detector takes a multiple.
	if both.Peak < 75*mega || both.Peak > 4*alone.Peak {
		t.Errorf("processes of 30 and 45 MB are measured as %s", megabytes(both.Peak))
	}
	if alone.Wall < 100*time.Millisecond || both.Wall < 200*time.Millisecond {
		t.Errorf("wall times %s and %s are shorter than the programs slept", alone.Wall, both.Wall)
	}
}

func TestTimeoutEndsTheProcess(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip(err)
	}
	start := time.Now()
	_, _, err := runMeasured(context.Background(), 50*time.Millisecond, t.TempDir(), "sleep", "60")
	if err == nil || !strings.Contains(err.Error(), "stopped after 50ms") {
		t.Errorf("got error %v", err)
	}
	if time.Since(start) > 10*time.Second {
		t.Error("the process was not ended")
	}
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "out", "0.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		step   step
		output string
		fine   bool
	}{
		{step{says: "No changes.", files: 1}, "x\nNo changes. Good.", true},
		{step{says: "No changes.", files: 1}, "Plan: 1 to add", false},
		{step{says: "", files: 0}, "", false},
		{step{says: "", files: -1}, "", true},
	} {
		if err := c.step.verify(dir, c.output); (err == nil) != c.fine {
			t.Errorf("%+v with %q: %v", c.step, c.output, err)
		}
	}
}

func TestAFailedStepIsReported(t *testing.T) {
	program, err := exec.LookPath("false")
	if err != nil {
		t.Skip(err)
	}
	s := scenarios()[0]
	m := newMeasurement(s)
	if err := m.begin(context.Background(), options{binary: program, dir: t.TempDir(), runs: 3}); err != nil {
		t.Fatal(err)
	}
	if len(failures(m.reported())) != 1 || len(m.dirs) != 1 {
		t.Errorf("got %+v after %d runs, want one failure, after the first", m.reported(), len(m.dirs))
	}
}

func TestALimitThatAnotherStepSets(t *testing.T) {
	program, err := exec.LookPath("true")
	if err != nil {
		t.Skip(err)
	}
	m := newMeasurement(scenario{steps: []step{
		{name: "reference", files: -1, repeat: 3},
		{name: "measured", files: -1, relative: &relative{to: "reference", times: 1.5, plus: time.Second}},
	}})
	if err := m.take(context.Background(), options{binary: program}, t.TempDir(), false); err != nil {
		t.Fatal(err)
	}
	got := m.reported()
	if len(got[0].Runs) != 3 || len(got[1].Runs) != 1 {
		t.Errorf("the steps were taken %d and %d times, not 3 and 1", len(got[0].Runs), len(got[1].Runs))
	}
	if want := time.Second + got[0].median().Wall*3/2; got[1].Limit.Wall != want || want == time.Second {
		t.Errorf("the limit is %s, want %s", got[1].Limit.Wall, want)
	}
	if problems := beyond(got, 1); len(problems) != 0 {
		t.Errorf("reported %q", problems)
	}
	got[1].Runs[0].Wall = 2 * got[1].Limit.Wall
	if problems := beyond(got, 1); len(problems) != 1 {
		t.Errorf("reported %q, want one line", problems)
	}
}

func TestLimitsAndGrowth(t *testing.T) {
	run := func(n int, wall time.Duration, peak int64) result {
		return result{Scenario: "s", Step: "plan", Shape: blocks, N: n,
			Limit: limit{Wall: time.Second, Peak: 100},
			Runs:  []figure{{Wall: wall, Peak: peak}}}
	}
	within := []result{run(10, time.Second, 100), run(100, time.Second, 100)}
	if got := beyond(within, 1); len(got) != 0 {
		t.Errorf("within the limits, but reported: %q", got)
	}
	for name, results := range map[string][]result{
		"time":   {run(10, 1001*time.Millisecond, 100)},
		"memory": {run(10, time.Second, 101)},
		"growth": {run(10, 50*time.Millisecond, 100), run(100, 700*time.Millisecond, 100)},
	} {
		if got := beyond(results, 1); len(got) != 1 {
			t.Errorf("%s: reported %q, want one line", name, got)
		}
		if got := beyond(results, 2); len(got) != 0 {
			t.Errorf("%s: reported %q in spite of the tolerance", name, got)
		}
	}
	odd := result{Runs: []figure{{Wall: 9}, {Wall: 1}, {Wall: 5}}}
	if got := odd.median().Wall; got != 5 {
		t.Errorf("the median of 9, 1, 5 is %d", got)
	}
}

func TestTablesShowTerraformBeside(t *testing.T) {
	results := []result{
		{Step: "apply", Shape: blocks, N: 1000, Limit: limit{Wall: time.Second, Peak: 120 * mega},
			Runs: []figure{{Wall: 400 * time.Millisecond, CPU: time.Second, Peak: 80 * mega}}},
		{Step: "apply", Shape: blocks, N: 1000, terraform: true, Runs: []figure{{Wall: 30 * time.Second, Peak: 130 * mega}}},
	}
	var out strings.Builder
	if err := printTables(&out, results); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	got := strings.Join(strings.Fields(lines[len(lines)-1]), " ")
	if want := "1,000 blocks apply 0.400 s 1.00 s 1.00 s 80 MB 120 MB 1 30.00 s 130 MB"; got != want {
		t.Errorf("got the row\n%s\nwant\n%s", got, want)
	}
}
