package plan

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

func validateDNS(arguments cty.Value) diag.Diagnostics {
	c := argumentCheck{arguments: arguments}
	if name, ok := c.text("name"); ok && !validDomain(name) {
		c.fail("name", "Invalid domain name", `The value of "name" is no name of the DNS. Write one such as "www.example.com": labels of at most 63 letters, digits, hyphens and underscores. Others are written in their ASCII form, which begins with "xn--".`)
	}
	kind, kindOK := c.text("type")
	if !kindOK {
		v := c.arguments.GetAttr("type")
		kind, kindOK = "A", v.IsKnown() && v.IsNull()
	}
	if v, ok := c.value("values"); ok {
		values := v.AsValueSlice()
		if len(values) == 0 {
			c.fail("values", "No values", `The list "values" is empty. Write which records must be there, or leave it out if any will do.`)
		}
		for i, e := range values {
			if e.IsNull() {
				c.failAt(cty.GetAttrPath("values").IndexInt(i), "Value is null", `An element of "values" is null. Take it out.`)
			} else if kindOK && !validRecord(kind, e.AsString()) {
				c.failAt(cty.GetAttrPath("values").IndexInt(i), "Invalid value", `An element of "values" cannot be in a record of type %s. Write one such as %q.`, kind, recordExample(kind))
			}
		}
	}
	if server, ok := c.text("server"); ok {
		host, port, err := net.SplitHostPort(server)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || !validHost(host) {
			c.fail("server", "Invalid name server", `The value of "server" is the host's name or address and its port, such as "192.0.2.53:53" or "[2001:db8::53]:53". Correct it.`)
		}
	}
	return c.diags
}

func validateCertificate(arguments cty.Value) diag.Diagnostics {
	c := argumentCheck{arguments: arguments}
	c.host("host")
	c.number("port", 1, 65535)
	c.serverName()
	c.number("min_days_left", 0, 36500)
	c.file("ca_file")
	return c.diags
}

func (c *argumentCheck) serverName() {
	if name, ok := c.text("server_name"); ok && !validHost(name) {
		c.fail("server_name", "Invalid server name", `The value of "server_name" is the name of a host, or an IP address, and nothing else. Correct it.`)
	}
}

// file wants what can be the name of a file.
func (c *argumentCheck) file(name string) {
	if file, ok := c.text(name); ok && (file == "" || strings.ContainsRune(file, 0)) {
		c.fail(name, "Invalid file name", "The value of %q is empty or has a NUL character in it. Write the path of a file, relative to the project's folder.", name)
	}
}

// validHost tells whether s is the name of a host or an IP address, the latter
// without brackets.
func validHost(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || s != "" && !strings.ContainsAny(s, "/@:[]% \t\r\n")
}

// validDomain tells whether s can be looked up: a name with other characters,
// or of digits only, never is.
func validDomain(s string) bool {
	s = strings.TrimSuffix(s, ".")
	digits := true
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || r == '-'
			if !letter && (r < '0' || r > '9') {
				return false
			}
			digits = digits && !letter
		}
	}
	return len(s) <= 253 && !digits
}

// validRecord tells whether a record of a type can be s.
func validRecord(kind, s string) bool {
	switch kind {
	case "A", "AAAA":
		address, err := netip.ParseAddr(s)
		return err == nil && address.Zone() == "" && address.Is4() == (kind == "A")
	case "MX":
		preference, host, _ := strings.Cut(s, " ")
		_, err := strconv.ParseUint(preference, 10, 16)
		return err == nil && (host == "." || validDomain(host))
	case "TXT":
		return true
	}
	return validDomain(s)
}

func recordExample(kind string) string {
	switch kind {
	case "A":
		return "192.0.2.1"
	case "AAAA":
		return "2001:db8::1"
	case "MX":
		return "10 mail.example.com"
	}
	return "www.example.com"
}
