package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestShell(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	env := []string{"NAME=world", "FILE=" + file, "SPACED=a  b"}
	tests := []struct {
		script string
		code   int
		out    string
	}{
		{"echo hello", 0, "hello\n"},
		{"echo one; echo two\necho three # four", 0, "one\ntwo\nthree\n"},
		{"echo 'a  b' \"c  $NAME\" ${NAME}s '$NAME' \\$NAME", 0, "a  b c  world worlds $NAME $NAME\n"},
		{"echo $SPACED; echo \"$SPACED\"; echo $NONE end \"$NONE\"", 0, "a b\na  b\nend \n"},
		{"echo -n a; echo b", 0, "ab\n"},
		{"false", 1, ""},
		{"false || echo rescued", 0, "rescued\n"},
		{"true && echo yes || echo no", 0, "yes\n"},
		{"false && echo yes || echo no", 0, "no\n"},
		{"false; echo $?; exit 300", 300 & 0xff, "1\n"},
		{"exit 7; echo never", 7, ""},
		{"false; exit", 1, ""},
		{"exec echo replaced; echo never", 0, "replaced\n"},
		{"X=set; echo $X", 0, "set\n"},
		{"/bin/echo path", 0, "path\n"},
		{"no-such-program || echo $?", 0, "127\n"},
		{"echo first > $FILE; echo second >>$FILE; cat $FILE", 0, "first\nsecond\n"},
		{"cat /no/such/file 2>/dev/null || echo none", 0, "none\n"},
		{"cat /no/such/file >/dev/null 2>&1; echo $?", 0, "1\n"},
		{"while false; do echo never; done; echo after", 0, "after\n"},
		{"while true; do echo once; exit 3; done", 3, "once\n"},
		{"while cat /no/such/file 2>/dev/null; do true; done\necho $?", 0, "0\n"},
		{"sh -c 'exit 4'; echo $?", 0, "4\n"},
		{"", 0, ""},
	}
	for _, test := range tests {
		code, out, errs := play(t, env, "", "sh", "-c", test.script)
		if code != test.code || out != test.out {
			t.Errorf("%s\nexit code %d, want %d; it wrote %q, want %q; %s", test.script, code, test.code, out, test.out, errs)
		}
	}
}

func TestShellRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, script := range []string{
		"echo a | cat", "echo a &", "cat <file", "(echo a)", "echo `id`", "echo \"`id`\"", "echo $(id)", "echo ${A:-b}",
		"if true; then echo a; fi", "for a in b; do echo c; done", "! true", "cd /", "echo 'open", "while true; do echo a",
		"while do true; done", "true; done", "echo a >", "echo a &&", "&& echo a", "echo a ;; echo b && ; true",
	} {
		code, out, errs := play(t, nil, "", "sh", "-c", "echo ran; "+script)
		if code != 2 || out != "" || !strings.Contains(errs, "syntax error") {
			t.Errorf("%s\nexit code %d; it wrote %q and %q", script, code, out, errs)
		}
	}
}

func TestShellReadsAFileOrItsInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho from a file\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := play(t, nil, "", "sh", file); out != "from a file\n" {
		t.Errorf("the file gave %q", out)
	}
	if _, out, _ := play(t, nil, "echo from input", "sh"); out != "from input\n" {
		t.Errorf("the input gave %q", out)
	}
}

// TestWorkerStopsInItsSleep plays the loop of a worker.
func TestWorkerStopsInItsSleep(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	var out bytes.Buffer
	p := process{out: &out, err: &out}
	began := time.Now()
	code := p.run(ctx, []string{"sh", "-c", "while true; do echo working; sleep 60; done"})
	if code != terminated || out.String() != "working\n" || time.Since(began) > 10*time.Second {
		t.Errorf("exit code %d after %v; it wrote %q", code, time.Since(began), out.String())
	}
}
