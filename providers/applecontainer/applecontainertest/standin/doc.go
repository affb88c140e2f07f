// Package standin stands in for Apple's container command where there is none.
// It is written from the command's public documentation and source, as of
// version 1.4: the same verbs and options, as strict about both, the same JSON,
// the same exit codes. It keeps what it is told in a folder, so that containers
// outlive the process, and runs nothing.
//
// It is for tests only, and may import nothing else of Clockwork.
package standin
