package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/clockwork-hcl/clockwork/internal/marks"
	"github.com/clockwork-hcl/clockwork/plan"
)

// maxShown is how much of a value that was found is shown, in bytes.
const maxShown = 100

// lookAtJSON looks for the values that the argument json expects.
func lookAtJSON(body []byte, a arguments) finding {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return failed("the body is not JSON")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return failed("the body is not JSON, or there is something behind it")
	}
	for _, pair := range a.pairs("json") {
		path, expected := pair[0], pair[1]
		got, why := valueAt(document, path)
		switch {
		case why == "" && got == expected:
		case a.secret("json"):
			return failed("a value in the body is not as expected; the argument json is sensitive, so it is not shown")
		case why != "":
			return failed(fmt.Sprintf("in the body, %q %s", path, why))
		case marks.HoldsSensitive(a.Value): // which the answer may repeat
			return failed(fmt.Sprintf("in the body, %q is another than %q", path, expected))
		default:
			return failed(fmt.Sprintf("in the body, %q is %s, expected %q", path, shownValue(got), expected))
		}
	}
	return passed("")
}

// valueAt returns what is at a path, as text; otherwise what is wrong with it.
func valueAt(v any, path string) (text, why string) {
	steps, _ := plan.ParseJSONPath(path) // it was validated
	for _, step := range steps {
		if step.Name == "" {
			list, ok := v.([]any)
			if !ok || step.Index >= len(list) {
				return "", "is not there"
			}
			v = list[step.Index]
			continue
		}
		object, _ := v.(map[string]any)
		var ok bool
		if v, ok = object[step.Name]; !ok {
			return "", "is not there"
		}
	}
	switch v := v.(type) {
	case string:
		return v, ""
	case json.Number:
		return v.String(), ""
	case bool:
		return strconv.FormatBool(v), ""
	case []any:
		return "", "is a list"
	case map[string]any:
		return "", "is an object"
	}
	return "null", ""
}

func shownValue(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "..."
	}
	return strconv.Quote(text)
}
