package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may be in each other.
const MaxDepth = 32

// wideNumber matches numbers that take for ever to calculate with exactly, or
// memory without end: 1e-9999999.
var wideNumber = regexp.MustCompile(`[eE][+-]?[0-9]{4,}|[0-9]{400,}`)

// Check refuses what is not exactly one JSON value in valid UTF-8, is deeper than
// MaxDepth, or has an object with two keys that differ in case at most (RFC 8259,
// section 4, leaves to each reader which one counts), or a number that nobody can
// calculate with. The error quotes keys, and no values.
func Check(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("it is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var open []map[string]bool // of each array and object that has begun; nil for an array
	key := false               // whether a key comes next
	for n := 0; ; n++ {
		t, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && n > 0 && len(open) == 0:
			return nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errors.New("it ends too early")
		case err != nil:
			return notJSON(data)
		case n > 0 && len(open) == 0:
			return errors.New("there is something after its end")
		}
		if text, ok := t.(string); ok && key {
			folded := strings.ToLower(strings.ToUpper(text)) // so that ſ is s, too
			if open[len(open)-1][folded] {
				return fmt.Errorf("an object has the key %.60q twice", text)
			}
			open[len(open)-1][folded] = true
			key = false
			continue
		}
		if number, ok := t.(json.Number); ok && wideNumber.MatchString(number.String()) {
			return errors.New("a number has more digits, or a larger exponent, than anything needs")
		}
		switch t {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > MaxDepth {
			return fmt.Errorf("it is nested more than %d deep", MaxDepth)
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

// notJSON says where it is wrong. The library's words would quote it.
func notJSON(data []byte) error {
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(data, new(json.RawMessage)), &syntax) {
		return fmt.Errorf("it is not JSON from byte %d on", syntax.Offset)
	}
	return errors.New("it is not JSON")
}
