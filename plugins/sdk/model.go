package sdk

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// model is a struct, or explicit attributes, as the SDK understands it: the
// schema that it makes, and how its values become Go's and back. It never
// changes once it is made.
type model struct {
	root *objectNode
	ty   cty.Type
	// secret says that some attribute is sensitive, validates that there is
	// more to check of a configuration than the schema says.
	secret, validates bool
}

type nodeKind uint8

const (
	kindDynamic nodeKind = iota // a cty.Value
	kindString
	kindBool
	kindInt
	kindUint
	kindFloat
	kindList
	kindSet
	kindMap
	kindObject
	kindWrapper
)

// node is the type of an attribute, or of a part of it.
type node struct {
	kind   nodeKind
	rtype  reflect.Type
	ty     cty.Type
	wrap   wrapping    // of a wrapper
	elem   *node       // of a collection, and what is in a wrapper
	object *objectNode // of an object
	// validates says that its type has a method Validate.
	validates bool
}

// objectNode is a struct.
type objectNode struct {
	rtype  reflect.Type // nil for explicit attributes
	object providers.Object
	fields []field
	// planAlways are the attributes with that option.
	planAlways []string
	validates  bool
}

// field is an attribute of a struct.
type field struct {
	name  string
	index []int
	node  *node
	attr  *providers.Attribute
	where string // struct, field and tag, for messages
}

// builder makes models. It collects what is wrong with the declarations.
type builder struct {
	problems []error
	within   []reflect.Type // the structs around, to notice one in itself
}

func (b *builder) fail(where, format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

// modelOf makes the model of a struct.
func modelOf(t reflect.Type) (*model, error) {
	b := &builder{}
	var m *model
	if t.Kind() != reflect.Struct {
		b.fail(t.String(), "attributes are declared by the fields of a struct, and this is none")
	} else {
		m = newModel(b.object(t))
	}
	return m, errors.Join(b.problems...)
}

// explicitModel makes the model of attributes that are not a struct's.
func explicitModel(attributes map[string]*providers.Attribute) *model {
	return newModel(&objectNode{object: providers.Object{Attributes: attributes}})
}

func newModel(root *objectNode) *model {
	m := &model{root: root, ty: root.object.Type()}
	m.secret = holdsSecret(&root.object)
	m.validates = root.needsValidate()
	return m
}

func holdsSecret(o *providers.Object) bool {
	for _, a := range o.Attributes {
		if a.Sensitive || a.Nested != nil && holdsSecret(&a.Nested.Object) {
			return true
		}
	}
	return false
}

// needsValidate tells whether the schema does not say everything.
func (o *objectNode) needsValidate() bool {
	if o.validates {
		return true
	}
	for _, f := range o.fields {
		if (f.attr.Required || f.attr.Optional) && f.node.needsValidate() {
			return true
		}
	}
	return false
}

func (n *node) needsValidate() bool {
	switch {
	case n.validates, n.kind == kindInt, n.kind == kindUint:
		return true
	case n.kind == kindObject:
		return n.object.needsValidate()
	case n.elem != nil && n.kind != kindWrapper && n.elem.kind != kindWrapper && n.elem.kind != kindObject:
		return true // elements that may not be null
	case n.elem != nil:
		return n.elem.needsValidate()
	}
	return false
}

// validator is what a type may implement to say which of its values are right.
type validator interface{ Validate() error }

func implements[T any](t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[T]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[T]())
}

// object makes the node of a struct.
func (b *builder) object(t reflect.Type) *objectNode {
	o := &objectNode{rtype: t, validates: implements[validator](t)}
	o.object.Attributes = map[string]*providers.Attribute{}
	for _, around := range b.within {
		if around == t {
			b.fail("struct "+t.String(), "it holds itself, so its attributes would never end")
			return o
		}
	}
	b.within = append(b.within, t)
	b.fields(o, t, nil)
	b.within = b.within[:len(b.within)-1]
	b.docs(o)
	return o
}

// fields adds the fields of t, which is o's struct or one embedded in it.
func (b *builder) fields(o *objectNode, t reflect.Type, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		text, tagged := sf.Tag.Lookup("cw")
		where := fmt.Sprintf("struct %s, field %s", t, sf.Name)
		if tagged {
			where += fmt.Sprintf(", tag cw:%q", text)
		}
		at := append(index[:len(index):len(index)], i)
		switch {
		case text == "-" || sf.Name == "_":
		case sf.Anonymous && !tagged && sf.Type.Kind() == reflect.Struct && !isWrapper(sf.Type):
			b.fields(o, sf.Type, at)
		case !tagged && !sf.IsExported():
		case !tagged:
			b.fail(where, `it has no cw tag; write cw:"-" if it is not an attribute`)
		case !sf.IsExported():
			b.fail(where, "it is not exported, so nothing can be put into it; begin its name with a capital letter")
		default:
			b.field(o, sf, text, where, at)
		}
	}
}

