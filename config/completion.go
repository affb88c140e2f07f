package config

import (
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

// Completion is how the project's model is reached, as far as the configuration
// says it: "" and nil where it says nothing. A key is never in a configuration.
type Completion struct {
	Model, BaseURL string
	APIKeyFile     string // relative to the project's folder
	MaxRetries     *int
	MaxCalls       *int
	Temperature    *float64
	// PromptPrice and CompletionPrice are of a million tokens.
	PromptPrice, CompletionPrice float64
	Range                        hcl.Range
}

// MaxCompletionRetries is how often a model may be asked to correct an answer, at
// most.
const MaxCompletionRetries = 10

// MaxCompletionCalls is how many requests one run may be allowed to send, at most.
const MaxCompletionCalls = 10_000

var completionSchema = &hcl.BodySchema{
	Attributes: attributes("model", "base_url", "api_key_file", "max_retries", "max_calls", "temperature", "prompt_price", "completion_price"),
}

// keyName matches what somebody may call an argument with a key in it.
var keyName = regexp.MustCompile(`(?i)key|token|secret|passw|credential|auth`)

func decodeCompletion(b *hcl.Block) (*Completion, diag.Diagnostics) {
	c := &Completion{Range: b.TypeRange}
	attrs, _ := b.Body.JustAttributes()
	for _, attr := range inOrder(attrs) {
		if attr.Name != "api_key_file" && keyName.MatchString(attr.Name) {
			ds := diag.At(attr.NameRange, "Key in the configuration",
				"A key does not belong in a file that is shared. Take %q out, set CW_API_KEY in the environment or in .env, or name a file with api_key_file. If this file was ever shared, get a new key.", attr.Name)
			ds[0].Hidden = true
			return c, ds
		}
	}
	content, diags := closed(b.Body, completionSchema)
	for name, into := range map[string]*string{"model": &c.Model, "base_url": &c.BaseURL, "api_key_file": &c.APIKeyFile} {
		text, ds := staticString(content, name)
		*into = text
		diags = append(diags, ds...)
	}
	number := func(name string, least, most float64, whole bool) *float64 {
		attr := content.Attributes[name]
		if attr == nil {
			return nil
		}
		v, ds := static(attr, cty.Number)
		if ds.HasErrors() {
			diags = append(diags, ds...)
			return nil
		}
		f, _ := v.AsBigFloat().Float64()
		if f < least || f > most || whole && !v.AsBigFloat().IsInt() {
			kind := "number"
			if whole {
				kind = "whole number"
			}
			diags = append(diags, diag.At(attr.Expr.Range(), "Number out of range", "The value of %q must be a %s from %v to %v. Change it.", name, kind, least, most)...)
			return nil
		}
		return &f
	}
	if f := number("max_retries", 0, MaxCompletionRetries, true); f != nil {
		n := int(*f)
		c.MaxRetries = &n
	}
	if f := number("max_calls", 1, MaxCompletionCalls, true); f != nil {
		n := int(*f)
		c.MaxCalls = &n
	}
	c.Temperature = number("temperature", 0, 2, false)
	for name, into := range map[string]*float64{"prompt_price": &c.PromptPrice, "completion_price": &c.CompletionPrice} {
		if f := number(name, 0, 1_000_000, false); f != nil {
			*into = *f
		}
	}
	return c, diags
}
