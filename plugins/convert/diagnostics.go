package convert

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Text returns s with whatever is not UTF-8 replaced. Protobuf refuses anything
// else, and messages do quote names of files and lines of logs.
func Text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// EncodeDiagnostics turns diagnostics into what is sent. Expressions and their
// contexts stay behind: they have a meaning only where they were evaluated.
func EncodeDiagnostics(in diag.Diagnostics) []*proto.Diagnostic {
	var out []*proto.Diagnostic
	for _, d := range in {
		severity := proto.Diagnostic_SEVERITY_ERROR
		if d.Severity == diag.Warning {
			severity = proto.Diagnostic_SEVERITY_WARNING
		}
		out = append(out, &proto.Diagnostic{
			Severity: severity, Summary: Text(d.Summary), Detail: Text(d.Detail), Address: Text(d.Address),
			Path: EncodePath(d.Path), Subject: encodeRange(d.Subject), Context: encodeRange(d.Context),
		})
	}
	return out
}

// DecodeDiagnostics turns back what EncodeDiagnostics made. A severity that is
// not known counts as an error, and a path ends where it cannot be read.
func DecodeDiagnostics(in []*proto.Diagnostic) diag.Diagnostics {
	var out diag.Diagnostics
	for _, d := range in {
		severity := diag.Error
		if d.GetSeverity() == proto.Diagnostic_SEVERITY_WARNING {
			severity = diag.Warning
		}
		path, _ := DecodePath(d.GetPath())
		out = append(out, diag.Diagnostic{
			Severity: severity, Summary: d.GetSummary(), Detail: d.GetDetail(), Address: d.GetAddress(),
			Path: path, Subject: decodeRange(d.GetSubject()), Context: decodeRange(d.GetContext()),
		})
	}
	return out
}

// EncodePath turns a path into what is sent. It ends before a step that cannot
// be sent, so that it still leads near.
func EncodePath(path cty.Path) *proto.Path {
	if len(path) == 0 {
		return nil
	}
	out := &proto.Path{}
	for _, step := range path {
		s, ok := encodeStep(step)
		if !ok {
			break
		}
		out.Steps = append(out.Steps, s)
	}
	return out
}

func encodeStep(step cty.PathStep) (*proto.Path_Step, bool) {
	switch step := step.(type) {
	case cty.GetAttrStep:
		return &proto.Path_Step{Step: &proto.Path_Step_Attribute{Attribute: Text(step.Name)}}, true
	case cty.IndexStep:
		key := step.Key
		if !key.IsMarked() && key.IsKnown() && !key.IsNull() {
			switch key.Type() {
			case cty.String:
				return &proto.Path_Step{Step: &proto.Path_Step_Key{Key: Text(key.AsString())}}, true
			case cty.Number:
				if i, acc := key.AsBigFloat().Int64(); acc == big.Exact {
					return &proto.Path_Step{Step: &proto.Path_Step_Index{Index: i}}, true
				}
			}
		}
		if b, err := EncodeDynamic(key); err == nil && len(b) > 0 {
			return &proto.Path_Step{Step: &proto.Path_Step_Element{Element: b}}, true
		}
	}
	return nil, false
}

// DecodePath turns back what EncodePath made. Beside an error it returns the
// path up to the step that cannot be read.
func DecodePath(in *proto.Path) (cty.Path, error) {
	var out cty.Path
	for _, s := range in.GetSteps() {
		switch step := s.GetStep().(type) {
		case *proto.Path_Step_Attribute:
			out = append(out, cty.GetAttrStep{Name: step.Attribute})
		case *proto.Path_Step_Key:
			out = append(out, cty.IndexStep{Key: cty.StringVal(step.Key)})
		case *proto.Path_Step_Index:
			out = append(out, cty.IndexStep{Key: cty.NumberIntVal(step.Index)})
		case *proto.Path_Step_Element:
			key, err := DecodeDynamic(step.Element)
			if err != nil || key == cty.NilVal {
				return out, fmt.Errorf("decode a path: no key in step %d (%v)", len(out), err)
			}
			out = append(out, cty.IndexStep{Key: key})
		default:
			return out, fmt.Errorf("decode a path: step %d is of no kind that is known", len(out))
		}
	}
	return out, nil
}

func encodeRange(r *hcl.Range) *proto.Range {
	if r == nil {
		return nil
	}
	return &proto.Range{Filename: Text(r.Filename), Start: encodePosition(r.Start), End: encodePosition(r.End)}
}

func encodePosition(p hcl.Pos) *proto.Range_Position {
	return &proto.Range_Position{Line: int64(p.Line), Column: int64(p.Column), Byte: int64(p.Byte)}
}

func decodeRange(r *proto.Range) *hcl.Range {
	if r == nil {
		return nil
	}
	return &hcl.Range{Filename: r.GetFilename(), Start: decodePosition(r.GetStart()), End: decodePosition(r.GetEnd())}
}

func decodePosition(p *proto.Range_Position) hcl.Pos {
	return hcl.Pos{Line: int(p.GetLine()), Column: int(p.GetColumn()), Byte: int(p.GetByte())}
}