func (b *builder) field(o *objectNode, sf reflect.StructField, text, where string, index []int) {
	tag, err := parseTag(text)
	if err != nil {
		b.fail(where, "%v", err)
		return
	}
	if o.object.Attributes[tag.name] != nil {
		b.fail(where, "there is another attribute %q in the struct", tag.name)
		return
	}
	before := len(b.problems)
	n := b.node(sf.Type, where, tag.set["set"])
	if len(b.problems) > before {
		return
	}
	a := &providers.Attribute{
		Description: sf.Tag.Get("doc"), Deprecated: sf.Tag.Get("deprecated"),
		Required: tag.set["required"], Optional: tag.set["optional"], Computed: tag.set["computed"],
		ForceNew: tag.set["replace"], Stable: tag.set["stable"], Completable: tag.set["completable"],
		Normalise: providers.Normaliser(tag.normalise), Enum: tag.enum, DependsOn: tag.from, Tier: tag.tier,
	}
	b.shape(a, n, tag, where)
	b.flags(a, n, tag, where)
	o.object.Attributes[tag.name] = a
	o.fields = append(o.fields, field{name: tag.name, index: index, node: n, attr: a, where: where})
	if tag.set["plan_always"] {
		o.planAlways = append(o.planAlways, tag.name)
	}
}

// shape says what kind of attribute a node makes.
func (b *builder) shape(a *providers.Attribute, n *node, tag tag, where string) {
	secret := n.secret()
	a.Sensitive = secret
	if tag.set["sensitive"] && !secret {
		b.fail(where, "it is sensitive, so make it an sdk.Secret[%s], which does not print what it holds", n.bare().rtype)
	}
	bare := n.bare()
	switch {
	case bare.kind == kindObject:
		a.Nested = &providers.Nested{Nesting: providers.NestingSingle, Object: bare.object.object}
	case bare.elem != nil && bare.elem.kind == kindObject:
		nesting := map[nodeKind]providers.Nesting{
			kindList: providers.NestingList, kindSet: providers.NestingSet, kindMap: providers.NestingMap}[bare.kind]
		a.Nested = &providers.Nested{Nesting: nesting, Object: bare.elem.object.object, MinItems: tag.min, MaxItems: tag.max}
	default:
		a.Type = bare.ty
		if tag.set["block"] || tag.min > 0 || tag.max > 0 {
			b.fail(where, "block, min and max are for structs, and for slices and maps of them")
		}
	}
	if a.Nested != nil {
		a.Nested.Block = tag.set["block"]
	}
	if tag.set["unordered"] {
		switch {
		case bare.kind != kindList:
			b.fail(where, "only a slice, that is not a set anyway, can be unordered")
		case tag.normalise != "":
			b.fail(where, "it is unordered, which is a normalise of its own; remove one of them")
		}
		a.Normalise = providers.NormaliseUnsorted
	}
	if tag.set["set"] && bare.kind != kindSet {
		b.fail(where, "only a slice can be a set")
	}
	if tag.hasDefault {
		var err error
		if a.Default, err = parseDefault(tag.def, bare.ty); err != nil {
			b.fail(where, "its default cannot be used: %v", err)
		}
	}
}

// flags holds the type of the field to what the tag says of null and unknown.
func (b *builder) flags(a *providers.Attribute, n *node, tag tag, where string) {
	inside := n.bare().rtype.String()
	if a.Sensitive {
		inside = "sdk.Secret[" + inside + "]"
	}
	var w wrapping
	if n.kind == kindWrapper {
		w = n.wrap
	}
	plain := !w.null && !w.unknown
	collection := a.Nested != nil && a.Nested.Block && a.Nested.Nesting != providers.NestingSingle
	if n.bare().kind == kindDynamic {
		if w.null || w.unknown {
			b.fail(where, "a cty.Value can be null and unknown by itself: use it without the %s", w.name)
		}
		return
	}
	switch {
	case !a.Required && !a.Optional && !a.Computed:
		b.fail(where, "say whether it is required, optional or computed")
	case a.Required && (a.Optional || a.Computed):
		b.fail(where, "it is required, so it cannot be optional or computed")
	case a.Computed && !w.unknown:
		b.fail(where, "it is computed, so it is unknown until the object exists: make it an sdk.Computed[%s], "+
			"or an sdk.Value[%s] if it may be null", inside, inside)
	case w.computed && !a.Computed:
		b.fail(where, "sdk.Computed is for what the provider computes: add the option computed, or use another type")
	case (a.Required || tag.hasDefault) && w.null && !w.unknown:
		b.fail(where, "it always has a value, so it is never null: make it a plain %s", inside)
	case a.Optional && !a.Computed && !tag.hasDefault && plain && !collection:
		b.fail(where, "it is null where the user leaves it out, which a %s cannot be: make it an sdk.Optional[%s], "+
			"or give it a default", inside, inside)
	}
}

