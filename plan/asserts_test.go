package plan_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/coretest"
	"github.com/clockwork-hcl/clockwork/plan"
)

// assertWorld is what the asserts of the tests below can refer to, in lines 1
// to 8.
const assertWorld = `resource "memory_item" "a" { name = "a" }
resource "memory_item" "list" {
  count = 2
  name = "l${count.index}"
}
resource "memory_shelf" "s" { name = "s" }
variable "any" {}
variable "seconds" { type = number }
`

func validateAssert(t *testing.T, source string) diag.Diagnostics {
	t.Helper()
	p := coretest.New(t, assertWorld+source)
	p.Vars = []string{"any=x", "seconds=1"} // which are not looked at
	store := p.Open()
	defer store.Close()
	in, diags := p.Input(store)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plan.Validate(context.Background(), in.Config, in.Providers, "0.1.0")
}

func TestAssertsThatAreRight(t *testing.T) {
	for _, source := range []string{
		`assert "item_exists" "x" { target = memory_item.a }`,
		`assert "item_exists" "x" { target = memory_item.list }`,
		`assert "item_exists" "x" { target = memory_item.list[1] }`,
		`assert "item_exists" "x" { target = memory_item.list[var.seconds] }`,
		`assert "item_exists" "x" {
		   for_each = var.any
		   target   = memory_item.list[each.value]
		 }`,
		`assert "item_exists" "x" { target = (memory_item.a) }`,
		`assert "item_exists" "x" { target = "${memory_item.a}" }`,
		`assert "condition" "x" {
		   target    = memory_shelf.s
		   condition = memory_item.a.revision > 0
		 }`,
		`assert "condition" "x" {
		   condition         = true
		   interval          = "1m30s"
		   timeout           = "500ms"
		   failure_threshold = 3
		   success_threshold = "2"
		   start_grace       = "0s"
		   severity          = "warning"
		   remediate         = false
		 }`,
		`assert "condition" "x" {
		   condition = true
		   timeout   = "${var.seconds}s"
		   severity  = null
		   interval  = var.any
		 }`,
		`assert "healthcheck" "x" {
		   url             = "https://[::1]:8443/health?full=1"
		   expected_status = [200, 204]
		   method          = "HEAD"
		   headers         = { Accept = "text/plain", X-Any = var.any }
		 }`,
		`assert "healthcheck" "x" {
		   url          = "https://localhost"
		   method       = "POST"
		   request_body = "{}"
		   json         = { "items[0][1].a-b.c d" = "x", "[3]" = 7, status = var.any }
		   max_latency  = "250ms"
		   ca_file      = "ca.pem"
		   server_name  = "app.internal"
		   cert_file    = "client.pem"
		   key_file     = var.any
		   insecure_skip_verify = true
		 }`,
		`assert "healthcheck" "x" {
		   url             = "http://${var.any}"
		   expected_status = var.any
		 }`,
		`assert "tls_certificate" "x" {
		   host          = "[::1]"
		   port          = 8443
		   server_name   = var.any
		   min_days_left = 0
		   ca_file       = "tls/ca.pem"
		   verify        = false
		 }`,
		`assert "dns_resolves" "x" {
		   name = "_dmarc.xn--bcher-kva.example."
		   type = "TXT"
		 }`,
		`assert "dns_resolves" "x" {
		   name   = "example.com"
		   type   = var.any
		   values = ["10 mail.example.com", var.any]
		   server = "[2001:db8::53]:53"
		 }`,
		`assert "dns_resolves" "x" {
		   name   = "example.com"
		   type   = "MX"
		   values = ["10 mail.example.com.", "0 ."]
		   match  = "all"
		 }`,
		`assert "port_accessible" "x" {
		   port = "80"
		   host = "[fe80::1%eth0]"
		 }`,
		`assert "port_accessible" "x" {
		   port     = 53
		   protocol = "udp"
		   send     = var.any
		   expect   = "^ok$"
		 }`,
		`assert "command" "x" {
		   command     = ["sh", var.any]
		   environment = { A = "b=c" }
		   exit_code   = 255
		   stdout      = "^ok$"
		 }`,
	} {
		if diags := validateAssert(t, source); len(diags) > 0 {
			t.Errorf("%s\n%v", source, diags)
		}
	}
}

