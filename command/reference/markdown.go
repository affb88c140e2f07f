package reference

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/clockwork-hcl/clockwork/providers/sample"
)

// Markdown returns the reference of a provider, which users call name: its
// settings, and all of its types with their attributes.
func Markdown(name string, schema *providers.Schema) string {
	w := &writer{}
	w.line("## Reference", "")
	if schema.Provider != nil && len(schema.Provider.Attributes) > 0 {
		w.line(fmt.Sprintf("### provider %q", name), "")
		w.object("", schema.Provider)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Resources)) {
		t := schema.Resources[name]
		w.line("### resource "+code(name), "", text(t.Description), "")
		w.example("resource", name, "example", &t.Object)
		w.object("", &t.Object)
		w.abilities(t, schema.Capabilities)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Data)) {
		t := schema.Data[name]
		w.line("### data "+code(name), "", text(t.Description), "")
		w.example("data", name, "example", &t.Object)
		w.object("", &t.Object)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Asserts)) {
		t := schema.Asserts[name]
		w.line("### assert "+code(name), "", text(t.Description), "")
		if len(t.Targets) > 0 {
			w.line("Its target is a "+list(t.Targets, "or")+".", "")
		}
		w.object("", &t.Object)
	}
	return strings.TrimRight(w.String(), "\n") + "\n"
}

type writer struct{ strings.Builder }

func (w *writer) line(lines ...string) {
	for i, l := range lines {
		if l == "" && i > 0 && lines[i-1] == "" {
			continue // no description
		}
		w.WriteString(l + "\n")
	}
}

// row writes a row of a table.
func (w *writer) row(cells ...string) {
	line := "|"
	for _, c := range cells {
		if c != "" {
			line += " " + strings.ReplaceAll(c, "|", `\|`)
		}
		line += " |"
	}
	w.line(line)
}

// example writes the least that a block holds.
func (w *writer) example(kind, typ, name string, obj *providers.Object) {
	needed := sample.Needed(obj)
	if len(needed) == 0 {
		return
	}
	body := sample.Words{Text: `"..."`, Secret: "var.secret"}.Body(obj, "  ")
	block := fmt.Sprintf("%s %q %q {\n%s}\n", kind, typ, name, body)
	w.line("```hcl fragment", strings.TrimRight(string(hclwrite.Format([]byte(block))), "\n"), "```", "")
}

// object writes the attributes of an object: what can be set, what the provider
// sets, and those of the objects in it.
func (w *writer) object(at string, obj *providers.Object) {
	var arguments, results, nested []string
	for _, name := range ordered(obj) {
		a := obj.Attributes[name]
		if a.Required || a.Optional {
			arguments = append(arguments, name)
		} else {
			results = append(results, name)
		}
		if a.Nested != nil && len(a.Nested.Attributes) > 0 {
			nested = append(nested, name)
		}
	}
	if len(arguments) > 0 {
		w.line("| argument | type | default | |", "|---|---|---|---|")
		for _, name := range arguments {
			a := obj.Attributes[name]
			w.row(code(at+name), typeName(a), byDefault(a), remarks(a))
		}
		w.line("")
	}
	w.groups(at, obj)
	if len(results) > 0 {
		w.line("| attribute | type | |", "|---|---|---|")
		for _, name := range results {
			a := obj.Attributes[name]
			w.row(code(at+name), typeName(a), remarks(a))
		}
		w.line("")
	}
	for _, name := range nested {
		a := obj.Attributes[name]
		w.line(fmt.Sprintf("In %s %s:", within(a), code(at+name)), "")
		w.object(at+name+".", &a.Nested.Object)
	}
}

// within is how what follows lies in an attribute.
func within(a *providers.Attribute) string {
	switch {
	case a.Nested.Block:
		return "a block"
	case a.Nested.Nesting == providers.NestingSingle:
		return "the object"
	}
	return "each of"
}

func (w *writer) groups(at string, obj *providers.Object) {
	say := func(what, verb string, groups [][]string) {
		for _, g := range groups {
			names := make([]string, len(g))
			for i, name := range g {
				names[i] = at + name
			}
			w.line(what+" of "+list(names, "and")+" "+verb+" be set.", "")
		}
	}
	say("Exactly one", "must", obj.ExactlyOneOf)
	say("At most one", "can", obj.AtMostOneOf)
	say("At least one", "must", obj.AtLeastOneOf)
}

// abilities says what can be done with objects of a type, beside making them.
func (w *writer) abilities(t *providers.ResourceType, can providers.Capabilities) {
	var said []string
	if t.Restartable {
		said = append(said, "It can be restarted.")
	}
	switch {
	case t.CheckInterval != "" && t.Watchable:
		said = append(said, "It is checked every "+t.CheckInterval+", and whenever something happens to it.")
	case t.CheckInterval != "":
		said = append(said, "It is checked every "+t.CheckInterval+".")
	case t.Watchable && can.Watch:
		said = append(said, "It is checked after an apply, and whenever something happens to it.")
	}
	free, asked := tiered(&t.Object, providers.TierFree), tiered(&t.Object, providers.TierApproval)
	switch {
	case len(free) > 0 && len(asked) > 0:
		said = append(said, "An AI may change "+list(free, "and")+" within the policy, and "+list(asked, "and")+" with a human's approval.")
	case len(free) > 0:
		said = append(said, "An AI may change "+list(free, "and")+" within the policy.")
	case len(asked) > 0:
		said = append(said, "An AI may change "+list(asked, "and")+" with a human's approval.")
	}
	if len(said) > 0 {
		w.line(strings.Join(said, " "), "")
	}
}

