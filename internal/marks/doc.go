// Package marks holds the marks that values carry through evaluation. It
// imports nothing else of Clockwork.
package marks
