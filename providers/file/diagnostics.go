package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

type diagnostics = diag.Diagnostics

// about is an error about one attribute. No detail may hold content.
func about(attribute, summary, detail string, args ...any) diagnostics {
	ds := diag.Errorf(summary, detail, args...)
	ds[0].Path = cty.GetAttrPath(attribute)
	return ds
}

func warning(attribute, summary, detail string, args ...any) diagnostics {
	ds := about(attribute, summary, detail, args...)
	ds[0].Severity = diag.Warning
	return ds
}

// failure says that doing something with what is at a path did not work.
func failure(attribute, summary, doing, abs string, err error) diagnostics {
	return about(attribute, summary, "%s %s failed: %s. %s", doing, abs, reason(err), advice(err))
}

// reason is an error without the call and the path, which may be that of a
// temporary file.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	var call *os.SyscallError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	case errors.As(err, &call):
		return call.Err.Error()
	}
	return err.Error()
}

func advice(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "Check who owns it and the folders above it, or run with more rights."
	case errors.Is(err, syscall.ENOSPC):
		return "Free some space on the file system, then try again."
	case errors.Is(err, syscall.EROFS):
		return "Choose a path on a file system that can be written to."
	case errors.Is(err, syscall.ENOTDIR):
		return "Something above it is not a folder: choose another path, or move that out of the way."
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "Choose a shorter path."
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "Nothing was changed; apply again."
	}
	return "Correct this, then try again."
}

func interrupted(action providers.Action) diagnostics {
	return diag.Errorf("Interrupted", "The %s was interrupted before it changed anything. Apply again.", action)
}
