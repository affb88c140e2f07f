package providers

import (
	"github.com/zclconf/go-cty/cty"
)

// Schema describes a provider: its own configuration, its types, and which
// optional capabilities it has.
type Schema struct {
	Provider     *Object
	Resources    map[string]*ResourceType
	Data         map[string]*DataType
	Asserts      map[string]*AssertType
	Capabilities Capabilities
}

// Capabilities says which optional interfaces a provider implements.
// CapabilitiesOf fills it; over gRPC the server does.
type Capabilities struct {
	Plan, Import, Data, Check, Diagnose, Watch, Recover, Upgrade bool
}

// Capable is a Provider that says itself which of the optional interfaces that
// it implements it has a use for.
type Capable interface {
	Capabilities() Capabilities
}

// CapabilitiesOf asks p, or finds out by the interfaces that it implements.
func CapabilitiesOf(p Provider) Capabilities {
	if c, ok := p.(Capable); ok {
		return c.Capabilities()
	}
	var c Capabilities
	_, c.Plan = p.(Planner)
	_, c.Import = p.(Importer)
	_, c.Data = p.(DataReader)
	_, c.Check = p.(Checker)
	_, c.Diagnose = p.(Diagnoser)
	_, c.Watch = p.(Watcher)
	_, c.Recover = p.(Recoverer)
	_, c.Upgrade = p.(Upgrader)
	return c
}

// ResourceType describes one type of resource.
type ResourceType struct {
	Object
	Version int // of the stored attributes; 0 first

	// CustomPlan says that the provider's Plan is to be called for this type,
	// whenever something about an object changes. PlanAlways are attributes
	// that refer to something outside, such as another file's content: where
	// one of them is set, Plan is called also when nothing seems to change.
	CustomPlan bool
	PlanAlways []string
	// CustomValidate says that the provider's Validate is to be called for
	// this type, whenever something about an object changes; without it the
	// schema says everything.
	CustomValidate bool
	// Restartable says that Apply can restart an object of this type, which a
	// monitor tries first.
	Restartable bool
	// Watchable says that Watch reports changes of this type.
	Watchable bool
	// CheckInterval is how often asserts on it are polled when nothing else is
	// said, as a duration; "" polls only once after an apply and then on change.
	CheckInterval string
	// Identity says what no two resources can have in common. Without it, two
	// that get into each other's way are found by Apply only.
	Identity Identity
}

// Identity names the attributes that tell an object from all others of its
// space, within one configuration of the provider. Two resources that are known
// to have the same are an error of the configuration.
type Identity struct {
	// Space is what types have in common that share identities, such as files
	// and folders their paths; "" is the type's own.
	Space string
	// Attributes are strings. They may be computed, if they are known when
	// planned. Null ones identify nothing.
	Attributes []string
}

// DataType describes one type of data source.
type DataType struct {
	Object
	CustomValidate bool
}

// AssertType describes one type of assert: its own arguments, beside those
// common to all asserts.
type AssertType struct {
	Object
	// Targets are the resource types that it can be about; empty means all of
	// the provider's.
	Targets []string
}

// Object is the attributes of a type.
type Object struct {
	Description string
	Attributes  map[string]*Attribute

	// ExactlyOneOf, AtMostOneOf and AtLeastOneOf are groups of attribute names
	// of which so many must be set. The core checks them.
	ExactlyOneOf []([]string)
	AtMostOneOf  []([]string)
	AtLeastOneOf []([]string)
}

// Nesting says how many objects a nested attribute holds, and how they are
// kept.
type Nesting uint8

// The nestings.
const (
	NestingSingle Nesting = iota + 1
	NestingList
	NestingSet
	NestingMap
)

// Tier says what an AI completion or remediation may do with an attribute. See
// Object.TierAt for attributes inside others.
type Tier uint8

// The tiers. The zero value is TierNever: an attribute that nobody considered
// is out of reach.
const (
	TierNever Tier = iota
	TierApproval
	TierFree
)

// Attribute describes one attribute.
type Attribute struct {
	// Type is the attribute's type. It is not set when Nested is.
	Type cty.Type
	// Nested describes an attribute that holds objects with attributes of
	// their own.
	Nested *Nested

	Description string
	Deprecated  string // what to use instead, or ""

	Required  bool
	Optional  bool
	Computed  bool // the provider sets it when the user does not
	Sensitive bool // never shown, logged or sent

	// ForceNew says that a change cannot be made in place.
	ForceNew bool

	// Default is used where the user sets nothing. cty.NilVal means none.
	Default cty.Value

	// Normalise names how values are compared; see Normaliser.
	Normalise Normaliser

	// Enum lists the values allowed of a string attribute.
	Enum []string

	// DependsOn narrows when an update makes a computed attribute unknown: only
	// when one of the attributes named changes. Nil means on any change.
	// Stable means never, as with an id.
	DependsOn []string
	Stable    bool

	// Completable says that a missing required attribute may be completed by
	// an AI from the resource's description; see MayBeCompleted.
	Completable bool
	Tier        Tier
}

// MayBeCompleted tells whether an AI may give the attribute its value. Check
// finds schemas that say so of what they may not; whoever asks an AI goes by
// this all the same.
func (a *Attribute) MayBeCompleted() bool {
	return a.Completable && a.Tier != TierNever && !a.Sensitive && a.Nested == nil && simple(a.Type)
}

// simple tells whether ty is a string, a number, a bool, or a list or set of
// one of these.
func simple(ty cty.Type) bool {
	if ty != cty.NilType && (ty.IsListType() || ty.IsSetType()) {
		ty = ty.ElementType()
	}
	return ty == cty.String || ty == cty.Number || ty == cty.Bool
}

// Nested describes the objects in a nested attribute.
type Nested struct {
	Nesting Nesting
	Object
	// Block says that it is written as blocks, not as an attribute's value.
	Block bool
	// MinItems and MaxItems bound the number of objects; 0 means no bound.
	MinItems, MaxItems int
}

// ValueType returns the type of the attribute's values.
func (a *Attribute) ValueType() cty.Type {
	if a.Nested == nil {
		return a.Type
	}
	obj := a.Nested.Object.Type()
	switch a.Nested.Nesting {
	case NestingList:
		return cty.List(obj)
	case NestingSet:
		return cty.Set(obj)
	case NestingMap:
		return cty.Map(obj)
	}
	return obj
}

// Type returns the object type whose values conform to o. It is costly: keep
// the answer.
func (o *Object) Type() cty.Type {
	atys := make(map[string]cty.Type, len(o.Attributes))
	for name, a := range o.Attributes {
		atys[name] = a.ValueType()
	}
	return cty.Object(atys)
}
