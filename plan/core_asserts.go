package plan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// coreAsserts are the assert types that need no provider.
func coreAsserts() map[string]*providers.Object {
	required := func(ty cty.Type, description string) *providers.Attribute {
		return &providers.Attribute{Type: ty, Required: true, Description: description}
	}
	optional := func(ty cty.Type, description string) *providers.Attribute {
		return &providers.Attribute{Type: ty, Optional: true, Description: description}
	}
	return map[string]*providers.Object{
		"condition": {
			Description: "An expression that must be true.",
			Attributes: map[string]*providers.Attribute{
				"condition":     required(cty.Bool, "What must be true."),
				"error_message": optional(cty.String, "What to say when it is not."),
			},
		},
		"command": {
			Description: "A program that must end as expected. It is started without a shell.",
			Attributes: map[string]*providers.Attribute{
				"command":     required(cty.List(cty.String), "The program and its arguments."),
				"working_dir": optional(cty.String, "Where it runs; the project's folder if not set."),
				"environment": optional(cty.Map(cty.String), "Variables added to the environment."),
				"exit_code":   {Type: cty.Number, Optional: true, Default: cty.NumberIntVal(0), Description: "The exit code that it must end with."},
				"stdout":      optional(cty.String, "A regular expression that its standard output must match."),
			},
		},
		"port_accessible": {
			Description: "A TCP port that must accept connections.",
			Attributes: map[string]*providers.Attribute{
				"port": required(cty.Number, "The port's number."),
				"host": {Type: cty.String, Optional: true, Default: cty.StringVal("localhost"), Description: "The host's name or address."},
			},
		},
		"healthcheck": {
			Description: "A URL that must answer as expected.",
			Attributes: map[string]*providers.Attribute{
				"url":             required(cty.String, "What to ask: http:// or https://."),
				"method":          {Type: cty.String, Optional: true, Default: cty.StringVal("GET"), Description: "The request's method."},
				"headers":         {Type: cty.Map(cty.String), Optional: true, Description: "The request's headers."},
				"expected_status": {Type: cty.Number, Optional: true, Default: cty.NumberIntVal(200), Description: "The status that it must answer with."},
				"body":            optional(cty.String, "A regular expression that the body must match."),
			},
		},
	}
}
