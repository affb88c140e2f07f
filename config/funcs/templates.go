package funcs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// addTemplates adds the functions that render templates.
func addTemplates(t table, opts Options) {
	r := &renderer{
		dir: folder(opts.BaseDir),
		functions: sync.OnceValue(func() map[string]function.Function {
			return insideTemplates(opts)
		}),
	}
	vars := anyParam("vars")
	t.add("templatefile", r.function(stringParam("path"), vars, r.templateFile))
	t.add("templatestring", r.function(function.Parameter{
		Name: "template",
		Type: customdecode.ExpressionClosureType,
	}, vars, r.templateString))
}

// insideTemplates is the functions for a template, in which those that render
// templates only say that they cannot be used there.
func insideTemplates(opts Options) table {
	p := anyParam("arguments")
	allowAll(&p)
	p.AllowNull = true
	refuse := function.New(&function.Spec{
		VarParam: &p,
		Type: func([]cty.Value) (cty.Type, error) {
			return cty.NilType, errors.New("a template cannot render another template; render it outside and pass the result in vars")
		},
	})
	t := allButTemplates(opts)
	t.add("templatefile", refuse)
	t.add("templatestring", refuse)
	return t
}

// renderer renders templates, and remembers those it has parsed: one template
// is often rendered for thousands of instances.
type renderer struct {
	dir       folder
	functions func() map[string]function.Function

	mu     sync.Mutex
	parsed map[string]parsedTemplate
}

type parsedTemplate struct {
	src  string
	expr hclsyntax.Expression
	refs []hcl.Traversal
}

// maxParsed is how many templates are remembered.
const maxParsed = 256

// function makes a function of a template and its variables, all of which may
// be unknown or sensitive.
func (r *renderer) function(template, vars function.Parameter, impl func(template, vars cty.Value) (cty.Value, error)) function.Function {
	vars.AllowUnknown, vars.AllowDynamicType, vars.AllowMarked = true, true, true
	return guard(function.New(&function.Spec{
		Params: []function.Parameter{template, vars},
		Type:   decidedByCall,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := impl(args[0], args[1])
			if err != nil {
				return cty.NilVal, err
			}
			return withMarksOf(v, args[1:]), nil
		},
	}))
}

func (r *renderer) templateFile(path, vars cty.Value) (cty.Value, error) {
	args := []cty.Value{path}
	src, err := r.dir.read(args)
	if err != nil {
		return cty.NilVal, err
	}
	if !utf8.Valid(src) {
		return cty.NilVal, notText(args)
	}
	return r.render(path.AsString(), string(src), vars)
}

// templateString renders a template that is kept elsewhere in the
// configuration. That it is sensitive shows only here, when the reference to it
// is evaluated.
func (r *renderer) templateString(template, vars cty.Value) (cty.Value, error) {
	closure := customdecode.ExpressionClosureFromVal(template)
	if err := mustBeReference(closure.Expression); err != nil {
		return cty.NilVal, err
	}
	src, diags := closure.Value()
	if diags.HasErrors() {
		return cty.NilVal, function.NewArgErrorf(0, "%s", inWords(diags))
	}
	src, srcMarks := src.Unmark()
	switch {
	case src.IsNull() || src.Type() != cty.String && src.Type() != cty.DynamicPseudoType:
		return cty.NilVal, function.NewArgErrorf(0, "what is referred to must be a string")
	case !src.IsKnown():
		return cty.UnknownVal(cty.String).WithMarks(srcMarks), nil
	}
	v, err := r.render("template", src.AsString(), vars)
	if err == nil {
		v, err = convert.Convert(v, cty.String)
	}
	switch {
	case err == nil:
		return v.WithMarks(srcMarks), nil
	case srcMarks.Has(marks.Sensitive):
		return cty.NilVal, function.NewArgErrorf(0, "%s", hiddenReason)
	default:
		return cty.NilVal, err
	}
}

