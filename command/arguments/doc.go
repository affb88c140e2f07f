// Package arguments turns the words behind a command's name into typed options,
// and knows every option's name and meaning, so that help, completion and the
// reference in docs/commands.md are made from the same source as the parser.
//
// It prints nothing and opens nothing. It may import config, addr and
// diag.
package arguments
