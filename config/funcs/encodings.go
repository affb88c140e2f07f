package funcs

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"unicode/utf8"

	"github.com/hashicorp/go-cty-funcs/encoding"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	textencoding "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
)

// maxGunzip is how many bytes base64gunzip makes at most, so that a short
// string cannot fill the memory.
const maxGunzip = 64 << 20

func addEncodings(t table) {
	t.add("base64decode", newFunc(cty.String, base64Decode, stringParam("str")))
	t.add("base64encode", guardNotNull(encoding.Base64EncodeFunc))
	t.add("base64gunzip", newFunc(cty.String, base64Gunzip, stringParam("str")))
	t.add("base64gzip", newFunc(cty.String, base64Gzip, stringParam("str")))
	t.add("csvdecode", guard(stdlib.CSVDecodeFunc))
	t.add("jsondecode", guard(stdlib.JSONDecodeFunc))
	t.add("jsonencode", guard(stdlib.JSONEncodeFunc))
	t.add("textdecodebase64", newFunc(cty.String, textDecode, stringParam("source"), stringParam("encoding")))
	t.add("textencodebase64", newFunc(cty.String, textEncode, stringParam("string"), stringParam("encoding")))
	t.add("urldecode", newFunc(cty.String, urlDecode, stringParam("str")))
	t.add("urlencode", guardNotNull(encoding.URLEncodeFunc))
	t.add("yamldecode", guard(ctyyaml.YAMLDecodeFunc))
	t.add("yamlencode", guardNotNull(ctyyaml.YAMLEncodeFunc))
}

func base64Decode(args []cty.Value) (cty.Value, error) {
	raw, err := decodeBase64(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	return text(raw)
}

// decodeBase64 decodes the first argument of a function.
func decodeBase64(s string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, argValueErrorf(0, "%s is not valid base64", quoted(s))
	}
	return raw, nil
}

// text returns bytes made from the first argument as a string. A string holds
// characters only.
func text(raw []byte) (cty.Value, error) {
	if !utf8.Valid(raw) {
		return cty.NilVal, function.NewArgErrorf(0, "what it holds is not text in UTF-8, and only text fits into a string")
	}
	return cty.StringVal(string(raw)), nil
}

func base64Gzip(args []cty.Value) (cty.Value, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := io.WriteString(w, args[0].AsString()); err != nil {
		return cty.NilVal, fmt.Errorf("compress: %w", err)
	}
	// The flush changes the bytes, though not what they stand for; with it they
	// are those that Terraform makes.
	if err := errors.Join(w.Flush(), w.Close()); err != nil {
		return cty.NilVal, fmt.Errorf("compress: %w", err)
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(buf.Bytes())), nil
}

func base64Gunzip(args []cty.Value) (cty.Value, error) {
	raw, err := decodeBase64(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "what it holds is not compressed with gzip")
	}
	out, err := io.ReadAll(io.LimitReader(r, maxGunzip+1))
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "the compressed data is damaged or cut off")
	}
	if len(out) > maxGunzip {
		return cty.NilVal, function.NewArgErrorf(0, "it holds more than %d MiB", maxGunzip>>20)
	}
	return text(out)
}

// findEncoding finds the encoding that the second argument names.
func findEncoding(name string) (textencoding.Encoding, error) {
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, argValueErrorf(1, "%s is not the name of a known character encoding; use one that IANA lists, such as UTF-16LE", quoted(name))
	}
	return enc, nil
}

func textEncode(args []cty.Value) (cty.Value, error) {
	enc, err := findEncoding(args[1].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	raw, err := enc.NewEncoder().Bytes([]byte(args[0].AsString()))
	if err != nil {
		return cty.NilVal, argValueErrorf(0, "it has characters that %s does not have", args[1].AsString())
	}
	return cty.StringVal(base64.StdEncoding.EncodeToString(raw)), nil
}

func textDecode(args []cty.Value) (cty.Value, error) {
	enc, err := findEncoding(args[1].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	raw, err := decodeBase64(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	out, err := enc.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return cty.NilVal, argValueErrorf(0, "it has bytes that mean nothing in %s", args[1].AsString())
	}
	return cty.StringVal(string(out)), nil
}

func urlDecode(args []cty.Value) (cty.Value, error) {
	s, err := url.QueryUnescape(args[0].AsString())
	if err != nil {
		return cty.NilVal, argValueErrorf(0, "%s is not URL-encoded", quoted(args[0].AsString()))
	}
	return text([]byte(s))
}
