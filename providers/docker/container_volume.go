package docker

import (
	"errors"
	"io/fs"
	"strings"
)

// shortVolume is what is mounted, as the short form says.
type shortVolume struct {
	source, target string
	options        []string
}

// parseVolume reads the short form of Docker Compose: SOURCE:TARGET[:OPTIONS]
// or just TARGET, for a volume without a name.
func parseVolume(text string) (shortVolume, error) {
	parts := strings.Split(text, ":")
	var v shortVolume
	switch len(parts) {
	case 1:
		v.target = parts[0]
	case 2, 3:
		v.source, v.target = parts[0], parts[1]
		if v.source == "" {
			return v, errors.New("there is nothing before the first colon")
		}
	default:
		return v, errors.New("it has too many colons")
	}
	if len(parts) == 3 {
		v.options = strings.Split(parts[2], ",")
	}
	if !strings.HasPrefix(v.target, "/") {
		return v, errors.New("the path inside is not absolute")
	}
	for _, o := range v.options {
		switch o {
		case "ro", "rw", "z", "Z", "nocopy", "rshared", "rslave", "rprivate", "shared", "slave", "private", "cached", "delegated", "consistent":
		default:
			return v, errors.New("it ends in an option that does not exist")
		}
	}
	if strings.HasPrefix(v.source, "~") {
		return v, errors.New(`"~" means nothing here; write pathexpand("~/...")`)
	}
	return v, nil
}

// isPath tells whether something of the host is mounted, not a volume.
func (v shortVolume) isPath() bool {
	return strings.HasPrefix(v.source, "/") || strings.HasPrefix(v.source, ".")
}

// bind is the same in the engine's words. It has a source.
func (v shortVolume) bind(dir string) string {
	source := v.source
	if v.isPath() {
		source = resolve(dir, source)
	}
	out := source + ":" + v.target
	if len(v.options) > 0 {
		out += ":" + strings.Join(v.options, ",")
	}
	return out
}

// fileMode turns the bits of a mode as chmod has them into Go's.
func fileMode(bits uint64) fs.FileMode {
	m := fs.FileMode(bits & 0o777)
	for bit, flag := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if bits&bit != 0 {
			m |= flag
		}
	}
	return m
}

// modeBits is fileMode turned round.
func modeBits(m fs.FileMode) uint64 {
	bits := uint64(m.Perm())
	for bit, flag := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if m&flag != 0 {
			bits |= bit
		}
	}
	return bits
}
