package plan

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// argumentCheck finds what is wrong with one argument. No message of it holds
// the argument's value, which may be secret.
type argumentCheck struct {
	arguments cty.Value
	diags     diag.Diagnostics
}

func (c *argumentCheck) fail(name, summary, detail string, args ...any) {
	c.failAt(cty.GetAttrPath(name), summary, detail, args...)
}

func (c *argumentCheck) failAt(path cty.Path, summary, detail string, args ...any) {
	ds := diag.Errorf(summary, detail, args...)
	ds[0].Path = path
	c.diags = append(c.diags, ds...)
}

// value returns an argument without marks; false when it is null or not wholly
// known.
func (c *argumentCheck) value(name string) (cty.Value, bool) {
	v, _ := c.arguments.GetAttr(name).UnmarkDeep()
	return v, !v.IsNull() && v.IsWhollyKnown()
}

func (c *argumentCheck) text(name string) (string, bool) {
	v, ok := c.value(name)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

// number wants a whole number in a range.
func (c *argumentCheck) number(name string, least, most int64) {
	if v, ok := c.value(name); ok && !wholeNumber(v, least, most) {
		c.fail(name, "Number out of range", "The value of %q must be a whole number from %d to %d. Change it.", name, least, most)
	}
}

func wholeNumber(v cty.Value, least, most int64) bool {
	var n int64
	err := gocty.FromCtyValue(v, &n)
	return err == nil && n >= least && n <= most
}

// pattern wants a regular expression.
func (c *argumentCheck) pattern(name string) {
	text, ok := c.text(name)
	if !ok {
		return
	}
	_, err := regexp.Compile(text)
	var bad *syntax.Error
	if errors.As(err, &bad) {
		why := bad.Code.String()
		if !marks.IsSensitive(c.arguments.GetAttr(name)) {
			why = fmt.Sprintf("%s: %q", why, bad.Expr)
		}
		c.fail(name, "Not a regular expression", "The value of %q cannot be read as a regular expression (RE2): %s. Correct it.", name, why)
	}
}

// strings returns the names and values of a map; null values are complained
// about.
func (c *argumentCheck) strings(name string) map[string]string {
	v, ok := c.value(name)
	if !ok {
		return nil
	}
	out := map[string]string{}
	for key, e := range v.AsValueMap() {
		if e.IsNull() {
			which := "a value"
			if !marks.IsSensitive(c.arguments.GetAttr(name)) {
				which = fmt.Sprintf("the value of %q", key)
			}
			c.failAt(cty.GetAttrPath(name).IndexString(key), "Value is null", "In %q, %s is null. Give it a value, or leave it out.", name, which)
			continue
		}
		out[key] = e.AsString()
	}
	return out
}

// host wants the name of a host or an address, which can be in brackets.
func (c *argumentCheck) host(name string) {
	host, ok := c.text(name)
	if !ok || validHost(host) {
		return
	}
	if _, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")); err != nil {
		c.fail(name, "Invalid host", "The value of %q is the name of a host, or an IP address, and nothing else. Correct it.", name)
	}
}

func validateCommand(arguments cty.Value) diag.Diagnostics {
	c := argumentCheck{arguments: arguments}
	if v, ok := c.value("command"); ok {
		words := v.AsValueSlice()
		if len(words) == 0 || !words[0].IsNull() && words[0].AsString() == "" {
			c.fail("command", "No program", `The first element of "command" is the program to run. Write its name or path.`)
		}
		for _, w := range words {
			if w.IsNull() || strings.ContainsRune(w.AsString(), 0) {
				c.fail("command", "Invalid program or argument", `An element of "command" is null or holds a NUL character. Take it out.`)
				break
			}
		}
	}
	for name, value := range c.strings("environment") {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			c.fail("environment", "Invalid environment variable",
				`The name of a variable in "environment" is empty or has an equals sign in it, or there is a NUL character. Correct it.`)
			break
		}
	}
	c.number("exit_code", 0, 1<<32-1) // a byte but on Windows
	c.pattern("stdout")
	return c.diags
}

