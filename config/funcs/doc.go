// Package funcs is the functions that expressions may call: those of Terraform
// 1.11 by name and behaviour, without the deprecated list and map, and with
// cidrcontains, urldecode and base64gunzip beside them. docs/functions.md lists
// them all.
//
// A function is taken from cty's standard library where that has it, else from
// go-cty-funcs, and is written here only where neither has it or where it
// behaves otherwise than Terraform's users expect. Every function keeps three
// promises:
//
//   - With an argument that is not known yet, the result is not known, unless
//     it does not depend on that argument.
//   - With a sensitive argument the result is sensitive, except where only an
//     untouched part of a collection is: then the same part of the result is.
//     A result that is not known yet is sensitive as soon as any part of an
//     argument is.
//   - The message of an error never shows a sensitive value.
//
// The package knows nothing of configuration, plans or state: of Clockwork it
// may import internal/marks only.
package funcs
