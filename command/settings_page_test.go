package command

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPageSettings(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const secret = "hunter2-hunter2-hunter2"
	good, empty, short := file("good", secret+"\n"), file("empty", "\n"), file("short", "hunter2")
	for name, c := range map[string]struct {
		set     settings
		problem string // what the error must say; "" for none
	}{
		"nothing":           {settings{}, ""},
		"localhost":         {settings{"CW_SERVICE_ADDRESS": "localhost"}, ""},
		"loopback":          {settings{"CW_SERVICE_ADDRESS": "::1"}, ""},
		"another loopback":  {settings{"CW_SERVICE_ADDRESS": "127.0.0.2"}, ""},
		"a token, no TLS":   {settings{"CW_SERVICE_TOKEN": secret}, ""},
		"a token in a file": {settings{"CW_SERVICE_TOKEN_FILE": good}, ""},
		"a name":            {settings{"CW_SERVICE_ADDRESS": "example.com"}, `CW_SERVICE_ADDRESS is "example.com". Set it to an IP address`},
		"with a port":       {settings{"CW_SERVICE_ADDRESS": "0.0.0.0:80"}, "Set it to an IP address"},
		"with a zone":       {settings{"CW_SERVICE_ADDRESS": "fe80::1%eth0"}, "Set it to an IP address"},
		"exposed":           {settings{"CW_SERVICE_ADDRESS": "::"}, "Set CW_SERVICE_TLS_CERT, CW_SERVICE_TLS_KEY and CW_SERVICE_TOKEN or CW_SERVICE_TOKEN_FILE too"},
		"exposed, mapped":   {settings{"CW_SERVICE_ADDRESS": "::ffff:10.0.0.1", "CW_SERVICE_TOKEN": secret}, "Set CW_SERVICE_TLS_CERT and CW_SERVICE_TLS_KEY too"},
		"no key":            {settings{"CW_SERVICE_ADDRESS": "10.0.0.1", "CW_SERVICE_TOKEN": secret, "CW_SERVICE_TLS_CERT": good}, "Set CW_SERVICE_TLS_KEY too"},
		"no key, loopback":  {settings{"CW_SERVICE_TLS_CERT": good}, "CW_SERVICE_TLS_KEY is not set"},
		"no certificate":    {settings{"CW_SERVICE_TLS_CERT": good, "CW_SERVICE_TLS_KEY": good}, "CW_SERVICE_TLS_CERT and CW_SERVICE_TLS_KEY: "},
		"relative":          {settings{"CW_SERVICE_TLS_CERT": "cert.pem", "CW_SERVICE_TLS_KEY": good}, `CW_SERVICE_TLS_CERT is "cert.pem". Set it to an absolute path.`},
		"two tokens":        {settings{"CW_SERVICE_TOKEN": secret, "CW_SERVICE_TOKEN_FILE": good}, "are both set"},
		"short":             {settings{"CW_SERVICE_TOKEN": "hunter2"}, "CW_SERVICE_TOKEN is no good token. Take 16 characters or more"},
		"with spaces":       {settings{"CW_SERVICE_TOKEN": "hunter2 hunter2 hunter2"}, "no good token"},
		"not ASCII":         {settings{"CW_SERVICE_TOKEN": "hunter2hünter2hunter2"}, "no good token"},
		"short in a file":   {settings{"CW_SERVICE_TOKEN_FILE": short}, "What is in the file that CW_SERVICE_TOKEN_FILE names is no good token"},
		"empty file":        {settings{"CW_SERVICE_TOKEN_FILE": empty}, "is empty"},
		"no file":           {settings{"CW_SERVICE_TOKEN_FILE": filepath.Join(dir, "none")}, "CW_SERVICE_TOKEN_FILE: "},
		"relative file":     {settings{"CW_SERVICE_TOKEN_FILE": "token"}, `CW_SERVICE_TOKEN_FILE is "token". Set it to an absolute path.`},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			got, ds := c.set.page(slog.New(slog.DiscardHandler))
			text := ""
			if ds.HasErrors() {
				text = ds.Error()
			}
			if c.problem == "" && text != "" || !strings.Contains(text, c.problem) || strings.Contains(text, "hunter2") || strings.Contains(text, "hünter2") {
				t.Errorf("it says %q", text)
			}
			if want := c.set["CW_SERVICE_TOKEN"] + c.set["CW_SERVICE_TOKEN_FILE"]; c.problem == "" && want != "" && got.Token != secret {
				t.Errorf("the token is %q", got.Token)
			}
		})
	}
}
