package convert

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	ctymsgpack "github.com/zclconf/go-cty/cty/msgpack"
)

var (
	errShort   = errors.New("the value ends too early")
	errNotText = errors.New("a string is not UTF-8")
)

// maxDepth bounds how many dynamic values may be inside each other. Nobody has
// a use for more, and the stack is finite.
const maxDepth = 100

// maxType is how many bytes the type of a dynamic value may take.
const maxType = 1 << 20

// decoder reads one value from the front of buf.
type decoder struct {
	buf   []byte
	depth int // of dynamic values
}

func (d *decoder) value(n *node) (cty.Value, error) {
	if len(d.buf) == 0 {
		return cty.NilVal, errShort
	}
	code := d.buf[0]
	switch {
	case isExt(code):
		return d.general(n)
	case code == codeNil:
		d.buf = d.buf[1:]
		return cty.NullVal(n.ty), nil
	}
	switch n.kind {
	case kindString:
		b, err := d.text()
		if err != nil {
			return cty.NilVal, n.required()
		}
		if !utf8.Valid(b) { // it could not be kept as it is
			return cty.NilVal, errNotText
		}
		return cty.StringVal(string(b)), nil
	case kindNumber:
		return d.number(n)
	case kindBool:
		if code != codeTrue && code != codeFalse {
			return cty.NilVal, n.required()
		}
		d.buf = d.buf[1:]
		return cty.BoolVal(code == codeTrue), nil
	case kindList, kindSet:
		return d.elements(n)
	case kindMap:
		return d.entries(n)
	case kindTuple:
		return d.items(n)
	case kindObject:
		return d.attributes(n)
	case kindDynamic:
		return d.dynamic()
	}
	return cty.NilVal, n.required()
}

func (d *decoder) number(n *node) (cty.Value, error) {
	code := d.buf[0]
	switch {
	case code <= 0x7f || code >= fixNeg:
		d.buf = d.buf[1:]
		return cty.NumberIntVal(int64(int8(code))), nil
	case code >= codeUint8 && code < codeUint64:
		size := 1 << (code - codeUint8)
		b, err := d.take(1 + size)
		if err != nil {
			return cty.NilVal, err
		}
		return cty.NumberIntVal(int64(bigEndian(b[1:]))), nil
	}
	return d.general(n)
}

// general leaves to go-cty what is rare: unknown values, and numbers that are
// not small integers.
func (d *decoder) general(n *node) (cty.Value, error) {
	size, err := d.scalarSize()
	if err != nil {
		return cty.NilVal, n.required()
	}
	b, err := d.take(size)
	if err != nil {
		return cty.NilVal, err
	}
	if n.kind != kindNumber || isExt(b[0]) {
		return ctymsgpack.Unmarshal(b, n.ty)
	}
	if len(b) > maxNumber {
		return cty.NilVal, errNumber
	}
	v, err := ctymsgpack.Unmarshal(b, n.ty)
	if err != nil || !v.IsKnown() || v.IsNull() {
		return v, err
	}
	// An infinity can neither be written as JSON nor calculated with, and one
	// with a huge exponent takes minutes to print.
	if f := v.AsBigFloat(); f.IsInf() || f.MantExp(nil) > maxExponent || f.MantExp(nil) < -maxExponent {
		return cty.NilVal, errNumber
	}
	return v, nil
}

const (
	// maxNumber is how many bytes a number may take, and maxExponent its largest
	// exponent to the base of two: more than go-cty can calculate with exactly.
	maxNumber   = 4 << 10
	maxExponent = 8 << 10
)

var errNumber = errors.New("a number is not finite, or has more digits or a larger exponent than anything needs")

// scalarSize returns how many bytes the number, string or extension at the
// front takes.
func (d *decoder) scalarSize() (int, error) {
	code := d.buf[0]
	switch {
	case code == codeFloat:
		return 5, nil
	case code == codeDouble:
		return 9, nil
	case code >= codeUint8 && code <= codeUint64:
		return 1 + 1<<(code-codeUint8), nil
	case code >= codeInt8 && code <= codeInt64:
		return 1 + 1<<(code-codeInt8), nil
	case code >= codeFixExt && code <= codeFixExt+4:
		return 2 + 1<<(code-codeFixExt), nil
	case code >= codeExt8 && code <= codeExt32:
		head, length, err := d.length(code, codeExt8)
		return head + 1 + length, err
	case code&0xe0 == fixStr:
		return 1 + int(code&0x1f), nil
	case code >= codeStr8 && code <= codeStr8+2:
		head, length, err := d.length(code, codeStr8)
		return head + length, err
	}
	return 0, fmt.Errorf("unexpected code %#x", code)
}

// length reads a length of 1, 2 or 4 bytes behind a code, and returns how many
// bytes came before what it is the length of.
func (d *decoder) length(code, code8 byte) (head, length int, err error) {
	size := 1 << (code - code8)
	if len(d.buf) < 1+size {
		return 0, 0, errShort
	}
	return 1 + size, int(bigEndian(d.buf[1 : 1+size])), nil
}