// maxSent is how much a datagram can hold, in bytes.
const maxSent = 65507

func validatePort(arguments cty.Value) diag.Diagnostics {
	c := argumentCheck{arguments: arguments}
	c.number("port", 1, 65535)
	c.host("host")
	c.pattern("expect")
	if text, ok := c.text("send"); ok && len(text) > maxSent {
		c.fail("send", "Too much to send", `The value of "send" has more than %d bytes, which is the most that fits into a datagram. Shorten it.`, maxSent)
	}
	return c.diags
}

func validateHealthcheck(arguments cty.Value) diag.Diagnostics {
	c := argumentCheck{arguments: arguments}
	if text, ok := c.text("url"); ok {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			c.fail("url", "Invalid URL", `The value of "url" cannot be used as a URL. Write one such as "http://localhost:8080/health".`)
		}
	}
	if method, ok := c.text("method"); ok && !validToken(method) {
		c.fail("method", "Invalid method", `The value of "method" is no method of HTTP. Write one such as "GET" or "HEAD".`)
	}
	for name, value := range c.strings("headers") {
		if !validToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			c.fail("headers", "Invalid header", `A header in "headers" has a name or a value that HTTP does not allow. Names are letters, digits and hyphens; values have no line breaks.`)
			break
		}
	}
	if v, ok := c.value("expected_status"); ok && !validStatuses(v) {
		c.fail("expected_status", "Invalid status", `The value of "expected_status" must be a status of HTTP, from 100 to 599, such as 200, or a list of them, such as [200, 204]. Correct it.`)
	}
	c.pattern("body")
	c.json()
	c.duration("max_latency", time.Millisecond, time.Hour)
	c.serverName()
	for _, name := range []string{"ca_file", "cert_file", "key_file"} {
		c.file(name)
	}
	if cert, key := c.arguments.GetAttr("cert_file"), c.arguments.GetAttr("key_file"); cert.IsKnown() && key.IsKnown() && cert.IsNull() != key.IsNull() {
		given, missing := "cert_file", "key_file"
		if cert.IsNull() {
			given, missing = missing, given
		}
		c.fail(given, "Certificate or key is missing", "With %q, %q is needed too. Add it.", given, missing)
	}
	return c.diags
}

// json wants a map from paths to values.
func (c *argumentCheck) json() {
	v, ok := c.value("json")
	if !ok {
		return
	}
	if v.LengthInt() == 0 {
		c.fail("json", "No values", `The map "json" is empty. Write which values must be in the body, or leave it out.`)
	}
	secret := marks.IsSensitive(c.arguments.GetAttr("json"))
	for path := range c.strings("json") {
		if _, ok := ParseJSONPath(path); !ok {
			which := "A key"
			if !secret {
				which = fmt.Sprintf("The key %q", path)
			}
			c.failAt(cty.GetAttrPath("json").IndexString(path), "Invalid path", `%s of "json" cannot be read as a path. Write one such as "status" or "items[0].name".`, which)
		}
	}
}

// duration wants a duration in a range.
func (c *argumentCheck) duration(name string, least, most time.Duration) {
	text, ok := c.text(name)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		c.fail(name, "Invalid duration", `The value of %q is not a duration. Write numbers with units, such as "30s", "1m30s" or "500ms".`, name)
	case d < least || d > most:
		c.fail(name, "Duration out of range", "The value of %q must be from %s to %s. Change it.", name, brief(least), brief(most))
	}
}

// validToken tells whether s is what RFC 9110 calls a token.
func validToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

func validStatuses(v cty.Value) bool {
	all := []cty.Value{v}
	if ty := v.Type(); ty.IsTupleType() || ty.IsListType() || ty.IsSetType() {
		if all = v.AsValueSlice(); len(all) == 0 {
			return false
		}
	}
	for _, s := range all {
		if s.Type() != cty.Number || s.IsNull() || !wholeNumber(s, 100, 599) {
			return false
		}
	}
	return true
}
