package funcs

import (
	"errors"
	"slices"

	"github.com/hashicorp/go-cty-funcs/collection"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func addCollections(t table) {
	t.add("alltrue", quantifier(cty.False))
	t.add("anytrue", quantifier(cty.True))
	t.add("chunklist", guard(stdlib.ChunklistFunc))
	t.add("coalesce", guardWith(collection.CoalesceFunc, nil, fittingAll))
	t.add("coalescelist", guard(stdlib.CoalesceListFunc))
	t.add("compact", guard(stdlib.CompactFunc))
	t.add("concat", guard(stdlib.ConcatFunc))
	t.add("contains", containsFunc())
	t.add("distinct", guard(stdlib.DistinctFunc))
	t.add("element", guard(stdlib.ElementFunc))
	t.add("flatten", guard(stdlib.FlattenFunc))
	t.add("index", newFunc(cty.Number, index, anyParam("list"), anyParam("value")))
	t.add("keys", guard(stdlib.KeysFunc))
	t.add("length", lengthFunc())
	t.add("lookup", lookupFunc())
	t.add("matchkeys", matchKeysFunc())
	t.add("merge", guard(stdlib.MergeFunc))
	t.add("one", oneFunc())
	t.add("range", guard(stdlib.RangeFunc))
	t.add("reverse", guard(stdlib.ReverseListFunc))
	t.add("slice", guard(stdlib.SliceFunc))
	t.add("transpose", newFunc(cty.Map(cty.List(cty.String)), transpose,
		function.Parameter{Name: "values", Type: cty.Map(cty.List(cty.String))}))
	t.add("values", guard(stdlib.ValuesFunc))
	t.add("zipmap", guard(stdlib.ZipmapFunc))
}

// quantifier makes anytrue (decisive is true) and alltrue (decisive is false):
// one decisive element is the result, whatever the others are, and without any
// it is the opposite. Null counts as false.
func quantifier(decisive cty.Value) function.Function {
	return newFunc(cty.Bool, func(args []cty.Value) (cty.Value, error) {
		if !args[0].Length().IsKnown() {
			return cty.UnknownVal(cty.Bool), nil
		}
		result := decisive.Not()
		for _, elem := range args[0].Elements() {
			switch {
			case !elem.IsKnown():
				result = cty.UnknownVal(cty.Bool)
			case elem.IsNull() && decisive.False(), !elem.IsNull() && elem.RawEquals(decisive):
				return decisive, nil
			}
		}
		return result, nil
	}, function.Parameter{Name: "list", Type: cty.List(cty.Bool)})
}

func index(args []cty.Value) (cty.Value, error) {
	list, wanted := args[0], args[1]
	if !list.Type().IsListType() && !list.Type().IsTupleType() {
		return cty.NilVal, function.NewArgErrorf(0, "a list or tuple is required, not %s", list.Type().FriendlyName())
	}
	for i, elem := range list.Elements() {
		eq := elem.Equals(wanted)
		if !eq.IsKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		if eq.True() {
			return i, nil
		}
	}
	return cty.NilVal, function.NewArgErrorf(1, "the list has no such element")
}

// containsFunc is that of the library, which takes a literal null, having no
// type, for something that is not known yet.
func containsFunc() function.Function {
	value := anyParam("value")
	value.AllowNull, value.AllowDynamicType = true, true
	return guard(function.New(&function.Spec{
		Params:       []function.Parameter{anyParam("list"), value},
		Type:         function.StaticReturnType(cty.Bool),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if args[1].IsNull() {
				return stdlib.Contains(args[0], cty.NullVal(cty.String))
			}
			return stdlib.Contains(args[0], args[1])
		},
	}))
}

// lengthFunc counts the characters of a string and the elements of everything
// else. What is known of an unknown value can be enough: the type of an object
// or tuple tells its length. A sensitive element does not make the length so.
func lengthFunc() function.Function {
	value := anyParam("value")
	value.AllowUnknown, value.AllowDynamicType, value.AllowMarked = true, true, true
	return function.New(&function.Spec{
		Params: []function.Parameter{value},
		Type:   function.StaticReturnType(cty.Number),
		RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder {
			return b.NotNull().NumberRangeLowerBound(cty.Zero, true)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, ms := args[0].Unmark()
			n := cty.UnknownVal(cty.Number)
			switch ty := v.Type(); {
			case ty == cty.DynamicPseudoType:
			case ty == cty.String:
				var err error
				if n, err = stdlib.Strlen(v); err != nil {
					return cty.NilVal, err
				}
			case ty.IsTupleType():
				n = cty.NumberIntVal(int64(len(ty.TupleElementTypes())))
			case ty.IsObjectType():
				n = cty.NumberIntVal(int64(len(ty.AttributeTypes())))
			case ty.IsCollectionType():
				n = v.Length()
			default:
				return cty.NilVal, function.NewArgErrorf(0, "only strings, lists, sets, tuples, maps and objects have a length; this is a %s", ty.FriendlyName())
			}
			return n.WithMarks(ms), nil
		},
	})
}

// lookupFunc reads one element and leaves the marks of the others alone.
func lookupFunc() function.Function {
	coll, key, def := anyParam("inputMap"), stringParam("key"), anyParam("default")
	for _, p := range []*function.Parameter{&coll, &key, &def} {
		p.AllowMarked, p.AllowUnknown, p.AllowDynamicType = true, true, true
	}
	def.AllowNull = true
	return guard(function.New(&function.Spec{
		Params:   []function.Parameter{coll, key},
		VarParam: &def,
		Type:     decidedByCall,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if len(args) > 3 {
				return cty.NilVal, function.NewArgErrorf(3, "lookup takes one default value only")
			}
			m, mapMarks := args[0].Unmark()
			k, keyMarks := args[1].Unmark()
			v, err := lookup(m, k, args[2:])
			if err != nil {
				return cty.NilVal, err
			}
			return v.WithMarks(mapMarks, keyMarks), nil
		},
	}))
}

