package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/clockwork-hcl/clockwork/addr"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/providers"
)

// AIPolicy is what an AI may propose, and what it is told.
type AIPolicy struct {
	Allow      []AllowPattern
	Bounds     map[string]Bound // by attribute
	Images     []string         // repositories, without tags
	MaxChanges int
	Budget     Budget
	Send       []string
}

// AllowPattern names one attribute of one resource, or of all resources of a
// type.
type AllowPattern struct {
	Type      string
	Name      string // "*" for all
	Attribute string // perhaps one inside another: "healthcheck.interval"

	from part
}

// String returns the pattern as it is written.
func (p AllowPattern) String() string { return p.Type + "." + p.Name + "." + p.Attribute }

// Matches tells whether the pattern names an attribute of a resource, in
// whatever module.
func (p AllowPattern) Matches(r addr.Resource, attribute string) bool {
	return r.Mode == addr.Managed && r.Type == p.Type && (p.Name == "*" || p.Name == r.Name) && attribute == p.Attribute
}

// Bound is the least and the most that an attribute may be: text or numbers, null
// for no bound.
type Bound struct {
	Min, Max cty.Value

	from member
}

// Budget bounds how much an AI is asked.
type Budget struct{ CallsPerHour, TokensPerDay int }

// What holds where nothing else is said, and what the arguments may be.
const (
	defaultMaxChanges   = 1
	maxMaxChanges       = 100
	defaultCallsPerHour = 10
	maxCallsPerHour     = 10_000
	defaultTokensPerDay = 200_000
	maxTokensPerDay     = 1_000_000_000
)

// sendable is what an AI can be told of a resource.
func sendable() []string {
	return []string{"status", "exit_code", "oom_killed", "restarts", "health", "logs", "ports", "networks", "config"}
}

func (r *settingsReader) ai(b *config.RemediationAI) *AIPolicy {
	p := &AIPolicy{MaxChanges: defaultMaxChanges, Send: []string{"status", "exit_code", "health"},
		Budget: Budget{CallsPerHour: defaultCallsPerHour, TokensPerDay: defaultTokensPerDay}}
	allow, _ := r.items("allow", b.Allow)
	for _, x := range allow {
		if pattern, ok := r.pattern(x); ok {
			p.Allow = append(p.Allow, pattern)
		}
	}
	r.bounds(b.Bounds, p)
	images, _ := r.items("images", b.Images)
	for _, x := range images {
		text, ok := r.text(x)
		switch {
		case !ok:
		case !imagePattern.MatchString(text):
			r.fail(x.at, "Invalid image", `An image is named by its repository in lower case, without a tag. Write one such as "nginx" or "docker.io/library/redis".`)
		default:
			p.Images = append(p.Images, text)
		}
	}
	r.number("max_changes", b.MaxChanges, maxMaxChanges, &p.MaxChanges)
	budget, _ := r.members("budget", b.Budget, []string{"calls_per_hour", "tokens_per_day"})
	if x, ok := budget["calls_per_hour"]; ok {
		r.numberOf(x.part, maxCallsPerHour, &p.Budget.CallsPerHour)
	}
	if x, ok := budget["tokens_per_day"]; ok {
		r.numberOf(x.part, maxTokensPerDay, &p.Budget.TokensPerDay)
	}
	if send, ok := r.choices("send", b.Send, sendable()); ok {
		p.Send = send
	}
	return p
}

