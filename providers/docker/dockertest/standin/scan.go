package main

import (
	"errors"
	"fmt"
	"strings"
)

// token is a word of a script, or an operator.
type token struct {
	word
	operator bool
}

// scan cuts a script into tokens.
func scan(text string) ([]token, error) {
	var tokens []token
	for at := 0; at < len(text); {
		rest := text[at:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t':
			at++
			continue
		case strings.HasPrefix(rest, "\\\n"):
			at += 2
			continue
		case c == '#':
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				at += end
			} else {
				at = len(text)
			}
			continue
		}
		if operator := operatorAt(rest); operator != "" {
			switch operator {
			case "|", "&", "<", "(", ")", "`":
				return nil, fmt.Errorf("%q is more than this stand-in knows", operator)
			}
			tokens = append(tokens, token{word: word{text: operator}, operator: true})
			at += len(operator)
			continue
		}
		w, length, err := scanWord(rest)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token{word: w})
		at += length
	}
	return tokens, nil
}

// operatorAt returns the operator that a text begins with, or "".
func operatorAt(text string) string {
	for _, operator := range []string{
		"2>&1", "2>>", "2>", "1>>", "1>", ">>", ">", "&&", "||", ";", "\n", "|", "&", "<", "(", ")", "`",
	} {
		if strings.HasPrefix(text, operator) {
			return operator
		}
	}
	return ""
}

// scanWord reads one word and returns how long it is as written.
func scanWord(text string) (word, int, error) {
	var w word
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			w.parts = append(w.parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	quote := byte(0)
	at := 0
	for ; at < len(text); at++ {
		c := text[at]
		switch {
		case quote == 0 && strings.IndexByte(" \t\n;&|<>()`", c) >= 0:
			w.text = text[:at]
			flush()
			return w, at, nil
		case quote == 0 && (c == '"' || c == '\''):
			quote, w.quoted = c, true
		case quote == c && c != 0:
			quote = 0
		case c == '\\' && quote != '\'' && at+1 < len(text):
			if next := text[at+1]; quote == 0 || strings.IndexByte("$\"\\`", next) >= 0 {
				w.quoted = true
				literal.WriteByte(next)
				at++
			} else {
				literal.WriteByte(c)
			}
		case c == '`' && quote == '"':
			return w, 0, errors.New("` is more than this stand-in knows")
		case c == '$' && quote != '\'':
			name, length, err := scanVariable(text[at+1:])
			if err != nil {
				return w, 0, err
			}
			if length == 0 {
				literal.WriteByte(c)
				continue
			}
			flush()
			w.parts = append(w.parts, part{text: name, variable: true})
			at += length
		default:
			literal.WriteByte(c)
		}
	}
	if quote != 0 {
		return w, 0, fmt.Errorf("a %c is not closed", quote)
	}
	w.text = text
	flush()
	return w, at, nil
}

// scanVariable reads what follows a $.
func scanVariable(text string) (name string, length int, err error) {
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		name, _, ok := strings.Cut(inner, "}")
		if !ok || !variable(name) {
			return "", 0, errors.New("${...} with more than a name in it is more than this stand-in knows")
		}
		return name, len(name) + 2, nil
	}
	if strings.HasPrefix(text, "(") {
		return "", 0, errors.New("$(...) is more than this stand-in knows")
	}
	if text != "" && (text[0] == '?' || text[0] == '$') {
		return text[:1], 1, nil
	}
	for length < len(text) && variable(text[:length+1]) {
		length++
	}
	return text[:length], length, nil
}

// variable tells whether a text is the name of a variable.
func variable(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9' || i == 0) {
			return false
		}
	}
	return name != ""
}
