package completion

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// failure is what a server says when it has no answer.
type failure struct {
	status  int
	message string // what is the matter, in its words
	// all is everything that it says, for telling what it means.
	all string
}

// readFailure understands the errors of OpenAI and what follows it ({"error":
// {"message", "type", "param", "code"}}), of OpenRouter (with "metadata"), LM Studio
// ({"error": "..."}), vLLM ({"message": "..."}), FastAPI ({"detail": [{"loc",
// "msg"}]}), and Google (a list of them). Of anything else the text counts, unless
// it is a page.
func readFailure(status int, raw []byte) failure {
	f := failure{status: status}
	var v any
	if len(raw) <= maxFailure && json.Unmarshal(raw, &v) == nil {
		var said []string
		f.read(v, &said, 0)
		f.all = strings.Join(said, " ")
		if f.message == "" {
			f.message = f.all
		}
	} else if text := strings.TrimSpace(string(raw)); !strings.HasPrefix(text, "<") {
		f.message, f.all = text, text
	}
	f.message, f.all = cutTo(f.message, 4000), cutTo(f.all, 4000)
	return f
}

// spoken are the fields of errors that are looked at, the most telling first. Others
// may repeat what they were sent, or say no more than that it is an error, as the
// types do.
func spoken() []string {
	return []string{"error", "message", "msg", "detail", "loc", "param", "code", "metadata", "reasons", "raw", "errors"}
}

func (f *failure) read(v any, said *[]string, depth int) {
	if depth > 6 || len(*said) > 50 {
		return
	}
	switch v := v.(type) {
	case string:
		if v != "invalid_request_error" { // the type again
			*said = append(*said, v)
		}
	case []any:
		for _, x := range v {
			f.read(x, said, depth+1)
		}
	case map[string]any:
		for _, name := range spoken() {
			x := v[name]
			if text, ok := x.(string); ok && f.message == "" && (name == "message" || name == "error" || name == "msg" || name == "detail") {
				f.message = text
			}
			if n, ok := x.(float64); ok && name == "code" && f.status == 0 && n >= http.StatusBadRequest && n < 600 {
				f.status = int(n)
			}
			f.read(x, said, depth+1)
		}
	}
}

var (
	// What each way of asking is called in what servers say of it.
	subjects = map[shape]*regexp.Regexp{
		jsonSchema: regexp.MustCompile(`(?i)response[ _]?format|json[ _-]?schema|structured[ _-]?output|guided|grammar|\bstrict\b`),
		forcedTool: regexp.MustCompile(`(?i)\btool|\bfunctions?\b|jinja|json[ _-]?schema|guided|grammar|\bstrict\b`),
		jsonObject: regexp.MustCompile(`(?i)response[ _]?format|json[ _-]?(?:object|mode)|grammar|guided`),
	}
	// refusals are the words for that they do not know one.
	refusals = regexp.MustCompile(`(?i)\b(?:not|n't|never) (?:\w+ )?(?:support|available|allowed|permitted|implemented|recogni[sz]ed|enabled|valid|configured)|does ?n[o']t support|unsupported|unavailable|invalid|unknown|unrecogni[sz]ed|unexpected|\bmust\b|should be|\brequire|not one of|is missing|extra (?:inputs|fields)|no endpoints|fail(?:s|ed|ure)?\b|disabled|\bonly\b|unable|cannot`)
	// ofSchema says that it is this schema that is not taken, or did not lead to an
	// answer.
	ofSchema = regexp.MustCompile(`(?i)invalid schema|schema (?:contains|is too|must|has)|features? not supported|unsupported (?:schema|keyword)|failed to (?:generate|parse|compile|convert|call)|json_validate_failed|tool_use_failed|grammar`)
	tooLong  = regexp.MustCompile(`(?i)context[ _-](?:length|size|window)|maximum context|exceed_context|too many tokens|prompt is too long|reduce the length`)
	noModel  = regexp.MustCompile(`(?i)\bmodels? (?:\S+ )?(?:is |was |does )?not (?:be )?(?:found|exist|a valid)|not a valid model|no models? loaded|model_not_found|unknown model|invalid model`)
	unpaid   = regexp.MustCompile(`(?i)insufficient[ _](?:quota|credits?|balance|funds)|billing|exceeded your current quota`)
	unsafe   = regexp.MustCompile(`(?i)content[ _](?:filter|policy)|moderation|flagged|safety`)
)

// refusesShape tells whether a server does not take a way of asking. It has to name
// it, and to say in so many words that this is the matter; then the next way is
// tried. In doubt it is not, and the error is shown. Servers answer with many
// statuses: 400 most, 404 OpenRouter, 422 what is made with FastAPI, 500 llama.cpp.
func (f failure) refusesShape(s shape) bool {
	switch f.status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusNotImplemented:
	default:
		return false
	}
	return subjects[s] != nil && subjects[s].MatchString(f.all) && refusals.MatchString(f.all) && !tooLong.MatchString(f.all)
}
