package command

import (
	"context"

	"github.com/google/renameio/v2/maybe"
	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/check"
	"github.com/clockwork-hcl/clockwork/command/arguments"
	"github.com/clockwork-hcl/clockwork/command/views"
	"github.com/clockwork-hcl/clockwork/diag"
)

// Assert is `clockwork assert`.
func Assert(env *Env) cli.Command {
	o := arguments.Planning{}
	var asJSON bool
	var junit string
	var link serviceLink
	c := &base{
		env:      env,
		name:     "assert",
		usage:    "[options] [ADDRESS...]",
		synopsis: "Run the checks once",
		about: `
Evaluates the assert blocks of the project against what is really there, and
says of each whether it passed. Nothing is changed. With addresses it runs only
the asserts about these modules, resources or instances, or the asserts
themselves, as assert.TYPE.NAME.

A check that could not be made, because something needed for it could not be
reached, is unknown: that is neither a pass nor a failure. With a failure the
exit code is 2.`,
		examples: []example{
			{"clockwork assert", "Run all checks"},
			{"clockwork assert file.motd", "Run those about one resource"},
			{"clockwork assert -json", "For a program"},
			{"clockwork assert -junit=report.xml", "For continuous integration"},
		},
		most: anyNumber,
		run: func(ctx context.Context, words []string) int {
			n := needs{config: true, providers: true, variables: &o.Variables, state: true}
			return env.withProject(ctx, n, func(ctx context.Context, p *project) (int, diag.Diagnostics) {
				if ds := link.check(ctx, p); ds.HasErrors() {
					return exitError, ds
				}
				p.afterwards = link.hint
				found, ds := check.Run(ctx, p.planInput(), check.Options{Addresses: words, Parallelism: o.Parallelism})
				results := make([]views.AssertResult, len(found))
				for i, r := range found {
					results[i] = resultView(r)
				}
				code := exitOK
				if views.CountAsserts(results).Fail > 0 {
					code = exitChanges
				}
				if junit != "" {
					ds = append(ds, writeJUnit(junit, p.config.Project, results, ds)...)
				}
				if asJSON {
					if ds.HasErrors() {
						code = exitError
					}
					err := views.WriteAssertsJSON(env.term().Out(), results, ds, p.sources())
					return code, diag.FromError("Cannot print the results", err)
				}
				if len(results) > 0 || !ds.HasErrors() {
					env.term().Print(views.FormatAsserts(results, env.term().OutStyle))
				}
				return code, ds
			})
		},
	}
	link.addTo(&c.options)
	o.Variables.AddTo(&c.options)
	o.AddParallelismTo(&c.options)
	c.options.Bool(&asJSON, "json", "Print one JSON document, for programs to read.")
	c.options.String(&junit, "junit", "FILE", "Write the results to a file as well, as a report of JUnit in XML.")
	return c
}

// writeJUnit writes a report, whole or not at all.
func writeJUnit(path, project string, results []views.AssertResult, ds diag.Diagnostics) diag.Diagnostics {
	report, err := views.AssertsJUnit(project, results, ds)
	if err == nil {
		err = maybe.WriteFile(path, report, 0o644)
	}
	return diag.FromError("Cannot write the JUnit report", err)
}

func resultView(r check.Result) views.AssertResult {
	v := views.AssertResult{
		Target: r.Target, Name: r.Name, Type: r.Type, Detail: r.Detail, Outcome: r.Outcome, Message: r.Message,
		Elapsed: r.Elapsed,
	}
	if r.Severity == "warning" {
		v.Severity = diag.Warning
	}
	return v
}