func parseDefault(text string, ty cty.Type) (cty.Value, error) {
	switch ty {
	case cty.String:
		return cty.StringVal(text), nil
	case cty.Number:
		v, err := cty.ParseNumberVal(text)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%q is no number", text)
		}
		return v, nil
	case cty.Bool:
		if text != "true" && text != "false" {
			return cty.NilVal, fmt.Errorf("%q is neither true nor false", text)
		}
		return cty.BoolVal(text == "true"), nil
	}
	return cty.NilVal, errors.New("only text, numbers and bools can have one; set another in Create, or declare the attributes explicitly")
}

func isWrapper(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[wrapper]())
}

// node makes the node of a type.
func (b *builder) node(t reflect.Type, where string, set bool) *node {
	n := &node{rtype: t, validates: implements[validator](t)}
	if isWrapper(t) {
		w := reflect.New(t).Interface().(wrapper)
		n.kind, n.wrap, n.validates = kindWrapper, w.wraps(), false
		n.elem = b.node(w.inner(), where, set)
		n.ty = n.elem.ty
		if n.elem.kind == kindWrapper && (!n.elem.wrap.secret || n.wrap.secret) {
			b.fail(where, "%s holds another %s; one is enough, and a Secret is the one inside", n.wrap.name, n.elem.wrap.name)
		}
		return n
	}
	switch {
	case t == reflect.TypeFor[cty.Value]():
		n.kind, n.ty = kindDynamic, cty.DynamicPseudoType
		return n
	case t == reflect.TypeFor[time.Duration]():
		b.fail(where, "a time.Duration is a number of nanoseconds to a user; make it a string with normalise=duration")
		return n
	}
	switch t.Kind() {
	case reflect.String:
		n.kind, n.ty = kindString, cty.String
	case reflect.Bool:
		n.kind, n.ty = kindBool, cty.Bool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.kind, n.ty = kindInt, cty.Number
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n.kind, n.ty = kindUint, cty.Number
	case reflect.Float32, reflect.Float64:
		n.kind, n.ty = kindFloat, cty.Number
	case reflect.Struct:
		n.kind, n.object = kindObject, b.object(t)
		n.validates = false // its objectNode knows
		n.ty = n.object.object.Type()
	case reflect.Slice:
		b.collection(n, where, set)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			b.fail(where, "the keys of a map must be strings, not %s", t.Key())
			return n
		}
		n.kind = kindMap
		if n.elem = b.node(t.Elem(), where, false); n.elem.ty != cty.NilType {
			n.ty = cty.Map(n.elem.ty)
		}
	case reflect.Pointer:
		b.fail(where, "a pointer does not say what nil means: use sdk.Optional[%s]", t.Elem())
	default:
		b.fail(where, "a %s cannot be an attribute; use a string, bool, number, struct, slice, map, or cty.Value for anything", t)
	}
	return n
}

func (b *builder) collection(n *node, where string, set bool) {
	if n.rtype.Elem().Kind() == reflect.Uint8 {
		b.fail(where, "bytes cannot be an attribute: make it a string, in Base64 if need be")
		return
	}
	n.elem = b.node(n.rtype.Elem(), where, false)
	switch {
	case n.elem.ty == cty.NilType:
	case set:
		n.kind, n.ty = kindSet, cty.Set(n.elem.ty)
	default:
		n.kind, n.ty = kindList, cty.List(n.elem.ty)
	}
	if n.elem.bare().kind == kindObject && n.elem.kind == kindWrapper ||
		n.elem.elem != nil && n.elem.kind != kindWrapper && n.elem.elem.bare().kind == kindObject {
		b.fail(where, "structs can be in a slice or a map, but not wrapped and no deeper")
	}
}

// bare is the node without its wrappers.
func (n *node) bare() *node {
	for n.kind == kindWrapper {
		n = n.elem
	}
	return n
}

// secret tells whether there is an sdk.Secret in it, the attributes of structs
// aside, which say so themselves.
func (n *node) secret() bool {
	switch {
	case n.kind == kindWrapper && n.wrap.secret:
		return true
	case n.elem != nil:
		return n.elem.secret()
	}
	return false
}

// docs takes in the descriptions of a method Docs.
func (b *builder) docs(o *objectNode) {
	docs, ok := reflect.New(o.rtype).Interface().(interface{ Docs() map[string]string })
	if !ok {
		return
	}
	for name, text := range docs.Docs() {
		a := o.object.Attributes[name]
		where := fmt.Sprintf("struct %s, method Docs", o.rtype)
		switch {
		case a == nil:
			b.fail(where, "it describes %q, which is no attribute", name)
		case a.Description != "":
			b.fail(where, "it describes %q, which has a doc tag as well", name)
		default:
			a.Description = strings.TrimSpace(text)
		}
	}
}
