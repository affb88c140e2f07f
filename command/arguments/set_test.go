package arguments

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// options is a Set with one option of each kind, and where they lead.
type options struct {
	on      bool
	off     bool
	text    string
	word    string
	n       int
	wait    time.Duration
	several []string
}

func newSet(o *options) *Set {
	o.on = true
	s := &Set{Command: "clockwork test"}
	s.Bool(&o.on, "refresh", "")
	s.Bool(&o.off, "destroy", "")
	s.String(&o.text, "out", "FILE", "")
	s.Enum(&o.word, "type", []string{"dot", "mermaid"}, "")
	s.Int(&o.n, "parallelism", "N", 1, "")
	s.Duration(&o.wait, "lock-timeout", "TIME", "")
	s.Func("target", "ADDRESS", "", func(v string) error {
		o.several = append(o.several, v)
		return nil
	})
	return s
}

func TestParse(t *testing.T) {
	tests := map[string]struct {
		args  string
		want  options
		words []string
	}{
		"nothing":           {"", options{on: true}, nil},
		"either dash":       {"-destroy --refresh=false", options{off: true}, nil},
		"value behind":      {"-out plan.bin -parallelism 3", options{on: true, text: "plan.bin", n: 3}, nil},
		"value joined":      {"-out=a=b --lock-timeout=1m30s", options{on: true, text: "a=b", wait: 90 * time.Second}, nil},
		"a dash as a value": {"-out -", options{on: true, text: "-"}, nil},
		"many times":        {"-target a.b -target=c.d", options{on: true, several: []string{"a.b", "c.d"}}, nil},
		"the last one wins": {"-type dot -type mermaid -destroy -destroy=false", options{on: true, word: "mermaid"}, nil},
		"words between":     {"one -destroy two", options{on: true, off: true}, []string{"one", "two"}},
		"a dash is a word":  {"- -destroy", options{on: true, off: true}, []string{"-"}},
		"end of options":    {"-destroy -- -out x", options{on: true, off: true}, []string{"-out", "x"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got options
			words, ds := newSet(&got).Parse(strings.Fields(test.args))
			if ds != nil {
				t.Fatalf("unexpected problems: %v", ds)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{})); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.words, words); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseProblems(t *testing.T) {
	tests := map[string]string{
		"-refrsh":             `Unknown option: clockwork test has no option -refrsh. Did you mean "-refresh"? Run clockwork test -help to see all of them.`,
		"-zzzzzzzzz=1":        `Unknown option: clockwork test has no option -zzzzzzzzz. Run clockwork test -help to see all of them.`,
		"-chdir=x":            `Option in the wrong place: -chdir holds for the whole command line and is written before the command: clockwork -chdir=DIR plan.`,
		"-out":                `Option without a value: -out needs a value: write -out=FILE.`,
		"-out=":               `Invalid value of an option: -out= cannot be used: it must not be empty.`,
		"-destroy=maybe":      `Invalid value of an option: -destroy=maybe cannot be used: it must be true or false.`,
		"-parallelism=0":      `Invalid value of an option: -parallelism=0 cannot be used: it must be a whole number, 1 or more.`,
		"-lock-timeout=30":    `Invalid value of an option: -lock-timeout=30 cannot be used: it must be a length of time with its unit, such as 30s or 5m.`,
		"-lock-timeout=-1s":   `Invalid value of an option: -lock-timeout=-1s cannot be used: it must be a length of time with its unit, such as 30s or 5m.`,
		"-type=mermade":       `Invalid value of an option: -type=mermade cannot be used: it must be one of dot, mermaid. Did you mean "mermaid"?`,
		"-out= -type=x -nope": "",
	}
	for args, want := range tests {
		_, ds := newSet(&options{}).Parse(strings.Fields(args))
		if want == "" {
			if len(ds) != 3 {
				t.Errorf("%s: not all problems were reported: %v", args, ds)
			}
			continue
		}
		if got := ds.Error(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", args, got, want)
		}
	}
}
