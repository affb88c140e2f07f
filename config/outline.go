package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parser calls itself for every level of nesting and the evaluator for
// every operator in a row, and Go ends the whole process when a stack grows too
// large. So what nobody writes by hand is refused beforehand.
const (
	maxNesting   = 500
	maxOperators = 10_000
	// A number of a larger exponent, or of more digits, takes minutes to turn
	// into text.
	maxExponentDigits = 4
	maxNumberLength   = 400
)

// excess says which limit is broken.
type excess uint8

const (
	tooDeep excess = iota + 1
	tooManyOperators
	tooLargeNumber
)

// outline is what a walk over native syntax finds without parsing it.
type outline struct {
	// cuts are offsets at which the source can be cut in pieces that mean the
	// same when parsed one by one: behind the end of a line that is inside
	// nothing.
	cuts []int
	// excess is the limit that is broken first, at offset at; 0 if none is.
	excess excess
	at     int
}

// outliner follows the scanner of the hcl library in what it takes for a
// comment, a string, a heredoc and a template, and nothing more.
type outliner struct {
	outline
	src    []byte
	piece  int  // cut no sooner than this many bytes after the last cut
	broken bool // the source has syntax errors; see outlineBroken
	frames []frame
	ops    int // sum of the frames'
}

// frame is one thing that is open.
type frame struct {
	kind frameKind
	ops  int // operators since the last separator: how deep the tree is bent
	// marker ends a heredoc; newLine says that it may come next.
	marker  []byte
	newLine bool
}

type frameKind uint8

const (
	inFile frameKind = iota
	inBraces
	inParens
	inBrackets
	inInterpolation // ${ or %{
	inQuotes
	inHeredoc
	inTemplate // a whole source that is a template
)

// outlineConfig walks over a file or an expression. Pieces are at least piece
// bytes long; 0 asks for no cuts.
func outlineConfig(src []byte, piece int) outline {
	return (&outliner{src: src, piece: piece, frames: []frame{{kind: inFile}}}).run()
}

// outlineBroken cuts a file that has syntax errors, anywhere it can. A quoted
// string that is not closed ends with its line.
func outlineBroken(src []byte) outline {
	return (&outliner{src: src, piece: 1, broken: true, frames: []frame{{kind: inFile}}}).run()
}

// outlineTemplate walks over a template without quotes.
func outlineTemplate(src []byte) outline {
	return (&outliner{src: src, frames: []frame{{kind: inTemplate}}}).run()
}

func (o *outliner) run() outline {
	for i := 0; i < len(o.src) && o.excess == 0; {
		switch o.top().kind {
		case inQuotes:
			i = o.quoted(i)
		case inHeredoc, inTemplate:
			i = o.template(i)
		default:
			i = o.code(i)
		}
	}
	return o.outline
}

func (o *outliner) top() *frame { return &o.frames[len(o.frames)-1] }

func (o *outliner) push(at int, f frame) {
	o.frames = append(o.frames, f)
	if len(o.frames) > maxNesting {
		o.refuse(tooDeep, at)
	}
}

// pop closes what is on top. What was closed may be one link of a chain, as in
// a[b][c][d], so it counts as an operator of what is around it; the parts of a
// template are in a row.
func (o *outliner) pop(at int) {
	o.separate()
	closed := o.top().kind
	o.frames = o.frames[:len(o.frames)-1]
	if closed != inInterpolation {
		o.operator(at)
	}
}

func (o *outliner) separate() {
	f := o.top()
	o.ops -= f.ops
	f.ops = 0
}

func (o *outliner) operator(at int) {
	o.top().ops++
	if o.ops++; o.ops > maxOperators {
		o.refuse(tooManyOperators, at)
	}
}

func (o *outliner) refuse(e excess, at int) {
	if o.excess == 0 {
		o.excess, o.at = e, at
	}
}

// byteAt returns a byte, or 0 behind the end.
func (o *outliner) byteAt(i int) byte {
	if i < len(o.src) {
		return o.src[i]
	}
	return 0
}

// code reads one token, or part of one, outside of strings.
func (o *outliner) code(i int) int {
	switch c := o.src[i]; {
	case isLetter(c):
		for i++; i < len(o.src) && (isLetter(o.src[i]) || isDigit(o.src[i]) || o.src[i] == '-'); i++ {
		}
		return i
	case isDigit(c):
		return o.number(i)
	default:
		return o.symbol(i, c)
	}
}

func (o *outliner) symbol(i int, c byte) int {
	switch c {
	case '\n':
		o.newline(i)
	case ',':
		o.separate()
	case '"':
		o.push(i, frame{kind: inQuotes})
	case '{':
		o.push(i, frame{kind: inBraces})
	case '(':
		o.push(i, frame{kind: inParens})
	case '[':
		o.push(i, frame{kind: inBrackets})
	case ')':
		o.closeIf(i, inParens)
	case ']':
		o.closeIf(i, inBrackets)
	case '}':
		o.closeBrace(i)
	case '#':
		return o.comment(i)
	case '/':
		switch o.byteAt(i + 1) {
		case '/':
			return o.comment(i)
		case '*':
			end := bytes.Index(o.src[i+2:], []byte("*/"))
			if end < 0 {
				return len(o.src)
			}
			return i + 2 + end + 2
		}
		o.operator(i)
	case '<':
		if next, ok := o.heredoc(i); ok {
			return next
		}
		o.operator(i)
	case '+', '-', '*', '%', '>', '=', '!', '&', '|', '?':
		o.operator(i)
	}
	return i + 1
}

