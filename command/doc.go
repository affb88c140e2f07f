// Package command is what a user types: one file for each command, which
// parses its options, opens the project, calls the packages that do the work,
// and hands their answers to a view. Nothing but the command line lives here.
//
// It may import every other package of Clockwork but main; nothing but main
// imports it. mitchellh/cli is used here and in main only.
package command
