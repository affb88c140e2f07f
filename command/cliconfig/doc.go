// Package cliconfig reads the CLI configuration, the file in which a user, and
// not a project, says where providers come from and who is trusted.
//
// Package cliconfig may import plugins and the packages below it, and diag.
package cliconfig
