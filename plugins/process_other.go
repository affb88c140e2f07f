//go:build unix && !linux

package plugins

import "errors"

// closeOnExecFrom is only on Linux.
func closeOnExecFrom(uint) error { return errors.ErrUnsupported }
