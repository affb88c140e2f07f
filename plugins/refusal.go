package plugins

import (
	"fmt"
	"strconv"
	"strings"
)

// goPluginVersion is the version of go-plugin's own handshake, which has not
// changed since there is gRPC in it.
const goPluginVersion = "1"

// VersionError is what starting a provider returns that speaks another version
// of the protocol.
type VersionError struct {
	Source string
	Speaks int
}

func (e *VersionError) Error() string {
	if e.Speaks < ProtocolVersion {
		return fmt.Sprintf("provider %s speaks version %d of the protocol, which is older than version %d, the only one that this version of clockwork speaks; "+
			"install a newer version of the provider (clockwork init -upgrade), or build it anew with the SDK of this version, or by its docs/protocol.md",
			e.Source, e.Speaks, ProtocolVersion)
	}
	return fmt.Sprintf("provider %s speaks version %d of the protocol, which is newer than version %d, the only one that this version of clockwork speaks; "+
		"upgrade clockwork, or ask for an older version of the provider in required_providers and run clockwork init -upgrade",
		e.Source, e.Speaks, ProtocolVersion)
}

// refusal says what is wrong with the line with which a provider has introduced
// itself. It is nil where nothing is, and where the line is none such at all.
func refusal(source, line string) error {
	fields := strings.Split(line, "|")
	if len(fields) < 4 || !isNumber(fields[0]) || !isNumber(fields[1]) {
		return nil
	}
	if fields[0] != goPluginVersion {
		return fmt.Errorf("provider %s speaks version %.20s of go-plugin's handshake, but clockwork speaks version %s; build the provider with another version of go-plugin",
			source, fields[0], goPluginVersion)
	}
	if version, err := strconv.Atoi(fields[1]); err != nil || version != ProtocolVersion {
		return &VersionError{Source: source, Speaks: version} // the greatest there is, where it is too long
	}
	if transport := append(fields, "netrpc")[4]; transport != "grpc" {
		return fmt.Errorf("provider %s speaks %.20q, but clockwork speaks grpc; build the provider for gRPC, as docs/protocol.md says", source, transport)
	}
	if network := fields[2]; network != "unix" && network != "tcp" {
		return fmt.Errorf("provider %s listens on a network %.20q, but clockwork knows unix and tcp; this is a mistake in the provider: please report it to its authors", source, network)
	}
	return nil
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
