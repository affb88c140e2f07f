package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// jsonLog FILE [NAME=VALUE...] wants every line of a log to be JSON with a time, a
// level and a message, and one of them to have all of the values given; NAME=* wants
// any value.
func jsonLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: jsonlog FILE [NAME=VALUE...]")
	}
	text := ts.ReadFile(args[0])
	found := false
	for line := range strings.Lines(text) {
		var log map[string]any
		if err := json.Unmarshal([]byte(line), &log); err != nil {
			ts.Fatalf("%v: %s", err, line)
		}
		at, _ := log["time"].(string)
		level, _ := log["level"].(string)
		message, _ := log["msg"].(string)
		if _, err := time.Parse(time.RFC3339Nano, at); err != nil || level == "" || message == "" {
			ts.Fatalf("this lacks a time, a level or a message: %s", line)
		}
		all := true
		for _, pair := range args[1:] {
			name, value, _ := strings.Cut(pair, "=")
			got, there := log[name]
			all = all && there && (value == "*" || got == value)
		}
		found = found || all
	}
	if !found {
		ts.Fatalf("no line has %s:\n%s", strings.Join(args[1:], " "), text)
	}
}
