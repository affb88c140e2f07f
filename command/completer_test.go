package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/config"
)

func TestCompletionOptions(t *testing.T) {
	for _, name := range []string{settingAPIKey, settingModel, settingBaseURL, settingMaxRetries, settingInsecure} {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("key", " sk-from-file\n", 0o600)
	write("open", "sk-from-file\n", 0o644)
	write("empty", "\n", 0o600)
	write("two", "a\nb\n", 0o600)
	write("long", strings.Repeat("x", 5000), 0o600)
	with := func(c config.Completion) *config.Config {
		return &config.Config{Dir: dir, Root: &config.Module{Settings: &config.Settings{Completion: &c}}}
	}
	zero := 0
	for name, c := range map[string]struct {
		s    settings
		cfg  *config.Config
		want string // model, base URL, key and retries
		says string // of the first diagnostic
	}{
		"nothing":           {nil, nil, "   2", ""},
		"settings":          {settings{settingModel: "m", settingBaseURL: "http://localhost:1/v1", settingAPIKey: " k\n", settingMaxRetries: "3"}, nil, "m http://localhost:1/v1 k 3", ""},
		"settings win":      {settings{settingModel: "m"}, with(config.Completion{Model: "n", BaseURL: "http://localhost:1/v1", MaxRetries: &zero}), "m http://localhost:1/v1  0", ""},
		"retries":           {settings{settingMaxRetries: "11"}, nil, "", `CW_COMPLETION_MAX_RETRIES is "11". Set it to a whole number from 0 to 10.`},
		"insecure":          {settings{settingInsecure: "yes"}, nil, "", `CW_COMPLETION_INSECURE is "yes". Set it to 1`},
		"no model":          {settings{settingBaseURL: "http://localhost:1/v1", settingAPIKey: "k"}, nil, " http://localhost:1/v1 k 2", "no CW_MODEL"},
		"a file":            {nil, with(config.Completion{Model: "m", APIKeyFile: "key"}), "m  sk-from-file 2", ""},
		"a file goes first": {settings{settingAPIKey: "k"}, with(config.Completion{Model: "m", APIKeyFile: "key"}), "m  sk-from-file 2", ""},
		"another server":    {settings{settingAPIKey: "k", settingBaseURL: "http://localhost:1/v1"}, with(config.Completion{Model: "m", APIKeyFile: "key"}), "m http://localhost:1/v1 k 2", ""},
		"open to others":    {nil, with(config.Completion{Model: "m", APIKeyFile: "open"}), "m  sk-from-file 2", "mode 0644. Run chmod 600"},
		"no file":           {nil, with(config.Completion{Model: "m", APIKeyFile: "none"}), "", "Correct api_key_file"},
		"empty":             {nil, with(config.Completion{Model: "m", APIKeyFile: "empty"}), "", "is not one line with a key"},
		"two lines":         {nil, with(config.Completion{Model: "m", APIKeyFile: "two"}), "", "is not one line with a key"},
		"too long":          {nil, with(config.Completion{Model: "m", APIKeyFile: "long"}), "", "is not one line with a key"},
	} {
		o, ds := completionOptions(c.s, c.cfg)
		got := strings.Join([]string{o.Model, o.BaseURL, o.Key, string(rune('0' + o.MaxRetries))}, " ")
		switch {
		case ds.HasErrors() != (c.want == ""):
			t.Errorf("%s: %v", name, ds)
		case c.want != "" && got != c.want:
			t.Errorf("%s: %q, not %q", name, got, c.want)
		case c.says == "" && len(ds) > 0, c.says != "" && (len(ds) != 1 || !strings.Contains(ds[0].Detail, c.says)):
			t.Errorf("%s: it says %v", name, ds)
		}
	}
	env := &Env{Version: "0.1.0"}
	clear := settings{settingModel: "m", settingBaseURL: "http://api.example.com", settingAPIKey: "hunter2"}
	if c, ds := env.completer(clear, nil, nil); c != nil || !ds.HasErrors() || strings.Contains(ds.Error(), "hunter2") || !strings.Contains(ds.Error(), settingInsecure) {
		t.Errorf("%v", ds)
	}
	clear[settingInsecure] = "1"
	if c, ds := env.completer(clear, nil, nil); c == nil || len(ds) > 0 {
		t.Errorf("%v", ds)
	}
	if c, ds := env.completer(nil, nil, nil); c != nil || len(ds) > 0 {
		t.Errorf("%v", ds)
	}
}
