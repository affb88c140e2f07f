// Package control lets commands speak to a monitor that runs: over a unix
// socket that only its own user and root can use, one request a connection.
//
// A request and its answer are each one JSON document, of bounded size and in
// bounded time. The package knows how they travel and what they are called; what
// they do is for the Handler.
//
// The package imports nothing else of Clockwork but internal/....
package control
