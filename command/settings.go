package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/joho/godotenv"
)

// settings are how Clockwork itself is set up: CW_... from the environment or,
// where that has nothing, from the file .env beside the configuration. Values
// of the project's variables are not settings: CW_VAR_... in .env is ignored,
// because what is deployed is not to depend on a file that is easily
// overlooked.
//
// The key to the AI model may also be in a credential of systemd. It is one for
// all projects of a service, so .env goes before it: a key is for one server, and
// so is what else is set there.
type settings map[string]string

// get returns a setting, or "".
func (s settings) get(name string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return s[name]
}

func readSettings(dir string) (settings, error) {
	s, err := readDotEnv(dir)
	if err != nil {
		return nil, err
	}
	if _, set := s[settingAPIKey]; set {
		return s, nil
	}
	if _, set := os.LookupEnv(settingAPIKey); set {
		return s, nil
	}
	key, err := readKey()
	if err != nil {
		return nil, err
	}
	if key != "" {
		if s == nil {
			s = settings{}
		}
		s[settingAPIKey] = key
	}
	return s, nil
}

func readDotEnv(dir string) (settings, error) {
	src, err := os.ReadFile(filepath.Join(dir, ".env"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read .env: %w", err)
	}
	all, err := godotenv.UnmarshalBytes(src)
	if err != nil {
		// The error of the library quotes the line, which may hold a secret.
		return nil, errors.New("the file .env is not made of lines NAME=value")
	}
	s := settings{}
	for name, value := range all {
		if strings.HasPrefix(name, "CW_") && !strings.HasPrefix(name, "CW_VAR_") {
			s[name] = value
		}
	}
	return s, nil
}
