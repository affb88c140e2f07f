package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
)

// probed is what tells one program's JSON file from another's.
type probed struct {
	Version          int    `json:"version"`
	ClockworkVersion string `json:"clockwork_version"`
	TerraformVersion string `json:"terraform_version"`
	valid            bool   // it is a JSON object
}

func probe(data []byte) probed {
	var p probed
	if json.Valid(data) {
		// A field of another type than expected is left zero: the rest counts.
		_ = json.Unmarshal(data, &p)
		p.valid = bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
	}
	return p
}

func (p probed) newer() error {
	return &formatError{kind: ErrNewer, offset: -1, version: p.Version, writer: "Clockwork " + p.ClockworkVersion}
}

const ownStart = "{\n\"version\":"

var checksumField = regexp.MustCompile(`(?m)^[ \t]*"checksum"[^\n]*`)

// classify says what data is, whose last lines do not hold the checksum of the
// rest. A version is believed only where nothing says that it is damaged.
func classify(data []byte) error {
	p := probe(data)
	fail := func(kind error) *formatError { return &formatError{kind: kind, offset: -1} }
	switch {
	case len(data) == 0:
		return fail(ErrEmpty)
	case hasTrailer(data), p.valid && p.ClockworkVersion != "" && p.Version <= FormatVersion:
		err := fail(ErrChecksum)
		if p.valid {
			err.trailer = wantedTrailer(data)
		}
		return err
	case p.valid && p.ClockworkVersion != "":
		return p.newer()
	case p.valid && p.TerraformVersion != "":
		err := fail(ErrTerraform)
		err.writer = "Terraform " + p.TerraformVersion
		return err
	case p.valid:
		return fail(ErrForeign)
	case bytes.HasPrefix(data, []byte(ownStart)) || bytes.HasPrefix([]byte(ownStart), data):
		return fail(ErrTruncated)
	}
	return fail(ErrNotJSON)
}

// hasTrailer tells whether data ends as a snapshot does, whatever the checksum.
func hasTrailer(data []byte) bool {
	return bytes.Contains(data[max(0, len(data)-trailerLen):], []byte(trailerStart)) && bytes.HasSuffix(data, []byte(trailerEnd))
}

// wantedTrailer returns the last two lines that would make data, edited by
// hand, right again; or "" if it has no line with a checksum to replace.
func wantedTrailer(data []byte) string {
	lines := checksumField.FindAllIndex(data, -1)
	if len(lines) == 0 {
		return ""
	}
	sum := sha256.Sum256(data[:lines[len(lines)-1][0]])
	return fmt.Sprintf("%ssha256:%x\"\n}", trailerStart[:len(`"checksum":"`)], sum)
}
