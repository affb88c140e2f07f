package file

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// contents are the attributes of a file of which one says what it holds.
func contents() []string {
	return []string{"content", "content_base64", "sensitive_content", "source"}
}

// chosen returns which attribute says what a file or a template's file holds,
// and its value, which may be unknown: "" when none does.
func chosen(typeName string, object cty.Value) (string, cty.Value) {
	if typeName == templateType {
		return "content", object.GetAttr("content")
	}
	for _, name := range contents() {
		if v := object.GetAttr(name); !v.IsNull() {
			return name, v
		}
	}
	return "", cty.NullVal(cty.String)
}

// bytesOf returns what a known content attribute other than "source" says.
func bytesOf(name string, v cty.Value) ([]byte, diagnostics) {
	if name != "content_base64" {
		return []byte(v.AsString()), nil
	}
	data, err := base64.StdEncoding.DecodeString(v.AsString())
	if err != nil {
		return nil, about(name, "Not Base64", `The value of "content_base64" is not in standard Base64. Use base64encode() or filebase64().`)
	}
	return data, nil
}

// openSource opens a file to copy from, which may be reached by a link.
func openSource(project string, v cty.Value) (*os.File, fs.FileInfo, error) {
	abs := resolve(project, v.AsString())
	info, err := os.Stat(abs)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() { // to open a named pipe could take for ever
		return nil, nil, fmt.Errorf("it is %s", kindOf(info.Mode()))
	}
	f, err := os.Open(abs)
	return f, info, err
}

func sourceFailed(project string, v cty.Value, err error) diagnostics {
	return failure("source", "Cannot read source", "Reading", resolve(project, v.AsString()), err)
}

// sums returns the SHA-256 and size that a file with this content will have:
// unknown when the content is, null when it is sensitive. A source that is not
// there yet is unknown, with a warning: something may be about to make it.
func sums(ctx context.Context, typeName, project string, object cty.Value) (sum, size cty.Value, ds diagnostics, err error) {
	name, v := chosen(typeName, object)
	unknownSum, unknownSize := cty.UnknownVal(cty.String), cty.UnknownVal(cty.Number)
	switch {
	case name == "sensitive_content":
		return cty.NullVal(cty.String), cty.NullVal(cty.Number), nil, nil
	case name == "" || !v.IsKnown():
		return unknownSum, unknownSize, nil, nil
	case name == "source":
		f, info, err := openSource(project, v)
		if errors.Is(err, fs.ErrNotExist) {
			return unknownSum, unknownSize, warning("source", "Source does not exist yet",
				"There is no file at %s. Unless another resource makes it first, applying will fail: check the path.",
				resolve(project, v.AsString())), nil
		}
		if err != nil {
			return unknownSum, unknownSize, sourceFailed(project, v, err), nil
		}
		defer f.Close()
		d := onDisk{info: info}
		if err := d.read(ctx, f); err != nil {
			if ctx.Err() != nil {
				return unknownSum, unknownSize, nil, err
			}
			return unknownSum, unknownSize, sourceFailed(project, v, err), nil
		}
		return cty.StringVal(d.sum), cty.NumberIntVal(d.size), nil, nil
	}
	data, ds := bytesOf(name, v)
	if ds.HasErrors() {
		return unknownSum, unknownSize, ds, nil
	}
	return cty.StringVal(sumOf(data)), cty.NumberIntVal(int64(len(data))), nil, nil
}

// textOf is data as an attribute: null when it is not text, or was not kept.
func textOf(d onDisk, was cty.Value) cty.Value {
	switch {
	case d.data == nil || !utf8.Valid(d.data):
		return cty.NullVal(cty.String)
	case !was.IsNull() && was.IsKnown() && was.AsString() == string(d.data):
		return was
	}
	return cty.StringVal(string(d.data))
}

// base64Of is data in Base64, in the words of was when it says the same.
func base64Of(d onDisk, was cty.Value) cty.Value {
	if d.data == nil {
		return cty.NullVal(cty.String)
	}
	if !was.IsNull() && was.IsKnown() {
		if old, err := base64.StdEncoding.DecodeString(was.AsString()); err == nil && bytes.Equal(old, d.data) {
			return was
		}
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(d.data))
}
