package convert

// The first bytes of msgpack's forms, as far as cty values use them.
const (
	codeNil    = 0xc0
	codeFalse  = 0xc2
	codeTrue   = 0xc3
	codeBin8   = 0xc4
	codeExt8   = 0xc7
	codeExt32  = 0xc9
	codeFloat  = 0xca
	codeDouble = 0xcb
	codeUint8  = 0xcc
	codeUint64 = 0xcf
	codeInt8   = 0xd0
	codeInt64  = 0xd3
	codeFixExt = 0xd4 // up to 0xd8, the lengths 1, 2, 4, 8, 16
	codeStr8   = 0xd9
	codeArr16  = 0xdc
	codeArr32  = 0xdd
	codeMap16  = 0xde
	codeMap32  = 0xdf

	fixMap   = 0x80 // up to 0x8f
	fixArray = 0x90 // up to 0x9f
	fixStr   = 0xa0 // up to 0xbf
	fixNeg   = 0xe0 // up to 0xff
)

// appendBig appends the low size bytes of n, the highest first.
func appendBig(buf []byte, n uint64, size int) []byte {
	for i := size - 1; i >= 0; i-- {
		buf = append(buf, byte(n>>(8*i)))
	}
	return buf
}

// appendInt appends an integer in the shortest of its forms.
func appendInt(buf []byte, i int64) []byte {
	switch {
	case i >= -32 && i <= 0x7f:
		return append(buf, byte(i))
	case i > 0:
		size := bytesOf(uint64(i))
		return appendBig(append(buf, codeUint8+size), uint64(i), 1<<size)
	}
	// The bits beside the sign: one fewer than there is room for.
	size := bytesOf(uint64(^i) << 1)
	return appendBig(append(buf, codeInt8+size), uint64(i), 1<<size)
}

// bytesOf returns for what power of two of bytes n has room in.
func bytesOf(n uint64) byte {
	switch {
	case n <= 0xff:
		return 0
	case n <= 0xffff:
		return 1
	case n <= 0xffffffff:
		return 2
	}
	return 3
}

func appendString(buf []byte, s string) []byte {
	if len(s) < 32 {
		buf = append(buf, fixStr|byte(len(s)))
	} else {
		buf = appendLength(buf, codeStr8, len(s))
	}
	return append(buf, s...)
}

func appendBytes(buf []byte, b []byte) []byte {
	return append(appendLength(buf, codeBin8, len(b)), b...)
}

// appendLength appends a length in the shortest of three forms, whose codes
// follow each other.
func appendLength(buf []byte, code8 byte, n int) []byte {
	switch {
	case n <= 0xff:
		return append(buf, code8, byte(n))
	case n <= 0xffff:
		return appendBig(append(buf, code8+1), uint64(n), 2)
	}
	return appendBig(append(buf, code8+2), uint64(n), 4)
}

// appendCount appends the number of elements of an array or a map.
func appendCount(buf []byte, fix, code16 byte, n int) []byte {
	switch {
	case n < 16:
		return append(buf, fix|byte(n))
	case n <= 0xffff:
		return appendBig(append(buf, code16), uint64(n), 2)
	}
	return appendBig(append(buf, code16+1), uint64(n), 4)
}
