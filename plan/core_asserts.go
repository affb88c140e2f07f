package plan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// coreType is an assert type that needs no provider.
type coreType struct {
	object *providers.Object
	// validate finds what is wrong with arguments beyond what the schema says,
	// by path. Unknown and marked values are possible. It may be nil.
	validate func(arguments cty.Value) diag.Diagnostics
}

// coreAsserts are the assert types of the core. Package check evaluates them.
func coreAsserts() map[string]coreType {
	required := func(ty cty.Type, description string) *providers.Attribute {
		return &providers.Attribute{Type: ty, Required: true, Description: description}
	}
	optional := func(ty cty.Type, description string) *providers.Attribute {
		return &providers.Attribute{Type: ty, Optional: true, Description: description}
	}
	or := func(value cty.Value, description string) *providers.Attribute {
		return &providers.Attribute{Type: value.Type(), Optional: true, Default: value, Description: description}
	}
	oneOf := func(description string, values ...string) *providers.Attribute {
		return &providers.Attribute{Type: cty.String, Optional: true, Default: cty.StringVal(values[0]), Enum: values, Description: description}
	}
	return map[string]coreType{
		"condition": {object: &providers.Object{
			Description: "An expression that must be true.",
			Attributes: map[string]*providers.Attribute{
				"condition":     required(cty.Bool, "What must be true."),
				"error_message": optional(cty.String, "What to say when it is not."),
			},
		}},
		"command": {validate: validateCommand, object: &providers.Object{
			Description: "A program that must end as expected. It is started without a shell.",
			Attributes: map[string]*providers.Attribute{
				"command":     required(cty.List(cty.String), "The program and its arguments."),
				"working_dir": optional(cty.String, "Where it runs, relative to the project's folder, which it is if not set."),
				"environment": optional(cty.Map(cty.String), "Variables added to the environment."),
				"exit_code":   or(cty.NumberIntVal(0), "The exit code that it must end with."),
				"stdout":      optional(cty.String, "A regular expression (RE2) that is found in the first 64 KiB of its standard output."),
			},
		}},
		"port_accessible": {validate: validatePort, object: &providers.Object{
			Description: "A port that must accept connections (TCP) or answer (UDP).",
			Attributes: map[string]*providers.Attribute{
				"port":     required(cty.Number, "The port's number."),
				"host":     or(cty.StringVal("localhost"), "The host's name or address."),
				"protocol": oneOf("What is spoken there.", "tcp", "udp"),
				"send":     optional(cty.String, "What to send to it; by UDP an empty datagram if not set."),
				"expect":   optional(cty.String, "A regular expression (RE2) that is found in the first 4 KiB that it sends."),
			},
		}},
		"healthcheck": {validate: validateHealthcheck, object: &providers.Object{
			Description: "A URL that must answer as expected.",
			Attributes: map[string]*providers.Attribute{
				"url":     required(cty.String, "What to ask: http:// or https://."),
				"method":  or(cty.StringVal("GET"), "The request's method."),
				"headers": optional(cty.Map(cty.String), "The request's headers."),
				"expected_status": {Type: cty.DynamicPseudoType, Optional: true, Default: cty.NumberIntVal(200),
					Description: "The status that it must answer with, or a list of those that will do."},
				"body":             optional(cty.String, "A regular expression (RE2) that is found in the first MiB of the answer's body."),
				"json":             optional(cty.Map(cty.String), "Values in the answer's body, which must be JSON: from the path of each, such as items[0].name, to its text."),
				"follow_redirects": or(cty.False, "Whether to go where a redirect points; else the redirect is the answer."),
				"request_body":     optional(cty.String, "The request's body."),
				"max_latency":      optional(cty.String, "How long the answer may take, such as 500ms."),

				"ca_file":              optional(cty.String, "A file with the authorities to trust, in PEM form, relative to the project's folder; the system's if not set."),
				"server_name":          optional(cty.String, "The name that the server's certificate must be for; that in the URL if not set."),
				"insecure_skip_verify": or(cty.False, "Whether any certificate will do."),
				"cert_file":            optional(cty.String, "A file with the certificate to show to the server, in PEM form, relative to the project's folder."),
				"key_file":             optional(cty.String, "A file with the key of that certificate."),
			},
		}},
		"dns_resolves": {validate: validateDNS, object: &providers.Object{
			Description: "A name that must have records in the DNS.",
			Attributes: map[string]*providers.Attribute{
				"name":   required(cty.String, "The whole name: no search domain is added."),
				"type":   oneOf("The type of the records.", "A", "AAAA", "CNAME", "MX", "NS", "TXT"),
				"values": optional(cty.List(cty.String), "Records that must be there, as a zone file has them."),
				"match":  oneOf("How many of the values must be there.", "any", "all"),
				"server": optional(cty.String, "The name server to ask, as HOST:PORT; those of the system if not set."),
			},
		}},
		"tls_certificate": {validate: validateCertificate, object: &providers.Object{
			Description: "A server whose certificate must be valid, and stay so for a while.",
			Attributes: map[string]*providers.Attribute{
				"host":          required(cty.String, "The host's name or address."),
				"port":          or(cty.NumberIntVal(443), "The number of the TCP port."),
				"server_name":   optional(cty.String, "The name to ask for, and that the certificate must be for; the host if not set."),
				"min_days_left": or(cty.NumberIntVal(14), "How many days it must still be valid for."),
				"ca_file":       optional(cty.String, "A file with the authorities to trust, in PEM form, relative to the project's folder; the system's if not set."),
				"verify":        or(cty.True, "Whether it must be for the host, and signed by an authority that is trusted."),
			},
		}},
	}
}
