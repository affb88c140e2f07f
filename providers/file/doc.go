// Package file is the built-in provider of files, directories and files made
// from templates.
//
// Every write is atomic: the content goes into a temporary file in the same
// folder, which is synced, given its mode and owner, and renamed; then the
// folder is synced, once for all who wait for it. The name of a temporary file
// follows from the intent, so that what a crash leaves behind is found again.
//
// Like every provider it may import providers, diag and addr, and nothing else
// of Clockwork.
package file
