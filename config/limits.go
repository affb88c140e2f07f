package config

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/clockwork-hcl/clockwork/diag"
)

// diagnostic says which limit src breaks, and where.
func (o outline) diagnostic(name string, src []byte) diag.Diagnostics {
	rng := rangeAt(name, src, o.at)
	switch o.excess {
	case tooDeep:
		return diag.At(rng, "Configuration nested too deeply",
			"Brackets, blocks and templates are nested more than %d deep here. Split what is here into local values.", maxNesting)
	case tooManyOperators:
		return diag.At(rng, "Expression too long",
			"An expression has more than %d operators here. Split it into local values.", maxOperators)
	case tooLargeNumber:
		return diag.At(rng, "Number out of range",
			"This number has too many digits, or too large an exponent. Write it as a string if it is not meant for arithmetic.")
	}
	return nil
}

// rangeAt returns the range of the one character at an offset.
func rangeAt(name string, src []byte, offset int) hcl.Range {
	before := src[:offset]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	pos := hcl.Pos{Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(line) + 1, Byte: offset}
	end := pos
	_, size := utf8.DecodeRune(src[offset:])
	end.Column++
	end.Byte += size
	return hcl.Range{Filename: name, Start: pos, End: end}
}

// outlineJSON looks for broken limits in JSON, in whose strings templates may
// be.
func outlineJSON(src []byte) outline {
	depth := 0
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return outline{excess: tooDeep, at: i}
			}
			i++
		case c == '}' || c == ']':
			depth = max(depth-1, 0)
			i++
		case c == '"':
			end := jsonStringEnd(src, i)
			if e := outlineJSONString(src[i:end]); e != 0 {
				return outline{excess: e, at: i}
			}
			i = end
		case isDigit(c):
			end, ok := scanNumber(src, i)
			if !ok {
				return outline{excess: tooLargeNumber, at: i}
			}
			i = end
		default:
			i++
		}
	}
	return outline{}
}

// jsonStringEnd returns the offset behind the string that begins at i.
func jsonStringEnd(src []byte, i int) int {
	for i++; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

func outlineJSONString(quoted []byte) excess {
	if !bytes.Contains(quoted, []byte("${")) && !bytes.Contains(quoted, []byte("%{")) && !bytes.Contains(quoted, []byte(`\u`)) {
		return 0
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return 0 // the parser will say so
	}
	return outlineTemplate([]byte(s)).excess
}
