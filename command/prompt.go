package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/config"
)

// errNoAnswer is returned when a question was asked and input ended.
var errNoAnswer = errors.New("there was no answer")

// prompter asks the person at the terminal, or whatever is piped in.
type prompter struct {
	in   io.Reader
	out  io.Writer
	read *bufio.Reader
}

// isTerminal tells whether f is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// ask prints a question and returns the line that answers it, without white
// space around it. Secret answers are not shown while they are typed.
func (p *prompter) ask(ctx context.Context, question string, secret bool) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	fmt.Fprint(p.out, question)
	restore := p.keepEcho(secret)
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := p.line(secret)
		got <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		restore()
		fmt.Fprintln(p.out)
		return "", ctx.Err()
	case a := <-got:
		if a.err == io.EOF && a.line == "" {
			fmt.Fprintln(p.out)
			return "", errNoAnswer
		}
		if a.err != nil && a.err != io.EOF {
			return "", fmt.Errorf("read the answer: %w", a.err)
		}
		return strings.TrimSpace(a.line), nil
	}
}

// keepEcho returns what makes a terminal show again what is typed, after a
// question for a secret that is given up.
func (p *prompter) keepEcho(secret bool) func() {
	if file, ok := p.in.(*os.File); secret && ok {
		if was, err := term.GetState(int(file.Fd())); err == nil {
			return func() { _ = term.Restore(int(file.Fd()), was) }
		}
	}
	return func() {}
}

func (p *prompter) line(secret bool) (string, error) {
	if file, ok := p.in.(*os.File); secret && ok && isTerminal(file) {
		b, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(p.out)
		return string(b), err
	}
	if p.read == nil {
		p.read = bufio.NewReader(p.in)
	}
	return p.read.ReadString('\n')
}

// promptFor returns what asks for the values of variables, or nil where there
// is nobody to ask: only a person at a terminal knows what is asked for.
func (p *project) promptFor(v *arguments.Variables) func(context.Context, *config.Variable) (string, error) {
	if !v.Input || p.json || !isTerminal(p.env.Stdin) {
		return nil
	}
	return func(ctx context.Context, v *config.Variable) (string, error) {
		question := "var." + v.Name + "\n"
		if v.Description != "" {
			question += "  " + printable(v.Description) + "\n"
		}
		answer, err := p.ask.ask(ctx, question+"\n  Enter a value: ", v.Sensitive)
		if err == nil {
			fmt.Fprintln(p.ask.out)
		}
		return answer, err
	}
}

// printable returns text from outside fit for one line of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