// lookup does what lookup does for a map and a key without marks of their own.
func lookup(m, key cty.Value, defaults []cty.Value) (cty.Value, error) {
	ty, def := m.Type(), cty.NilVal
	if len(defaults) > 0 {
		def = defaults[0]
	}
	switch {
	case ty == cty.DynamicPseudoType:
		return withMarksOf(cty.DynamicVal, defaults), nil
	case ty.IsObjectType():
		if !key.IsKnown() {
			return withMarksOf(cty.DynamicVal, append([]cty.Value{m}, defaults...)), nil
		}
		if ty.HasAttribute(key.AsString()) {
			return m.GetAttr(key.AsString()), nil
		}
	case ty.IsMapType():
		if def != cty.NilVal {
			var err error
			if def, err = convert.Convert(def, ty.ElementType()); err != nil {
				return cty.NilVal, function.NewArgErrorf(2, "the default must be of the type of the map's elements, which is %s", ty.ElementType().FriendlyName())
			}
		}
		if !key.IsKnown() || !m.IsKnown() {
			return withMarksOf(cty.UnknownVal(ty.ElementType()), append([]cty.Value{m}, defaults...)), nil
		}
		if m.HasIndex(key).True() {
			return m.Index(key), nil
		}
	default:
		return cty.NilVal, function.NewArgErrorf(0, "a map or object is required, not %s", ty.FriendlyName())
	}
	if def == cty.NilVal {
		return cty.NilVal, argValueErrorf(1, "there is no element with the key %s, and no default is given", quoted(key.AsString()))
	}
	return def, nil
}

func matchKeysFunc() function.Function {
	list := func(name string) function.Parameter {
		return function.Parameter{Name: name, Type: cty.List(cty.DynamicPseudoType)}
	}
	return guard(function.New(&function.Spec{
		Params: []function.Parameter{list("values"), list("keys"), list("searchset")},
		Type: func(args []cty.Value) (cty.Type, error) {
			if ty, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); ty == cty.NilType {
				return cty.NilType, function.NewArgErrorf(2, "the elements must be of the same type as those of keys")
			}
			return args[0].Type(), nil
		},
		RefineResult: notNull,
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			values := args[0]
			ty, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()})
			keys, err := convert.Convert(args[1], ty)
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			wanted, err := convert.Convert(args[2], ty)
			if err != nil {
				return cty.NilVal, function.NewArgError(2, err)
			}
			if values.LengthInt() != keys.LengthInt() {
				return cty.NilVal, function.NewArgErrorf(1, "there must be as many keys as values: there are %d values and %d keys", values.LengthInt(), keys.LengthInt())
			}
			if !keys.IsWhollyKnown() || !wanted.IsWhollyKnown() {
				return cty.UnknownVal(retType), nil
			}
			var found []cty.Value
			for i, value := range values.Elements() {
				for _, w := range wanted.Elements() {
					if keys.Index(i).RawEquals(w) {
						found = append(found, value)
						break
					}
				}
			}
			if len(found) == 0 {
				return cty.ListValEmpty(retType.ElementType()), nil
			}
			return cty.ListVal(found), nil
		},
	}))
}

func oneFunc() function.Function {
	errTooMany := errors.New("a list, set or tuple of no or one element is required")
	return guard(function.New(&function.Spec{
		Params: []function.Parameter{anyParam("list")},
		Type: func(args []cty.Value) (cty.Type, error) {
			ty := args[0].Type()
			switch {
			case ty.IsListType(), ty.IsSetType():
				return ty.ElementType(), nil
			case ty.IsTupleType() && ty.Length() == 0:
				return cty.DynamicPseudoType, nil
			case ty.IsTupleType() && ty.Length() == 1:
				return ty.TupleElementType(0), nil
			default:
				return cty.NilType, function.NewArgError(0, errTooMany)
			}
		},
		Impl: func(args []cty.Value, retType cty.Type) (cty.Value, error) {
			if !args[0].Type().IsTupleType() && !args[0].Length().IsKnown() {
				return cty.UnknownVal(retType), nil
			}
			switch elems := args[0].AsValueSlice(); len(elems) {
			case 0:
				return cty.NullVal(retType), nil
			case 1:
				return elems[0], nil
			default:
				return cty.NilVal, function.NewArgError(0, errTooMany)
			}
		},
	}))
}

// transpose turns a map of lists around: the lists' elements become the keys.
func transpose(args []cty.Value) (cty.Value, error) {
	if !args[0].IsWhollyKnown() {
		return cty.UnknownVal(cty.Map(cty.List(cty.String))), nil
	}
	turned := map[string][]string{}
	for key, list := range args[0].Elements() {
		if list.IsNull() {
			return cty.NilVal, argValueErrorf(0, "the list of %s is null", quoted(key.AsString()))
		}
		for _, elem := range list.Elements() {
			if elem.IsNull() {
				return cty.NilVal, argValueErrorf(0, "the list of %s has a null element", quoted(key.AsString()))
			}
			turned[elem.AsString()] = append(turned[elem.AsString()], key.AsString())
		}
	}
	if len(turned) == 0 {
		return cty.MapValEmpty(cty.List(cty.String)), nil
	}
	result := make(map[string]cty.Value, len(turned))
	for key, list := range turned {
		slices.Sort(list)
		vals := make([]cty.Value, len(list))
		for i, s := range list {
			vals[i] = cty.StringVal(s)
		}
		result[key] = cty.ListVal(vals)
	}
	return cty.MapVal(result), nil
}