// text reads a string or bytes, still as a part of the buffer.
func (d *decoder) text() ([]byte, error) {
	if len(d.buf) == 0 {
		return nil, errShort
	}
	var head, length int
	var err error
	switch code := d.buf[0]; {
	case code&0xe0 == fixStr:
		head, length = 1, int(code&0x1f)
	case code >= codeStr8 && code <= codeStr8+2:
		head, length, err = d.length(code, codeStr8)
	case code >= codeBin8 && code <= codeBin8+2:
		head, length, err = d.length(code, codeBin8)
	default:
		err = fmt.Errorf("unexpected code %#x", code)
	}
	if err != nil {
		return nil, err
	}
	b, err := d.take(head + length)
	if err != nil {
		return nil, err
	}
	return b[head:], nil
}

// count reads the number of elements of an array or a map. It never is more
// than there are bytes left, so that a lie cannot make anyone allocate much.
func (d *decoder) count(fix, code16 byte) (int, error) {
	code := d.buf[0]
	n := 0
	switch {
	case code&0xf0 == fix:
		n = int(code & 0x0f)
		d.buf = d.buf[1:]
	case code == code16 || code == code16+1:
		size := 2 << (code - code16)
		b, err := d.take(1 + size)
		if err != nil {
			return 0, err
		}
		n = int(bigEndian(b[1:]))
	default:
		return 0, fmt.Errorf("unexpected code %#x", code)
	}
	if n > len(d.buf) {
		return 0, errShort
	}
	return n, nil
}

func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || n > len(d.buf) {
		return nil, errShort
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b, nil
}

// dynamic reads a value that carries its own type.
func (d *decoder) dynamic() (cty.Value, error) {
	n, err := d.count(fixArray, codeArr16)
	if err != nil || n != 2 {
		return cty.NilVal, errors.New("a type and a value are required")
	}
	typeJSON, err := d.text()
	if err != nil {
		return cty.NilVal, errors.New("a type is required")
	}
	if len(typeJSON) > maxType {
		return cty.NilVal, errors.New("its type is too large")
	}
	ty, err := decodeType(typeJSON)
	if err != nil {
		return cty.NilVal, err
	}
	if d.depth++; d.depth > maxDepth {
		return cty.NilVal, errors.New("it is nested too deeply")
	}
	v, err := d.value(newNode(ty.WithoutOptionalAttributesDeep()))
	d.depth--
	return v, err
}

func (d *decoder) elements(n *node) (cty.Value, error) {
	count, err := d.count(fixArray, codeArr16)
	if err != nil {
		return cty.NilVal, n.required()
	}
	if count == 0 {
		if n.kind == kindSet {
			return cty.SetValEmpty(n.elem.ty), nil
		}
		return cty.ListValEmpty(n.elem.ty), nil
	}
	elems := make([]cty.Value, count)
	for i := range elems {
		if elems[i], err = d.value(n.elem); err != nil {
			return cty.NilVal, at(indexStep(i), err)
		}
	}
	if n.kind == kindSet {
		return cty.SetVal(elems), nil
	}
	return cty.ListVal(elems), nil
}

func (d *decoder) entries(n *node) (cty.Value, error) {
	count, err := d.count(fixMap, codeMap16)
	if err != nil {
		return cty.NilVal, n.required()
	}
	if count == 0 {
		return cty.MapValEmpty(n.elem.ty), nil
	}
	elems := make(map[string]cty.Value, count)
	for range count {
		key, err := d.text()
		if err != nil {
			return cty.NilVal, errors.New("a key that is a string is required")
		}
		if !utf8.Valid(key) {
			return cty.NilVal, errNotText
		}
		if elems[string(key)], err = d.value(n.elem); err != nil {
			return cty.NilVal, at(keyStep(string(key)), err)
		}
	}
	return cty.MapVal(elems), nil
}

func (d *decoder) items(n *node) (cty.Value, error) {
	count, err := d.count(fixArray, codeArr16)
	if err != nil || count != len(n.items) {
		return cty.NilVal, n.required()
	}
	elems := make([]cty.Value, count)
	for i, item := range n.items {
		if elems[i], err = d.value(item); err != nil {
			return cty.NilVal, at(indexStep(i), err)
		}
	}
	return cty.TupleVal(elems), nil
}

func (d *decoder) attributes(n *node) (cty.Value, error) {
	count, err := d.count(fixMap, codeMap16)
	if err != nil || count != len(n.attrs) {
		return cty.NilVal, n.required()
	}
	values := make(map[string]cty.Value, count)
	for i := range count {
		key, err := d.text()
		if err != nil {
			return cty.NilVal, errors.New("a name that is a string is required")
		}
		a := &n.attrs[i]
		if string(key) != a.name { // not in order, as other writers may have it
			j, found := slices.BinarySearchFunc(n.attrs, key, func(a attr, key []byte) int {
				return strings.Compare(a.name, string(key))
			})
			if !found {
				return cty.NilVal, at("."+string(key), errors.New("there is no attribute of this name"))
			}
			a = &n.attrs[j]
		}
		if values[a.name], err = d.value(a.node); err != nil {
			return cty.NilVal, at("."+a.name, err)
		}
	}
	if len(values) != count {
		return cty.NilVal, errors.New("an attribute is there twice")
	}
	return cty.ObjectVal(values), nil
}

func isExt(code byte) bool {
	return code >= codeFixExt && code <= codeFixExt+4 || code >= codeExt8 && code <= codeExt32
}

// bigEndian reads 1, 2, 4 or 8 bytes.
func bigEndian(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	}
	return binary.BigEndian.Uint64(b)
}
