package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/mitchellh/cli"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/term"

	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/config"
	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plan"
	"github.com/clockwork-hcl/clockwork/plan/eval"
)

// Console is `clockwork console`.
func Console(env *Env) cli.Command {
	var variables arguments.Variables
	c := &base{
		env:      env,
		name:     "console",
		usage:    "[options]",
		synopsis: "Try expressions",
		about: `
Reads expressions, one a line, and prints their values, in the root module of
the project: with its variables, locals and modules, and its resources as the
state knows them. An expression with open brackets goes on on the next line.
Nothing is changed. Leave it with exit or Ctrl-D.

Expressions can also be piped in; the first that is wrong makes the exit code 1.`,
		examples: []example{
			{"clockwork console", "Ask away"},
			{"echo 'cidrhost(var.network, 5)' | clockwork console", "In a script"},
		},
		run: func(ctx context.Context, _ []string) int {
			n := needs{config: true, empty: true, providers: true, variables: &variables, state: true}
			return env.withProject(ctx, n, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				run, ds := plan.NewRun(ctx, p.planInput(), false)
				if ds.HasErrors() {
					return exitError, ds
				}
				run.UseState(ctx)
				p.view.Diagnostics(ds)
				s := &session{project: p, run: run}
				return s.loop(ctx)
			})
		},
	}
	variables.AddTo(&c.options)
	return c
}

// session is one conversation.
type session struct {
	*project
	run    *plan.Run
	read   func(prompt string) (string, error)
	person bool // somebody is typing
	failed bool // only a script is told so by the exit code
	// told is how many of the run's diagnostics have been shown.
	told int
}

func (s *session) loop(ctx context.Context) (int, diag.Diagnostics) {
	if file, ok := s.env.Stdin.(*os.File); ok && isTerminal(file) && isTerminal(s.env.Streams.Stdout) {
		s.read, s.person = lineEditor(file), true
	} else {
		lines := bufio.NewReader(s.env.Stdin)
		s.read = func(string) (string, error) { return lines.ReadString('\n') }
	}
	for ctx.Err() == nil {
		text, err := s.expression()
		if strings.TrimSpace(text) != "" {
			switch word := strings.TrimSpace(text); word {
			case "exit", "quit":
				return s.end(), nil
			case "help":
				s.say(consoleHelp)
			default:
				s.answer(text)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return exitError, diag.FromError("Cannot read expressions", err)
		}
	}
	return s.end(), nil
}

// end returns the exit code.
func (s *session) end() int {
	if s.failed && !s.person {
		return exitError
	}
	return exitOK
}

const consoleHelp = `Type an expression to see its value, such as 1 + 2, upper("a") or var.NAME.
Open brackets go on on the next line. Leave with exit, Ctrl-C or Ctrl-D.
`

// expression reads lines until all brackets are closed.
func (s *session) expression() (string, error) {
	var text strings.Builder
	prompt := "> "
	for {
		line, err := s.read(prompt)
		text.WriteString(line)
		if err != nil || !unfinished(text.String()) {
			return text.String(), err
		}
		if !strings.HasSuffix(line, "\n") {
			text.WriteByte('\n')
		}
		prompt = ". "
	}
}

// unfinished tells whether an expression has brackets, or a heredoc, that it
// does not close.
func unfinished(text string) bool {
	tokens, _ := hclsyntax.LexExpression([]byte(text), "", hcl.InitialPos)
	open := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			open++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			open--
		}
	}
	return open > 0
}

// answer evaluates an expression and prints its value, or what is wrong.
func (s *session) answer(text string) {
	v, ds, ok := s.evaluate(text)
	all := s.run.Diagnostics()
	ds = append(ds, all[min(s.told, len(all)):]...)
	s.told = len(all)
	if len(ds) > 0 {
		views.NewHuman(s.env.term(), func() views.Files {
			files := views.Files{consoleName: {Bytes: []byte(text)}}
			for name, f := range s.config.Files {
				files[name] = f
			}
			return files
		}).Diagnostics(ds)
	}
	if !ok || ds.HasErrors() {
		s.failed = true
		return
	}
	s.env.term().Print(views.FormatValue(v) + "\n")
}

// consoleName is what diagnostics call the source that was typed.
const consoleName = "<console>"

func (s *session) evaluate(text string) (cty.Value, diag.Diagnostics, bool) {
	expr, hds := hclsyntax.ParseExpression([]byte(text), consoleName, hcl.InitialPos)
	if hds.HasErrors() {
		return cty.NilVal, diag.FromHCL(hds), false
	}
	refs, ds := config.References(expr)
	for _, ref := range refs {
		ds = append(ds, s.config.Root.CheckReference(ref, 0)...)
	}
	if ds.HasErrors() {
		return cty.NilVal, ds, false
	}
	v, ds, ok := s.run.Eval.Root().Eval(expr, cty.DynamicPseudoType, eval.Repetition{}, cty.NilVal)
	return v, ds, ok
}

// lineEditor reads lines from a terminal, with editing and a history.
func lineEditor(file *os.File) func(string) (string, error) {
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{file, os.Stdout}, "")
	return func(prompt string) (string, error) {
		// Raw mode only while a line is typed, so that all else prints as usual.
		old, err := term.MakeRaw(int(file.Fd()))
		if err != nil {
			return "", fmt.Errorf("set up the terminal: %w", err)
		}
		defer term.Restore(int(file.Fd()), old)
		t.SetPrompt(prompt)
		return t.ReadLine()
	}
}