// mustBeReference refuses templates written in place: their parts would be
// filled in before the function sees them, which is hardly what was meant.
func mustBeReference(expr hcl.Expression) error {
	switch expr := expr.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr:
		return nil
	case *hclsyntax.ParenthesesExpr:
		return mustBeReference(expr.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return function.NewArgErrorf(0, "a reference to the template is required, without quotes and ${ } around it")
	case *hclsyntax.TemplateExpr:
		return function.NewArgErrorf(0, "a reference to the template is required, such as local.greeting; what is written in place is a template already and needs no function")
	default:
		return function.NewArgErrorf(0, "a reference to the template is required, such as local.greeting; put the template into a local value first")
	}
}

// render renders a template. Marks stay on the values of vars meanwhile, so
// that the functions called inside know what is sensitive.
func (r *renderer) render(name, src string, vars cty.Value) (cty.Value, error) {
	t, err := r.parse(name, src)
	if err != nil {
		return cty.NilVal, err
	}
	values, err := t.variables(vars)
	if err != nil {
		return cty.NilVal, err
	}
	v := cty.DynamicVal
	if values != nil {
		var diags hcl.Diagnostics
		v, diags = t.expr.Value(&hcl.EvalContext{Variables: values, Functions: r.functions()})
		if diags.HasErrors() {
			return cty.NilVal, errors.New(inWords(diags))
		}
	}
	if v.IsNull() {
		return cty.NilVal, errors.New("the template comes to null, which is no text")
	}
	if _, single := t.expr.(*hclsyntax.TemplateWrapExpr); single {
		return v, nil // a template of one ${ } only may be of any type
	}
	return convert.Convert(v, cty.String)
}

// parse parses a template, or finds it parsed already.
func (r *renderer) parse(name, src string) (parsedTemplate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.parsed[name]; ok && t.src == src {
		return t, nil
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(src), name, hcl.InitialPos)
	if diags.HasErrors() {
		return parsedTemplate{}, errors.New(inWords(diags))
	}
	if r.parsed == nil || len(r.parsed) >= maxParsed {
		r.parsed = map[string]parsedTemplate{}
	}
	t := parsedTemplate{src: src, expr: expr, refs: expr.Variables()}
	r.parsed[name] = t
	return t, nil
}

// variables returns the variables that a template is to see, or nil if they
// are not known yet. Those it refers to must be there.
func (t parsedTemplate) variables(vars cty.Value) (map[string]cty.Value, error) {
	vars, _ = vars.Unmark()
	ty := vars.Type()
	values := map[string]cty.Value{}
	switch {
	case ty.IsObjectType():
		for name := range ty.AttributeTypes() {
			values[name] = vars.GetAttr(name)
		}
	case ty.IsMapType() && vars.IsKnown():
		for name, v := range vars.Elements() {
			values[name.AsString()] = v
		}
	case ty.IsMapType(), ty == cty.DynamicPseudoType:
		return nil, nil
	default:
		return nil, function.NewArgErrorf(1, "an object or a map is required, not %s", ty.FriendlyName())
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !hclsyntax.ValidIdentifier(name) {
			return nil, argValueErrorf(1, "%s cannot be the name of a variable; a name starts with a letter, and goes on with letters, digits, _ and -", quoted(name))
		}
	}
	for _, ref := range t.refs {
		if _, ok := values[ref.RootName()]; !ok {
			return nil, function.NewArgErrorf(1, "%q is missing, which the template uses at %s", ref.RootName(), ref.SourceRange())
		}
	}
	return values, nil
}

// inWords is the first error of diags in one line, without a final stop.
func inWords(diags hcl.Diagnostics) string {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		s := strings.TrimSuffix(fmt.Sprintf("%s: %s", d.Summary, d.Detail), ".")
		if d.Subject != nil {
			s = fmt.Sprintf("%s: %s", d.Subject, s)
		}
		return s
	}
	return ""
}
