package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

const (
	// maxRecords is how many records are shown in a message, and maxRecord how
	// long each may be, in bytes.
	maxRecords = 5
	maxRecord  = 100
)

// dns looks a name up and looks at the records.
func dns(ctx context.Context, a arguments) finding {
	kind := a.text("type")
	found, err := records(ctx, resolver(a.text("server")), kind, strings.TrimSuffix(a.text("name"), ".")+".")
	if err != nil {
		return noRecords(err)
	}
	if len(found) == 0 {
		return failed("there is no such record")
	}
	have := map[string]bool{}
	for _, record := range found {
		have[sameRecord(kind, record)] = true
	}
	quiet := a.secret("name", "type", "values", "match", "server")
	wanted := a.list("values")
	missing := slices.DeleteFunc(slices.Clone(wanted), func(v string) bool { return have[sameRecord(kind, v)] })
	if len(missing) == 0 || a.text("match") == "any" && len(missing) < len(wanted) {
		return passed(withRecords("it resolves", " to ", found, quiet))
	}
	if a.text("match") == "any" {
		return failed(withRecords("none of the values is there", ", but ", found, quiet))
	}
	if quiet {
		return failed("not all of the values are there")
	}
	return failed(withRecords(shownRecords(missing)+" is not there", ", but ", found, quiet))
}

// resolver asks server, or the system's name servers, and none of the system's
// own libraries: what they do cannot be interrupted.
func resolver(server string) *net.Resolver {
	r := &net.Resolver{PreferGo: true}
	if server != "" {
		r.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server)
		}
	}
	return r
}

// records returns the records of a name, as they are written in a zone file.
// There can be none without an error.
func records(ctx context.Context, r *net.Resolver, kind, name string) ([]string, error) {
	var out []string
	switch kind {
	case "A", "AAAA":
		network := map[string]string{"A": "ip4", "AAAA": "ip6"}[kind]
		addresses, err := r.LookupNetIP(ctx, network, name)
		for _, address := range addresses {
			out = append(out, address.Unmap().String())
		}
		return out, err
	case "CNAME":
		target, err := r.LookupCNAME(ctx, name)
		if err != nil || strings.EqualFold(target, name) { // it is its own where there is none
			return nil, err
		}
		return []string{target}, nil
	case "MX":
		hosts, err := r.LookupMX(ctx, name)
		for _, mx := range hosts {
			out = append(out, fmt.Sprintf("%d %s", mx.Pref, mx.Host))
		}
		return out, err
	case "NS":
		hosts, err := r.LookupNS(ctx, name)
		for _, ns := range hosts {
			out = append(out, ns.Host)
		}
		return out, err
	}
	return r.LookupTXT(ctx, name)
}

// sameRecord returns what two ways to write the same record have in common.
func sameRecord(kind, record string) string {
	switch kind {
	case "TXT":
		return record
	case "A", "AAAA":
		if address, err := netip.ParseAddr(record); err == nil {
			return address.Unmap().String()
		}
	}
	return strings.TrimSuffix(strings.ToLower(strings.Join(strings.Fields(record), " ")), ".")
}

// noRecords judges the error of a look-up.
func noRecords(err error) finding {
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		return failed("there is no such record")
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &name) && name.IsTimeout {
		return unknown("no name server answered")
	}
	return unknown("no name server could be asked, or none had an answer")
}

// withRecords says which records were found, unless they are not to be shown.
func withRecords(what, and string, found []string, quiet bool) string {
	if quiet {
		return what
	}
	return what + and + shownRecords(found)
}

func shownRecords(all []string) string {
	shown := make([]string, 0, maxRecords)
	for _, r := range all[:min(len(all), maxRecords)] {
		if len(r) > maxRecord {
			r = strings.ToValidUTF8(r[:maxRecord], "") + "..."
		}
		shown = append(shown, r)
	}
	out := strings.Join(shown, ", ")
	if more := len(all) - len(shown); more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// dnsDetail is the name, and the type where it is not A.
func dnsDetail(a arguments) string {
	switch {
	case a.secret("name", "type"):
		return "sensitive name"
	case !a.known("name") || !a.known("type"):
		return ""
	case a.text("type") != "A":
		return a.text("type") + " of " + a.text("name")
	}
	return a.text("name")
}
