package vet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/clockwork-hcl/clockwork/internal/strictjson"
	"github.com/clockwork-hcl/clockwork/plan"
)

// What an answer may be.
const (
	MaxAnswer  = 64 << 10 // bytes
	maxCause   = 500      // bytes
	maxText    = 4 << 10  // bytes of a text in a value
	maxNumber  = 1e15
	maxChanges = 100
	maxCited   = 50
)

// Decode reads an answer. It is strict: every key is exactly one of those that
// there are, and nothing is left out. The error says what is wrong, so that the
// model can correct it, and quotes paths and keys only.
func Decode(answer []byte, evidence []string) (Answer, error) {
	var a Answer
	if len(answer) > MaxAnswer {
		return a, fmt.Errorf("the answer has more than %d bytes", MaxAnswer)
	}
	if err := strictjson.Check(answer); err != nil {
		return a, fmt.Errorf("the answer is unusable: %w", err)
	}
	top, err := object(answer, "the answer", "verdict", "cause", "evidence", "changes", "confidence")
	if err != nil {
		return a, err
	}
	for name, into := range map[string]any{"verdict": &a.Verdict, "cause": &a.Cause, "evidence": &a.Evidence, "confidence": &a.Confidence} {
		if err := json.Unmarshal(top[name], into); err != nil || isNull(top[name]) {
			return a, fmt.Errorf("%q is of the wrong type", name)
		}
	}
	var changes []json.RawMessage
	if err := json.Unmarshal(top["changes"], &changes); err != nil || isNull(top["changes"]) {
		return a, errors.New(`"changes" is of the wrong type`)
	}
	switch {
	case a.Verdict != Fix && a.Verdict != NoFix && a.Verdict != NeedHuman:
		return a, fmt.Errorf("%q is one of %q, %q and %q", "verdict", Fix, NoFix, NeedHuman)
	case len(a.Cause) > maxCause || !plain(a.Cause):
		return a, fmt.Errorf(`"cause" has at most %d bytes, in one line without control or invisible characters`, maxCause)
	case math.IsNaN(a.Confidence) || a.Confidence < 0 || a.Confidence > 1:
		return a, errors.New(`"confidence" is a number from 0 to 1`)
	case len(a.Evidence) > maxCited:
		return a, fmt.Errorf(`"evidence" has at most %d ids`, maxCited)
	case a.Verdict == Fix && len(changes) == 0:
		return a, fmt.Errorf("the verdict %q comes with changes", Fix)
	case a.Verdict != Fix && len(changes) > 0:
		return a, fmt.Errorf("the verdict %q comes without changes", a.Verdict)
	case len(changes) > maxChanges:
		return a, fmt.Errorf("there are more than %d changes", maxChanges)
	}
	for _, id := range a.Evidence {
		if !slices.Contains(evidence, id) {
			return a, errors.New(`"evidence" names an id that was not given`)
		}
	}
	for i, raw := range changes {
		c, err := decodeChange(raw, fmt.Sprintf("changes[%d]", i))
		if err != nil {
			return a, err
		}
		a.Changes = append(a.Changes, c)
	}
	return a, nil
}

func decodeChange(raw []byte, where string) (Change, error) {
	var c Change
	fields, err := object(raw, where, "path", "value", "key?")
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(fields["path"], &c.Path); err != nil || isNull(fields["path"]) {
		return c, fmt.Errorf("%s: the path is a text", where)
	}
	path, err := plan.ParseAttributePath(c.Path)
	if err != nil {
		return c, fmt.Errorf("%s: %w", where, err)
	}
	if raw, ok := fields["key"]; ok && !isNull(raw) {
		step := plan.PathStep{IsKey: true}
		if err := json.Unmarshal(raw, &step.Key); err != nil {
			return c, fmt.Errorf("%s: the key is a text", where)
		}
		path = append(path, step)
	}
	for _, step := range path {
		if step.IsKey && (!plain(step.Key) || step.Key == "") {
			return c, fmt.Errorf("%s: a key is text in one line without control or invisible characters", where)
		}
	}
	// As this program writes it, so that there is one way to write one path.
	c.Path, c.Value = path.String(), fields["value"]
	if len(c.Path) > plan.MaxPathLength {
		return c, fmt.Errorf("%s: the path is too long", where)
	}
	if err := checkValue(c.Value); err != nil {
		return c, fmt.Errorf("%s: %w", where, err)
	}
	return c, nil
}

// object returns the members of an object that has exactly the names given, in
// the same case; those with a question mark may be missing.
func object(raw []byte, where string, names ...string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("%s is not an object", where)
	}
	known := 0
	for _, name := range names {
		name, optional := strings.CutSuffix(name, "?")
		if _, ok := fields[name]; ok {
			known++
		} else if !optional {
			return nil, fmt.Errorf("%s has no %q", where, name)
		}
	}
	if known < len(fields) {
		return nil, fmt.Errorf("%s has something else than %s", where, strings.ReplaceAll(strings.Join(names, ", "), "?", ""))
	}
	return fields, nil
}

// checkValue refuses texts and numbers that no attribute needs.
func checkValue(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	for {
		t, err := d.Token()
		if err != nil {
			return nil // its end: it was checked before that it is JSON
		}
		switch t := t.(type) {
		case json.Number:
			// One near to nothing is as long as a large one when it is written out.
			if f, err := strconv.ParseFloat(t.String(), 64); err != nil || math.Abs(f) > maxNumber || !shortNumber.MatchString(t.String()) {
				return errors.New("the value has a number that is too large, too small or too long")
			}
		case string:
			if len(t) > maxText {
				return fmt.Errorf("the value has a text of more than %d bytes", maxText)
			}
			if !visible(t) {
				return errors.New("the value has control or invisible characters in a text")
			}
		}
	}
}

var shortNumber = regexp.MustCompile(`^-?[0-9]{1,16}(?:\.[0-9]{1,16})?(?:[eE][+-]?[0-9]{1,2})?$`)

func isNull(raw []byte) bool { return string(bytes.TrimSpace(raw)) == "null" }

// plain tells whether a text is visible, and one line.
func plain(s string) bool { return visible(s) && !strings.ContainsAny(s, "\n\t") }

// visible tells whether a reader sees all of a text as it is: no control but for
// line feeds and tabs, nothing that has no width, and nothing that turns the
// direction of writing (Unicode's categories Cc, Cf, Co, Cs, and the fillers).
func visible(s string) bool {
	for _, r := range s {
		switch {
		case r == '\n', r == '\t':
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Variation_Selector):
			return false
		case r == unicode.ReplacementChar, r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u034f':
			return false
		}
	}
	return true
}

// redactedMark is what the places of secrets look like in what the model was told.
var redactedMark = regexp.MustCompile(`(?i)[«<\[(]\s*redacted`)
