package providers

// String returns the tier's name, as documents write it.
func (t Tier) String() string {
	switch t {
	case TierApproval:
		return "approval"
	case TierFree:
		return "free"
	}
	return "never"
}

// TierAt returns what an AI may do with the attribute that path names, by the names
// from o down. It is the lowest tier of those on the way to it and of all that could
// be set inside it: whoever gives an object its value gives all of it. What there is
// not, what only the provider sets and what is sensitive is out of reach.
func (o *Object) TierAt(path ...string) Tier {
	if len(path) == 0 {
		return TierNever
	}
	a := o.Attributes[path[0]]
	switch {
	case a == nil:
		return TierNever
	case len(path) == 1:
		return a.reach()
	case a.Nested == nil || a.Sensitive:
		return TierNever
	}
	return min(a.Tier, a.Nested.TierAt(path[1:]...))
}

// reach is the lowest tier of an attribute and of what can be set inside it.
func (a *Attribute) reach() Tier {
	if a.Sensitive || !a.Required && !a.Optional {
		return TierNever
	}
	t := a.Tier
	if a.Nested != nil {
		for _, inner := range a.Nested.Attributes {
			// What the provider alone sets follows from the rest. What is secret
			// does not, and goes with the whole.
			if inner.Required || inner.Optional || inner.Sensitive {
				t = min(t, inner.reach())
			}
		}
	}
	return t
}
