package config

import "testing"

func TestCompletion(t *testing.T) {
	const all = `clockwork {
  completion {
    model            = "m"
    base_url         = "http://localhost:11434/v1"
    api_key_file     = "key"
    max_retries      = 0
    max_calls        = 7
    temperature      = 0.5
    prompt_price     = 2.5
    completion_price = 10
  }
}
`
	c := load(t, map[string]string{"main.cw.hcl": all, "other.cw.hcl": "clockwork {\n}\n"}).Root.Settings.Completion
	if c.Model != "m" || c.BaseURL != "http://localhost:11434/v1" || c.APIKeyFile != "key" || *c.MaxRetries != 0 || *c.MaxCalls != 7 || *c.Temperature != 0.5 || c.PromptPrice != 2.5 || c.CompletionPrice != 10 {
		t.Errorf("%+v", c)
	}
	c = load(t, map[string]string{"main.cw.hcl": "clockwork {\n  completion {\n  }\n}\n"}).Root.Settings.Completion
	if c.Model != "" || c.MaxRetries != nil || c.MaxCalls != nil || c.Temperature != nil {
		t.Errorf("%+v", c)
	}
}