var (
	imagePattern = regexp.MustCompile(`^([a-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$`)
	allowPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*\.(\*|[\pL_][\pL\pN_-]*)(\.[a-z][a-z0-9_]*)+$`)
)

func (r *settingsReader) pattern(x part) (AllowPattern, bool) {
	text, ok := r.text(x)
	if !ok {
		return AllowPattern{}, false
	}
	if !allowPattern.MatchString(text) {
		r.fail(x.at, "Invalid pattern", `What the AI may change is one attribute, of one resource or of all of a type. Write TYPE.NAME.ATTRIBUTE or TYPE.*.ATTRIBUTE, such as "docker_container.*.memory".`)
		return AllowPattern{}, false
	}
	steps := strings.SplitN(text, ".", 3)
	return AllowPattern{Type: steps[0], Name: steps[1], Attribute: steps[2], from: x}, true
}

func (r *settingsReader) bounds(e hcl.Expression, p *AIPolicy) {
	attributes, _ := r.members("bounds", e, nil)
	for _, name := range sortedKeys(attributes) {
		m, ok := r.membersOf(attributes[name], []string{"min", "max"})
		if !ok {
			continue
		}
		at := attributes[name].at
		if attributes[name].value.LengthInt() == 0 {
			r.fail(at, "Missing bound", "There is neither a min nor a max here. Set one of them, or remove the bound.")
			continue
		}
		b := Bound{Min: cty.NullVal(cty.DynamicPseudoType), Max: cty.NullVal(cty.DynamicPseudoType), from: attributes[name]}
		for side, into := range map[string]*cty.Value{"min": &b.Min, "max": &b.Max} {
			x, ok := m[side]
			switch {
			case !ok:
			case !x.value.IsKnown():
				r.ok = false
			case x.value.Type() != cty.String && x.value.Type() != cty.Number:
				r.fail(x.at, "Unsuitable value", `The value of %q must be a number or a text such as "64MiB" or "30s". Change it.`, x.name)
			default:
				*into = x.value
			}
		}
		if !b.Min.IsNull() && !b.Max.IsNull() {
			if less, comparable := compareBounds(b.Max, b.Min); !comparable {
				r.fail(at, "Bounds cannot be compared", "Bounds are two numbers, two sizes or two durations. Write both in the same way.")
			} else if less {
				r.fail(at, "Bounds exclude everything", "The max is less than the min. Exchange them.")
			}
		}
		if p.Bounds == nil {
			p.Bounds = map[string]Bound{}
		}
		p.Bounds[name] = b
	}
}

// compareBounds tells whether a is less than b, both being numbers, sizes or durations.
func compareBounds(a, b cty.Value) (less, comparable bool) {
	an, errA := convert.Convert(a, cty.Number)
	bn, errB := convert.Convert(b, cty.Number)
	if errA == nil && errB == nil {
		return an.LessThan(bn).True(), true
	}
	at, bt := textOf(a), textOf(b)
	ad, errA := time.ParseDuration(at)
	bd, errB := time.ParseDuration(bt)
	if errA == nil && errB == nil {
		return ad < bd, true
	}
	ab, errA := providers.ParseBytes(at)
	bb, errB := providers.ParseBytes(bt)
	return ab < bb, errA == nil && errB == nil
}

func textOf(v cty.Value) string {
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return ""
	}
	return s.AsString()
}

// checkAI compares an AI's policy with what there is in the configuration: types
// by name, and the resources TYPE.NAME.
func (r *settingsReader) checkAI(p *AIPolicy, types map[string]*providers.ResourceType, resources map[string]bool) {
	for _, pattern := range p.Allow {
		x := pattern.from
		rt := types[pattern.Type]
		if name := pattern.Type + "." + pattern.Name; pattern.Name != "*" && !resources[name] {
			r.fail(x.at, "Reference to undeclared resource", "There is no resource %s in this project.%s Declare it, or correct the pattern.",
				x.shown(name), suggestion(x, name, slices.Collect(maps.Keys(resources))))
			continue
		}
		if rt == nil {
			names := sortedKeys(types)
			at := x.at
			r.diags = append(r.diags, diag.Diagnostic{Severity: diag.Warning, Summary: "Pattern matches nothing", Subject: &at,
				Detail: fmt.Sprintf("There is no resource of the type %s in this project.%s Correct the pattern, or remove it.",
					x.shown(pattern.Type), suggestion(x, pattern.Type, names))})
			continue
		}
		a, names := attributeOf(&rt.Object, pattern.Attribute)
		switch {
		case a == nil:
			r.fail(x.at, "Unsupported attribute", "The type %s has no attribute %s.%s Correct the pattern.",
				x.shown(pattern.Type), x.shown(pattern.Attribute), suggestion(x, pattern.Attribute, names))
		case rt.TierAt(strings.Split(pattern.Attribute, ".")...) == providers.TierNever:
			r.fail(x.at, "Attribute out of reach", "The attribute %s of the type %s is never changed by an AI, whatever a policy says. Remove the pattern.",
				x.shown(pattern.Attribute), x.shown(pattern.Type))
		}
	}
	r.checkBounds(p, types)
}

// checkBounds looks that bounds are of attributes that there are.
func (r *settingsReader) checkBounds(p *AIPolicy, types map[string]*providers.ResourceType) {
	for _, name := range sortedKeys(p.Bounds) {
		var names []string
		known, suits := len(types) == 0, len(types) == 0
		like := ""
		for _, typ := range sortedKeys(types) {
			a, beside := attributeOf(&types[typ].Object, name)
			names = append(names, beside...)
			if a != nil {
				known, like = true, measure(a)
				suits = suits || p.Bounds[name].suits(a)
			}
		}
		switch x := p.Bounds[name].from; {
		case !known:
			r.fail(x.key, "Unsupported attribute", "No resource in this project has an attribute %s.%s Correct the name, or remove the bound.",
				x.shown(name), suggestion(x.part, name, names))
		case !suits:
			r.fail(x.at, "Bounds do not suit the attribute", "Values of %s cannot be compared with these, so nothing would be within them. %s",
				x.shown(name), like)
		}
	}
}

// suits tells whether values of an attribute can be compared with the bound.
func (b Bound) suits(a *providers.Attribute) bool {
	for _, limit := range []cty.Value{b.Min, b.Max} {
		if limit.IsNull() {
			continue
		}
		if _, ok := a.Quantity(limit); !ok || a.Type == cty.Bool {
			return false
		}
	}
	return true
}

// measure says how bounds of an attribute are written.
func measure(a *providers.Attribute) string {
	switch {
	case a.Normalise == providers.NormaliseDuration:
		return `Write durations, such as "30s".`
	case a.Normalise == providers.NormaliseBytes:
		return `Write sizes, such as "64MiB".`
	case a.Nested == nil && a.Type != cty.Bool:
		return "Write numbers, or remove the bound."
	}
	return "Remove the bound."
}

// maxSuggestions bounds how many names are compared for one suggestion.
const maxSuggestions = 2000

// suggestion is what was perhaps meant, unless what was given must not be shown.
func suggestion(x part, given string, names []string) string {
	if x.secret || len(names) > maxSuggestions {
		return ""
	}
	return diag.DidYouMean(given, names)
}

// attributeOf finds an attribute by its path, nil when there is none, and the
// paths that there are beside where it would be.
func attributeOf(o *providers.Object, path string) (*providers.Attribute, []string) {
	var found *providers.Attribute
	prefix := ""
	for step := range strings.SplitSeq(path, ".") {
		if o == nil {
			return nil, nil
		}
		if found = o.Attributes[step]; found == nil {
			names := sortedKeys(o.Attributes)
			for i := range names {
				names[i] = prefix + names[i]
			}
			return nil, names
		}
		prefix += step + "."
		o = nil
		if found.Nested != nil {
			o = &found.Nested.Object
		}
	}
	return found, nil
}
