package views

// op is what a change does with one thing, which is what its symbol says.
type op uint8

const (
	opNone op = iota
	opAdd
	opChange
	opRemove
)

// form is how a value is laid out.
type form uint8

const (
	formScalar   form = iota // on one line
	formObject               // { name = value }, also maps
	formSequence             // [ value, ], also sets
	formText                 // lines between <<-EOT and EOT
	formJSON                 // jsonencode( value )
	formSwap                 // one value -> another of a different form
)

// node is a value, or the difference of two, ready to be laid out. All its
// text has been escaped, and none of it is secret.
type node struct {
	op   op
	form form
	// force says that this is why the resource must be replaced.
	force bool

	text string // formScalar
	// tail is what is written behind the value, such as " -> null"; note is a
	// comment behind it.
	tail, note string

	items []item // formObject, formSequence
	// hidden is how many more there are that do not change, and noun what one
	// of them is called.
	hidden int
	noun   string

	lines []line // formText
	label string // formText: the end marker

	left, right *node // formSwap; formJSON has its value in left
}

// item is one entry of an object or sequence, or the gap that some left.
type item struct {
	key string // as written; "" in a sequence
	val *node  // nil for a gap
	gap int
}

// line is one line of a text, or the gap that some left.
type line struct {
	op   op
	text string
	gap  int
}

func scalar(op op, text string) *node { return &node{op: op, form: formScalar, text: text} }

// oneLine tells whether n takes a single line.
func (n *node) oneLine() bool {
	switch n.form {
	case formScalar:
		return true
	case formObject, formSequence:
		return len(n.items) == 0 && n.hidden == 0
	}
	return false
}
