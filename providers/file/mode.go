package file

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// parseMode reads an octal mode: "0644", "644" or "0o644".
func parseMode(s string) (uint32, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0o"), 8, 32)
	return uint32(n), err == nil && n <= 0o7777
}

// modeOf is parseMode of an attribute that was validated.
func modeOf(v cty.Value) uint32 {
	n, _ := parseMode(v.AsString())
	return n
}

// keepMode returns was when it says the same as mode.
func keepMode(was cty.Value, mode uint32) cty.Value {
	if !was.IsNull() && was.IsKnown() {
		if n, ok := parseMode(was.AsString()); ok && n == mode {
			return was
		}
	}
	return cty.StringVal(formatMode(mode))
}

func formatMode(mode uint32) string { return fmt.Sprintf("%04o", mode) }

// The three bits above the permissions lie elsewhere in Go's modes.
const (
	setuid = 0o4000
	setgid = 0o2000
	sticky = 0o1000
)

func toFileMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	if mode&setuid != 0 {
		m |= fs.ModeSetuid
	}
	if mode&setgid != 0 {
		m |= fs.ModeSetgid
	}
	if mode&sticky != 0 {
		m |= fs.ModeSticky
	}
	return m
}

func fromFileMode(m fs.FileMode) uint32 {
	mode := uint32(m.Perm())
	if m&fs.ModeSetuid != 0 {
		mode |= setuid
	}
	if m&fs.ModeSetgid != 0 {
		mode |= setgid
	}
	if m&fs.ModeSticky != 0 {
		mode |= sticky
	}
	return mode
}
