package reference

import (
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/providers"
)

// Mark is the line of a page above which people write. What follows it is made
// anew each time.
const Mark = "<!-- What follows is made by clockwork provider docs. Write above this line. -->"

// Page returns a provider's page. Of what there was before, everything above
// the mark is kept; a page that has no mark is an error, because nothing says
// what in it may be replaced. Without one before, it begins with a title.
func Page(name string, schema *providers.Schema, before string) (string, error) {
	head := "# The " + name + " provider\n\n"
	if schema.Provider != nil && schema.Provider.Description != "" {
		head += text(schema.Provider.Description) + "\n\n"
	}
	if before != "" {
		var marked bool
		// The mark is a line of its own: a page may speak of it.
		head, _, marked = strings.Cut(before, "\n"+Mark+"\n")
		if !marked {
			return "", fmt.Errorf("it has no line %q, so nothing in it may be replaced; add that line where the reference is to begin", Mark)
		}
		head += "\n"
	}
	return head + Mark + "\n\n" + Markdown(name, schema), nil
}
