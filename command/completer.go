package command

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/clockwork-hcl/clockwork/completion"
	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
)

const (
	settingAPIKey     = "CW_API_KEY"
	settingModel      = "CW_MODEL"
	settingBaseURL    = "CW_BASE_URL"
	settingMaxRetries = "CW_COMPLETION_MAX_RETRIES"
	settingMaxCalls   = "CW_COMPLETION_MAX_CALLS"
	settingInsecure   = "CW_COMPLETION_INSECURE"
)

// maxKeyFile is how many bytes a file with a key may have.
const maxKeyFile = 4 << 10

// completer returns what asks the model that is set up, nil when none is. A setting
// goes before the configuration's completion block. memory is shared by all who ask;
// it may be nil.
func (e *Env) completer(s settings, cfg *config.Config, memory *completion.Memory) (ask.Completer, diag.Diagnostics) {
	c, diags := e.client(s, cfg, memory)
	if c == nil {
		return nil, diags
	}
	return c, diags
}

// runCompleter returns what asks for one run of a command, as often as that may.
func (e *Env) runCompleter(s settings, cfg *config.Config) (ask.Completer, diag.Diagnostics) {
	c, diags := e.client(s, cfg, nil)
	most, ds := maxCalls(s, cfg)
	if diags = append(diags, ds...); c == nil || ds.HasErrors() {
		return nil, diags
	}
	return completion.NewRun(c, most), diags
}

func (e *Env) client(s settings, cfg *config.Config, memory *completion.Memory) (*completion.Client, diag.Diagnostics) {
	o, diags := completionOptions(s, cfg)
	if diags.HasErrors() || o.Model == "" {
		return nil, diags
	}
	o.Version, o.Memory = e.Version, memory
	c, err := completion.New(o)
	if err != nil {
		return nil, append(diags, diag.Errorf("Model cannot be used", "The settings of the AI model are wrong: %v. Correct %s, %s or the completion block.", err, settingModel, settingBaseURL)...)
	}
	return c, diags
}

// maxCalls is how many requests one run may send.
func maxCalls(s settings, cfg *config.Config) (int, diag.Diagnostics) {
	if text := s.get(settingMaxCalls); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > config.MaxCompletionCalls {
			return 0, diag.Errorf("Invalid setting", "%s is %q. Set it to a whole number from 1 to %d. To have no model asked, name none.", settingMaxCalls, text, config.MaxCompletionCalls)
		}
		return n, nil
	}
	if n := completionBlock(cfg).MaxCalls; n != nil {
		return *n, nil
	}
	return completion.DefaultMaxCalls, nil
}

// completionBlock is what the configuration says of the model.
func completionBlock(cfg *config.Config) *config.Completion {
	if cfg != nil && cfg.Root.Settings != nil && cfg.Root.Settings.Completion != nil {
		return cfg.Root.Settings.Completion
	}
	return &config.Completion{}
}

// completionOptions reads how the model is reached.
func completionOptions(s settings, cfg *config.Config) (completion.Options, diag.Diagnostics) {
	block := completionBlock(cfg)
	o := completion.Options{Model: block.Model, BaseURL: block.BaseURL, Key: strings.TrimSpace(s.get(settingAPIKey)),
		MaxRetries: completion.DefaultMaxRetries, PromptPrice: block.PromptPrice, CompletionPrice: block.CompletionPrice}
	if text := s.get(settingModel); text != "" {
		o.Model = text
	}
	if text := s.get(settingBaseURL); text != "" {
		o.BaseURL = text
	}
	if block.MaxRetries != nil {
		o.MaxRetries = *block.MaxRetries
	}
	if block.Temperature != nil {
		t := float32(*block.Temperature)
		o.Temperature = &t
	}
	var diags diag.Diagnostics
	if text := s.get(settingMaxRetries); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > config.MaxCompletionRetries {
			diags = append(diags, diag.Errorf("Invalid setting", "%s is %q. Set it to a whole number from 0 to %d.", settingMaxRetries, text, config.MaxCompletionRetries)...)
		}
		o.MaxRetries = n
	}
	switch text := s.get(settingInsecure); text {
	case "", "0":
	case "1":
		o.Insecure = true
	default:
		diags = append(diags, diag.Errorf("Invalid setting", "%s is %q. Set it to 1 to let a key be sent in clear in a network that you trust, or do not set it.", settingInsecure, text)...)
	}
	if o.Model == "" && (o.Key != "" && s.get(settingBaseURL) != "" || block.BaseURL != "") {
		diags = append(diags, diag.Warningf("No model is named", "There are settings of an AI model, but no %s, so none is asked. Set it to the model's name, or model in the completion block.", settingModel)...)
	}
	// The file belongs to the server that the same block names: another key, such as
	// the service's own, is not for that.
	if block.APIKeyFile != "" && o.Model != "" && s.get(settingBaseURL) == "" {
		path := block.APIKeyFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(cfg.Dir, path)
		}
		key, ds := readKeyFile(path)
		diags, o.Key = append(diags, ds...), key
	}
	return o, diags
}

// readKeyFile reads a file that has a key and nothing else.
func readKeyFile(path string) (string, diag.Diagnostics) {
	f, err := os.Open(path)
	if err != nil {
		return "", diag.Errorf("Key cannot be read", "%v. Correct api_key_file in the completion block, or set %s.", err, settingAPIKey)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	key := strings.TrimSpace(string(raw))
	if err != nil || len(raw) > maxKeyFile || key == "" || strings.ContainsFunc(key, notInKey) {
		return "", diag.Errorf("Key cannot be read", "The file %s is not one line with a key. Put the key in it, or correct api_key_file in the completion block.", path)
	}
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&0o077 != 0 {
		return key, diag.Warningf("Key can be read by others", "The file %s has the mode %04o. Run chmod 600 on it.", path, info.Mode().Perm())
	}
	return key, nil
}

// notInKey tells which characters no key has: a request could not carry it.
func notInKey(r rune) bool { return r <= ' ' || r > '~' }
