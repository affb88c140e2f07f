package views

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/clockwork-hcl/clockwork/diag"
)

// The documents follow the formats that Terraform documents, as far as the
// concepts exist, with one difference: a sensitive value is not in them. It is
// null, and the member beside it that ends in _sensitive (or is called
// sensitive) says so. Only `output -raw NAME` and `output -json NAME`, which
// ask for one value by name, print it; they do not go through here.

// The versions of the documents. A second number that grows adds something; a
// first number that grows takes something away.
const (
	stateFormat    = "1.1"
	planFormat     = "1.4"
	validateFormat = "1.0"
	schemaFormat   = "1.0"
	assertFormat   = "1.0"
)

// writeDocument writes one document and a newline.
func writeDocument(w io.Writer, doc any, indented bool) error {
	raw, err := marshal(doc)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if indented {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(json.RawMessage(raw)); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		_, err = io.WriteString(w, b.String())
		return err
	}
	_, err = w.Write(append(raw, '\n'))
	return err
}

type docOutput struct {
	Sensitive bool            `json:"sensitive"`
	Type      json.RawMessage `json:"type,omitempty"`
	Value     any             `json:"value"`
}

func newDocOutput(o Output) docOutput {
	out := docOutput{Sensitive: o.Sensitive || o.Value.IsMarked()}
	if out.Sensitive || o.Value == cty.NilVal {
		return out
	}
	v, _ := o.Value.UnmarkDeep()
	if ty, err := ctyjson.MarshalType(v.Type()); err == nil && v.IsWhollyKnown() {
		out.Type = ty
	}
	out.Value = redacted(o.Value, scope{})
	return out
}

// WriteOutputsJSON writes the document of `output -json` for all outputs.
// Sensitive values are null in it: ask for one by its name to have it.
func WriteOutputsJSON(w io.Writer, outputs map[string]Output) error {
	return writeDocument(w, docOutputs(outputs), true)
}

// WriteValidateJSON writes the document of `validate -json`.
func WriteValidateJSON(w io.Writer, ds diag.Diagnostics, files Files) error {
	doc := struct {
		FormatVersion string       `json:"format_version"`
		Valid         bool         `json:"valid"`
		ErrorCount    int          `json:"error_count"`
		WarningCount  int          `json:"warning_count"`
		Diagnostics   []Diagnostic `json:"diagnostics"`
	}{FormatVersion: validateFormat, Valid: !ds.HasErrors(), Diagnostics: []Diagnostic{}}
	for _, d := range ds {
		if d.Severity == diag.Warning {
			doc.WarningCount++
		} else {
			doc.ErrorCount++
		}
		doc.Diagnostics = append(doc.Diagnostics, newDiagnostic(d, files))
	}
	return writeDocument(w, doc, true)
}