func (o *outliner) newline(i int) {
	switch o.top().kind {
	case inFile:
		o.separate()
		last := 0
		if len(o.cuts) > 0 {
			last = o.cuts[len(o.cuts)-1]
		}
		if o.piece > 0 && i+1-last >= o.piece && i+1 < len(o.src) {
			o.cuts = append(o.cuts, i+1)
		}
	case inBraces:
		o.separate()
	}
}

// comment returns where a comment ends: before its newline, which counts.
func (o *outliner) comment(i int) int {
	if n := bytes.IndexByte(o.src[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(o.src)
}

func (o *outliner) closeIf(i int, kind frameKind) {
	if o.top().kind == kind {
		o.pop(i)
	}
}

// closeBrace closes the nearest brace or template sequence, and with it any
// bracket that was left open inside.
func (o *outliner) closeBrace(i int) {
	for n := len(o.frames) - 1; n >= 0; n-- {
		switch o.frames[n].kind {
		case inBraces, inInterpolation:
			for len(o.frames) > n {
				o.pop(i)
			}
			return
		case inParens, inBrackets:
			continue
		}
		return
	}
}

// heredoc begins one, if that is what there is at i.
func (o *outliner) heredoc(i int) (int, bool) {
	if o.byteAt(i+1) != '<' {
		return 0, false
	}
	start := i + 2
	if o.byteAt(start) == '-' {
		start++
	}
	if start >= len(o.src) {
		return 0, false
	}
	n := bytes.IndexByte(o.src[start:], '\n')
	if n < 0 {
		return 0, false
	}
	marker := bytes.TrimSuffix(o.src[start:start+n], []byte("\r"))
	if !validName(string(marker)) {
		return 0, false
	}
	o.push(i, frame{kind: inHeredoc, marker: marker, newLine: true})
	return start + n + 1, true
}

// quoted reads on in a quoted string.
func (o *outliner) quoted(i int) int {
	for i < len(o.src) {
		switch c := o.src[i]; c {
		case '"':
			o.pop(i)
			return i + 1
		case '\\':
			i += 2
		case '\n':
			if o.broken {
				o.pop(i)
				return i
			}
			i++
		case '$', '%':
			var begins bool
			if i, begins = o.sequence(i, c); begins {
				return i
			}
		default:
			i++
		}
	}
	return i
}

// template reads on in a heredoc, or in a source that is a template.
func (o *outliner) template(i int) int {
	for i < len(o.src) {
		if f := o.top(); f.newLine && f.kind == inHeredoc {
			f.newLine = false
			if n := bytes.IndexByte(o.src[i:], '\n'); n >= 0 && bytes.Equal(bytes.TrimSpace(o.src[i:i+n]), f.marker) {
				o.pop(i)
				return i + n
			}
		}
		switch c := o.src[i]; c {
		case '\n':
			o.top().newLine = true
			i++
		case '$', '%':
			var begins bool
			if i, begins = o.sequence(i, c); begins {
				return i
			}
		default:
			i++
		}
	}
	return i
}

// sequence reads a dollar or per cent sign in a template: ${ begins code, $${
// does not.
func (o *outliner) sequence(i int, c byte) (next int, begins bool) {
	if o.byteAt(i+1) == c && o.byteAt(i+2) == '{' {
		return i + 3, false
	}
	if o.byteAt(i+1) != '{' {
		return i + 1, false
	}
	if c == '%' { // an %{ if } or %{ for } may be inside many others
		o.operator(i)
	}
	o.push(i, frame{kind: inInterpolation})
	return i + 2, true
}

// number reads a number.
func (o *outliner) number(i int) int {
	end, ok := scanNumber(o.src, i)
	if !ok {
		o.refuse(tooLargeNumber, i)
	}
	return end
}

// scanNumber returns where the number at i ends, and whether it is of a size
// that anybody needs.
func scanNumber(src []byte, i int) (end int, ok bool) {
	ok = true
	exponent := -1 // digits of it, -1 before it
	for end = i; end < len(src); end++ {
		switch c := src[end]; {
		case isDigit(c):
			if exponent >= 0 {
				exponent++
			}
		case c == '.':
		case c == 'e' || c == 'E':
			exponent = 0
		case (c == '+' || c == '-') && exponent == 0:
		default:
			return end, ok && end-i <= maxNumberLength
		}
		ok = ok && exponent <= maxExponentDigits
	}
	return end, ok && end-i <= maxNumberLength
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isLetter takes any byte of a longer UTF-8 sequence for a letter, which is
// near enough for skipping over names.
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// validName tells whether s is an identifier.
func validName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80:
			return hclsyntax.ValidIdentifier(s) // slow, and rare
		case isLetter(c), i > 0 && (isDigit(c) || c == '-'):
		default:
			return false
		}
	}
	return s != ""
}
