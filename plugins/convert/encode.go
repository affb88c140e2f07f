package convert

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/zclconf/go-cty/cty"
	ctymsgpack "github.com/zclconf/go-cty/cty/msgpack"
)

var errMarked = errors.New("a marked value cannot be sent")

// encoder writes one value.
type encoder struct {
	buf []byte
}

func (e *encoder) value(n *node, v cty.Value) error {
	if v.IsMarked() {
		return errMarked
	}
	ty := v.Type()
	if n.kind == kindDynamic && ty != cty.DynamicPseudoType {
		return e.dynamic(v)
	}
	if !v.IsKnown() {
		return e.unknown(n, v)
	}
	if v.IsNull() {
		e.buf = append(e.buf, codeNil)
		return nil
	}
	switch {
	case n.kind == kindString && ty == cty.String:
		e.buf = appendString(e.buf, v.AsString())
		return nil
	case n.kind == kindNumber && ty == cty.Number:
		e.number(v)
		return nil
	case n.kind == kindBool && ty == cty.Bool:
		if v == cty.True {
			e.buf = append(e.buf, codeTrue)
		} else {
			e.buf = append(e.buf, codeFalse)
		}
		return nil
	case n.kind == kindList && ty.IsListType(), n.kind == kindSet && ty.IsSetType():
		return e.elements(n, v)
	case n.kind == kindMap && ty.IsMapType():
		return e.entries(n, v)
	case n.kind == kindTuple && ty.IsTupleType() && ty.Length() == len(n.items):
		return e.items(n, v)
	case n.kind == kindObject && ty.IsObjectType() && v.LengthInt() == len(n.attrs):
		return e.attributes(n, v)
	}
	return n.required()
}

// textPrecision is the precision with which go-cty parses numbers.
const textPrecision = 512

func (e *encoder) number(v cty.Value) {
	bf := v.AsBigFloat()
	if i, acc := bf.Int64(); acc == big.Exact {
		e.buf = appendInt(e.buf, i)
		return
	}
	if f, acc := bf.Float64(); acc == big.Exact && !bf.IsInt() {
		e.buf = appendBig(append(e.buf, codeDouble), math.Float64bits(f), 8)
		return
	}
	// The shortest text is exact only for the precision it is read with. go-cty
	// writes it for the number's own and loses some of 1e300, or of 1/3.
	if bf.Prec() < textPrecision {
		bf.SetPrec(textPrecision)
	}
	e.buf = appendString(e.buf, bf.Text('f', -1))
}

// unknown leaves to go-cty what is rare: an unknown value and its refinements.
func (e *encoder) unknown(n *node, v cty.Value) error {
	if v.Type() != cty.DynamicPseudoType && !v.Type().Equals(n.ty) {
		return n.required()
	}
	b, err := ctymsgpack.Marshal(v, v.Type())
	if err != nil {
		return err
	}
	e.buf = append(e.buf, b...)
	return nil
}

// dynamic writes a value together with its own type.
func (e *encoder) dynamic(v cty.Value) error {
	typeJSON, err := encodeType(v.Type())
	if err != nil {
		return err
	}
	e.buf = appendBytes(append(e.buf, fixArray|2), typeJSON)
	return e.value(newNode(v.Type()), v)
}

func (e *encoder) elements(n *node, v cty.Value) error {
	e.buf = appendCount(e.buf, fixArray, codeArr16, v.LengthInt())
	i := 0
	for _, elem := range v.Elements() {
		if err := e.value(n.elem, elem); err != nil {
			return at(indexStep(i), err)
		}
		i++
	}
	return nil
}

func (e *encoder) entries(n *node, v cty.Value) error {
	e.buf = appendCount(e.buf, fixMap, codeMap16, v.LengthInt())
	for key, elem := range v.Elements() {
		e.buf = appendString(e.buf, key.AsString())
		if err := e.value(n.elem, elem); err != nil {
			return at(keyStep(key.AsString()), err)
		}
	}
	return nil
}

func (e *encoder) items(n *node, v cty.Value) error {
	e.buf = appendCount(e.buf, fixArray, codeArr16, len(n.items))
	for i, item := range n.items {
		if err := e.value(item, v.Index(cty.NumberIntVal(int64(i)))); err != nil {
			return at(indexStep(i), err)
		}
	}
	return nil
}

func (e *encoder) attributes(n *node, v cty.Value) error {
	e.buf = appendCount(e.buf, fixMap, codeMap16, len(n.attrs))
	for i := range n.attrs {
		a := &n.attrs[i]
		e.buf = append(e.buf, a.key...)
		if err := e.value(a.node, v.GetAttr(a.name)); err != nil {
			return at("."+a.name, err)
		}
	}
	return nil
}

func indexStep(i int) string { return fmt.Sprintf("[%d]", i) }

func keyStep(key string) string { return fmt.Sprintf("[%q]", key) }
