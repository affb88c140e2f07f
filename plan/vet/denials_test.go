package vet_test

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/vet"
	"github.com/clockwork-hcl/clockwork/state"
)

// denial is an answer, or circumstances, that one gate denies, or asks a person about.
// Every gate has at least one that no other gate has anything against.
type denial struct {
	gate   string
	answer string
	reason string
	with   func(*world)
	asks   bool // a person can approve it
}

func denials() map[string]denial {
	fine := change("memory", `"256MiB"`)
	return map[string]denial{
		"nothing":                           {gate: "answer", answer: ``, reason: "ends too early"},
		"a key twice":                       {gate: "answer", answer: strings.Replace(fine, `"cause"`, `"verdict": "no_fix", "cause"`, 1), reason: "twice"},
		"a key in another case":             {gate: "answer", answer: strings.Replace(fine, `"cause"`, `"Cause"`, 1), reason: `no "cause"`},
		"a key too much":                    {gate: "answer", answer: strings.Replace(fine, `"cause"`, `"target": "x", "cause"`, 1), reason: "something else"},
		"another word":                      {gate: "answer", answer: strings.Replace(fine, `"fix"`, `"FIX"`, 1), reason: "verdict"},
		"evidence made up":                  {gate: "answer", answer: strings.Replace(fine, `"e1"`, `"e9"`, 1), reason: "not given"},
		"null for a list":                   {gate: "answer", answer: `{"verdict":"fix","cause":"","evidence":[],"confidence":1,"changes":null}`, reason: "wrong type"},
		"no changes":                        {gate: "answer", answer: changes(""), reason: "comes with changes"},
		"a number of 1e18":                  {gate: "answer", answer: change("cpus", "1e18"), reason: "too large"},
		"a number next to nothing":          {gate: "answer", answer: change("cpus", "1e-9999999"), reason: "larger exponent"},
		"a number next to nothing, as text": {gate: "target", answer: change("cpus", `"1e-9999999"`), reason: "too small"},
		"a number of 10 MB, inside":         {gate: "target", answer: change(`ulimits["n"]`, `{"soft": "1e9999999"}`), reason: "too large"},
		"a huge text":                       {gate: "answer", answer: change("env", `{"A": "`+strings.Repeat("x", 5000)+`"}`), reason: "more than 4096"},
		"bidi":                              {gate: "answer", answer: change("restart", `"al\u202eways"`), reason: "invisible"},
		"zero width":                        {gate: "answer", answer: change("image", `"ngi\u200bnx"`), reason: "invisible"},
		"ANSI":                              {gate: "answer", answer: change("restart", `"\u001b[2Jx"`), reason: "control"},
		"64 KiB":                            {gate: "answer", answer: strings.Repeat(" ", 65<<10) + fine, reason: "65536"},
		"a path with an index":              {gate: "answer", answer: change("env[0]", `"x"`), reason: "double quotes"},
		"another resource":                  {gate: "answer", answer: change("box_container.other.Memory", `"256MiB"`), reason: "made of names"},
		"no such attribute":                 {gate: "target", answer: change("box_container.other.memory", `"256MiB"`), reason: "no attribute box_container"},
		"an assert":                         {gate: "target", answer: change("assert.web.url", `"x"`), reason: "no attribute"},
		"the policy":                        {gate: "target", answer: change("remediation", `"x"`), reason: "no attribute"},
		"lifecycle":                         {gate: "target", answer: change("lifecycle.prevent_destroy", `false`), reason: "no attribute"},
		"a sensitive attribute":             {gate: "target", answer: change("token", `"x"`), reason: "sensitive"},
		"a sensitive element": {gate: "target", answer: change(`env["PASSWORD"]`, `"x"`), reason: "sensitive",
			with: func(w *world) { w.edit(`{ MODE = "prod" }`, `{ MODE = "prod", PASSWORD = var.password }`) }},
		"a sensitive element, away": {gate: "target", answer: change(`env["PASSWORD"]`, `null`), reason: "sensitive",
			with: func(w *world) { w.edit(`{ MODE = "prod" }`, `{ MODE = "prod", PASSWORD = var.password }`) }},
		"all, with a sensitive element": {gate: "target", answer: change("env", `{"MODE": "dev"}`), reason: "sensitive",
			with: func(w *world) { w.edit(`{ MODE = "prod" }`, `{ MODE = "prod", PASSWORD = var.password }`) }},
		"all away, with a sensitive element": {gate: "target", answer: change("env", `null`), reason: "sensitive",
			with: func(w *world) { w.edit(`{ MODE = "prod" }`, `{ MODE = "prod", PASSWORD = var.password }`) }},
		"an element of what is sensitive as a whole": {gate: "target", answer: change(`env["MODE"]`, `"dev"`), reason: "sensitive",
			with: func(w *world) { w.edit(`{ MODE = "prod" }`, `sensitive({ MODE = "prod" })`) }},
		"what the provider sets": {gate: "target", answer: change("id", `"x"`), reason: "set by the provider"},
		"another type":           {gate: "target", answer: change("memory", `{"a": 1}`), reason: "does not fit"},
		"attributes made up":     {gate: "target", answer: change(`networks["a"]`, `{"privileged": true}`), reason: "there is not"},
		"one inside the other":   {gate: "target", answer: changes(`{"path":"env","value":{}},{"path":"env","key":"A","value":"x"}`), reason: "inside the other"},
		"no fix": {gate: "target", reason: "no_fix",
			answer: `{"verdict":"no_fix","cause":"","evidence":[],"confidence":1,"changes":[]}`},
		"not deployed": {gate: "target", answer: fine, reason: "not deployed", with: func(w *world) {
			other := *w.Input.State
			other.Objects = map[state.ObjectKey]*state.Object{}
			w.Input.State = &other
		}},
		"never, though listed":  {gate: "tier", answer: change("command", `"sh"`), reason: "never changed"},
		"no policy":             {gate: "tier", answer: fine, reason: "no ai block", with: func(w *world) { w.Policy.AI = nil }},
		"more than max_changes": {gate: "tier", answer: changes(`{"path":"memory","value":"256MiB"},{"path":"cpus","value":2},{"path":"env","key":"A","value":"x"}`), reason: "max_changes is 2"},
		"in small steps": {gate: "tier", answer: fine, reason: "3 attributes would differ", with: func(w *world) {
			w.overlay(state.Overlay{Path: "cpus", Value: json.RawMessage("2"), Over: json.RawMessage("1")},
				state.Overlay{Path: `env["A"]`, Value: json.RawMessage(`"x"`), Over: json.RawMessage("null")})
		}},
		"a part that nobody considered": {gate: "tier", answer: change("forgotten", `{"known": "x"}`), reason: "forgotten is never changed"},
		"the whole, for its test":       {gate: "tier", answer: change("healthcheck", `{"test": "sh", "interval": "10s"}`), reason: "healthcheck is never changed"},
		"not in the enum":               {gate: "fit", answer: change("ports", `[{"container": 80, "protocol": "icmp"}]`), reason: `protocol must be one of`},
		"what is required":              {gate: "target", answer: change("ports", `[{"host": 80}]`), reason: "required"},
		"what is required, as null":     {gate: "fit", answer: change("ports", `[{"container": null}]`), reason: "container is required"},
		"what does not go together":     {gate: "fit", answer: change("alone", `true`), reason: "Only one of"},
		"two that do not go together": {gate: "fit", reason: "Only one of", with: func(w *world) { w.edit(`  networks = { front = {} }`, "") },
			answer: changes(`{"path":"alone","value":true},{"path":"networks","key":"back","value":{}}`)},
		"over what is not known yet": {gate: "target", answer: change("memory", `"256MiB"`), reason: "not known yet",
			with: func(w *world) {
				w.edit(`"128MiB"`, "box_container.new.id")
				w.more(`resource "box_container" "new" { name = "new" }`)
			}},
		"nothing, which is no limit":      {gate: "bounds", answer: change("shares", `0`), reason: "lifts a limit"},
		"inside, out of bounds":           {gate: "bounds", answer: change(`ulimits["nofile"]`, `{"soft": 5000}`), reason: "ulimits.soft is out of bounds"},
		"further inside, out of bounds":   {gate: "bounds", answer: change(`ulimits`, `{"a": {"soft": 1}, "b": {"soft": 5000}}`), reason: "ulimits.soft is out of bounds"},
		"bounds of what is more than one": {gate: "bounds", answer: change("ports", `[{"container": 80}]`), reason: "ports cannot be compared"},
		"bounds that are nothing to compare": {gate: "bounds", answer: change("memory", `"256MiB"`), reason: "cannot be compared", with: func(w *world) {
			w.Policy.AI.Bounds["memory"] = plan.Bound{Min: cty.StringVal("10s"), Max: cty.StringVal("20s")}
		}},
		"a number for a duration": {gate: "bounds", answer: change("healthcheck.interval", `"20s"`), reason: "cannot be compared", with: func(w *world) {
			w.Policy.AI.Bounds["healthcheck.interval"] = plan.Bound{Min: cty.NumberIntVal(1), Max: cty.NumberIntVal(1 << 40)}
		}},
		"the id of an image":       {gate: "image", answer: change("image", `"`+strings.Repeat("0123456789abcdef", 4)+`"`), reason: "not the name"},
		"too much":                 {gate: "bounds", answer: change("memory", `"513MiB"`), reason: "out of bounds"},
		"too little":               {gate: "bounds", answer: change("memory", `"1KiB"`), reason: "out of bounds"},
		"no limit":                 {gate: "target", answer: change("memory", `"-1"`), reason: "not a size"},
		"no limit, bounded above":  {gate: "bounds", answer: change("shares", `-1`), reason: "lifts a limit"},
		"removed":                  {gate: "bounds", answer: change("memory", `null`), reason: "cannot be removed"},
		"not a size":               {gate: "target", answer: change("memory", `"much"`), reason: "not a size"},
		"an unlisted image":        {gate: "image", answer: change("image", `"evil`+digest+`"`), reason: "does not list"},
		"a registry in between":    {gate: "image", answer: change("image", `"evil.example.com/nginx`+digest+`"`), reason: "does not list"},
		"a port for a tag":         {gate: "image", answer: change("image", `"nginx:1/x`+digest+`"`), reason: "does not list"},
		"a homoglyph":              {gate: "image", answer: change("image", `"ngіnx`+digest+`"`), reason: "not the name"},
		"upper case":               {gate: "image", answer: change("image", `"NGINX`+digest+`"`), reason: "not the name"},
		"userinfo":                 {gate: "image", answer: change("image", `"nginx@evil.example.com/x"`), reason: "not the name"},
		"no image":                 {gate: "image", answer: change("image", `null`), reason: "not the name"},
		"a provider that is gone":  {gate: "plan", answer: fine, reason: "cannot be planned", with: func(w *world) { w.Options.SkipRefresh = true; w.breakPlan() }},
		"nobody can name the plan": {gate: "plan", answer: fine, reason: "told from each other", with: func(w *world) { w.Hash = nil }},
		"nothing to change":        {gate: "diff", answer: change("memory", `"128MiB"`), reason: "0 changes"},
		"drift beside it": {gate: "diff", answer: fine, reason: "would change cpus", with: func(w *world) {
			w.stored(func(o map[string]any) { o["cpus"] = 7 })
		}},
		"another element beside it": {gate: "diff", answer: changes(`{"path":"env","key":"A","value":"x"}`), reason: "make it anew", with: func(w *world) {
			w.stored(func(o map[string]any) { o["env"] = map[string]any{"MODE": "test"} })
		}},
		"tainted": {gate: "diff", answer: fine, reason: "make it anew", with: func(w *world) {
			w.object(func(o *state.Object) { o.Tainted = true })
		}},
		"what is loaded first":     {gate: "program", answer: change(`env["LD_PRELOAD"]`, `"/tmp/x.so"`), reason: "decides what is run", asks: true},
		"what an interpreter does": {gate: "program", answer: change(`env`, `{"MODE": "prod", "node_options": "-r /x.js"}`), reason: "decides what is run", asks: true},
		"a proxy":                  {gate: "program", answer: change(`env["https_proxy"]`, `"http://x.example.com"`), reason: "through whom", asks: true},
		"not listed":               {gate: "tier", answer: change("restart", `"always"`), reason: "does not allow", asks: true},
		"far from what is there":   {gate: "bounds", answer: change("cpus", `3`), reason: "far from", asks: true},
		"far from the default":     {gate: "bounds", answer: change("wait", `{"timeout": "3m"}`), reason: "wait.timeout has no bounds", asks: true},
		"an image by its tag":      {gate: "image", answer: change("image", `"nginx:1.26"`), reason: "no digest", asks: true},
		"what cannot be started again": {gate: "diff", answer: change("format", `"xfs"`), reason: "may hold data", with: func(w *world) {
			w.Target = w.p.Target("box_disk.data").Resource.Instance(addr.NoKey)
		}},
		"a secret that nobody named": {gate: "secrets", answer: change(`env["A"]`, `"hunter2-hunter2"`), reason: "holds a secret",
			with: func(w *world) { w.Secrets = nil }},
		"a secret in two values":                 {gate: "secrets", answer: changes(`{"path":"env","key":"A","value":"hunter2-"},{"path":"env","key":"B","value":"hunter2"}`), reason: "together hold"},
		"the network of the host":                {gate: "host", answer: change(`networks["host"]`, `{}`), reason: "another's own"},
		"the network of another":                 {gate: "host", answer: change(`networks["container:db"]`, `{}`), reason: "another's own"},
		"the engine's socket, written for a URL": {gate: "host", answer: change(`env["A"]`, `"http+unix://%2Fvar%2Frun%2Fdocker%2Esock/x"`), reason: "host"},
		"the kernel's files, in a command":       {gate: "host", answer: change(`env["A"]`, `"$(cat</proc/1/environ)"`), reason: "host"},
		"a secret":                               {gate: "secrets", answer: change(`env["A"]`, `"x hunter2-hunter2"`), reason: "holds a secret"},
		"a secret in base64":                     {gate: "secrets", answer: change(`env["A"]`, `"aHVudGVyMi1odW50ZXIy"`), reason: "holds a secret"},
		"a secret in two lines":                  {gate: "secrets", answer: change(`env["A"]`, `"hunter2-\nhunter2"`), reason: "holds a secret"},
		"a secret as a key":                      {gate: "secrets", answer: change(`env["hunter2-hunter2"]`, `"x"`), reason: "holds a secret"},
		"the mark of a secret":                   {gate: "secrets", answer: change(`env["A"]`, `"«redacted 3f»"`), reason: "left out"},
		"what looks like one":                    {gate: "secrets", answer: change(`env["A"]`, `"ghp_0123456789abcdef0123456789"`), reason: "looks like"},
		"a password in a URL":                    {gate: "secrets", answer: change(`env["A"]`, `"redis://u:p@h"`), reason: "looks like"},
		"the engine's socket":                    {gate: "host", answer: change(`env["A"]`, `"unix:///var/run/docker.sock"`), reason: "host"},
		"the engine's socket by ..":              {gate: "host", answer: change(`env["A"]`, `"/tmp/../run/./Docker.sock"`), reason: "host"},
		"the kernel's files":                     {gate: "host", answer: change(`env["A"]`, `"x:/srv/../proc/1/root"`), reason: "host"},
		"the same again": {gate: "repetition", answer: change("memory", `"256MiB" `), reason: "did not help", with: func(w *world) {
			w.Failed = [][]vet.Change{{{Path: "memory", Value: json.RawMessage(`"256MiB"`)}}}
		}},
		"the same, written otherwise": {gate: "repetition", answer: change("memory", `"268435456"`), reason: "did not help", with: func(w *world) {
			w.Failed = [][]vet.Change{nil, {{Path: "memory", Value: json.RawMessage(`"256MiB"`)}}}
		}},
		"the same, under what lies there": {gate: "repetition", answer: change("memory", `"256MiB"`), reason: "did not help", with: func(w *world) {
			w.overlay(state.Overlay{Path: "cpus", Value: json.RawMessage("2"), Over: json.RawMessage("1")})
			w.Failed = [][]vet.Change{{{Path: "cpus", Value: json.RawMessage("2.0")}, {Path: "memory", Value: json.RawMessage(`"0.25GiB"`)}}}
		}},
		"nothing is left":       {gate: "budget", answer: fine, reason: "used up", with: func(w *world) { w.Spent = func() error { return errors.New("used up") } }},
		"nobody counts":         {gate: "budget", answer: fine, reason: "nobody knows", with: func(w *world) { w.Spent = nil }},
		"a gate panics":         {gate: "budget", answer: fine, reason: "gate itself failed", with: func(w *world) { w.Spent = func() error { panic("x") } }},
		"another state":         {gate: "state", answer: fine, reason: "state has changed", with: func(w *world) { w.Serial++ }},
		"another configuration": {gate: "state", answer: fine, reason: "configuration has changed", with: func(w *world) { w.ConfigHash = "x" }},
		"another plan approved": {gate: "approval", answer: fine, reason: "another plan", with: func(w *world) { w.Approved = "x" }},
		"mode off":              {gate: "approval", answer: fine, reason: "forbids", with: func(w *world) { w.Policy.Mode = plan.HealOff }},
		"no mode":               {gate: "approval", answer: fine, reason: "forbids", with: func(w *world) { w.Policy.Mode = "" }},
	}
}
