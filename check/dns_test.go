package check_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers questions about example.test by UDP, and returns its
// address.
func nameServer(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no name server: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var query dnsmessage.Message
			if query.Unpack(buf[:n]) != nil || len(query.Questions) != 1 {
				continue
			}
			reply := dnsAnswer(query)
			if packed, err := reply.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func dnsAnswer(query dnsmessage.Message) dnsmessage.Message {
	q := query.Questions[0]
	out := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: query.ID, Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: query.Questions,
	}
	add := func(name dnsmessage.Name, body dnsmessage.ResourceBody) {
		out.Answers = append(out.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET, TTL: 1}, Body: body})
	}
	name := dnsmessage.MustNewName
	host, _, _ := strings.Cut(q.Name.String(), ".")
	switch host {
	case "broken":
		out.RCode = dnsmessage.RCodeServerFailure
		return out
	case "refused":
		out.RCode = dnsmessage.RCodeRefused
		return out
	case "alias", "www", "many":
	default:
		out.RCode = dnsmessage.RCodeNameError
		return out
	}
	if host == "alias" {
		add(q.Name, &dnsmessage.CNAMEResource{CNAME: name("www.example.test.")})
		q.Name = name("www.example.test.")
	}
	switch q.Type {
	case dnsmessage.TypeA:
		if add(q.Name, &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}); host == "many" {
			for i := range byte(20) {
				add(q.Name, &dnsmessage.AResource{A: [4]byte{192, 0, 2, i + 2}})
			}
			return out
		}
		add(q.Name, &dnsmessage.AResource{A: [4]byte{192, 0, 2, 2}})
	case dnsmessage.TypeAAAA:
		if host != "many" {
			add(q.Name, &dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}})
		}
	case dnsmessage.TypeMX:
		add(q.Name, &dnsmessage.MXResource{Pref: 10, MX: name("Mail.example.test.")})
	case dnsmessage.TypeNS:
		add(q.Name, &dnsmessage.NSResource{NS: name("ns1.example.test.")})
	case dnsmessage.TypeTXT:
		add(q.Name, &dnsmessage.TXTResource{TXT: []string{"v=spf1 ", "-all"}})
	}
	return out
}

func TestDNSResolves(t *testing.T) {
	server := nameServer(t)
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	ask := func(name string, more ...string) string {
		return fmt.Sprintf("name = \"%s.example.test\"\nserver = %q\n%s", name, server, strings.Join(more, "\n"))
	}
	const www = " (www.example.test): "
	runAll(t, "dns_resolves", `
variable "password" {
  default   = "192.0.2.99"
  sensitive = true
}
resource "memory_item" "a" { name = "a" }
`, []one{
		{"A", ask("www"), "pass" + www + "it resolves to 192.0.2.1, 192.0.2.2"},
		{"a value", ask("www", `values = ["192.0.2.9", "192.0.2.2"]`), "pass" + www + "it resolves to 192.0.2.1, 192.0.2.2"},
		{"other values", ask("www", `values = ["192.0.2.9"]`), "fail" + www + "none of the values is there, but 192.0.2.1, 192.0.2.2"},
		{"all", ask("www", `values = ["192.0.2.2", "192.0.2.1"]`, `match = "all"`), "pass" + www + "it resolves to 192.0.2.1, 192.0.2.2"},
		{"not all", ask("www", `values = ["192.0.2.2", "192.0.2.9"]`, `match = "all"`), "fail" + www + "192.0.2.9 is not there, but 192.0.2.1, 192.0.2.2"},
		{"many", ask("many"), "pass (many.example.test): it resolves to 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5 and 16 more"},
		{"through an alias", ask("alias"), "pass (alias.example.test): it resolves to 192.0.2.1, 192.0.2.2"},
		{"AAAA", ask("www", `type = "AAAA"`, `values = ["2001:DB8:0::1"]`), "pass (AAAA of www.example.test): it resolves to 2001:db8::1"},
		{"no AAAA", ask("many", `type = "AAAA"`), "fail (AAAA of many.example.test): there is no such record"},
		{"CNAME", ask("alias", `type = "CNAME"`, `values = ["WWW.example.test"]`), "pass (CNAME of alias.example.test): it resolves to www.example.test."},
		{"no CNAME", ask("www", `type = "CNAME"`), "fail (CNAME of www.example.test): there is no such record"},
		{"MX", ask("www", `type = "MX"`, `values = ["10 mail.example.test"]`), "pass (MX of www.example.test): it resolves to 10 Mail.example.test."},
		{"other MX", ask("www", `type = "MX"`, `values = ["20 mail.example.test."]`),
			"fail (MX of www.example.test): none of the values is there, but 10 Mail.example.test."},
		{"NS", ask("www", `type = "NS"`, `values = ["ns1.example.test"]`), "pass (NS of www.example.test): it resolves to ns1.example.test."},
		{"TXT", ask("www", `type = "TXT"`, `values = ["v=spf1 -all"]`), "pass (TXT of www.example.test): it resolves to v=spf1 -all"},
		{"TXT in other letters", ask("www", `type = "TXT"`, `values = ["V=spf1 -all"]`),
			"fail (TXT of www.example.test): none of the values is there, but v=spf1 -all"},
		{"no name", ask("none"), "fail (none.example.test): there is no such record"},
		{"no name, TXT", ask("none", `type = "TXT"`), "fail (TXT of none.example.test): there is no such record"},
		{"no name, CNAME", ask("none", `type = "CNAME"`), "fail (CNAME of none.example.test): there is no such record"},
		{"SERVFAIL", ask("broken"), "unknown (broken.example.test): no name server could be asked, or none had an answer"},
		{"REFUSED", ask("refused", `type = "MX"`), "unknown (MX of refused.example.test): no name server could be asked, or none had an answer"},
		{"no server", fmt.Sprintf("name = \"www.example.test\"\nserver = %q", closed.LocalAddr()),
			"unknown" + www + "no name server could be asked, or none had an answer"},
		{"silent server", fmt.Sprintf("name = \"www.example.test\"\nserver = %q\ntimeout = \"100ms\"", silent.LocalAddr()),
			"unknown" + www + "no name server answered"},
		{"secret value", ask("www", "values = [var.password]"), "fail" + www + "none of the values is there"},
		{"secret values", ask("www", "values = [var.password]", `match = "all"`), "fail" + www + "not all of the values are there"},
		{"secret name", fmt.Sprintf("name = sensitive(\"www.example.test\")\nserver = %q", server), "pass (sensitive name): it resolves"},
		{"unknown", `name = memory_item.a.id`, "unknown: it depends on a value that is known only after apply"},
	})
}
