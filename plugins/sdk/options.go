package sdk

import (
	"fmt"
	"time"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Option says more about a type than its struct does.
type Option struct {
	name  string
	on    kind
	apply func(*options)
}

// kind says what is declared, as bits.
type kind uint8

const (
	aResource kind = 1 << iota
	aData
	anAssert
	aProvider
)

type options struct {
	attributes    map[string]*providers.Attribute
	object        providers.Object // its groups only
	checkInterval time.Duration
	identity      providers.Identity
	targets       []string
}

func (o *options) take(given []Option, on kind) (problems []error) {
	for _, one := range given {
		if one.apply == nil {
			continue // a zero Option says nothing
		}
		if one.on&on == 0 {
			problems = append(problems, fmt.Errorf("the option %s has no meaning here", one.name))
			continue
		}
		one.apply(o)
	}
	return problems
}

// ExactlyOneOf names attributes of which exactly one must be set; each is
// optional.
func ExactlyOneOf(names ...string) Option {
	return Option{"ExactlyOneOf", aResource | aData | anAssert | aProvider, func(o *options) {
		o.object.ExactlyOneOf = append(o.object.ExactlyOneOf, names)
	}}
}

// AtMostOneOf names attributes of which no two can be set.
func AtMostOneOf(names ...string) Option {
	return Option{"AtMostOneOf", aResource | aData | anAssert | aProvider, func(o *options) {
		o.object.AtMostOneOf = append(o.object.AtMostOneOf, names)
	}}
}

// AtLeastOneOf names attributes of which one or more must be set.
func AtLeastOneOf(names ...string) Option {
	return Option{"AtLeastOneOf", aResource | aData | anAssert | aProvider, func(o *options) {
		o.object.AtLeastOneOf = append(o.object.AtLeastOneOf, names)
	}}
}

// CheckEvery says how often the monitor checks objects of a type when nothing
// else is said. Without it they are checked once after an apply, and then
// whenever a Watcher reports something.
func CheckEvery(interval time.Duration) Option {
	return Option{"CheckEvery", aResource, func(o *options) { o.checkInterval = interval }}
}

// Identity names the attributes, all of them strings, that no two objects can
// have in common: that is found before anything is made. Types that share a
// space, as files and folders share paths, share identities; "" is the type's
// own.
func Identity(space string, names ...string) Option {
	return Option{"Identity", aResource, func(o *options) {
		o.identity = providers.Identity{Space: space, Attributes: names}
	}}
}

// Targets names the types of resource that an assert can be about, where its
// function does not say so by the struct that it takes.
func Targets(types ...string) Option {
	return Option{"Targets", anAssert, func(o *options) { o.targets = append(o.targets, types...) }}
}

// Attributes declares attributes explicitly, in the terms of the contract that
// the SDK is built on, for what tags cannot say. The struct's place is taken by
// cty.Value: the methods get objects as they are.
func Attributes(attributes map[string]*providers.Attribute) Option {
	return Option{"Attributes", aResource | aData | anAssert, func(o *options) { o.attributes = attributes }}
}
