package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	assertExists  = "file_exists"
	assertContent = "file_content_matches"
)

// Check evaluates an assert. What may not be looked at is unknown.
func (p *provider) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.CheckResponse{}, err
	}
	if req.State.IsNull() {
		return providers.CheckResponse{Message: "it was never applied"}, nil
	}
	abs, ds := placeOf(project, req.State)
	if ds.HasErrors() {
		return providers.CheckResponse{Message: "its path cannot be used", Diagnostics: ds}, nil
	}
	switch req.Assert {
	case assertExists:
		return checkExists(abs, req), nil
	case assertContent:
		return checkContent(ctx, abs, req.Config)
	}
	return providers.CheckResponse{}, fmt.Errorf("file provider: there is no assert %q", req.Assert)
}

func pass(format string, args ...any) providers.CheckResponse {
	return providers.CheckResponse{Outcome: providers.Pass, Message: fmt.Sprintf(format, args...)}
}

func fail(format string, args ...any) providers.CheckResponse {
	return providers.CheckResponse{Outcome: providers.Fail, Message: fmt.Sprintf(format, args...)}
}

func unclear(err error) providers.CheckResponse {
	return providers.CheckResponse{Message: "it could not be looked at: " + reason(err)}
}

func checkExists(abs string, req providers.CheckRequest) providers.CheckResponse {
	info, err := lstat(abs)
	switch {
	case err != nil:
		return unclear(err)
	case info == nil:
		return fail("it does not exist")
	case info.IsDir() != (req.Type == directoryType) || req.Type != directoryType && !info.Mode().IsRegular():
		return fail("it is %s", kindOf(info.Mode()))
	}
	mode := fromFileMode(info.Mode())
	if want := req.Config.GetAttr("mode"); !want.IsNull() && modeOf(want) != mode {
		return fail("its mode is %s, not %s", formatMode(mode), formatMode(modeOf(want)))
	}
	if info.IsDir() {
		return pass("it exists, mode %s", formatMode(mode))
	}
	return pass("it exists, %d bytes, mode %s", info.Size(), formatMode(mode))
}

func checkContent(ctx context.Context, abs string, config cty.Value) (providers.CheckResponse, error) {
	d, err := look(ctx, abs, true)
	switch {
	case err != nil && ctx.Err() != nil:
		return providers.CheckResponse{}, err
	case err != nil:
		return unclear(err), nil
	case !d.exists():
		return fail("it does not exist"), nil
	case !d.regular():
		return fail("it is %s", d.what()), nil
	}
	if want := config.GetAttr("sha256"); !want.IsNull() {
		return verdict(strings.EqualFold(want.AsString(), d.sum), "its SHA-256 is as expected", "its SHA-256 is not as expected"), nil
	}
	if want := config.GetAttr("content"); !want.IsNull() {
		return verdict(sumOf([]byte(want.AsString())) == d.sum, "its content is as expected", "its content is not as expected"), nil
	}
	text := config.GetAttr("regex").AsString()
	pattern, err := regexp.Compile(text)
	if err != nil {
		return providers.CheckResponse{Message: "the regular expression cannot be read", Diagnostics: checkRegex(text)}, nil
	}
	if d.data == nil {
		return providers.CheckResponse{Message: "it is too large to be searched"}, nil
	}
	return verdict(pattern.Match(d.data), "its content matches", "its content does not match"), nil
}

func verdict(ok bool, good, bad string) providers.CheckResponse {
	if ok {
		return pass("%s", good)
	}
	return fail("%s", bad)
}

// Diagnose says what is at the path, and what could keep it from being as it
// should be. It tells nothing of what a file holds.
func (p *provider) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	abs, ds := placeOf(project, req.State)
	if ds.HasErrors() {
		return providers.DiagnoseResponse{Summary: "Its path cannot be used.", Diagnostics: ds}, nil
	}
	facts := map[string]string{"path": abs, "exists": "false"}
	resp := providers.DiagnoseResponse{Facts: facts}
	parent := existingFolder(filepath.Dir(abs))
	if parent != filepath.Dir(abs) {
		facts["missing_folder"] = filepath.Dir(abs)
	}
	if free, ok := freeSpace(parent); ok {
		facts["free_bytes"] = strconv.FormatUint(free, 10)
	}
	d, err := look(ctx, abs, false)
	if err != nil && ctx.Err() != nil {
		return providers.DiagnoseResponse{}, err
	}
	if !d.exists() {
		resp.Summary = "It does not exist."
		if err != nil {
			resp.Summary = "It cannot be looked at: " + reason(err) + "."
		}
		return resp, nil
	}
	facts["exists"] = "true"
	facts["kind"] = d.what()
	facts["modified"] = d.info.ModTime().UTC().Format(time.RFC3339)
	if hasModes {
		facts["mode"] = formatMode(fromFileMode(d.info.Mode()))
		if uid, gid, ok := ownerOf(d.info); ok {
			facts["owner"], facts["group"] = accountName("owner", uid), accountName("group", gid)
		}
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		resp.Summary = "It may not be read."
	case err != nil:
		resp.Summary = "It cannot be read: " + reason(err) + "."
	case req.Type == directoryType && d.info.IsDir():
		resp.Summary = "It is there."
	case !d.regular():
		resp.Summary = "It is " + d.what() + "."
	default:
		resp.Summary = "It is there."
		applied := req.State.GetAttr("sha256")
		if applied.IsNull() { // sensitive: neither size nor SHA-256 may be told
			break
		}
		facts["size"] = strconv.FormatInt(d.size, 10)
		facts["sha256"], facts["applied_sha256"] = d.sum, applied.AsString()
		if d.sum != applied.AsString() {
			resp.Summary = "Its content is not what was applied."
		}
	}
	return resp, nil
}

// existingFolder is path, or the nearest folder above it that exists.
func existingFolder(path string) string {
	for dir := path; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
	}
}
