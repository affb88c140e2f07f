// Command bench times Clockwork as its users meet it: whole processes of the
// real binary on real projects, the provider's process included. It prints what
// docs/performance.md promises beside what was measured, how cost grows with
// the number of resources, and the same work done by terraform where that is
// installed.
//
//	go run ./internal/bench [-only REGEXP] [-runs N] [-quick] [-check] [-json] [-dir FOLDER]
//
// It imports nothing of Clockwork but the images that containers are made of: it
// knows only the binary.
package main
