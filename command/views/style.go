package views

// The colours, as parameters of the terminal's "select graphic rendition".
const (
	bold      = "1"
	dim       = "90"
	underline = "4"
	red       = "31"
	green     = "32"
	yellow    = "33"
	cyan      = "36"
	boldRed   = "1;31"
	boldGreen = "1;32"
	boldAmber = "1;33"
)

// Style is how text for people looks: in colour or not, with lines and marks
// beyond ASCII or not. The zero Style is the plainest.
type Style struct {
	Color   bool
	Unicode bool
	// Width is how many columns there are; 0 means 78.
	Width int
}

// paint returns text in a colour, which is text itself where there is none.
func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// width returns the columns to wrap prose to. Lines much longer than a page
// are hard to read on any screen.
func (s Style) width() int {
	switch {
	case s.Width <= 0:
		return 78
	case s.Width < 40:
		return 40
	case s.Width > 120:
		return 120
	}
	return s.Width
}

// pick returns fancy where more than ASCII can be shown, else plain.
func (s Style) pick(fancy, plain string) string {
	if s.Unicode {
		return fancy
	}
	return plain
}
