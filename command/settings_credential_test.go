package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The key comes from the environment, else from .env, else from systemd's
// credential.
func TestKeyOfTheModel(t *testing.T) {
	clean(t)
	dir, credentials := t.TempDir(), t.TempDir()
	t.Setenv(credentialsDir, credentials)
	path := filepath.Join(credentials, "clockwork.api-key")
	key := func() string {
		t.Helper()
		s, err := readSettings(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s.get("CW_API_KEY")
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when, want string) {
		t.Helper()
		if got := key(); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	want("nothing is there", "")
	for _, blank := range []string{"", " ", "\n \t\r\n"} {
		write(path, blank)
		want("the credential is blank", "")
	}
	write(path, "  sk-credential \n")
	want("there is a credential", "sk-credential")
	write(path, strings.Repeat("k", maxKeyFile))
	want("it is as long as it may be", strings.Repeat("k", maxKeyFile))
	write(filepath.Join(dir, ".env"), "CW_MODEL=m\n")
	want(".env has none", strings.Repeat("k", maxKeyFile))
	if s, err := readSettings(dir); err != nil || s.get("CW_MODEL") != "m" {
		t.Errorf("the rest of .env is lost: %v", err)
	}

	write(path, "\x00") // not even looked at from here on
	write(filepath.Join(dir, ".env"), "CW_API_KEY=dotenv\n")
	want(".env has one", "dotenv")
	t.Setenv("CW_API_KEY", "environment")
	want("the environment has one", "environment")
	os.Remove(filepath.Join(dir, ".env"))
	want("only the environment has one", "environment")
	t.Setenv("CW_API_KEY", "")
	want("the environment says that there is none", "")
	os.Unsetenv("CW_API_KEY")
	t.Setenv(credentialsDir, "relative")
	want("the folder is none of systemd's", "")
}

func TestUnusableKeyOfTheModel(t *testing.T) {
	for name, text := range map[string]string{
		"too long": strings.Repeat("hunter2", maxKeyFile/7+1), "binary": "hunter2\x00", "not UTF-8": "hunter2\xff",
		"two lines": "hunter2\nhunter3", "an escape sequence": "hunter2\x1b[2J",
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			t.Setenv(credentialsDir, t.TempDir())
			path := filepath.Join(os.Getenv(credentialsDir), "clockwork.api-key")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := readSettings(t.TempDir())
			if err == nil || s != nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "hunter") {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		clean(t)
		t.Setenv(credentialsDir, t.TempDir())
		path := filepath.Join(os.Getenv(credentialsDir), "clockwork.api-key")
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := readSettings(t.TempDir()); err == nil || !strings.Contains(err.Error(), path+" is not a file") {
			t.Error(err)
		}
	})
}
