package file

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// Import takes the path as the id. Of a file the content becomes "content", or
// "content_base64" when it is not text, or neither when it is too large. The
// owner and group are left out: whoever sets them has them compared then. A
// directory counts as adopted.
func (p *provider) Import(ctx context.Context, req providers.ImportRequest) (providers.ImportResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.ImportResponse{}, err
	}
	ty, ok := p.types[req.Type]
	if !ok {
		return providers.ImportResponse{}, unknownType(req.Type)
	}
	resp := providers.ImportResponse{State: cty.NullVal(ty)}
	if req.Type == templateType {
		resp.Diagnostics = diag.Errorf("Cannot be imported",
			"A template cannot be found out from the file that it yielded. Set adopt = true instead, which takes the file over.")
		return resp, nil
	}
	abs, ds := place(project, req.ID)
	if ds.HasErrors() {
		resp.Diagnostics = ds
		return resp, nil
	}
	d, err := look(ctx, abs, true)
	switch {
	case err != nil && ctx.Err() != nil:
		return resp, err
	case err != nil:
		resp.Diagnostics = failure("path", "Cannot read file", "Reading", abs, err)
		return resp, nil
	case !d.exists():
		return resp, nil
	case d.info.IsDir() != (req.Type == directoryType) || req.Type == fileType && !d.regular():
		resp.Diagnostics = about("path", "Of another kind", "There is %s at %s, which is no %s. Correct the path or the type.", d.what(), abs, req.Type)
		return resp, nil
	}
	attrs := map[string]cty.Value{}
	for name, a := range p.schema.Resources[req.Type].Attributes {
		attrs[name] = cty.NullVal(a.Type)
		if a.Default != cty.NilVal {
			attrs[name] = a.Default
		}
	}
	attrs["path"] = cty.StringVal(req.ID)
	if req.Type == directoryType {
		resp.Private = []byte(adopted)
		resp.State, resp.Diagnostics = p.describeDirectory(abs, cty.ObjectVal(attrs))
		return resp, nil
	}
	// What is not null is what is known of it.
	switch {
	case d.data == nil:
		attrs["sha256"] = cty.StringVal("")
	case utf8.Valid(d.data):
		attrs["content"] = cty.StringVal("")
	default:
		attrs["content_base64"] = cty.StringVal("")
	}
	resp.State, resp.Diagnostics = p.fileState(req.Type, abs, cty.ObjectVal(attrs), d)
	return resp, nil
}

// Data reads a file, following links.
func (p *provider) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	project, err := p.project(req.Configuration)
	if err != nil {
		return providers.DataResponse{}, err
	}
	if req.Type != fileType {
		return providers.DataResponse{}, unknownType(req.Type)
	}
	resp := providers.DataResponse{State: cty.NullVal(req.Config.Type())}
	path := req.Config.GetAttr("path").AsString()
	if resp.Diagnostics = checkSpelling("path", path); resp.Diagnostics != nil {
		return resp, nil
	}
	abs := resolve(project, path)
	info, err := os.Stat(abs)
	if err == nil && !info.Mode().IsRegular() {
		resp.Diagnostics = about("path", "Not a file", "There is %s at %s. Choose the path of a file.", kindOf(info.Mode()), abs)
		return resp, nil
	}
	d := onDisk{info: info}
	if err == nil {
		d.data = make([]byte, 0, min(info.Size(), maxContent)+1)
		var f *os.File
		if f, err = os.Open(abs); err == nil {
			defer f.Close()
			err = d.read(ctx, f)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		resp.Diagnostics = about("path", "No such file", "There is no file at %s. Make it first, or correct the path.", abs)
	case err != nil && ctx.Err() != nil:
		return resp, err
	case err != nil:
		resp.Diagnostics = failure("path", "Cannot read file", "Reading", abs, err)
	case d.data == nil:
		resp.Diagnostics = about("path", "File too large", "%s has %d bytes; a data source reads %d at most. Copy it with the source of a file resource.", abs, d.size, maxContent)
	default:
		resp.State = cty.ObjectVal(map[string]cty.Value{
			"path":           req.Config.GetAttr("path"),
			"content":        textOf(d, cty.NullVal(cty.String)),
			"content_base64": cty.StringVal(base64.StdEncoding.EncodeToString(d.data)),
			"sha256":         cty.StringVal(d.sum),
			"size":           cty.NumberIntVal(d.size),
			"mode":           cty.StringVal(formatMode(fromFileMode(d.info.Mode()))),
			"abs_path":       cty.StringVal(abs),
		})
	}
	return resp, nil
}
