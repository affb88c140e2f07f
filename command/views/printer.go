package views

import (
	"fmt"
	"io"
	"strconv"
)

// printer lays out nodes. What it is asked to write is kept until there is
// enough of it, and an error is kept until flush.
type printer struct {
	style Style
	w     io.Writer
	buf   []byte
	err   error
}

const printerBuffer = 1 << 16

func newPrinter(w io.Writer, style Style) *printer {
	return &printer{style: style, w: w, buf: make([]byte, 0, printerBuffer)}
}

func (p *printer) flush() error {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
	return p.err
}

func (p *printer) write(s string) { p.buf = append(p.buf, s...) }

// paint writes s in a colour.
func (p *printer) paint(code, s string) {
	if !p.style.Color || code == "" || s == "" {
		p.write(s)
		return
	}
	p.buf = append(p.buf, "\x1b["...)
	p.buf = append(p.buf, code...)
	p.buf = append(p.buf, 'm')
	p.buf = append(p.buf, s...)
	p.buf = append(p.buf, "\x1b[0m"...)
}

func (p *printer) newline() {
	p.buf = append(p.buf, '\n')
	if len(p.buf) >= printerBuffer {
		_ = p.flush()
	}
}

func (p *printer) spaces(n int) {
	const blank = "                                                                "
	for n > len(blank) {
		p.write(blank)
		n -= len(blank)
	}
	if n > 0 {
		p.write(blank[:n])
	}
}

// start begins a line whose text is at column col, with o's symbol in front.
func (p *printer) start(col int, o op) {
	if o == opNone {
		p.spaces(col)
		return
	}
	p.spaces(col - 2)
	p.symbol(o)
	p.write(" ")
}

func (p *printer) symbol(o op) {
	switch o {
	case opAdd:
		p.paint(green, "+")
	case opChange:
		p.paint(yellow, "~")
	case opRemove:
		p.paint(red, "-")
	default:
		p.write(" ")
	}
}

// comment writes a remark on a line of its own.
func (p *printer) comment(col int, text string) {
	p.spaces(col)
	p.paint(dim, "# "+text)
	p.newline()
}

// hidden says how many of something were left out.
func (p *printer) hidden(col, n int, noun string) {
	if n > 0 {
		p.comment(col, fmt.Sprintf("(%s hidden)", count(n, "unchanged "+noun)))
	}
}

// count returns "1 thing" or "2 things".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// remarks writes what is said of n behind its opening.
func (p *printer) remarks(n *node) {
	if n.note != "" {
		p.paint(dim, " # "+n.note)
	}
	if n.force {
		p.force()
	}
}

func (p *printer) force() { p.paint(red, " # forces replacement") }

// value writes n from where the line has come to; lines that follow are at
// column col. The line is not ended.
func (p *printer) value(n *node, col int) { p.valueSep(n, col, "") }

// valueSep is value with sep behind the value, in front of any remark.
func (p *printer) valueSep(n *node, col int, sep string) {
	if n.oneLine() {
		switch n.form {
		case formObject:
			p.write("{}")
		case formSequence:
			p.write("[]")
		default:
			p.write(n.text)
		}
		p.write(n.tail)
		p.write(sep)
		p.remarks(n)
		return
	}
	switch n.form {
	case formObject:
		p.write("{")
		p.remarks(n)
		p.newline()
		p.items(n, col+4)
		p.spaces(col)
		p.write("}")
	case formSequence:
		p.write("[")
		p.remarks(n)
		p.newline()
		p.items(n, col+4)
		p.spaces(col)
		p.write("]")
	case formText:
		p.write("<<-" + n.label)
		p.remarks(n)
		p.newline()
		for i := range n.lines {
			p.line(&n.lines[i], col+4)
		}
		p.spaces(col)
		p.write(n.label)
	case formJSON:
		if n.left.oneLine() {
			p.write("jsonencode(")
			p.value(n.left, col)
			p.write(")" + n.tail + sep)
			p.remarks(n)
			return
		}
		p.json(n, col)
	case formSwap:
		p.value(n.left, col)
		p.write(" -> ")
		p.value(n.right, col)
		p.write(sep)
		p.remarks(n)
		return
	}
	p.write(n.tail)
	p.write(sep)
}

func (p *printer) json(n *node, col int) {
	p.write("jsonencode(")
	p.remarks(n)
	p.newline()
	sym := opNone
	if n.left.op == opChange {
		sym = opChange
	}
	p.start(col+4, sym)
	p.value(n.left, col+4)
	p.newline()
	p.spaces(col)
	p.write(")")
}

// items writes what is inside an object or sequence.
func (p *printer) items(n *node, col int) {
	width := keyWidth(n.items)
	for i := range n.items {
		it := &n.items[i]
		if it.val == nil {
			p.hidden(col, it.gap, n.noun)
			continue
		}
		p.start(col, it.val.op)
		if n.form == formObject {
			p.key(it.key, width)
			p.value(it.val, col)
		} else {
			p.valueSep(it.val, col, ",")
		}
		p.newline()
	}
	p.hidden(col, n.hidden, n.noun)
}

// key writes a name, padded, and its equals sign.
func (p *printer) key(key string, width int) {
	p.write(key)
	p.spaces(width - displayWidth(key))
	p.write(" = ")
}

// keyWidth returns the columns that the longest name takes.
func keyWidth(items []item) int {
	n := 0
	for i := range items {
		if items[i].val != nil {
			n = max(n, displayWidth(items[i].key))
		}
	}
	return n
}

// line writes one line of a text. The mark of a gap is where the symbols are,
// so that it cannot be taken for a line of the text.
func (p *printer) line(l *line, col int) {
	switch {
	case l.gap > 0:
		p.hidden(col-2, l.gap, "line")
	case l.text == "":
		if l.op != opNone {
			p.spaces(col - 2)
			p.symbol(l.op)
		}
		p.newline()
	default:
		p.start(col, l.op)
		p.write(l.text)
		p.newline()
	}
}

// body writes what is between the braces of a block.
func (p *printer) body(b *body, col int) {
	width := keyWidth(b.attrs)
	for i := range b.attrs {
		it := &b.attrs[i]
		p.start(col, it.val.op)
		p.key(it.key, width)
		p.value(it.val, col)
		p.newline()
	}
	p.hidden(col, b.hidden, "attribute")
	if (len(b.attrs) > 0 || b.hidden > 0) && len(b.blocks) > 0 {
		p.newline()
	}
	for i := range b.blocks {
		p.block(&b.blocks[i], col)
	}
	p.hidden(col, b.hiddenBlocks, "block")
}

func (p *printer) block(b *block, col int) {
	p.start(col, b.op)
	p.write(b.name)
	if b.key != "" {
		p.write(" " + b.key)
	}
	p.write(" ")
	switch {
	case b.opaque != "":
		p.write(b.opaque)
		if b.force {
			p.force()
		}
	case b.body.empty():
		p.write("{}")
		if b.force {
			p.force()
		}
	default:
		p.write("{")
		if b.force {
			p.force()
		}
		p.newline()
		p.body(b.body, col+4)
		p.spaces(col)
		p.write("}")
	}
	p.newline()
}