// Every mistake is found by validate, alone and at its place: the one behind
// the mark, or where there is none the block's type.
func TestAssertMistakes(t *testing.T) {
	for _, c := range []struct {
		typ, body string
		want      string // the summary
		hint      string // in the detail
	}{
		{"item_exist", `target = memory_item.a`, `Unsupported assert type`, `Did you mean "item_exists"?`},
		{"item_exists", ``, `Unsupported assert type`, "need a target"},
		{"item_exists", `target = memory_shelf.s`, `Unsupported assert type`, "condition"},
		{"item_exists", `target = ^memory_item.b`, `Reference to undeclared resource`, ""},
		{"item_exists", `target = ^"memory_item.a"`, `Invalid assert target`, "TYPE.NAME"},
		{"item_exists", `target = ^memory_item.a.name`, `Invalid assert target`, ""},
		{"item_exists", `target = ^memory_item.list[*]`, `Invalid assert target`, ""},
		{"item_exists", `target = ^var.any`, `Invalid assert target`, ""},
		{"item_exists", `target = ^memory_item.a[0]`, `Unexpected instance key`, ""},
		{"item_exists", `target = memory_item.a[^var.any]`, `Unexpected instance key`, ""},
		{"item_exists", `target = memory_item.list^["x"]`, `Invalid instance key`, "count"},
		{"item_exists", `target = memory_item.list[^true ? -1 : 0]`, `Invalid instance key`, ""},
		{"item_exists", `target = memory_item.list[^sensitive(0)]`, `Sensitive instance key`, ""},
		{"item_exists", `target = memory_item.list[^each.key]`, `Reference to each without for_each`, ""},

		{"condition", `condition = ^foo`, `Invalid reference`, ""},
		{"condition", `condition = ^var.none`, `Reference to undeclared input variable`, ""},
		{"condition", `timeout = ^foo`, `Invalid reference`, ""},
		{"condition", `for_each = ^foo`, `Invalid reference`, ""},
		{"condition", `for_each = ^["a"]`, `Invalid for_each argument`, "toset"},
		{"condition", `condition = ^[7]`, `Incorrect attribute value type`, ""},
		{"condition", `condition = true
  ^error = "x"`, `Unsupported argument`, "error_message"},

		{"condition", `timeout = ^"5"`, `Invalid duration`, "unit is missing"},
		{"condition", `timeout = ^5`, `Invalid duration`, "unit is missing"},
		{"condition", `timeout = ^"soon"`, `Invalid duration`, `"30s"`},
		{"condition", `timeout = ^"0s"`, `Duration out of range`, "from 1ms to 1h"},
		{"condition", `timeout = ^"2h"`, `Duration out of range`, ""},
		{"condition", `timeout = ^[1]`, `Unsuitable value`, ""},
		{"condition", `interval = ^"10ms"`, `Duration out of range`, "from 1s to 8760h"},
		{"condition", `start_grace = ^"-1s"`, `Duration out of range`, "from 0s to 24h"},
		{"condition", `failure_threshold = ^0`, `Number out of range`, "from 1 to 1000"},
		{"condition", `success_threshold = ^1.5`, `Number out of range`, ""},
		{"condition", `severity = ^"warnings"`, `Invalid severity`, `Did you mean "warning"?`},
		{"condition", `remediate = ^"perhaps"`, `Unsuitable value`, ""},

		{"port_accessible", `port = ^0`, `Number out of range`, "from 1 to 65535"},
		{"port_accessible", `port = ^80.5`, `Number out of range`, ""},
		{"port_accessible", `host = ^"http://localhost"`, `Invalid host`, ""},
		{"port_accessible", `host = ^"localhost:80"`, `Invalid host`, ""},
		{"port_accessible", `host = ^""`, `Invalid host`, ""},
		{"port_accessible", `protocol = ^"udpp"`, `Unsupported value`, `Did you mean "udp"?`},
		{"port_accessible", `expect = ^"["`, `Not a regular expression`, "missing closing"},
		{"port_accessible", `send = ^join("", [for i in range(1000): "` + strings.Repeat("x", 66) + `"])`, `Too much to send`, "65507"},

		{"dns_resolves", `name = ^"https://example.com"`, `Invalid domain name`, "www.example.com"},
		{"dns_resolves", `name = ^"a..b"`, `Invalid domain name`, ""},
		{"dns_resolves", `name = ^"192.0.2.1"`, `Invalid domain name`, ""},
		{"dns_resolves", `name = ^""`, `Invalid domain name`, ""},
		{"dns_resolves", `type = ^"PTR"`, `Unsupported value`, `"CNAME"`},
		{"dns_resolves", `match = ^"some"`, `Unsupported value`, `"all"`},
		{"dns_resolves", `values = ^[]`, `No values`, ""},
		{"dns_resolves", `values = ["192.0.2.1", ^"::1"]`, `Invalid value`, `"192.0.2.1"`},
		{"dns_resolves", `values = [^null]`, `Value is null`, ""},
		{"dns_resolves", `type = "AAAA"
  values = [^"192.0.2.1"]`, `Invalid value`, `"2001:db8::1"`},
		{"dns_resolves", `type = "MX"
  values = [^"mail.example.com"]`, `Invalid value`, `"10 mail.example.com"`},
		{"dns_resolves", `server = ^"192.0.2.53"`, `Invalid name server`, `"192.0.2.53:53"`},
		{"dns_resolves", `server = ^"192.0.2.53:0"`, `Invalid name server`, ""},

		{"tls_certificate", `host = ^"https://example.com"`, `Invalid host`, ""},
		{"tls_certificate", `port = ^0`, `Number out of range`, "from 1 to 65535"},
		{"tls_certificate", `server_name = ^"a:443"`, `Invalid server name`, ""},
		{"tls_certificate", `min_days_left = ^-1`, `Number out of range`, "from 0 to 36500"},
		{"tls_certificate", `ca_file = ^""`, `Invalid file name`, ""},

		{"command", `command = ^[]`, `No program`, ""},
		{"command", `command = ^["", "x"]`, `No program`, ""},
		{"command", `command = ^["x", null]`, `Invalid program or argument`, ""},
		{"command", `command = ^"ls -l"`, `Incorrect attribute value type`, ""},
		{"command", `exit_code = ^-1`, `Number out of range`, ""},
		{"command", `stdout = ^"("`, `Not a regular expression`, "missing closing"},
		{"command", `environment = ^{ "A=B" = "" }`, `Invalid environment variable`, ""},
		{"command", `environment = { A = ^null }`, `Value is null`, `"A"`},

		{"healthcheck", `url = ^"localhost:80"`, `Invalid URL`, ""},
		{"healthcheck", `url = ^"http://"`, `Invalid URL`, ""},
		{"healthcheck", `url = ^"http://a b"`, `Invalid URL`, ""},
		{"healthcheck", `method = ^"GET /"`, `Invalid method`, ""},
		{"healthcheck", `headers = ^{ "a:" = "b" }`, `Invalid header`, ""},
		{"healthcheck", `headers = ^{ a = "b\r\nc: d" }`, `Invalid header`, ""},
		{"healthcheck", `expected_status = ^20`, `Invalid status`, "200"},
		{"healthcheck", `expected_status = ^[]`, `Invalid status`, ""},
		{"healthcheck", `expected_status = ^[200, "ok"]`, `Invalid status`, ""},
		{"healthcheck", `expected_status = ^{ a = 1 }`, `Invalid status`, ""},
		{"healthcheck", `body = ^"*"`, `Not a regular expression`, "missing argument"},
		{"healthcheck", `json = ^{}`, `No values`, ""},
		{"healthcheck", `json = { a = ^null }`, `Value is null`, `"a"`},
		{"healthcheck", `json = ^sensitive({ a = null })`, `Value is null`, `, a value is null`},
		{"healthcheck", `json = { a = "b", "c..d" = ^"e" }`, `Invalid path`, `"items[0].name"`},
		{"healthcheck", `json = ^sensitive({ "c..d" = "e" })`, `Invalid path`, `A key of "json"`},
		{"healthcheck", `max_latency = ^"1"`, `Invalid duration`, `"30s"`},
		{"healthcheck", `max_latency = ^"0s"`, `Duration out of range`, "from 1ms to 1h"},
		{"healthcheck", `server_name = ^"a b"`, `Invalid server name`, ""},
		{"healthcheck", `ca_file = ^""`, `Invalid file name`, ""},
		{"healthcheck", `cert_file = ^"a.pem"`, `Certificate or key is missing`, `"key_file" is needed`},
		{"healthcheck", `key_file = ^"a.pem"`, `Certificate or key is missing`, `"cert_file" is needed`},
	} {
		source := fmt.Sprintf("assert %q \"x\" {\n  %s\n", c.typ, c.body)
		source = complete(source, c.typ) + "}\n"
		before, after, marked := strings.Cut(source, "^")
		at := "9:8"
		if marked {
			lines := strings.Split(assertWorld+before, "\n")
			at = fmt.Sprintf("%d:%d", len(lines), len(lines[len(lines)-1])+1)
		}
		diags := validateAssert(t, before+after)
		var got []string
		for _, d := range diags {
			got = append(got, fmt.Sprintf("%d:%d %s", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary))
		}
		if want := at + " " + c.want; len(got) != 1 || got[0] != want || !strings.Contains(diags[0].Detail, c.hint) {
			t.Errorf("%swant %s, got:\n%v", source, want, diags)
		}
	}
}

// complete adds the argument that a core type needs, if it is not there.
func complete(source, typ string) string {
	for _, c := range []struct{ typ, name, value string }{
		{"condition", "condition", "true"}, {"port_accessible", "port", "80"},
		{"command", "command", `["x"]`}, {"healthcheck", "url", `"http://x"`},
		{"dns_resolves", "name", `"example.com"`}, {"tls_certificate", "host", `"example.com"`},
	} {
		if c.typ == typ && !strings.Contains(source, "\n  "+c.name+" ") {
			source += "  " + c.name + " = " + c.value + "\n"
		}
	}
	return source
}

// All that is wrong with an assert is said at once.
func TestAssertWithManyMistakes(t *testing.T) {
	diags := validateAssert(t, `assert "helthcheck" "x" {
  target   = memory_item.a
  timeout  = "1"
  severity = "bad"
}
assert "port_accessible" "x" {
  interval = "1"
  prot     = 7
}
`)
	if len(diags) != 5 {
		t.Error(diags)
	}
	for _, d := range diags {
		if d.Summary == "Unsupported argument" && d.Address != "assert.port_accessible.x" {
			t.Errorf("%q: %v", d.Address, d)
		}
	}
}
