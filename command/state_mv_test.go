package command

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/state"
)

// stateOf makes a state of lines "ADDRESS" or "ADDRESS <- DEPENDENCY...", where
// an address may have "/MARK" behind it for a deposed object.
func stateOf(t *testing.T, lines ...string) *state.State {
	t.Helper()
	st := &state.State{Objects: map[state.ObjectKey]*state.Object{}}
	for _, line := range lines {
		address, depends, _ := strings.Cut(line, " <- ")
		address, deposed, _ := strings.Cut(address, "/")
		in, err := addr.ParseInstance(address)
		if err != nil {
			t.Fatal(err)
		}
		st.Objects[state.ObjectKey{Instance: in, Deposed: deposed}] = &state.Object{DependsOn: strings.Fields(depends)}
	}
	return st
}

func linesOf(st *state.State) (lines []string) {
	for _, k := range keysOf(st) {
		line := k.Instance.String()
		if k.Deposed != "" {
			line += "/" + k.Deposed
		}
		if d := st.Objects[k].DependsOn; len(d) > 0 {
			line += " <- " + strings.Join(d, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestMove(t *testing.T) {
	tests := map[string]struct {
		before   []string
		from, to string
		after    []string
		problem  string
	}{
		"a resource with what needs it": {
			before: []string{"file.a", "file.b <- file.a", "file.c <- file.b"},
			from:   "file.a", to: "file.z",
			after: []string{"file.b <- file.z", "file.c <- file.b", "file.z"},
		},
		"all instances of a resource": {
			before: []string{"file.a[0]", "file.a[1]", "file.b <- file.a"},
			from:   "file.a", to: "file.z",
			after: []string{"file.b <- file.z", "file.z[0]", "file.z[1]"},
		},
		"one instance of several": {
			before: []string{"file.a[0]", "file.a[1]", "file.b <- file.a"},
			from:   "file.a[1]", to: "file.z",
			after: []string{"file.a[0]", "file.b <- file.a file.z", "file.z"},
		},
		"to another key": {
			before: []string{`file.a["x"]`, `file.a["y"]`},
			from:   `file.a["x"]`, to: `file.a["z"]`,
			after: []string{`file.a["y"]`, `file.a["z"]`},
		},
		"to a count": {
			before: []string{"file.a", "file.b <- file.a"},
			from:   "file.a", to: "file.a[0]",
			after: []string{"file.a[0]", "file.b <- file.a"},
		},
		"from a count": {
			before: []string{"file.a[0]"},
			from:   "file.a[0]", to: "file.a",
			after: []string{"file.a"},
		},
		"with a deposed object": {
			before: []string{"file.a", "file.a/0123"},
			from:   "file.a", to: "file.z",
			after: []string{"file.z", "file.z/0123"},
		},
		"into a module": {
			before: []string{"file.a", "file.b <- file.a"},
			from:   "file.a", to: "module.m.file.a",
			after: []string{"file.b <- module.m.file.a", "module.m.file.a"},
		},
		"a module with what is below it": {
			before: []string{"module.m.file.a", "module.m.module.n.file.b <- module.m.file.a", "module.mm.file.c"},
			from:   "module.m", to: "module.z",
			after: []string{"module.mm.file.c", "module.z.file.a", "module.z.module.n.file.b <- module.z.file.a"},
		},
		"a module to a key": {
			before: []string{"module.m.file.a"},
			from:   "module.m", to: `module.m["x"]`,
			after: []string{`module.m["x"].file.a`},
		},
		"one instance of a module": {
			before: []string{`module.m["x"].file.a`, `module.m["x"].file.b <- module.m.file.a`, `module.m["y"].file.a`},
			from:   `module.m["x"]`, to: "module.z",
			after: []string{`module.m["y"].file.a`, "module.z.file.a", "module.z.file.b <- module.m.file.a module.z.file.a"},
		},
		"inside an instance of a module": {
			before: []string{`module.m["x"].file.a`, `module.m["x"].file.b <- module.m.file.a`},
			from:   `module.m["x"].file.a`, to: `module.m["x"].file.c`,
			after: []string{`module.m["x"].file.b <- module.m.file.c`, `module.m["x"].file.c`},
		},
		"nothing there":          {before: []string{"file.a"}, from: "file.aa", to: "file.z", problem: `Did you mean "file.a"?`},
		"no such instance":       {before: []string{"file.a[0]"}, from: "file.a", to: "file.a[1]", problem: "holds nothing at the address file.a"},
		"taken":                  {before: []string{"file.a", "file.b"}, from: "file.a", to: "file.b", problem: "something else at the address file.b"},
		"taken by an instance":   {before: []string{"file.a[0]", "file.b[0]"}, from: "file.a", to: "file.b", problem: "file.b[0]"},
		"the same":               {before: []string{"file.a"}, from: "file.a", to: "file.a", problem: "the two are the same"},
		"another type":           {before: []string{"file.a"}, from: "file.a", to: "directory.a", problem: "of different types"},
		"a module to a resource": {before: []string{"module.m.file.a"}, from: "module.m", to: "file.a", problem: "the one is a module"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			st := stateOf(t, test.before...)
			from, err := addr.ParseTarget(test.from)
			if err != nil {
				t.Fatal(err)
			}
			to, err := addr.ParseTarget(test.to)
			if err != nil {
				t.Fatal(err)
			}
			moves, c, ds := move(st, from, to)
			if test.problem != "" {
				if !ds.HasErrors() || !strings.Contains(ds.Error(), test.problem) {
					t.Errorf("got %v, want a problem with %q", ds, test.problem)
				}
				return
			}
			if ds.HasErrors() {
				t.Fatal(ds)
			}
			if len(moves) == 0 || len(moves) != len(c.Delete) {
				t.Errorf("%d moves, but %d objects go away", len(moves), len(c.Delete))
			}
			if diff := cmp.Diff(test.before, linesOf(st)); diff != "" {
				t.Errorf("the state given was changed:\n%s", diff)
			}
			for _, k := range c.Delete {
				delete(st.Objects, k)
			}
			for k, o := range c.Set {
				st.Objects[k] = o
			}
			got := linesOf(st)
			slices.Sort(test.after)
			slices.Sort(got)
			if diff := cmp.Diff(test.after, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
