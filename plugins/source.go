package plugins

import (
	"fmt"
	"regexp"
	"strings"
)

// Source is a provider's source address, taken apart. Host is empty where only
// NAMESPACE/NAME is written.
type Source struct {
	Host, Namespace, Name string
}

// builtinNamespace is that of the providers that are part of the program.
const builtinNamespace = "clockwork"

// executablePrefix begins the names of providers' executables.
const executablePrefix = "clockwork-provider-"

var sourcePart = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// ParseSource reads "clockwork/file", "acme/acme" or "example.com/acme/acme".
func ParseSource(s string) (Source, error) {
	parts := strings.Split(s, "/")
	for _, part := range parts {
		if !sourcePart.MatchString(part) {
			return Source{}, fmt.Errorf("the provider source %q is not of the form NAMESPACE/NAME or HOST/NAMESPACE/NAME, in small letters", s)
		}
	}
	switch len(parts) {
	case 2:
		return Source{Namespace: parts[0], Name: parts[1]}, nil
	case 3:
		return Source{Host: parts[0], Namespace: parts[1], Name: parts[2]}, nil
	}
	return Source{}, fmt.Errorf("the provider source %q must have two or three parts, as in acme/acme or example.com/acme/acme", s)
}

// String returns the source as it is written.
func (s Source) String() string {
	if s.Host == "" {
		return s.Namespace + "/" + s.Name
	}
	return s.Host + "/" + s.Namespace + "/" + s.Name
}

// ExecutableName returns the name of a provider's executable, without a version,
// as it is on a platform.
func ExecutableName(s Source, platform string) string {
	if strings.HasPrefix(platform, "windows_") {
		return executablePrefix + s.Name + ".exe"
	}
	return executablePrefix + s.Name
}

// Builtin tells whether the provider is part of the program.
func (s Source) Builtin() bool { return s.Host == "" && s.Namespace == builtinNamespace }
