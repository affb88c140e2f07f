package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// shell is sh [-c TEXT | FILE]: the few things of a shell that examples and
// health checks use. It knows commands with quotes, variables and > >> 2>&1, joined
// by ; && || and lines; while CONDITION; do LIST; done; exit N and exec. Anything
// else is refused before anything is run, so that no test passes by half a script.
func shell(ctx context.Context, p process, args []string) int {
	var text []byte
	var err error
	switch {
	case len(args) > 1 && args[0] == "-c":
		text = []byte(args[1])
	case len(args) > 0 && strings.HasPrefix(args[0], "-"):
		return p.fail(2, "sh: %s is more than this stand-in knows", args[0])
	case len(args) > 0:
		text, err = os.ReadFile(args[0])
	default:
		text, err = io.ReadAll(p.in)
	}
	if err != nil {
		return p.failed("sh", err)
	}
	list, err := parseScript(string(text))
	if err != nil {
		return p.fail(2, "sh: syntax error: %v", err)
	}
	s := script{process: p}
	s.list(ctx, list)
	return s.status
}

// script is a shell at work.
type script struct {
	process
	status int
	over   bool // after exit and exec
}

func (s *script) list(ctx context.Context, list []step) {
	for _, next := range list {
		if s.over {
			return
		}
		if ctx.Err() != nil {
			s.status, s.over = terminated, true
			return
		}
		if next.when == "&&" && s.status != 0 || next.when == "||" && s.status == 0 {
			continue
		}
		if next.condition == nil {
			s.command(ctx, next.words)
			continue
		}
		for last := 0; ; last = s.status {
			s.list(ctx, next.condition)
			if s.over {
				return
			}
			if s.status != 0 {
				s.status = last
				break
			}
			s.list(ctx, next.body)
		}
	}
}

// command runs one command.
func (s *script) command(ctx context.Context, words []word) {
	p := s.process
	var args []string
	for i := 0; i < len(words); i++ {
		text := words[i].text
		if words[i].redirect == "" {
			args = append(args, s.expand(words[i])...)
			continue
		}
		if text == "2>&1" {
			p.err = p.out
			continue
		}
		i++
		flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
		if strings.HasSuffix(text, ">>") {
			flags = os.O_CREATE | os.O_WRONLY | os.O_APPEND
		}
		f, err := os.OpenFile(strings.Join(s.expand(words[i]), " "), flags, 0o666)
		if err != nil {
			s.status = s.failed("sh", err)
			return
		}
		defer func() { _ = f.Close() }()
		if text[0] == '2' {
			p.err = f
		} else {
			p.out = f
		}
	}
	if len(args) == 0 {
		s.status = 0
		return
	}
	switch args[0] {
	case ":":
		s.status = 0
	case "exit":
		if len(args) > 1 {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				n = s.fail(2, "sh: exit: %q is no number", args[1])
			}
			s.status = n & 0xff
		}
		s.over = true
	case "exec":
		s.over = true
		if len(args) > 1 {
			s.status = p.run(ctx, args[1:])
		}
	default:
		if name, value, ok := strings.Cut(args[0], "="); ok && variable(name) && len(args) == 1 {
			s.env = append(s.env[:len(s.env):len(s.env)], name+"="+value)
			s.status = 0
			return
		}
		s.status = p.run(ctx, args)
	}
}

// expand puts the values of variables into a word. What no quotes hold together
// is split at blanks.
func (s *script) expand(w word) []string {
	var b strings.Builder
	for _, part := range w.parts {
		switch {
		case !part.variable:
			b.WriteString(part.text)
		case part.text == "?":
			b.WriteString(strconv.Itoa(s.status))
		case part.text == "$":
			b.WriteString(strconv.Itoa(os.Getpid()))
		default:
			b.WriteString(s.get(part.text))
		}
	}
	if w.quoted || len(w.parts) == 1 && !w.parts[0].variable {
		return []string{b.String()}
	}
	return strings.Fields(b.String())
}

// step is a command, or a loop, and when it is run: always, or after a success
// (&&), or a failure (||).
type step struct {
	when            string
	words           []word
	condition, body []step
}

// word is an argument or, with its operator in text, a redirection.
type word struct {
	text     string // as written, quotes left out
	quoted   bool
	redirect string
	parts    []part
}

type part struct {
	text     string
	variable bool
}

// parseScript reads a whole script.
func parseScript(text string) ([]step, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	list, rest, err := parseList(tokens, "")
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unexpected %q", rest[0].text)
	}
	return list, err
}

// parseList reads steps up to the word that ends them, or the script's end.
func parseList(tokens []token, end string) ([]step, []token, error) {
	var list []step
	when := ""
	for len(tokens) > 0 {
		t := tokens[0]
		switch {
		case t.operator && (t.text == ";" || t.text == "\n") && when == "":
			tokens = tokens[1:]
			continue
		case t.operator && t.text == "\n":
			tokens = tokens[1:]
			continue
		case t.operator && !strings.Contains(t.text, ">"):
			return nil, nil, fmt.Errorf("unexpected %q", t.text)
		case !t.operator && end != "" && t.text == end && !t.quoted:
			return list, tokens, nil
		}
		next := step{when: when}
		var err error
		switch first := t.text; {
		case !t.quoted && first == "while":
			next.condition, tokens, err = parseUntil(tokens[1:], "do")
			if err == nil {
				next.body, tokens, err = parseUntil(tokens, "done")
			}
			if err == nil && next.condition == nil {
				err = errors.New("while has no condition")
			}
		case !t.quoted && reserved(first):
			err = fmt.Errorf("%q is more than this stand-in knows, or not in its place", first)
		default:
			next.words, tokens, err = parseCommand(tokens)
		}
		if err != nil {
			return nil, nil, err
		}
		list = append(list, next)
		when = ""
		if len(tokens) == 0 {
			break
		}
		switch t := tokens[0]; {
		case t.operator && (t.text == "&&" || t.text == "||"):
			when = t.text
			tokens = tokens[1:]
		case t.operator && (t.text == ";" || t.text == "\n"):
			tokens = tokens[1:]
		default:
			return nil, nil, fmt.Errorf("unexpected %q", t.text)
		}
	}
	if when != "" {
		return nil, nil, fmt.Errorf("nothing follows %q", when)
	}
	if end != "" {
		return nil, nil, fmt.Errorf("%q is missing", end)
	}
	return list, nil, nil
}

// parseUntil reads steps and the word that ends them.
func parseUntil(tokens []token, end string) ([]step, []token, error) {
	list, rest, err := parseList(tokens, end)
	if err != nil {
		return nil, nil, err
	}
	return list, rest[1:], nil
}

// parseCommand reads the words of one command.
func parseCommand(tokens []token) ([]word, []token, error) {
	var words []word
	for len(tokens) > 0 {
		t := tokens[0]
		if !t.operator {
			words = append(words, t.word)
			tokens = tokens[1:]
			continue
		}
		if !strings.Contains(t.text, ">") {
			break
		}
		words = append(words, word{text: t.text, redirect: t.text})
		tokens = tokens[1:]
		if t.text == "2>&1" {
			continue
		}
		if len(tokens) == 0 || tokens[0].operator {
			return nil, nil, fmt.Errorf("no file follows %q", t.text)
		}
		words = append(words, tokens[0].word)
		tokens = tokens[1:]
	}
	return words, tokens, nil
}

func reserved(text string) bool {
	switch text {
	case "if", "then", "elif", "else", "fi", "for", "in", "do", "done", "until", "case", "esac", "!", "{", "}",
		"set", "trap", "cd", "export", "wait", "function":
		return true
	}
	return false
}
