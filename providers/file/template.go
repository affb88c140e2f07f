package file

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/internal/objects"
)

// functions are those that a template can call: a few, with the names and the
// behaviour that they have everywhere else. What needs more is worked out in
// the configuration, and given in "vars".
func functions() map[string]function.Function {
	return map[string]function.Function{
		"format":     stdlib.FormatFunc,
		"indent":     stdlib.IndentFunc,
		"join":       stdlib.JoinFunc,
		"jsonencode": stdlib.JSONEncodeFunc,
		"keys":       stdlib.KeysFunc,
		"lower":      stdlib.LowerFunc,
		"sort":       stdlib.SortFunc,
		"split":      stdlib.SplitFunc,
		"title":      stdlib.TitleFunc,
		"trimspace":  stdlib.TrimSpaceFunc,
		"upper":      stdlib.UpperFunc,
		"values":     stdlib.ValuesFunc,
	}
}

// checkTemplate checks what can be seen of a template before its variables are
// known: that it can be read, and that it names no variable that is not given.
func checkTemplate(config cty.Value) diagnostics {
	template, vars := config.GetAttr("template"), config.GetAttr("vars")
	if ds := checkVars(vars); ds != nil {
		return ds
	}
	if !known(template) {
		return nil
	}
	expr, ds := parseTemplate(template)
	if ds != nil {
		return ds
	}
	if !vars.IsKnown() {
		return nil
	}
	given := names(vars)
	for _, variable := range expr.Variables() {
		name := variable.RootName()
		if !slices.Contains(given, name) {
			at := variable.SourceRange()
			ds = append(ds, about("template", "No such variable", `%s: there is no variable named "%s" in "vars".%s Add it there, or correct the template.`,
				position(&at), name, diag.DidYouMean(name, given))...)
		}
	}
	return ds
}

func checkVars(vars cty.Value) diagnostics {
	if known(vars) && !vars.Type().IsObjectType() && !vars.Type().IsMapType() {
		return about("vars", "Not a map", `"vars" must be a map of variables by name, such as { port = 80 }. Correct it.`)
	}
	return nil
}

// names returns the names of the variables; vars is known, and may be null.
func names(vars cty.Value) []string {
	if vars.IsNull() {
		return nil
	}
	var out []string
	for it := vars.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		out = append(out, k.AsString())
	}
	return out
}

func parseTemplate(template cty.Value) (hclsyntax.Expression, diagnostics) {
	expr, found := hclsyntax.ParseTemplate([]byte(template.AsString()), "template", hcl.InitialPos)
	return expr, templateErrors(found)
}

// render evaluates a template. The result is unknown when anything is that it
// is made from, and when there are errors.
func render(template, vars cty.Value) (cty.Value, diagnostics) {
	unknown := cty.UnknownVal(cty.String)
	if !known(template) || !vars.IsWhollyKnown() {
		return unknown, nil
	}
	if ds := checkVars(vars); ds != nil {
		return unknown, ds
	}
	expr, ds := parseTemplate(template)
	if ds != nil {
		return unknown, ds
	}
	scope := &hcl.EvalContext{Functions: functions(), Variables: map[string]cty.Value{}}
	if !vars.IsNull() {
		scope.Variables = vars.AsValueMap()
	}
	v, found := expr.Value(scope)
	if ds := templateErrors(found); ds != nil {
		return unknown, ds
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || !known(text) {
		return unknown, about("template", "Template yields no text", "What the template yields is %s, not text. Use a for directive or jsonencode().", v.Type().FriendlyName())
	}
	if len(text.AsString()) > maxContent {
		return unknown, about("template", "Template yields too much", "What the template yields is longer than %d bytes. Make it shorter.", maxContent)
	}
	return text, nil
}

// rendered fills in what a template yields where a plan could not say it. For
// other types it does nothing.
func rendered(typeName string, object cty.Value) (cty.Value, diagnostics) {
	if typeName != templateType || known(object.GetAttr("content")) {
		return object, nil
	}
	content, ds := render(object.GetAttr("template"), object.GetAttr("vars"))
	now := objects.Edit(object)
	now.Set("content", content)
	return now.Value(), ds
}

// templateErrors reports what the template language finds wrong. What a
// function says of its arguments may quote them, so it is left out.
func templateErrors(found hcl.Diagnostics) diagnostics {
	var ds diagnostics
	for _, d := range found {
		if d.Severity != hcl.DiagError {
			continue
		}
		detail := d.Detail
		if call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok && call.FunctionCallError() != nil {
			var argument function.ArgError
			detail = fmt.Sprintf("%s() cannot work with what it is given.", call.CalledFunctionName())
			if errors.As(call.FunctionCallError(), &argument) {
				detail = fmt.Sprintf("%s() cannot work with its argument %d.", call.CalledFunctionName(), argument.Index+1)
			}
		}
		ds = append(ds, about("template", d.Summary, "%s: %s Correct the template.", position(d.Subject), detail)...)
	}
	return ds
}

func position(r *hcl.Range) string {
	if r == nil {
		return "In the template"
	}
	return fmt.Sprintf("Line %d, column %d", r.Start.Line, r.Start.Column)
}
