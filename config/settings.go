package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/diag"
)

var settingsSchema = &hcl.BodySchema{
	Attributes: attributes("required_version"),
	Blocks:     []hcl.BlockHeaderSchema{{Type: "required_providers"}, {Type: "service"}, {Type: "completion"}},
}

func decodeSettings(b *hcl.Block, opts *Options) (*Settings, diag.Diagnostics) {
	content, diags := closed(b.Body, settingsSchema)
	s := &Settings{RequiredProviders: map[string]*RequiredProvider{}, Range: header(b)}
	if attr := content.Attributes["required_version"]; attr != nil {
		constraints, ds := constraintsOf(attr.Name, attr.Expr)
		diags = append(diags, ds...)
		s.RequiredVersion = constraints
		diags = append(diags, checkVersion(constraints, attr, opts)...)
	}
	for _, inner := range content.Blocks {
		switch {
		case inner.Type == "required_providers":
			diags = append(diags, s.decodeRequired(inner, opts)...)
		case inner.Type == "completion" && s.Completion != nil:
			diags = append(diags, duplicateBlock(inner.Type, inner.TypeRange, s.Completion.Range)...)
		case inner.Type == "completion":
			var ds diag.Diagnostics
			s.Completion, ds = decodeCompletion(inner)
			diags = append(diags, ds...)
		case s.Service != nil:
			diags = append(diags, duplicateBlock(inner.Type, inner.TypeRange, s.Service.Range)...)
		default:
			var ds diag.Diagnostics
			s.Service, ds = decodeService(inner)
			diags = append(diags, ds...)
		}
	}
	return s, diags
}

var serviceSchema = &hcl.BodySchema{Attributes: attributes("required")}

func decodeService(b *hcl.Block) (*Service, diag.Diagnostics) {
	content, diags := closed(b.Body, serviceSchema)
	required, ds := staticBool(content, "required", false)
	return &Service{Required: required, Range: b.TypeRange}, append(diags, ds...)
}

// constraintsOf reads a version constraint that is written out.
func constraintsOf(name string, e hcl.Expression) (version.Constraints, diag.Diagnostics) {
	v, diags := static(&hcl.Attribute{Name: name, Expr: e}, cty.String)
	if diags.HasErrors() {
		return nil, diags
	}
	constraints, err := version.NewConstraint(v.AsString())
	if err != nil {
		return nil, diag.At(e.Range(), "Invalid version constraint",
			"%q is not a version constraint. Write one such as \">= 0.1\", \"~> 1.2\" or \">= 1.0, < 2.0\".", v.AsString())
	}
	return constraints, nil
}

// checkVersion compares required_version with this program's version. A
// development build counts as the release that it leads to.
func checkVersion(constraints version.Constraints, attr *hcl.Attribute, opts *Options) diag.Diagnostics {
	ours, err := version.NewVersion(opts.Version)
	if err != nil || constraints.Check(ours) || constraints.Check(ours.Core()) {
		return nil
	}
	return diag.At(attr.Expr.Range(), "Unsupported Clockwork version",
		"This configuration requires Clockwork %s, and this is Clockwork %s. Install a version that fits, or change required_version.",
		constraints, ours)
}

var requiredProviderArgs = []string{"source", "version"}

func (s *Settings) decodeRequired(b *hcl.Block, opts *Options) diag.Diagnostics {
	attrs, diags := justAttributes(b.Body, "required_providers")
	for _, attr := range inOrder(attrs) {
		if ds := checkName("a provider's local name", attr.Name, attr.NameRange); ds != nil {
			diags = append(diags, ds...)
			continue
		}
		rp := &RequiredProvider{Name: attr.Name, Range: attr.NameRange}
		diags = append(diags, rp.decode(attr, opts)...)
		if first := s.RequiredProviders[attr.Name]; first != nil {
			diags = append(diags, duplicateRequired(rp.Name, rp.Range, first.Range)...)
			continue
		}
		s.RequiredProviders[attr.Name] = rp
	}
	return diags
}

func duplicateRequired(name string, rng, first hcl.Range) diag.Diagnostics {
	return diag.At(rng, "Duplicate required provider",
		"The provider %q is already required at %s. Keep one of the two.", name, place(first))
}

// required returns the required providers by position.
func (s *Settings) required() []*RequiredProvider {
	return slices.SortedFunc(maps.Values(s.RequiredProviders), func(a, b *RequiredProvider) int {
		return cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte)
	})
}

func (rp *RequiredProvider) decode(attr *hcl.Attribute, opts *Options) diag.Diagnostics {
	pairs, hdiags := hcl.ExprMap(attr.Expr)
	if hdiags.HasErrors() {
		return diag.At(attr.Expr.Range(), "Invalid required provider",
			"A required provider is an object with a source and perhaps a version. Write %s = { source = \"NAMESPACE/NAME\" }.", attr.Name)
	}
	var diags diag.Diagnostics
	hasSource := false
	for _, pair := range pairs {
		switch key := keyOf(pair.Key); key {
		case "source":
			hasSource = true
			v, ds := static(&hcl.Attribute{Name: key, Expr: pair.Value}, cty.String)
			diags = append(diags, ds...)
			if !ds.HasErrors() {
				rp.Source = v.AsString()
				diags = append(diags, checkSource(rp.Source, pair.Value.Range())...)
			}
		case "version":
			constraints, ds := constraintsOf(key, pair.Value)
			diags = append(diags, ds...)
			rp.Version = constraints
		default:
			diags = append(diags, diag.At(pair.Key.Range(), "Unsupported argument",
				"A required provider has no argument %q.%s It has source and version only.",
				key, diag.DidYouMean(key, requiredProviderArgs))...)
		}
	}
	if !hasSource {
		if source, ok := opts.builtin(rp.Name); ok {
			rp.Source = source
		} else {
			diags = append(diags, diag.At(attr.Expr.Range(), "Missing provider source",
				"The provider %q comes with no source. Add source = \"NAMESPACE/NAME\", or \"HOST/NAMESPACE/NAME\".", rp.Name)...)
		}
	}
	return diags
}

// keyOf is the text of a map's key that is written out, or "".
func keyOf(key hcl.Expression) string {
	if kw := hcl.ExprAsKeyword(key); kw != "" {
		return kw
	}
	v, hdiags := key.Value(nil)
	if hdiags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// checkSource checks NAMESPACE/NAME or HOST/NAMESPACE/NAME.
func checkSource(source string, rng hcl.Range) diag.Diagnostics {
	parts := strings.Split(source, "/")
	ok := len(parts) == 2 || len(parts) == 3 && isHost(parts[0])
	for _, part := range parts[max(0, len(parts)-2):] {
		ok = ok && isSourcePart(part)
	}
	if ok {
		return nil
	}
	return diag.At(rng, "Invalid provider source",
		"%q is not where a provider comes from. Write \"NAMESPACE/NAME\", such as \"clockwork/docker\", or \"HOST/NAMESPACE/NAME\", in lower case.",
		source)
}

// isHost tells whether s is the name of a host, perhaps with a port; one
// without a dot is a namespace.
func isHost(s string) bool {
	host, port, hasPort := strings.Cut(s, ":")
	if hasPort && (port == "" || strings.Trim(port, "0123456789") != "") {
		return false
	}
	for _, label := range strings.Split(host, ".") {
		if !isSourcePart(label) {
			return false
		}
	}
	return strings.Contains(host, ".") || host == "localhost"
}

func isSourcePart(s string) bool {
	for i := range len(s) {
		c := s[i]
		inside := (c == '-' || c == '_') && i > 0 && i < len(s)-1
		if !inside && !isDigit(c) && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}