// tiered are the attributes of a tier. What is inside one that is in reach goes
// without saying.
func tiered(top *providers.Object, tier providers.Tier) (names []string) {
	var add func(o *providers.Object, whole providers.Tier, within ...string)
	add = func(o *providers.Object, whole providers.Tier, within ...string) {
		for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
			at := append(slices.Clip(within), name)
			reach := top.TierAt(at...)
			if reach == tier && reach > whole {
				names = append(names, strings.Join(at, "."))
			}
			if n := o.Attributes[name].Nested; n != nil {
				add(&n.Object, reach, at...)
			}
		}
	}
	add(top, providers.TierNever)
	return names
}

// ordered are the attributes of an object by name, those that are required
// first.
func ordered(obj *providers.Object) []string {
	names := slices.Sorted(maps.Keys(obj.Attributes))
	slices.SortStableFunc(names, func(x, y string) int {
		a, b := obj.Attributes[x].Required, obj.Attributes[y].Required
		switch {
		case a && !b:
			return -1
		case b && !a:
			return 1
		}
		return 0
	})
	return names
}

func byDefault(a *providers.Attribute) string {
	switch {
	case a.Required:
		return "required"
	case a.Default != cty.NilVal && a.Sensitive:
		return "(sensitive)"
	case a.Default != cty.NilVal:
		return code(strings.Join(strings.Fields(string(hclwrite.TokensForValue(a.Default).Bytes())), " "))
	case a.Computed:
		return "by the provider"
	}
	return ""
}

// remarks is the description of an attribute, and what else its user must know.
func remarks(a *providers.Attribute) string {
	said := []string{text(a.Description)}
	add := func(condition bool, remark string) {
		if condition && !strings.Contains(said[0], strings.TrimPrefix(remark, "The ")) { // it may say so itself
			said = append(said, remark)
		}
	}
	add(len(a.Enum) > 0, "One of "+list(quoted(a.Enum), "and")+".")
	add(a.Normalise != "", comparison(a.Normalise))
	if n := a.Nested; n != nil {
		add(n.MinItems > 0, fmt.Sprintf("At least %d.", n.MinItems))
		add(n.MaxItems > 0, fmt.Sprintf("At most %d.", n.MaxItems))
	}
	add(a.Sensitive, "Sensitive.")
	add(a.ForceNew && (a.Required || a.Optional), "A change replaces the object.")
	add(a.Completable, "An AI may fill it in.")
	add(a.Deprecated != "", "**Deprecated:** "+text(a.Deprecated))
	return strings.TrimSpace(strings.Join(said, " "))
}

// comparison says which values are the same.
func comparison(n providers.Normaliser) string {
	switch n {
	case providers.NormaliseBytes:
		return "`1GiB` and `1024MiB` are the same."
	case providers.NormaliseMode:
		return "`0644` and `644` are the same."
	case providers.NormalisePath:
		return "`a/b` and `a/./b` are the same."
	case providers.NormaliseDuration:
		return "`90s` and `1m30s` are the same."
	case providers.NormaliseJSON:
		return "It is JSON, whose layout means nothing."
	case providers.NormaliseCase:
		return "The case of letters means nothing."
	case providers.NormaliseUnsorted:
		return "The order means nothing."
	}
	return ""
}

func typeName(a *providers.Attribute) string {
	if a.Nested == nil {
		return typeWords(a.Type)
	}
	many := map[providers.Nesting]string{providers.NestingSingle: "object", providers.NestingList: "list of objects",
		providers.NestingSet: "set of objects", providers.NestingMap: "map of objects"}[a.Nested.Nesting]
	if a.Nested.Block {
		many = map[providers.Nesting]string{providers.NestingSingle: "block", providers.NestingList: "blocks",
			providers.NestingSet: "blocks", providers.NestingMap: "blocks with a label"}[a.Nested.Nesting]
	}
	return many
}

func typeWords(ty cty.Type) string {
	switch {
	case ty == cty.DynamicPseudoType:
		return "any"
	case ty.IsListType():
		return "list of " + typeWords(ty.ElementType())
	case ty.IsSetType():
		return "set of " + typeWords(ty.ElementType())
	case ty.IsMapType():
		return "map of " + typeWords(ty.ElementType())
	}
	return ty.FriendlyName()
}

func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = fmt.Sprintf("%q", t)
	}
	return out
}

// list joins names as a sentence does.
func list(names []string, word string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = code(name)
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " " + word + " " + all[len(all)-1]
}

func code(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

// text makes one paragraph of a description. Markdown in it stays, but what
// would be HTML, or begin something that is not a paragraph. Nothing in it
// drives the terminal that it may be printed to.
func text(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	parts := strings.Split(strings.Join(strings.Fields(s), " "), "`")
	for i := 0; i < len(parts); i += 2 { // outside of code
		parts[i] = strings.ReplaceAll(parts[i], "<", "&lt;")
	}
	s = strings.Join(parts, "`")
	if s != "" && strings.ContainsRune("#-+>|", rune(s[0])) {
		s = `\` + s
	}
	return s
}
